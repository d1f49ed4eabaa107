// Login, where the cluster asks for one (off loopback).
import { useState } from 'preact/hooks';
import { login, session } from '../core/api';
import { go, path } from '../core/router';
import iconUrl from '../icon.svg';

export function Login() {
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const open = window.location.protocol === 'http:' && !/^(localhost|127\.|\[::1\])/.test(window.location.hostname);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await login(user, password);
      setPassword('');
      if (path.value === '/login') go('/', true);
    } catch (cause) {
      setError((cause as Error).message);
    } finally {
      setBusy(false);
    }
  };
  return (
    <main class="login" id="main">
      <div class="panel">
        <form onSubmit={event => void submit(event)}>
          <div class="brand"><img src={iconUrl} alt="" width={26} height={26} /><h1>tusk</h1></div>
          <label class="field"><span>User</span><input class="input" name="user" autocomplete="username" autofocus spellcheck={false} required value={user} onInput={e => setUser(e.currentTarget.value)} /></label>
          <label class="field"><span>Password</span><input class="input" name="password" type="password" autocomplete="current-password" required value={password} onInput={e => setPassword(e.currentTarget.value)} /></label>
          {open && <p class="muted">This page is not encrypted: on its way the password can be read by others in the network.</p>}
          {error && <div class="banner bad" role="alert">{error}</div>}
          <button class="button main" type="submit" disabled={busy}>Log in</button>
          <p class="muted">Users are made with <code>tusk console adduser NAME --role ROLE</code>{session.value ? ` · tusk ${session.value.version}` : ''}</p>
        </form>
      </div>
    </main>
  );
}
