// The frame: navigation, head with the live mark, and the view that the URL names.
import type { ComponentType } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { DAEMON_TITLES, down, loginWanted, logout, session, unreachableSince } from './core/api';
import { clock } from './core/format';
import { helpOpen, PLACES } from './core/keys';
import { liveState, paused } from './core/live';
import { BASE, path } from './core/router';
import { isDark, nextTheme, theme } from './core/theme';
import iconUrl from './icon.svg';
import { complain, Dialog, Menu, Overlays } from './ui/dialog';
import { Icon, type IconName } from './ui/icons';
import { Empty, Loading } from './ui/parts';
import { Login } from './views/login';
import { Overview } from './views/overview';

type Loader = () => Promise<ComponentType>;
type View = { path: string; title: string; icon: IconName; group: string; load: ComponentType | Loader; lazy: boolean };
const lazy = (at: string, title: string, icon: IconName, group: string, load: Loader): View => ({ path: at, title, icon, group, load, lazy: true });
const VIEWS: View[] = [
  { path: '', title: 'Overview', icon: 'overview', group: '', load: Overview, lazy: false },
  lazy('/files', 'Files', 'files', 'Filesystem', () => import('./views/files').then(m => m.Files)),
  lazy('/datanodes', 'Datanodes', 'datanodes', 'Filesystem', () => import('./views/datanodes').then(m => m.Datanodes)),
  lazy('/namenode', 'Namenode', 'namenode', 'Filesystem', () => import('./views/namenode').then(m => m.NamenodeView)),
  lazy('/apps', 'Applications', 'apps', 'Work', () => import('./views/apps').then(m => m.Apps)),
  lazy('/submit', 'Submit', 'submit', 'Work', () => import('./views/submit').then(m => m.Submit)),
  lazy('/queues', 'Queues', 'queues', 'Work', () => import('./views/queues').then(m => m.Queues)),
  lazy('/nodes', 'Nodes', 'nodes', 'Work', () => import('./views/nodes').then(m => m.Nodes)),
  lazy('/config', 'Configuration', 'config', 'Cluster', () => import('./views/config').then(m => m.Configuration)),
  lazy('/audit', 'Audit', 'audit', 'Cluster', () => import('./views/audit').then(m => m.AuditView)),
];
const loaded = new Map<string, ComponentType>([['', Overview]]);

function viewOf(at: string): View | undefined {
  return VIEWS.find(v => (v.path === '' ? at === '' : at === v.path || at.startsWith(v.path + '/')));
}

function Current({ view }: { view: View }) {
  const [, setCount] = useState(0);
  const [error, setError] = useState<Error | null>(null);
  const ready = loaded.get(view.path);
  useEffect(() => {
    if (ready) return;
    let alive = true;
    (view.load as Loader)().then(component => { loaded.set(view.path, component); if (alive) setCount(n => n + 1); }, cause => { if (alive) setError(cause as Error); });
    return () => { alive = false; };
  }, [view.path]);
  if (ready) { const Ready = ready; return <Ready />; }
  return error ? <Empty title="This view could not be loaded"><button class="button" type="button" onClick={() => window.location.reload()}>Load the page anew</button></Empty> : <Loading rows={6} />;
}

function LiveMark() {
  const state = liveState.value;
  const words = state.kind === 'live' ? 'Live' : state.kind === 'paused' ? 'Paused' : state.kind === 'wait' ? 'Connecting'
    : `${state.daemons?.map(d => DAEMON_TITLES[d]).join(', ') || 'daemon'} down since ${clock(state.since!)}`;
  return (
    <button type="button" class={'live ' + state.kind} aria-pressed={paused.value} title={paused.value ? 'Updates are paused: press to go on (p)' : 'Press to pause updates (p)'} onClick={() => { paused.value = !paused.value; }}>
      <span class="dot" /><span>{words}</span>
    </button>
  );
}

// Says which daemon is down, since when, and where the console still is.
function DownBanner() {
  const known = session.value;
  if (unreachableSince.value !== null) {
    const other = known && (known.daemon === 'namenode' ? 'resourcemanager' : 'namenode');
    const address = other && known!.daemons[other].address;
    return (
      <div class="banner bad" role="status">
        <strong>{known ? DAEMON_TITLES[known.daemon] : 'The daemon'} does not answer</strong>
        <span>since {clock(unreachableSince.value)}. What you see is from before. {other && address && <>The {DAEMON_TITLES[other]} has this console, too: <a href={`${window.location.protocol}//${address}${window.location.pathname}${window.location.search}`} rel="noreferrer">{address}</a></>}</span>
      </div>
    );
  }
  const failed = Object.entries(down.value) as Array<[keyof typeof DAEMON_TITLES, number]>;
  return <>{failed.map(([name, since]) => <div key={name} class="banner bad" role="status"><strong>{DAEMON_TITLES[name]} down since {clock(since)}</strong><span>{name === 'namenode' ? 'Files and datanodes are not available; applications are.' : 'Applications, queues and nodes are not available; files are.'}</span></div>)}</>;
}

