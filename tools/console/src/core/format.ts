// Numbers, sizes and times as people read them.
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];

export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  let size = Math.abs(value), unit = 0;
  while (size >= 1024 && unit < UNITS.length - 1) { size /= 1024; unit++; }
  const digits = unit === 0 ? 0 : size < 10 ? 2 : size < 100 ? 1 : 0;
  return (value < 0 ? '-' : '') + size.toFixed(digits) + ' ' + UNITS[unit];
}
export const megabytes = (value: number | null | undefined) => bytes(value === null || value === undefined ? null : value * 1048576);

const grouped = new Intl.NumberFormat('en-US');
export function count(value: number | null | undefined): string {
  return value === null || value === undefined || !Number.isFinite(value) ? '–' : grouped.format(Math.round(value));
}
export function short(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size >= 1e9) return (value / 1e9).toFixed(1) + 'G';
  if (size >= 1e6) return (value / 1e6).toFixed(1) + 'M';
  if (size >= 1e4) return (value / 1e3).toFixed(1) + 'k';
  if (size >= 100 || Number.isInteger(value)) return String(Math.round(value));
  return value.toPrecision(3);
}
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e6) ? value.toExponential(3) : String(Number(value.toPrecision(5)));
}
export function percent(share: number | null | undefined, digits = 0): string {
  return share === null || share === undefined || !Number.isFinite(share) ? '–' : (share * 100).toFixed(digits) + ' %';
}
export const ratio = (part: number, whole: number) => (whole > 0 ? Math.min(1, Math.max(0, part / whole)) : 0);

const two = (n: number) => String(n).padStart(2, '0');
export function time(ms: number | null | undefined): string {
  if (!ms || ms <= 0) return '–';
  const at = new Date(ms);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
}
export function timeWithSeconds(ms: number | null | undefined): string {
  return !ms || ms <= 0 ? '–' : time(ms) + ':' + two(new Date(ms).getSeconds());
}
export function clock(ms: number): string {
  const at = new Date(ms);
  return `${two(at.getHours())}:${two(at.getMinutes())}`;
}
export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || ms < 0) return '–';
  if (ms < 1000) return Math.round(ms) + ' ms';
  const s = Math.floor(ms / 1000);
  if (s < 60) return (ms < 10000 ? (ms / 1000).toFixed(1) : s) + ' s';
  if (s < 3600) return `${Math.floor(s / 60)} min ${two(s % 60)} s`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${two(Math.floor(s / 60) % 60)} min`;
  return `${Math.floor(s / 86400)} d ${Math.floor(s / 3600) % 24} h`;
}
export function ago(ms: number | null | undefined, now = Date.now()): string {
  if (!ms || ms <= 0) return 'never';
  const past = Math.max(0, now - ms);
  return past < 1500 ? 'now' : duration(past - past % 1000) + ' ago';
}
export const plural = (n: number, one: string, many = one + 's') => `${count(n)} ${n === 1 ? one : many}`;

// -rwxr-x--- as `ls` prints it, from octal.
export function mode(octal: string, type: string): string {
  const bits = parseInt(octal, 8) || 0;
  let text = type === 'directory' ? 'd' : type === 'symlink' ? 'l' : '-';
  for (let shift = 6; shift >= 0; shift -= 3) {
    const three = (bits >> shift) & 7;
    text += (three & 4 ? 'r' : '-') + (three & 2 ? 'w' : '-') + (three & 1 ? 'x' : '-');
  }
  if (bits & 0o1000) text = text.slice(0, 9) + (bits & 1 ? 't' : 'T');
  return text;
}
// 10, 10k, 1.5 GiB → a number of bytes; null where that is no size.
export function parseSize(text: string): number | null {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([kmgtpe]?)(?:i?b)?\s*$/i.exec(text);
  if (!match) return null;
  return Math.round(Number(match[1]) * 1024 ** ' kmgtpe'.indexOf((match[2] || ' ').toLowerCase()));
}
