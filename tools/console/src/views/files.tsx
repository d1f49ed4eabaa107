// Files: a folder's listing of any size, what is selected, uploads, and the trash.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { may, params, post } from '../core/api';
import type { FileEntry, TrashEntry } from '../core/api_types';
import { bytes, count, mode, plural, time } from '../core/format';
import { useQuery } from '../core/hooks';
import { paused } from '../core/live';
import { BASE, filesUrl, go, path as route, query, setQuery } from '../core/router';
import { ask, complain, Menu, say } from '../ui/dialog';
import { Icon } from '../ui/icons';
import { Answer, Empty, Loading, offsetOf, Pager, Panel, Problem, Search } from '../ui/parts';
import { Table } from '../ui/table';
import * as actions from './file_actions';
import { FileDetail } from './file_detail';
import { useFolder, type Folder } from './folder';
import { chosen as chosenFiles, dropped, upload, Uploads } from './uploads';

// Several at once, by path.
type Chosen = ReadonlyMap<string, FileEntry>;
const NONE: Chosen = new Map();
const ROW = 34, MOST_PIXELS = 8_000_000;

function Crumbs({ path }: { path: string }) {
  const names = path.split('/').filter(Boolean);
  return (
    <nav class="crumbs grow" aria-label="Folders above">
      {names.length === 0 ? <span aria-current="page">/</span> : <a href={filesUrl('/')} aria-label="Root folder">/</a>}
      {names.map((name, i) => {
        const at = '/' + names.slice(0, i + 1).join('/');
        return <>{i > 0 && <span class="sep" aria-hidden="true">/</span>}{i === names.length - 1 ? <span aria-current="page">{name}</span> : <a href={filesUrl(at)}>{name}</a>}</>;
      })}
    </nav>
  );
}

const COLUMNS: Array<[string, string, string, string?]> = [['', 'Type', 'c-type'], ['name', 'Name', ''], ['size', 'Size', 'num'], ['time', 'Modified', 'c-time'], ['', 'Permission', 'c-perm'], ['', 'Owner', 'c-owner'], ['', 'Copies', 'num c-repl']];

