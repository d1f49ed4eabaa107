// Server-sent events of both daemons: who listens to what, reconnecting, and the mark that says whether the page is live.
import { computed, effect, signal } from '@preact/signals';
import { down, loadSession, loginWanted, session, unreachableSince, type DaemonName } from './api';

type Listener = (data: unknown) => void;
const EVENTS: Record<DaemonName, string[]> = { namenode: ['overview', 'datanodes', 'audit'], resourcemanager: ['overview', 'apps', 'nodes'] };
const SOURCES: Record<DaemonName, string> = { namenode: '/api/v1/dfs/events', resourcemanager: '/api/v1/yarn/events' };

export const paused = signal(false);
const hidden = signal(document.hidden);
document.addEventListener('visibilitychange', () => { hidden.value = document.hidden; });

type Link = { source: EventSource | null; listeners: Map<string, Set<Listener>>; retry: number; timer: number };
const links: Record<DaemonName, Link> = {
  namenode: { source: null, listeners: new Map(), retry: 0, timer: 0 },
  resourcemanager: { source: null, listeners: new Map(), retry: 0, timer: 0 },
};
export const connected = signal<Record<DaemonName, boolean | null>>({ namenode: null, resourcemanager: null });

function setConnected(name: DaemonName, value: boolean | null): void {
  if (connected.peek()[name] !== value) connected.value = { ...connected.peek(), [name]: value };
}

function close(name: DaemonName): void {
  const link = links[name];
  clearTimeout(link.timer);
  link.timer = 0;
  link.source?.close();
  link.source = null;
}

function open(name: DaemonName): void {
  const link = links[name];
  if (link.source || link.timer) return;
  const source = new EventSource(SOURCES[name]);
  link.source = source;
  source.onopen = () => { link.retry = 0; setConnected(name, true); for (const set of link.listeners.values()) for (const l of set) l(null); };
  source.onerror = () => {
    // The browser tries again by itself only after a broken connection, not after an answer like 503: so we always do it.
    close(name);
    setConnected(name, false);
    link.retry = Math.min(link.retry + 1, 5);
    link.timer = window.setTimeout(() => { link.timer = 0; sync(); }, Math.min(15000, 500 * 2 ** link.retry) * (0.8 + Math.random() * 0.4));
    void loadSession().catch(() => undefined);
  };
  for (const event of EVENTS[name]) {
    source.addEventListener(event, message => {
      const set = link.listeners.get(event);
      if (!set?.size) return;
      let data: unknown;
      try { data = JSON.parse((message as MessageEvent<string>).data); } catch { return; }
      for (const listener of [...set]) listener(data);
    });
  }
}

function sync(): void {
  const wanted = !paused.peek() && !hidden.peek() && !loginWanted.peek() && session.peek() !== null;
  for (const name of ['namenode', 'resourcemanager'] as const) {
    // One connection for a daemon only while somebody listens: browsers give an origin six.
    const used = [...links[name].listeners.values()].some(set => set.size > 0);
    if (wanted && used) open(name); else { close(name); setConnected(name, null); }
  }
}
effect(() => { void paused.value; void hidden.value; void loginWanted.value; void session.value?.user; sync(); });

// Calls `listener` with each event's data, and with null when the connection is new (what was missed is unknown).
export function listen(daemon: DaemonName, event: string, listener: Listener): () => void {
  const { listeners } = links[daemon];
  const set = listeners.get(event) ?? new Set();
  listeners.set(event, set);
  set.add(listener);
  sync();
  return () => { set.delete(listener); window.setTimeout(sync, 50); };
}

// Anything wrong: look every 3 s whether it is over.
effect(() => {
  const wrong = unreachableSince.value !== null || Object.keys(down.value).length > 0 || session.value === null;
  if (!wrong) return;
  const timer = window.setInterval(() => { if (!document.hidden) void loadSession().then(sync).catch(() => undefined); }, 3000);
  return () => clearInterval(timer);
});

export type LiveState = { kind: 'live' | 'paused' | 'wait' | 'down'; since?: number; daemons?: DaemonName[] };
export const liveState = computed<LiveState>(() => {
  if (unreachableSince.value !== null) return { kind: 'down', since: unreachableSince.value, daemons: session.value ? [session.value.daemon] : [] };
  const failed = Object.entries(down.value) as Array<[DaemonName, number]>;
  if (failed.length) return { kind: 'down', since: Math.min(...failed.map(f => f[1])), daemons: failed.map(f => f[0]) };
  if (paused.value) return { kind: 'paused' };
  return Object.values(connected.value).includes(false) ? { kind: 'wait' } : { kind: 'live' };
});
