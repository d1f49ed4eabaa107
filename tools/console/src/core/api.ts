// Calls of /api/v1: one place for the CSRF header, for errors, and for what an answer says about the daemons.
import { batch, signal } from '@preact/signals';
import type { Role, Session } from './api_types';

export type DaemonName = 'namenode' | 'resourcemanager';
export const DAEMON_TITLES: Record<DaemonName, string> = { namenode: 'namenode', resourcemanager: 'resource manager' };

export class ApiError extends Error {
  constructor(readonly status: number, readonly code: string, message: string, readonly daemon?: DaemonName, readonly since?: number) { super(message); }
}

export const session = signal<Session | null>(null);
// The daemon that serves this page does not answer: since then.
export const unreachableSince = signal<number | null>(null);
// Daemons known to be down, with since when.
export const down = signal<Partial<Record<DaemonName, number>>>({});
export const loginWanted = signal(false);

const RANK: Record<Role, number> = { viewer: 0, operator: 1, admin: 2 };
export function may(role: Role): boolean {
  const mine = session.value?.role;
  return mine != null && RANK[mine] >= RANK[role];
}

const daemonOf = (url: string): DaemonName | null => (url.startsWith('/dfs/') ? 'namenode' : url.startsWith('/yarn/') ? 'resourcemanager' : null);

function markDown(daemon: DaemonName, since: number): void {
  if (down.peek()[daemon] === undefined) down.value = { ...down.peek(), [daemon]: since };
}
function markUp(daemon: DaemonName): void {
  if (down.peek()[daemon] === undefined) return;
  const next = { ...down.peek() };
  delete next[daemon];
  down.value = next;
}
function unreachable(): ApiError {
  if (unreachableSince.peek() === null) unreachableSince.value = Date.now();
  return new ApiError(0, 'unreachable', 'The daemon that serves this page does not answer.');
}

async function asError(response: Response): Promise<ApiError> {
  try {
    const { error } = await response.json();
    return new ApiError(response.status, error.code, error.message, error.daemon, error.since);
  } catch {
    return new ApiError(response.status, 'http', `HTTP ${response.status} ${response.statusText}`.trim());
  }
}

export async function call(method: string, url: string, body?: unknown, signal_?: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (method !== 'GET') {
    headers['Content-Type'] = 'application/json';
    headers['X-Tusk-CSRF'] = session.peek()?.csrf ?? '';
  }
  let response: Response;
  try {
    response = await fetch('/api/v1' + url, { method, headers, credentials: 'same-origin', signal: signal_, body: method === 'GET' ? undefined : JSON.stringify(body ?? {}) });
  } catch (cause) {
    if (signal_?.aborted) throw cause;
    throw unreachable();
  }
  if (unreachableSince.peek() !== null) unreachableSince.value = null;
  const daemon = daemonOf(url);
  if (response.ok) {
    if (daemon) markUp(daemon);
    return response;
  }
  const error = await asError(response);
  if (error.code === 'daemonDown') markDown(error.daemon ?? daemon ?? 'namenode', error.since ?? Date.now());
  else if (error.status === 401 && url !== '/login') loginWanted.value = true;
  throw error;
}

export async function get<T>(url: string, signal_?: AbortSignal): Promise<T> { return (await call('GET', url, undefined, signal_)).json(); }

export async function post<T = { done: true }>(url: string, body?: unknown): Promise<T> {
  try {
    return await (await call('POST', url, body)).json();
  } catch (error) {
    // A session that began anew has another token: ask for it and try once more.
    if (!(error instanceof ApiError) || error.code !== 'csrf') throw error;
    await loadSession();
    return (await call('POST', url, body)).json();
  }
}

function accept(next: Session): void {
  const failed: Partial<Record<DaemonName, number>> = {};
  for (const name of ['namenode', 'resourcemanager'] as const) {
    if (!next.daemons[name].up && next.daemons[name].since !== null) failed[name] = next.daemons[name].since!;
  }
  batch(() => {
    session.value = next;
    if (JSON.stringify(failed) !== JSON.stringify(down.peek())) down.value = failed;
    loginWanted.value = next.loginNeeded && next.user === null;
  });
}
export async function loadSession(): Promise<void> { accept(await get<Session>('/session')); }
export async function login(user: string, password: string): Promise<void> { accept(await (await call('POST', '/login', { user, password })).json()); }
export async function logout(): Promise<void> { await post('/logout'); await loadSession(); }

export function params(values: Record<string, string | number | boolean | null | undefined>): string {
  const text = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) if (value !== null && value !== undefined && value !== '' && value !== false) text.set(key, String(value));
  const joined = text.toString();
  return joined ? '?' + joined : '';
}
export const id = encodeURIComponent;
