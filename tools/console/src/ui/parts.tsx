// Small parts that every view is made of: panels, figures, badges, meters, tabs, search, pager, errors.
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { DAEMON_TITLES } from '../core/api';
import type { MasterEvents } from '../core/api_types';
import { clock, count, timeWithSeconds } from '../core/format';
import { isDown } from '../core/hooks';
import { query, setQuery } from '../core/router';
import { Icon } from './icons';

export type Tone = 'ok' | 'warn' | 'bad' | 'info' | '';

export function Panel({ title, actions, children, class: className }: { title?: ComponentChildren; actions?: ComponentChildren; children: ComponentChildren; class?: string }) {
  return (
    <section class={'panel ' + (className ?? '')}>
      {(title !== undefined || actions) && <header>{title !== undefined && <h2>{title}</h2>}{actions && <div class="actions">{actions}</div>}</header>}
      {children}
    </section>
  );
}

export function Figure({ name, value, note, tone, href, children }: { name: string; value: ComponentChildren; note?: ComponentChildren; tone?: Tone; href?: string; children?: ComponentChildren }) {
  const inside = <><div class="name">{name}</div><div class={'value ' + (tone ?? '')}>{value}</div>{children}{note !== undefined && <div class="note">{note}</div>}</>;
  return href ? <a class="figure" href={href}>{inside}</a> : <div class="figure">{inside}</div>;
}

const TONES: Record<string, Tone> = {
  live: 'ok', RUNNING: 'ok', healthy: 'ok', normal: 'ok', active: 'ok', SUCCEEDED: 'ok', FINISHED: 'ok', JOINED: 'ok', WORKING: 'ok', done: 'ok', succeeded: 'ok', allowed: 'ok',
  stale: 'warn', decommissioning: 'warn', enteringMaintenance: 'warn', inMaintenance: 'warn', DECOMMISSIONING: 'warn', degraded: 'warn', ACCEPTED: 'warn', SUBMITTED: 'warn', NEW: 'warn', PENDING: 'warn', KILLED: 'warn', STOPPED: 'warn', DRAINING: 'warn', HELD: 'warn', stopped: 'warn', warning: 'warn',
  dead: 'bad', LOST: 'bad', UNHEALTHY: 'bad', critical: 'bad', failed: 'bad', FAILED: 'bad', denied: 'bad', corrupt: 'bad', running: 'info', STARTING: 'info', COMMITTING: 'info', JOINING: 'info', info: 'info', GATHERING: 'warn',
};
const WORDS: Record<string, string> = { enteringMaintenance: 'entering maintenance', inMaintenance: 'in maintenance' };
// RUNNING → running: states are words here, not shouts.
export const stateWord = (state: string) => WORDS[state] ?? (state === state.toUpperCase() ? state.toLowerCase().replaceAll('_', ' ') : state);
export function Badge({ state, tone, children }: { state?: string; tone?: Tone; children?: ComponentChildren }) {
  return <span class={'badge ' + (tone ?? TONES[state ?? ''] ?? '')}>{children ?? stateWord(state ?? '')}</span>;
}

function width(share: number): JSX.CSSProperties { return { width: (Math.min(1, Math.max(0, share)) * 100).toFixed(2) + '%' }; }
export function Meter({ parts, label, tone }: { parts: number[]; label: string; tone?: Tone }) {
  const classes = ['', 'second', 'third'];
  return <div class="meter" role="img" aria-label={label} title={label}>{parts.map((share, i) => <i key={i} class={(classes[i] ?? '') + ' ' + (i === 0 ? tone ?? '' : '')} style={width(share)} />)}</div>;
}
export const usageTone = (share: number): Tone => (share >= 0.95 ? 'bad' : share >= 0.85 ? 'warn' : '');

// What a job's master has said, the newest first.
export function Happened({ events }: { events: MasterEvents['events'] }) {
  return <Panel title="What happened">{events.length ? <ul class="alerts tall">{[...events].reverse().slice(0, 200).map((e, i) => <li key={events.length - i}><span class="mono muted nowrap">{timeWithSeconds(e.time_ms).slice(11)}</span><span class="grow wrap">{e.message}</span></li>)}</ul> : <Empty title="Nothing yet" />}</Panel>;
}

export function Tabs({ tabs, current, onSelect, label }: { tabs: Array<[string, ComponentChildren]>; current: string; onSelect: (key: string) => void; label: string }) {
  const row = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (!step) return;
    event.preventDefault();
    const at = (tabs.findIndex(t => t[0] === current) + step + tabs.length) % tabs.length;
    onSelect(tabs[at]![0]);
    row.current?.querySelectorAll<HTMLElement>('[role="tab"]')[at]?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label={label} ref={row} onKeyDown={move}>
      {tabs.map(([key, title]) => <button key={key} type="button" role="tab" aria-selected={key === current} tabIndex={key === current ? 0 : -1} onClick={() => onSelect(key)}>{title}</button>)}
    </div>
  );
}

export function Segments({ options, value, onChange, label }: { options: Array<[string, string]>; value: string; onChange: (value: string) => void; label: string }) {
  return <div class="segments" role="group" aria-label={label}>{options.map(([key, title]) => <button key={key} type="button" aria-pressed={key === value} onClick={() => onChange(key)}>{title}</button>)}</div>;
}