function Help() {
  return (
    <Dialog title="Keyboard" onClose={() => { helpOpen.value = false; }}>
      <dl class="pairs">
        <dt><kbd>/</kbd></dt><dd>Search or filter</dd>
        {PLACES.map(([key, , title]) => <><dt><kbd>g</kbd> <kbd>{key}</kbd></dt><dd>{title}</dd></>)}
        <dt><kbd>↑</kbd> <kbd>↓</kbd></dt><dd>Move between rows; <kbd>Enter</kbd> opens</dd>
        <dt><kbd>x</kbd>, <kbd>Shift</kbd> <kbd>↓</kbd></dt><dd>In files: choose one, choose on; <kbd>Ctrl</kbd> <kbd>a</kbd> all, <kbd>Esc</kbd> none</dd>
        <dt><kbd>p</kbd></dt><dd>Pause and go on with live updates</dd>
        <dt><kbd>t</kbd></dt><dd>Dark or light</dd>
        <dt><kbd>Esc</kbd></dt><dd>Close a dialog or menu</dd>
        <dt><kbd>?</kbd></dt><dd>This help</dd>
      </dl>
      <div class="buttons"><button class="button main" type="button" onClick={() => { helpOpen.value = false; }}>Close</button></div>
    </Dialog>
  );
}

export function App() {
  const at = path.value;
  const view = viewOf(at);
  const [menuOpen, setMenuOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  const title = at === '/login' ? 'Login' : view?.title ?? 'Not found';
  useEffect(() => { document.title = `${title} · tusk`; setMenuOpen(false); }, [title, at]);
  // A new view is announced: focus goes to its beginning, except at the first load.
  useEffect(() => { if (first.current) { first.current = false; return; } main.current?.focus({ preventScroll: true }); }, [view?.path]);
  if (loginWanted.value || (at === '/login' && session.value?.user == null)) return <><Login /><Overlays /></>;
  const me = session.value;
  const groups = ['', 'Filesystem', 'Work', 'Cluster'];
  return (
    <>
      <a class="skip" href="#main" onClick={event => { event.preventDefault(); main.current?.focus(); }}>Skip to content</a>
      <div class="frame">
        <nav class={'side' + (menuOpen ? ' open' : '')} id="side" aria-label="Views">
          <a class="brand" href={BASE + '/'}><img src={iconUrl} alt="" width={26} height={26} />tusk</a>
          {groups.map(group => (
            <>
              {group && <h3>{group}</h3>}
              {VIEWS.filter(v => v.group === group).map(v => <a key={v.path} class="nav" href={BASE + (v.path === '/files' || v.path === '' ? v.path + '/' : v.path)} aria-current={v === view ? 'page' : undefined} onClick={() => setMenuOpen(false)}><Icon name={v.icon} />{v.title}</a>)}
            </>
          ))}
          <div class="foot">{me && <>tusk {me.version}</>}</div>
        </nav>
        <button type="button" class={'backdrop' + (menuOpen ? ' open' : '')} aria-label="Close the menu" tabIndex={menuOpen ? 0 : -1} onClick={() => setMenuOpen(false)} />
        <div class="body">
          <header class="top">
            <button class="button ghost icon menu-button" type="button" aria-label="Menu" aria-expanded={menuOpen} aria-controls="side" onClick={() => setMenuOpen(!menuOpen)}><Icon name="menu" /></button>
            <span class="where grow">{title}</span>
            <LiveMark />
            <button class="button ghost icon" type="button" aria-label={isDark() ? 'Light theme' : 'Dark theme'} title={`Theme: ${theme.value} (t)`} onClick={nextTheme}><Icon name={isDark() ? 'sun' : 'moon'} /></button>
            <button class="button ghost icon wide-only" type="button" aria-label="Keyboard help" title="Keyboard help (?)" onClick={() => { helpOpen.value = true; }}><Icon name="help" /></button>
            {me?.user && (me.loginNeeded ? <Menu label="Account" icon="user" items={[{ label: `${me.user} · ${me.role}`, run: () => undefined, disabled: true }, { label: 'Log out', run: () => void logout().catch(complain) }]} /> : <span class="muted nowrap wide-only" title={`Role: ${me.role}`}>{me.user}</span>)}
          </header>
          <main id="main" ref={main} tabIndex={-1}>
            <DownBanner />
            {view ? <Current key={view.path} view={view} /> : <Empty title="There is no such page"><a href={BASE + '/'}>To the overview</a></Empty>}
          </main>
        </div>
      </div>
      {helpOpen.value && <Help />}
      <Overlays />
    </>
  );
}
