// One file or folder: preview, facts, ACL, quota, blocks and where they are.
import { useEffect, useState } from 'preact/hooks';
import { get, may, params } from '../core/api';
import type { FileBlocks, FileDetails } from '../core/api_types';
import { bytes, count, mode, plural, timeWithSeconds } from '../core/format';
import { useQuery } from '../core/hooks';
import { BASE, filesUrl, query, setQuery } from '../core/router';
import { complain } from '../ui/dialog';
import { Icon } from '../ui/icons';
import { Answer, Badge, CopyButton, Empty, Loading, Pairs, Problem, Segments, Tabs } from '../ui/parts';
import * as actions from './file_actions';

const TEXT_BYTES = 65536, IMAGE_BYTES = 16 * 1048576;
const IMAGES: Record<string, string> = { png: 'image/png', jpg: 'image/jpeg', jpeg: 'image/jpeg', gif: 'image/gif', webp: 'image/webp', bmp: 'image/bmp', avif: 'image/avif' };

type Shown = { kind: 'text'; text: string } | { kind: 'image'; url: string } | { kind: 'binary'; hex: string };

function hex(data: Uint8Array): string {
  let text = '';
  for (let at = 0; at < Math.min(data.length, 512); at += 16) {
    const row = [...data.subarray(at, at + 16)];
    text += at.toString(16).padStart(6, '0') + '  ' + row.map(b => b.toString(16).padStart(2, '0')).join(' ').padEnd(48) + ' ' + row.map(b => (b >= 32 && b < 127 ? String.fromCharCode(b) : '.')).join('') + '\n';
  }
  return text;
}

async function load(file: FileDetails, end: boolean, signal: AbortSignal): Promise<Shown> {
  const type = IMAGES[file.name.split('.').pop()?.toLowerCase() ?? ''];
  const image = type !== undefined && file.size <= IMAGE_BYTES;
  const length = image ? file.size : Math.min(file.size, TEXT_BYTES);
  const offset = image || !end ? 0 : file.size - length;
  const { url } = await get<{ url: string }>('/dfs/files/download' + params({ path: file.path, offset, length }), signal);
  const response = await fetch(url, { signal, credentials: 'omit' });
  if (!response.ok) throw new Error(`The datanode answered ${response.status}.`);
  if (image) return { kind: 'image', url: URL.createObjectURL(new Blob([await response.arrayBuffer()], { type })) };
  const data = new Uint8Array(await response.arrayBuffer());
  if (data.includes(0)) return { kind: 'binary', hex: hex(data) };
  try {
    // A piece may begin or end inside a letter: those bytes are left out.
    let first = 0;
    if (offset > 0) while (first < 4 && ((data[first] ?? 0) & 0xc0) === 0x80) first++;
    return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true }).decode(data.subarray(first), { stream: true }) };
  } catch {
    return { kind: 'binary', hex: hex(data) };
  }
}

function Preview({ file }: { file: FileDetails }) {
  const [end, setEnd] = useState(false);
  const [shown, setShown] = useState<Shown | null>(null);
  const [error, setError] = useState<Error | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    let url: string | null = null;
    setShown(null);
    setError(null);
    if (file.size > 0) load(file, end, stop.signal).then(result => { if (result.kind === 'image') url = result.url; if (!stop.signal.aborted) setShown(result); else if (url) URL.revokeObjectURL(url); }, cause => { if (!stop.signal.aborted) setError(cause as Error); });
    return () => { stop.abort(); if (url) URL.revokeObjectURL(url); };
  }, [file.path, file.size, file.modifiedAt, end]);
  if (file.size === 0) return <Empty title="Empty file" />;
  if (error) return <Problem error={error} />;
  if (!shown) return <Loading />;
  if (shown.kind === 'image') return <img class="preview-image" src={shown.url} alt={`Preview of ${file.name}`} />;
  return (
    <div class="stack">
      <div class="bar">
        <span class="muted grow">{shown.kind === 'binary' ? 'Not text: its first bytes' : file.size > TEXT_BYTES ? `${end ? 'Last' : 'First'} 64 KiB of ${bytes(file.size)}` : bytes(file.size)}</span>
        {file.size > TEXT_BYTES && <Segments label="Part" value={end ? 'end' : 'start'} onChange={v => setEnd(v === 'end')} options={[['start', 'Start'], ['end', 'End']]} />}
      </div>
      <pre class="preview" tabIndex={0} aria-label={`Text of ${file.name}`}>{shown.kind === 'text' ? shown.text : shown.hex}</pre>
    </div>
  );
}