// A search box whose text is the URL's `name`; asked 250 ms after the last letter.
export function Search({ name = 'q', label, onSubmit }: { name?: string; label: string; onSubmit?: (text: string) => void }) {
  const inUrl = query.value.get(name) ?? '';
  const [text, setText] = useState(inUrl);
  const timer = useRef(0);
  useEffect(() => { setText(inUrl); }, [inUrl]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const change = (value: string) => {
    setText(value);
    clearTimeout(timer.current);
    if (!onSubmit) timer.current = window.setTimeout(() => setQuery({ [name]: value, offset: null }), 250);
  };
  return (
    <input class="input search" type="search" data-search aria-label={label} placeholder={label} value={text} spellcheck={false} autocomplete="off" maxLength={256}
      onInput={event => change(event.currentTarget.value)}
      onKeyDown={event => { if (event.key === 'Enter' && onSubmit) { event.preventDefault(); onSubmit(text); setText(''); } }} />
  );
}

export function Choice({ name, label, options, all }: { name: string; label: string; options: Array<[string, string]>; all?: string }) {
  return (
    <select class="input" aria-label={label} value={query.value.get(name) ?? ''} onChange={event => setQuery({ [name]: event.currentTarget.value, offset: null })}>
      <option value="">{all ?? label}</option>
      {options.map(([value, title]) => <option key={value} value={value}>{title}</option>)}
    </select>
  );
}

export const offsetOf = () => Math.max(0, Number(query.value.get('offset')) || 0);
export function Pager({ total, limit, shown }: { total: number; limit: number; shown: number }) {
  const offset = offsetOf();
  if (total <= limit && offset === 0) return null;
  return (
    <nav class="pager" aria-label="Pages">
      <span class="muted">{shown ? `${count(offset + 1)}–${count(offset + shown)} of ${count(total)}` : `none of ${count(total)}`}</span>
      <button class="button small" type="button" disabled={offset === 0} onClick={() => setQuery({ offset: Math.max(0, offset - limit) || null }, true)}>Previous</button>
      <button class="button small" type="button" disabled={offset + shown >= total} onClick={() => setQuery({ offset: offset + limit }, true)}>Next</button>
    </nav>
  );
}

export function Problem({ error, reload }: { error: Error; reload?: () => void }) {
  const again = reload && <button class="button small" type="button" onClick={reload}>Try again</button>;
  if (isDown(error)) {
    const who = error.daemon ? `The ${DAEMON_TITLES[error.daemon]}` : 'The daemon';
    return <div class="banner bad" role="status"><strong>Not available.</strong><span class="grow">{who} does not answer{error.since ? ` since ${clock(error.since)}` : ''}. This part comes back by itself.</span>{again}</div>;
  }
  return <div class="banner bad" role="alert"><span class="grow">{error.message}</span>{again}</div>;
}

export function Loading({ rows = 4 }: { rows?: number }) {
  const label = useId();
  return <div aria-busy="true" aria-describedby={label}><span class="sr" id={label}>Loading</span>{Array.from({ length: rows }, (_, i) => <div key={i} class="skeleton" style={{ width: `${88 - (i * 23) % 50}%` }} />)}</div>;
}

// What a view shows of a question: nothing yet, an error, or the answer (with the error above it if the newest failed).
export function Answer<T>({ query: asked, children, rows }: { query: { data: T | null; error: Error | null; reload: () => void }; children: (data: T) => ComponentChildren; rows?: number }) {
  return (
    <>
      {asked.error && <div class={asked.data ? '' : 'pad'}><Problem error={asked.error} reload={asked.reload} /></div>}
      {asked.data !== null ? children(asked.data) : !asked.error && <Loading rows={rows} />}
    </>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) { return <div class="empty"><strong>{title}</strong>{children}</div>; }

export function Pairs({ pairs }: { pairs: Array<[string, ComponentChildren] | null | false> }) {
  return <dl class="pairs">{pairs.map(pair => pair && <><dt>{pair[0]}</dt><dd>{pair[1]}</dd></>)}</dl>;
}

export function CopyButton({ text, label = 'Copy' }: { text: string; label?: string }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Without TLS off loopback there is no clipboard API.
      const area = document.createElement('textarea');
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand('copy');
      area.remove();
    }
    setDone(true);
    window.setTimeout(() => setDone(false), 1500);
  };
  return <button class="button small" type="button" onClick={() => void copy()}><Icon name={done ? 'check' : 'copy'} size={14} />{done ? 'Copied' : label}</button>;
}

export function Health({ state, sentence, causes }: { state: string; sentence: string; causes: string[] }) {
  const tone = state === 'healthy' ? '' : state === 'critical' ? 'bad' : 'warn';
  return (
    <div class={'health ' + tone} role="status">
      <Icon name={tone === '' ? 'check' : tone} size={18} class={tone || 'ok'} />
      <div><div>{sentence}</div>{causes.length > 0 && <ul>{causes.map(cause => <li key={cause}>{cause}</li>)}</ul>}</div>
    </div>
  );
}
