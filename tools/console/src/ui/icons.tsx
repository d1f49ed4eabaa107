// Icons: 16 px strokes, one path each.
const PATHS: Record<string, string> = {
  overview: 'M2 13V8m4 5V3m4 10V6m4 7V9', files: 'M1.5 4.5v8h13v-7H8L6.5 3.5h-5z', datanodes: 'M2 3h12v4H2zM2 9h12v4H2zM4.5 5h.1M4.5 11h.1', namenode: 'M8 1.5l6 3v4c0 3-2.5 5-6 6-3.5-1-6-3-6-6v-4z',
  apps: 'M2 2h5v5H2zM9 2h5v5H9zM2 9h5v5H2zM9 9h5v5H9z', submit: 'M8 11V2m0 0L4.5 5.5M8 2l3.5 3.5M2 10v4h12v-4', queues: 'M2 4h12M2 8h9M2 12h5', nodes: 'M3 3h10v7H3zM6 13h4M8 10v3', config: 'M2 4h7m3 0h2M2 12h2m3 0h7M9 2.5v3M4 10.5v3',
  audit: 'M4 1.5h8v13H4zM6 5h4M6 8h4M6 11h2', menu: 'M2 4h12M2 8h12M2 12h12', folder: 'M1.5 4.5v8h13v-7H8L6.5 3.5h-5z', file: 'M3.5 1.5h6l3 3v10h-9zM9.5 1.5v3h3', link: 'M6 10l4-4M7 4l1.5-1.5a3 3 0 014.5 4.5L11.5 8.5M9 12l-1.5 1.5A3 3 0 013 9l1.5-1.5',
  sun: 'M8 5a3 3 0 100 6 3 3 0 000-6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1', moon: 'M13.5 9.5A6 6 0 116.5 2.5a5 5 0 007 7z', close: 'M3.5 3.5l9 9m0-9l-9 9', more: 'M3 8h.1M8 8h.1M13 8h.1', check: 'M2.5 8.5l3.5 3.5 7.5-8',
  warn: 'M8 2l6.5 11.5h-13zM8 6.5v3M8 11.7h.1', bad: 'M5 1.5h6L14.5 5v6L11 14.5H5L1.5 11V5zM8 4.5v4M8 11.3h.1', up: 'M3.5 10L8 5.5l4.5 4.5', downward: 'M3.5 6L8 10.5 12.5 6', copy: 'M5.5 5.5h9v9h-9zM10.5 5.5v-4h-9v9h4', help: 'M6 6a2 2 0 113 1.7c-.7.4-1 .8-1 1.6M8 12h.1', refresh: 'M13.5 8A5.5 5.5 0 118 2.5c2 0 3.5 1 4.5 2.5M13 2v3h-3', user: 'M8 8.5a3 3 0 100-6 3 3 0 000 6zM2.5 14.5c0-3 2.5-4 5.5-4s5.5 1 5.5 4', trash: 'M2.5 4h11M6 4V2h4v2M4 4l.7 10.5h6.6L12 4',
};
export type IconName = keyof typeof PATHS;
export function Icon({ name, class: className, size = 16 }: { name: IconName; class?: string; size?: number }) {
  return <svg class={className} width={size} height={size} viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d={PATHS[name]} /></svg>;
}