function Blocks({ path }: { path: string }) {
  const [limit, setLimit] = useState(100);
  const blocks = useQuery<FileBlocks>('/dfs/files/blocks' + params({ path, limit }), { daemon: 'namenode', everyMs: 10000 });
  return (
    <Answer query={blocks}>{data => (
      <div class="stack">
        <span class="muted">{plural(data.total, 'block')}{data.underConstruction ? ', the last one being written' : ''}</span>
        <ul class="blocks">
          {data.blocks.map(block => (
            <li key={block.id}>
              <div class="bar"><span class="mono grow">{block.id}</span>{block.corrupt && <Badge state="corrupt" />}<span class="muted">{bytes(block.length)} from {bytes(block.offset)}</span></div>
              <div class="replicas">{block.replicas.length ? block.replicas.map(r => <a key={r.storageId + r.datanode} class="badge" href={`${BASE}/datanodes?node=${encodeURIComponent(r.datanode)}`} title={`${r.datanode} · ${r.rack} · ${r.storageType}`}>{r.host}</a>) : <Badge tone="bad">no copy is known</Badge>}</div>
            </li>
          ))}
        </ul>
        {data.blocks.length < data.total && limit < 1000 && <button class="button" type="button" onClick={() => setLimit(1000)}>Show more</button>}
      </div>
    )}</Answer>
  );
}

function Facts({ file }: { file: FileDetails }) {
  const q = file.quota;
  return (
    <Pairs pairs={[
      ['Path', <span class="mono">{file.path} <CopyButton text={file.path} /></span>], ['Type', file.type],
      file.type === 'file' && ['Size', `${bytes(file.size)} (${count(file.size)} bytes)`],
      file.type === 'file' && ['Replication', `${file.replication} copies of blocks of ${bytes(file.blockSize)}`],
      ['Owner', `${file.owner} : ${file.group}`], ['Permission', <span class="mono">{mode(file.permission, file.type)} ({file.permission})</span>],
      ['Modified', timeWithSeconds(file.modifiedAt)], file.type === 'file' && ['Read last', timeWithSeconds(file.accessedAt)],
      file.contentSummary !== null && ['Contains', `${plural(file.contentSummary.files, 'file')}, ${plural(file.contentSummary.directories, 'folder')}, ${bytes(file.contentSummary.bytes)} (${bytes(file.contentSummary.spaceConsumed)} with all copies)`],
      q !== null && q.names !== null && ['Quota of names', `${count(q.namesUsed)} of ${count(q.names)}`], q !== null && q.space !== null && ['Quota of space', `${bytes(q.spaceUsed)} of ${bytes(q.space)}`],
      file.storagePolicy !== null && ['Storage policy', file.storagePolicy],
      file.acl.length > 0 && ['ACL', <span class="mono lines">{file.acl.map(line => <div key={line}>{line}</div>)}</span>],
      file.xattrs.length > 0 && ['Attributes', <span class="mono lines">{file.xattrs.map(x => <div key={x.name}>{x.name} = {x.value ?? 'hidden'}</div>)}</span>],
      file.underConstruction === true && ['State', <Badge tone="info">being written</Badge>],
    ]} />
  );
}

export function FileDetail({ path, onChanged, isRoot }: { path: string; onChanged: (path?: string) => void; isRoot?: boolean }) {
  const details = useQuery<FileDetails>('/dfs/files/status' + params({ path, summary: true }), { daemon: 'namenode', keep: false });
  const tabs: Array<[string, string]> = details.data?.type === 'file' ? [['preview', 'Preview'], ['facts', 'Details'], ['blocks', 'Blocks']] : [['facts', 'Details']];
  const tab = tabs.find(t => t[0] === query.value.get('tab'))?.[0] ?? tabs[0]![0];
  const done = (to?: string) => { details.reload(); onChanged(to); };
  return (
    <aside class="panel detail" aria-label={`About ${path}`}>
      <header><h2 class="grow wrap">{path.split('/').pop() || '/'}</h2><button class="button ghost icon small" type="button" aria-label="Close details" onClick={() => setQuery({ sel: null, tab: null })}><Icon name="close" size={14} /></button></header>
      <Answer query={details}>{file => (
        <>
          <div class="pad buttons-row">
            {file.type === 'file' ? <button class="button main small" type="button" onClick={() => void actions.download(file.path).catch(complain)}>Download</button> : !isRoot && <a class="button main small" href={filesUrl(file.path)}>Open</a>}
            {may('operator') && <>
              {file.path !== '/' && <button class="button small" type="button" onClick={() => actions.rename(file, done)}>Rename…</button>}
              <button class="button small" type="button" onClick={() => actions.permissions(file, done)}>Permissions…</button>
              <button class="button small" type="button" onClick={() => actions.owner(file, done)}>Owner…</button>
              <button class="button small" type="button" onClick={() => actions.acl(file, done)}>ACL…</button>
              {file.type === 'file' && <button class="button small" type="button" onClick={() => actions.replication(file, done)}>Replication…</button>}
              {file.type === 'directory' && may('admin') && <button class="button small" type="button" onClick={() => actions.quota(file, done)}>Quota…</button>}
              {file.path !== '/' && <button class="button danger small" type="button" onClick={() => actions.toTrash(file, done)}>Move to trash…</button>}
              {file.path !== '/' && <button class="button danger small" type="button" onClick={() => actions.deleteForever(file, done)}>Delete for good…</button>}
            </>}
          </div>
          {tabs.length > 1 && <Tabs label="About this file" tabs={tabs} current={tab} onSelect={key => setQuery({ tab: key === 'preview' ? null : key })} />}
          <div class="pad">{tab === 'preview' ? <Preview file={file} /> : tab === 'blocks' ? <Blocks path={file.path} /> : <Facts file={file} />}</div>
        </>
      )}</Answer>
    </aside>
  );
}
