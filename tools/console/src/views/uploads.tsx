// Uploads: files and whole folders; bytes go straight from the browser to a datanode, three files at a time, each with its progress.
import { signal } from '@preact/signals';
import { ApiError, post } from '../core/api';
import { bytes, count, percent, plural, ratio } from '../core/format';
import { ask, complain } from '../ui/dialog';
import { Badge, Meter, Panel } from '../ui/parts';
import { join } from './file_actions';

type Upload = { id: number; name: string; path: string; size: number; sent: number; state: 'waiting' | 'running' | 'done' | 'failed' | 'stopped'; error?: string; exists?: boolean };
// What somebody has chosen or dropped: files by their path below the folder, and folders in which there is nothing.
export type Picked = { files: Array<{ file: File; name: string }>; empty: string[] };
const uploads = signal<Upload[]>([]);
const files = new Map<number, { file: File; done: () => void; request: XMLHttpRequest | null }>();
let nextId = 1;
const ATONCE = 3, PICKED_MAX = 10000, SHOWN_MAX = 50;

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

// The listing is asked again when nothing runs any more, and now and then before.
let shownAt = 0;
function landed(done: () => void): void {
  const idle = !uploads.peek().some(u => u.state === 'running' || u.state === 'waiting');
  if (idle || Date.now() - shownAt > 2000) { shownAt = Date.now(); done(); }
}

async function run(which: number, overwrite: boolean): Promise<void> {
  const upload = uploads.peek().find(u => u.id === which)!;
  change(which, { state: 'running', sent: 0, error: undefined, exists: false });
  const { done } = files.get(which)!;
  try {
    const { url, method } = await post<{ url: string; method: string }>('/dfs/files/upload', { path: upload.path, overwrite });
    await put(which, url, method);
    change(which, { state: 'done', sent: upload.size });
    files.delete(which);
  } catch (error) {
    const stopped = (error as Error).message === 'Stopped.';
    const exists = error instanceof ApiError && error.status === 409 && !overwrite;
    change(which, { state: stopped ? 'stopped' : 'failed', error: (error as Error).message, exists });
    if (exists && uploads.peek().length === 1) {
      ask({ title: `${upload.name} is there already`, action: 'Overwrite', danger: true, text: <>Replace <code>{upload.path}</code> by the file from this machine?</>, run: async () => again(which, true) });
    }
  }
  landed(done);
}
function more(): void {
  const running = uploads.peek().filter(u => u.state === 'running').length;
  for (const upload of uploads.peek().filter(u => u.state === 'waiting').slice(0, Math.max(0, ATONCE - running))) void run(upload.id, false).then(more);
}
function again(which: number, overwrite: boolean): void { void run(which, overwrite).then(more); }

export function upload(folder: string, { files: list, empty }: Picked, done: () => void): void {
  for (const name of empty) void post('/dfs/files/mkdir', { path: join(folder, name) }).then(done, complain);
  const added: Upload[] = [];
  for (const { file, name } of list) {
    const fresh: Upload = { id: nextId++, name, path: join(folder, name), size: file.size, sent: 0, state: 'waiting' };
    files.set(fresh.id, { file, done, request: null });
    added.push(fresh);
  }
  uploads.value = [...uploads.value.filter(u => u.state !== 'done'), ...added];
  more();
}

// Of an <input type=file>; with webkitdirectory its files know their paths.
export function chosen(input: HTMLInputElement): Picked {
  const list = [...(input.files ?? [])].map(file => ({ file, name: file.webkitRelativePath || file.name }));
  input.value = '';
  return { files: list, empty: [] };
}

async function read(entry: FileSystemEntry, at: string, picked: Picked): Promise<void> {
  if (picked.files.length + picked.empty.length >= PICKED_MAX) throw new Error(`These are more than ${count(PICKED_MAX)} files: upload them with “hdfs dfs -put”.`);
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    picked.files.push({ file, name: at + entry.name });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  let some = false;
  for (;;) {  // browsers give a hundred at a time
    const children = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (children.length === 0) break;
    some = true;
    for (const child of children) await read(child, at + entry.name + '/', picked);
  }
  if (!some) picked.empty.push(at + entry.name);
}

// Files and folders that were dropped. The entries must be taken before anything is awaited: a browser forgets them.
export async function dropped(data: DataTransfer): Promise<Picked> {
  const picked: Picked = { files: [], empty: [] };
  const items = [...data.items].filter(item => item.kind === 'file').map(item => ({ entry: item.webkitGetAsEntry?.() ?? null, file: item.getAsFile() }));
  for (const { entry, file } of items) {
    if (entry) await read(entry, '', picked);
    else if (file) picked.files.push({ file, name: file.name });
  }
  return picked;
}

// Those that want attention first; of a thousand not all.
const RANK = { running: 0, failed: 1, stopped: 2, waiting: 3, done: 4 };
export function Uploads() {
  const all = uploads.value;
  if (all.length === 0) return null;
  const of = (...states: Upload['state'][]) => all.filter(u => states.includes(u.state)).length;
  const over = of('running', 'waiting') === 0;
  const shown = all.length > SHOWN_MAX ? [...all].sort((a, b) => RANK[a.state] - RANK[b.state] || a.id - b.id).slice(0, SHOWN_MAX) : all;
  const stop = () => { uploads.value = uploads.value.map(u => (u.state === 'waiting' ? { ...u, state: 'stopped' as const } : u)); for (const u of uploads.peek()) if (u.state === 'running') files.get(u.id)?.request?.abort(); };
  return (
    <Panel title={all.length === 1 ? 'Uploads' : `Uploads: ${count(of('done'))} of ${plural(all.length, 'file')} done${of('failed') ? `, ${count(of('failed'))} failed` : ''}`}
      actions={over ? <button class="button small" type="button" onClick={() => { uploads.value = []; files.clear(); }}>Clear</button> : all.length > 1 && <button class="button small" type="button" onClick={stop}>Stop all</button>}>
      <ul class="uploads">
        {shown.map(u => (
          <li key={u.id}>
            <div class="wrap"><strong>{u.name}</strong> <span class="muted">{bytes(u.sent)} of {bytes(u.size)}</span>{u.error && <div class="bad">{u.error}</div>}</div>
            <Meter parts={[u.state === 'done' ? 1 : ratio(u.sent, u.size)]} label={`${percent(u.state === 'done' ? 1 : ratio(u.sent, u.size))} of ${u.name} sent`} />
            {u.state === 'running' ? <button class="button small" type="button" onClick={() => files.get(u.id)?.request?.abort()}>Stop</button>
              : u.exists ? <button class="button small" type="button" onClick={() => again(u.id, true)}>Overwrite</button>
                : u.state === 'failed' || u.state === 'stopped' ? <button class="button small" type="button" onClick={() => again(u.id, false)}>Try again</button>
                  : <Badge state={u.state} tone={u.state === 'done' ? 'ok' : ''} />}
          </li>
        ))}
      </ul>
      {all.length > shown.length && <p class="pad muted">and {plural(all.length - shown.length, 'other')}</p>}
    </Panel>
  );
}
