// A folder of any size: pages by cursor, only those near the view kept, so that a million entries scroll.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { get, params } from '../core/api';
import type { FileEntry, FileListing } from '../core/api_types';

export const PAGE = 500;
const PAGES_KEPT = 12;

export type Folder = {
  total: number | null;               // null: not known yet
  error: Error | null;
  entry: (index: number) => FileEntry | undefined;
  want: (first: number, last: number) => void;
  reload: () => void;
  complete: FileEntry[] | null;        // all entries where they fit one page
  version: number;
};

type Store = { cursors: string[]; pages: Map<number, FileEntry[]>; total: number | null; error: Error | null; wanted: [number, number]; busy: boolean; stale: Map<number, FileEntry[]> | null };

export function useFolder(path: string, from: string): Folder {
  const [version, setVersion] = useState(0);
  const store = useRef<Store>(null!);
  const key = path + '\u0000' + from;
  const keyNow = useRef('');
  if (keyNow.current !== key) {
    keyNow.current = key;
    store.current = { cursors: [from], pages: new Map(), total: null, error: null, wanted: [0, 0], busy: false, stale: null };
  }

  const work = useCallback(async () => {
    const now = store.current;
    if (now.busy) return;
    now.busy = true;
    for (;;) {
      const [first, last] = now.wanted;
      let next = -1;
      for (let page = first; page <= last; page++) if (!now.pages.has(page)) { next = page; break; }
      if (next < 0 || (now.total !== null && next * PAGE >= now.total && now.total > 0)) break;
      // Cursors lead forward only: a page far away is reached over those before it.
      const at = Math.min(next, now.cursors.length - 1);
      try {
        const listing = await get<FileListing>('/dfs/files' + params({ path, startAfter: now.cursors[at], limit: PAGE }));
        if (store.current !== now) return;
        now.error = null;
        now.total = at * PAGE + listing.entries.length + listing.remaining;
        if (listing.next !== null && listing.entries.length === PAGE) now.cursors[at + 1] = listing.next;
        else now.total = at * PAGE + listing.entries.length;
        now.pages.set(at, listing.entries);
        for (const page of [...now.pages.keys()]) {
          if (now.pages.size <= PAGES_KEPT) break;
          if (page < now.wanted[0] - 3 || page > now.wanted[1] + 3) now.pages.delete(page);
        }
        setVersion(n => n + 1);
        if (listing.entries.length === 0) break;
      } catch (error) {
        if (store.current !== now) return;
        now.error = error as Error;
        setVersion(n => n + 1);
        break;
      }
    }
    now.busy = false;
    if (now.error === null) now.stale = null;
  }, [path, from]);

  const want = useCallback((first: number, last: number) => {
    store.current.wanted = [Math.floor(first / PAGE), Math.floor(Math.max(first, last) / PAGE)];
    void work();
  }, [work]);

  const reload = useCallback(() => {
    if (keyNow.current !== key) return;   // an upload into a folder that is not on display any more
    const before = store.current;
    // Until the new pages are here the old ones stay on display.
    store.current = { cursors: [from], pages: new Map(), total: before.total, error: null, wanted: before.wanted, busy: false, stale: before.pages.size ? before.pages : before.stale };
    void work();
  }, [work, key, from]);

  useEffect(() => { want(0, 0); }, [want]);
  const now = store.current;
  const page = (at: number) => now.pages.get(at) ?? now.stale?.get(at);
  const firstPage = page(0);
  return {
    total: now.total, error: now.error, want, reload, version,
    entry: index => page(Math.floor(index / PAGE))?.[index % PAGE],
    complete: now.total !== null && now.total <= PAGE && firstPage ? firstPage : null,
  };
}