// Rows are made only for what is seen. Where the whole would be higher than browsers can scroll, the bar's way is scaled.
function Listing({ folder, rows, total, selected, chosen, onChoose, onOpen, onSelect, onDelete, sortable }: {
  folder: Folder; rows: FileEntry[] | null; total: number; selected: string | null; chosen: Chosen; onChoose: ((change: (now: Chosen) => Chosen) => void) | null; onOpen: (e: FileEntry) => void; onSelect: (e: FileEntry) => void; onDelete: (e: FileEntry) => void; sortable: boolean;
}) {
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 600 });
  const [cursor, setCursor] = useState(0);
  const full = total * ROW, shown = Math.min(full, MOST_PIXELS);
  const inner = Math.max(1, view.height - ROW);
  const scale = full > shown ? (full - inner) / (shown - inner) : 1;
  const topRow = (view.top * scale) / ROW;
  const first = Math.max(0, Math.floor(topRow) - 6), last = Math.min(total - 1, Math.ceil(topRow + inner / ROW) + 6);
  const at = (index: number) => (rows ? rows[index] : folder.entry(index));
  useLayoutEffect(() => {
    const node = box.current!;
    const read = () => setView({ top: node.scrollTop, height: node.clientHeight });
    read();
    const observer = new ResizeObserver(read);
    observer.observe(node);
    return () => observer.disconnect();
  }, []);
  useEffect(() => { if (!rows) folder.want(first, last); }, [first, last, rows === null, folder.want]);
  const move = (to: number) => {
    const next = Math.max(0, Math.min(total - 1, to));
    setCursor(next);
    const node = box.current!;
    const y = (next * ROW) / scale;
    if (scale > 1) {
      if (next < topRow || next > topRow + inner / ROW - 2) node.scrollTop = Math.max(0, y - (to < cursor ? 0 : (inner - ROW * 2) / scale));
    } else if (y < node.scrollTop) node.scrollTop = y;
    else if (y + ROW > node.scrollTop + inner) node.scrollTop = y + ROW - inner;
  };
  const toggle = (...list: Array<FileEntry | undefined>) => {
    onChoose?.(now => {
      const to = new Map(now);
      for (const entry of list) if (entry && !to.delete(entry.path)) to.set(entry.path, entry);
      return to;
    });
  };
  // All from the cursor to here, as far as they have been read.
  const extend = (index: number) => {
    onChoose?.(now => {
      const to = new Map(now);
      for (let i = Math.min(cursor, index); i <= Math.max(cursor, index); i++) { const entry = at(i); if (entry) to.set(entry.path, entry); }
      return to;
    });
  };
  const all = (list: FileEntry[]) => onChoose?.(() => new Map(list.map(e => [e.path, e])));
  // The second click of a pair may fall on the folder that the first one has opened: it is no click there.
  const firstClick = useRef('');
  const click = (event: MouseEvent, index: number, entry: FileEntry) => {
    if (event.detail > 1 && firstClick.current !== entry.path) { event.preventDefault(); return; }
    firstClick.current = entry.path;
    const target = event.target as HTMLElement, withKey = event.shiftKey || event.ctrlKey || event.metaKey;
    if (target.closest('input') || (target.closest('a') && !(onChoose && withKey))) return;
    // On names, too, as in other listings of files; a middle click opens a name in another tab.
    if (withKey) event.preventDefault();
    if (onChoose && event.shiftKey) { extend(index); window.getSelection()?.removeAllRanges(); }
    else if (onChoose && withKey) toggle(entry);
    else onSelect(entry);
    setCursor(index);
  };
  const keys = (event: KeyboardEvent) => {
    if ((event.target as HTMLElement).closest('.headings')) return;
    const page = Math.max(1, Math.floor(inner / ROW) - 1);
    const to = { ArrowDown: cursor + 1, ArrowUp: cursor - 1, PageDown: cursor + page, PageUp: cursor - page, Home: 0, End: total - 1 }[event.key];
    const entry = at(cursor);
    if (to !== undefined) { event.preventDefault(); if (event.shiftKey && onChoose) extend(Math.max(0, Math.min(total - 1, to))); move(to); }
    else if (event.key === 'x' && entry && onChoose && !event.ctrlKey && !event.metaKey && !event.altKey) { event.preventDefault(); toggle(entry); }
    else if (event.key === 'a' && (event.ctrlKey || event.metaKey) && rows && onChoose) { event.preventDefault(); all(rows); }
    else if (event.key === 'Escape' && chosen.size) { event.preventDefault(); onChoose?.(() => NONE); }
    else if (event.key === 'Enter' && entry) { event.preventDefault(); onOpen(entry); }
    else if (event.key === ' ' && entry) { event.preventDefault(); onSelect(entry); }
    else if (event.key === 'Delete' && entry && may('operator')) { event.preventDefault(); onDelete(entry); }
    else if (event.key === 'Backspace') { event.preventDefault(); const up = document.querySelector<HTMLAnchorElement>('.crumbs a:last-of-type'); up?.click(); }
  };
  const sort = query.value.get('sort') ?? 'name';
  const indices: number[] = [];
  for (let i = first; i <= last; i++) indices.push(i);
  return (
    <div class={'listing' + (onChoose ? ' choice' : '')} ref={box} role="grid" aria-label="Folder" aria-multiselectable={onChoose ? true : undefined} aria-rowcount={total + 1} tabIndex={0} aria-activedescendant={at(cursor) ? `entry-${cursor}` : undefined} onKeyDown={keys} onScroll={e => setView({ top: e.currentTarget.scrollTop, height: e.currentTarget.clientHeight })}>
      <div class="entry headings" role="row">
        {COLUMNS.map(([key, title, extra]) => (
          <div key={title} role="columnheader" class={extra} aria-sort={key && sort.replace('-', '') === key ? (sort.startsWith('-') ? 'descending' : 'ascending') : undefined}>
            {title === 'Type' ? <>{onChoose && rows && <input type="checkbox" aria-label="Choose all" checked={rows.length > 0 && rows.every(e => chosen.has(e.path))} onChange={event => all(event.currentTarget.checked ? rows : [])} />}<span class="sr">Type</span></> : key && sortable ? <button type="button" tabIndex={-1} onClick={() => setQuery({ sort: sort === key ? '-' + key : key === 'name' ? null : key })}>{title}{sort.replace('-', '') === key ? (sort.startsWith('-') ? ' ↓' : ' ↑') : ''}</button> : title}
          </div>
        ))}
      </div>
      <div class="space" role="rowgroup" style={{ height: shown + 'px' }}>
        {indices.map(index => {
          const entry = at(index);
          const y = scale > 1 ? view.top + (index - topRow) * ROW : index * ROW;
          return (
            <div key={index} id={`entry-${index}`} role="row" aria-rowindex={index + 2} aria-selected={entry !== undefined && (selected === entry.name || chosen.has(entry.path))} class={'entry' + (index === cursor ? ' cursor' : '')} style={{ top: y.toFixed(1) + 'px' }}
              onClick={event => { if (entry) click(event, index, entry); }} onDblClick={() => { if (entry && firstClick.current === entry.path) onOpen(entry); }}>
              {entry ? (
                <>
                  <div role="gridcell" class="c-type">{onChoose && <input type="checkbox" tabIndex={-1} aria-label={`Choose ${entry.name}`} checked={chosen.has(entry.path)} onClick={event => { setCursor(index); if (event.shiftKey) extend(index); else toggle(entry); }} onDblClick={event => event.stopPropagation()} />}<Icon name={entry.type === 'directory' ? 'folder' : entry.type === 'symlink' ? 'link' : 'file'} class={entry.type === 'directory' ? 'folder' : ''} /><span class="sr">{entry.type}</span></div>
                  <div role="gridcell"><a tabIndex={-1} class={entry.type === 'directory' ? 'folder' : ''} title={entry.name} href={entry.type === 'directory' ? filesUrl(entry.path) : '?sel=' + encodeURIComponent(entry.name)} onClick={event => { if (entry.type !== 'directory' && !event.ctrlKey && !event.metaKey && !event.shiftKey) { event.preventDefault(); setCursor(index); onSelect(entry); } }}>{entry.name}</a></div>
                  <div role="gridcell" class="num">{entry.type === 'directory' ? (entry.children != null ? <span class="muted">{plural(entry.children, 'item')}</span> : '–') : bytes(entry.size)}</div>
                  <div role="gridcell" class="c-time">{time(entry.modifiedAt)}</div>
                  <div role="gridcell" class="c-perm mono">{mode(entry.permission, entry.type)}{entry.hasAcl ? '+' : ''}</div>
                  <div role="gridcell" class="c-owner" title={`${entry.owner}:${entry.group}`}>{entry.owner}:{entry.group}</div>
                  <div role="gridcell" class="num c-repl">{entry.type === 'file' ? entry.replication : '–'}</div>
                </>
              ) : <><div role="gridcell" /><div role="gridcell" class="muted">…</div></>}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Trash() {
  const trash = useQuery<{ root: string; enabled?: boolean; total: number; entries: TrashEntry[] }>('/dfs/files/trash' + params({ offset: offsetOf() || null, limit: 100 }), { daemon: 'namenode', everyMs: 10000 });
  const restore = (e: TrashEntry) => ask({ title: 'Restore', action: 'Restore', fields: [{ name: 'to', label: 'To', value: e.originalPath, required: true }], run: async ({ to }) => {
    const { path } = await post<{ path: string }>('/dfs/files/restore', to === e.originalPath ? { trashPath: e.trashPath } : { trashPath: e.trashPath, to });
    say(`${path} is back.`, { label: 'Show', run: () => go(filesUrl(actions.parentOf(path)) + '?sel=' + encodeURIComponent(path.split('/').pop()!)) });
    trash.reload();
  } });
  return (
    <>
      <div class="head"><h1>Trash</h1><div class="actions"><a class="button" href={BASE + '/files/'}>Back to files</a></div></div>
      <Panel title={trash.data ? <span class="mono">{trash.data.root}</span> : 'Trash'}>
        <Answer query={trash} rows={6}>{data => (
          <>
            {data.enabled === false && <div class="pad"><div class="banner info"><span>fs.trash.interval is 0 here: the trash is not emptied by itself.</span></div></div>}
            <Table<TrashEntry> label="Trash" rows={data.entries} rowKey={e => e.trashPath} empty={<Empty title="The trash is empty" />} columns={[
              { title: 'Was', class: 'wrap', cell: e => <><Icon name={e.type === 'directory' ? 'folder' : 'file'} /> <span class="mono">{e.originalPath}</span></> }, { title: 'Size', class: 'num', cell: e => (e.type === 'directory' ? '–' : bytes(e.size)) },
              { title: 'Checkpoint', class: 'hide-narrow', cell: e => (e.checkpoint === 'Current' ? 'current' : e.deletedAt ? time(e.deletedAt) : e.checkpoint) },
              { title: 'Actions', class: 'num', cell: e => may('operator') && <button class="button small" type="button" onClick={() => restore(e)}>Restore…</button> },
            ]} />
            <Pager total={data.total} limit={100} shown={data.entries.length} />
          </>
        )}</Answer>
      </Panel>
    </>
  );
}

function decodePath(): string {
  const names = route.value.slice('/files'.length).split('/').filter(Boolean).map(part => { try { return decodeURIComponent(part); } catch { return part; } });
  return '/' + names.join('/');
}
// A cursor just before all names that begin with this.
const before = (prefix: string) => prefix && prefix.slice(0, -1) + String.fromCharCode(Math.max(1, prefix.charCodeAt(prefix.length - 1) - 1)) + '\uffef';

export function Files() { return query.value.get('view') === 'trash' ? <Trash /> : <Browser />; }

function Browser() {
  const q = query.value;
  const path = decodePath();
  const from = q.get('from') ?? '';
  const folder = useFolder(path, before(from));
  const [over, setOver] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const folderInput = useRef<HTMLInputElement>(null);
  const [chosenIn, setChosenIn] = useState<{ path: string; list: Chosen }>({ path, list: NONE });
  const chosen = chosenIn.path === path ? chosenIn.list : NONE;
  const choose = (change: (now: Chosen) => Chosen) => setChosenIn(now => ({ path, list: change(now.path === path ? now.list : NONE) }));
  const chooseNone = () => choose(() => NONE);
  const selected = q.get('sel');
  const filter = (q.get('q') ?? '').toLowerCase();
  const sort = q.get('sort') ?? 'name';
  const { complete } = folder;
  const rows = useMemo(() => {
    if (!complete) return null;
    let list = filter ? complete.filter(e => e.name.toLowerCase().includes(filter)) : complete;
    const key = sort.replace('-', '');
    if (key === 'size') list = [...list].sort((a, b) => a.size - b.size);
    else if (key === 'time') list = [...list].sort((a, b) => a.modifiedAt - b.modifiedAt);
    return sort.startsWith('-') ? [...list].reverse() : list;
  }, [complete, filter, sort, folder.version]);
  // A small folder is looked at again by itself; a large one when asked.
  useEffect(() => {
    const timer = window.setInterval(() => { if (!document.hidden && !paused.peek() && complete) folder.reload(); }, 10000);
    return () => clearInterval(timer);
  }, [folder.reload, complete !== null]);
  const open = (e: FileEntry) => { if (e.type === 'directory') go(filesUrl(e.path)); else setQuery({ sel: e.name }); };
  const changed = (to?: string) => {
    folder.reload();
    if (selected === null) return;
    const same = to === undefined ? null : actions.parentOf(to) === path && to.startsWith('/') ? to.split('/').pop()! : selected;
    if (same !== selected) setQuery({ sel: same, tab: null });
  };
  const writable = may('operator');
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(0);
    if (!writable) { complain(new Error('Your role may only look.')); return; }
    if (event.dataTransfer) void dropped(event.dataTransfer).then(picked => upload(path, picked, folder.reload), complain);
  };
  const several = [...chosen.values()];
  const afterwards = () => { chooseNone(); changed(); };
  const total = rows ? rows.length : folder.total;
  return (
    <>
      <h1 class="sr">Files in {path}</h1>
      <div class="head">
        <Crumbs path={path} />
        <div class="actions">
          {writable && <><button class="button main" type="button" onClick={() => input.current?.click()}>Upload…</button><button class="button" type="button" onClick={() => actions.makeFolder(path, folder.reload)}>New folder…</button></>}
          <Menu label="More" items={[writable && { label: 'Upload a folder…', run: () => folderInput.current?.click() }, { label: 'About this folder', run: () => setQuery({ sel: '.' }) }, { label: 'Look again', run: folder.reload }, { label: 'Trash', run: () => go('/files/?view=trash') }]} />
          <input ref={input} type="file" multiple hidden onChange={e => upload(path, chosenFiles(e.currentTarget), folder.reload)} />
          <input ref={folderInput} type="file" hidden {...{ webkitdirectory: true }} onChange={e => upload(path, chosenFiles(e.currentTarget), folder.reload)} />
        </div>
      </div>
      <div class="bar">
        {folder.total !== null && !complete
          ? <Search key="jump" label="Go to a name, or to a /path (Enter)" onSubmit={text => { if (text.startsWith('/')) go(filesUrl(text.replace(/(.)\/+$/, '$1'))); else setQuery({ from: text, sel: null }); }} />
          : <Search key="filter" label="Filter by name" />}
        <span class="muted">{folder.total !== null && (rows && rows.length !== folder.total ? `${count(rows.length)} of ${plural(folder.total, 'entry', 'entries')}` : plural(folder.total, 'entry', 'entries'))}{from && <> from “{from}” <button class="button small" type="button" onClick={() => setQuery({ from: null })}>From the beginning</button></>}</span>
      </div>
      <Uploads />
      <div class={'files' + (selected !== null ? ' with-side' : '')}>
        <section class={'panel' + (over > 0 ? ' drop' : '')} aria-label={writable ? 'Listing; drop files or folders here to upload them' : 'Listing'} onDragEnter={e => { e.preventDefault(); setOver(n => n + 1); }} onDragLeave={() => setOver(n => Math.max(0, n - 1))} onDragOver={e => e.preventDefault()} onDrop={drop}>
          {several.length > 0 && (
            <div class="chosen" role="toolbar" aria-label="What is chosen">
              <strong>{plural(several.length, 'entry', 'entries')} chosen</strong><span class="muted grow">{bytes(several.reduce((sum, e) => sum + (e.type === 'file' ? e.size : 0), 0))} in files</span>
              <button class="button small" type="button" onClick={() => actions.manyInto(several, path, afterwards)}>Move…</button>
              <button class="button small" type="button" onClick={() => actions.manyPermissions(several, changed)}>Permissions…</button>
              <button class="button small" type="button" onClick={() => actions.manyOwner(several, changed)}>Owner…</button>
              <button class="button small" type="button" onClick={() => actions.manyToTrash(several, afterwards)}>Move to trash…</button>
              <button class="button small danger" type="button" onClick={() => actions.manyDeleteForever(several, afterwards)}>Delete for good…</button>
              <button class="button small" type="button" onClick={() => chooseNone()}>Clear</button>
            </div>
          )}
          {folder.error && <div class="pad"><Problem error={folder.error} reload={folder.reload} /></div>}
          {total === null ? !folder.error && <Loading rows={10} />
            : total === 0 ? <Empty title={filter ? 'No name matches' : 'This folder is empty'}>{!filter && writable && 'Drop files or folders here to upload them.'}</Empty>
              : <Listing key={path + from} folder={folder} rows={rows} total={total} selected={selected} chosen={chosen} onChoose={writable ? choose : null} sortable={complete !== null} onOpen={open} onSelect={e => setQuery({ sel: e.name })} onDelete={e => (chosen.size > 1 ? actions.manyToTrash(several, afterwards) : actions.toTrash(e, changed))} />}
        </section>
        {selected !== null && <FileDetail key={selected} path={selected === '.' ? path : actions.join(path, selected)} isRoot={selected === '.'} onChanged={changed} />}
      </div>
    </>
  );
}
