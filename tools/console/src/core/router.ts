// The URL is the state: path and query as a signal, navigation by the history API.
import { computed, signal } from '@preact/signals';

export const BASE = '/console';

const location_ = signal(window.location.pathname + window.location.search);
window.addEventListener('popstate', () => { location_.value = window.location.pathname + window.location.search; });

// The path below /console, without a slash at its end; "" is the overview. Still percent-encoded.
export const path = computed(() => {
  const full = location_.value.split('?')[0]!;
  const below = full.startsWith(BASE) ? full.slice(BASE.length) : full;
  return below.replace(/\/+$/, '');
});
export const query = computed(() => new URLSearchParams(location_.value.split('?')[1] ?? ''));

export function go(url: string, replace = false): void {
  const full = url.startsWith(BASE) ? url : BASE + url;
  if (full === window.location.pathname + window.location.search) return;
  const moved = full.split('?')[0] !== window.location.pathname;
  if (replace) history.replaceState(null, '', full); else history.pushState(null, '', full);
  location_.value = full;
  if (moved && !replace) window.scrollTo(0, 0);
}

export type QueryChange = Record<string, string | number | boolean | null | undefined>;

export function withQuery(change: QueryChange, from: URLSearchParams = query.peek()): string {
  const next = new URLSearchParams(from);
  for (const [key, value] of Object.entries(change)) {
    if (value === null || value === undefined || value === '' || value === false) next.delete(key);
    else next.set(key, String(value));
  }
  const text = next.toString();
  return window.location.pathname + (text ? '?' + text : '');
}
// Filters replace the entry: "back" leaves the page instead of undoing letters.
export function setQuery(change: QueryChange, push = false): void { go(withQuery(change), !push); }

export function filesUrl(dfsPath: string): string {
  const encoded = dfsPath.split('/').map(encodeURIComponent).join('/');
  return BASE + '/files' + (encoded === '/' ? '/' : encoded);
}

// Plain clicks on links of ours do not load the page anew.
document.addEventListener('click', event => {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = (event.target as Element | null)?.closest?.('a');
  if (!link || link.target || link.hasAttribute('download') || link.origin !== window.location.origin) return;
  if (!link.pathname.startsWith(BASE + '/') && link.pathname !== BASE) return;
  event.preventDefault();
  go(link.pathname + link.search);
});
