// Dark, light, or as the system says; a choice is kept in this browser.
import { effect, signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';
const KEY = 'tusk.theme';
function stored(): Theme {
  try { const text = localStorage.getItem(KEY); return text === 'light' || text === 'dark' ? text : 'system'; } catch { return 'system'; }
}
export const theme = signal<Theme>(stored());
const systemDark = window.matchMedia('(prefers-color-scheme: dark)');
const system = signal(systemDark.matches);
systemDark.addEventListener('change', () => { system.value = systemDark.matches; });
export const isDark = () => (theme.value === 'system' ? system.value : theme.value === 'dark');

effect(() => {
  if (theme.value === 'system') delete document.documentElement.dataset.theme; else document.documentElement.dataset.theme = theme.value;
  try { if (theme.value === 'system') localStorage.removeItem(KEY); else localStorage.setItem(KEY, theme.value); } catch { /* a browser without storage forgets */ }
});
export function nextTheme(): void { theme.value = theme.value === 'system' ? (isDark() ? 'light' : 'dark') : theme.value === 'dark' ? 'light' : 'dark'; }
export const color = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
