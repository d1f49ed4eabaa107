// Uploads: bytes go straight from the browser to a datanode; three at a time, each with its progress.
import { signal } from '@preact/signals';
import { ApiError, post } from '../core/api';
import { bytes, percent, ratio } from '../core/format';
import { ask } from '../ui/dialog';
import { Badge, Meter, Panel } from '../ui/parts';
import { join } from './file_actions';

type Upload = { id: number; name: string; path: string; size: number; sent: number; state: 'waiting' | 'running' | 'done' | 'failed' | 'stopped'; error?: string };
const uploads = signal<Upload[]>([]);
const files = new Map<number, { file: File; done: () => void; request: XMLHttpRequest | null }>();
let nextId = 1;
const ATONCE = 3;

function change(which: number, update: Partial<Upload>): void { uploads.value = uploads.value.map(u => (u.id === which ? { ...u, ...update } : u)); }

function put(which: number, url: string, method: string): Promise<void> {
  const { file } = files.get(which)!;
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    files.get(which)!.request = request;
    request.open(method, url);
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    request.upload.onprogress = event => change(which, { sent: event.loaded });
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) { resolve(); return; }
      let message = `The datanode answered ${request.status}.`;
      try { message = JSON.parse(request.responseText).RemoteException.message; } catch { /* no JSON: the status says it */ }
      reject(new ApiError(request.status, 'datanode', message));
    };
    request.onerror = () => reject(new Error('The datanode cannot be reached from this browser.'));
    request.onabort = () => reject(new Error('Stopped.'));
    request.send(file);
  });
}

async function run(which: number, overwrite: boolean): Promise<void> {
  const upload = uploads.peek().find(u => u.id === which)!;
  change(which, { state: 'running', sent: 0, error: undefined });
  try {
    const { url, method } = await post<{ url: string; method: string }>('/dfs/files/upload', { path: upload.path, overwrite });
    await put(which, url, method);
    change(which, { state: 'done', sent: upload.size });
    files.get(which)?.done();
    files.delete(which);
  } catch (error) {
    const stopped = (error as Error).message === 'Stopped.';
    change(which, { state: stopped ? 'stopped' : 'failed', error: (error as Error).message });
    if (error instanceof ApiError && error.status === 409 && !overwrite) {
      ask({ title: `${upload.name} is there already`, action: 'Overwrite', danger: true, text: <>Replace <code>{upload.path}</code> by the file from this machine?</>, run: async () => { void run(which, true).then(more); } });
    }
  }
}
function more(): void {
  const running = uploads.peek().filter(u => u.state === 'running').length;
  for (const upload of uploads.peek().filter(u => u.state === 'waiting').slice(0, Math.max(0, ATONCE - running))) void run(upload.id, false).then(more);
}

export function upload(folder: string, list: Iterable<File>, done: () => void): void {
  const added: Upload[] = [];
  for (const file of list) {
    const fresh: Upload = { id: nextId++, name: file.name, path: join(folder, file.name), size: file.size, sent: 0, state: 'waiting' };
    files.set(fresh.id, { file, done, request: null });
    added.push(fresh);
  }
  uploads.value = [...uploads.value, ...added];
  more();
}

export function Uploads() {
  if (uploads.value.length === 0) return null;
  const over = uploads.value.every(u => u.state !== 'running' && u.state !== 'waiting');
  return (
    <Panel title="Uploads" actions={over && <button class="button small" type="button" onClick={() => { uploads.value = []; files.clear(); }}>Clear</button>}>
      <ul class="uploads">
        {uploads.value.map(u => (
          <li key={u.id}>
            <div class="wrap"><strong>{u.name}</strong> <span class="muted">{bytes(u.sent)} of {bytes(u.size)}</span>{u.error && <div class="bad">{u.error}</div>}</div>
            <Meter parts={[u.state === 'done' ? 1 : ratio(u.sent, u.size)]} label={`${percent(u.state === 'done' ? 1 : ratio(u.sent, u.size))} of ${u.name} sent`} />
            {u.state === 'running' ? <button class="button small" type="button" onClick={() => files.get(u.id)?.request?.abort()}>Stop</button> : <Badge state={u.state} tone={u.state === 'done' ? 'ok' : u.state === 'waiting' ? '' : 'bad'} />}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
