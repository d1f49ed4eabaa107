// Keyboard: g and a letter goes somewhere, / searches, ? helps, Escape is left to dialogs.
import { signal } from '@preact/signals';
import { paused } from './live';
import { go } from './router';
import { nextTheme } from './theme';

export const helpOpen = signal(false);
export const PLACES: Array<[string, string, string]> = [
  ['o', '/', 'Overview'], ['f', '/files/', 'Files'], ['d', '/datanodes', 'Datanodes'], ['m', '/namenode', 'Namenode'], ['a', '/apps', 'Applications'],
  ['s', '/submit', 'Submit'], ['q', '/queues', 'Queues'], ['n', '/nodes', 'Nodes'], ['c', '/config', 'Configuration'], ['u', '/audit', 'Audit'],
];

let goPressedAt = 0;
document.addEventListener('keydown', event => {
  if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey) return;
  const target = event.target as HTMLElement;
  if (target.closest('input, textarea, select, [contenteditable]')) {
    if (event.key === 'Escape' && target.matches('[data-search]')) target.blur();
    return;
  }
  if (document.querySelector('dialog[open]')) return;
  if (Date.now() - goPressedAt < 1500) {
    goPressedAt = 0;
    const place = PLACES.find(p => p[0] === event.key);
    if (place) { event.preventDefault(); go(place[1] || '/'); return; }
  }
  switch (event.key) {
    case 'g': goPressedAt = Date.now(); break;
    case '?': event.preventDefault(); helpOpen.value = true; break;
    case 't': nextTheme(); break;
    case 'p': paused.value = !paused.value; break;
    case '/': {
      const search = document.querySelector<HTMLInputElement>('[data-search]');
      if (search) { event.preventDefault(); search.focus(); search.select(); }
      break;
    }
  }
});
