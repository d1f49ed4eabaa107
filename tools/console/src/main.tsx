// Starts the page.
import { render } from 'preact';
import { loadSession } from './core/api';
import './core/keys';
import './core/theme';
import { App } from './app';

void loadSession().catch(() => undefined);
render(<App />, document.getElementById('app')!);
