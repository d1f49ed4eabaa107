// Data for views: an answer of the API kept fresh by events, a clock, and debounced text.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { down, get, unreachableSince, ApiError, type DaemonName } from './api';
import { listen, paused } from './live';

export type Query<T> = { data: T | null; error: Error | null; loading: boolean; reload: () => void; set: (change: (now: T) => T) => void };
export type Fresh = {
  daemon?: DaemonName;
  events?: string[];       // each means: ask again (at most once in `gapMs`)
  everyMs?: number;        // ask again so often
  gapMs?: number;
  keep?: boolean;          // keep the old answer on display while a changed URL is asked (default)
};

// `url` null: nothing is asked. Answers that come out of order are dropped.
export function useQuery<T>(url: string | null, fresh: Fresh = {}): Query<T> {
  const [state, setState] = useState<{ url: string | null; data: T | null; error: Error | null; loading: boolean }>({ url: null, data: null, error: null, loading: url !== null });
  const flight = useRef<AbortController | null>(null);
  const load = useCallback(() => {
    flight.current?.abort();
    if (url === null) { setState({ url, data: null, error: null, loading: false }); return; }
    const controller = new AbortController();
    flight.current = controller;
    setState(now => ({ ...now, loading: true, data: now.url === url || fresh.keep !== false ? now.data : null }));
    get<T>(url, controller.signal).then(
      data => { if (!controller.signal.aborted) setState({ url, data, error: null, loading: false }); },
      error => { if (!controller.signal.aborted) setState(now => ({ url, data: now.url === url ? now.data : null, error, loading: false })); },
    );
  }, [url]);
  useEffect(() => { load(); return () => flight.current?.abort(); }, [load]);

  const events = fresh.events?.join(',') ?? '';
  useEffect(() => {
    if (url === null || !fresh.daemon) return;
    const gap = fresh.gapMs ?? 2000;
    let last = Date.now(), timer = 0;
    const poke = () => {
      if (timer || document.hidden) return;
      timer = window.setTimeout(() => { timer = 0; last = Date.now(); load(); }, Math.max(0, last + gap - Date.now()));
    };
    const stops = events ? events.split(',').map(event => listen(fresh.daemon!, event, poke)) : [];
    // A daemon that has come back is asked again.
    let wasDown = false;
    const watch = () => {
      const isDown = down.value[fresh.daemon!] !== undefined || unreachableSince.value !== null;
      if (wasDown && !isDown) poke();
      wasDown = isDown;
    };
    const stopDown = down.subscribe(watch), stopReach = unreachableSince.subscribe(watch);
    return () => { clearTimeout(timer); stopDown(); stopReach(); stops.forEach(stop => stop()); };
  }, [url, load, events, fresh.daemon, fresh.gapMs]);
  useEffect(() => {
    if (url === null || !fresh.everyMs) return;
    const timer = window.setInterval(() => { if (!document.hidden && !paused.peek()) load(); }, fresh.everyMs);
    return () => clearInterval(timer);
  }, [url, load, fresh.everyMs]);

  const set = useCallback((change: (now: T) => T) => setState(now => (now.data ? { ...now, data: change(now.data) } : now)), []);
  return { data: state.url === url || fresh.keep !== false ? state.data : null, error: state.error, loading: state.loading, reload: load, set };
}

// An answer whose event carries the same shape: no second question.
export function usePushed<T>(url: string, daemon: DaemonName, event: string): Query<T> {
  const query = useQuery<T>(url, { daemon });
  const { set, reload } = query;
  useEffect(() => {
    // A new connection may have missed events.
    return listen(daemon, event, data => { if (data !== null) set(() => data as T); else reload(); });
  }, [daemon, event, set, reload]);
  return query;
}

export function useNow(everyMs = 1000): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = window.setInterval(() => { if (!document.hidden) setNow(Date.now()); }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

export function isDown(error: Error | null): error is ApiError { return error instanceof ApiError && (error.code === 'daemonDown' || error.code === 'unreachable'); }
