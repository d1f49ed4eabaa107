// Dialogs (the browser's own modal: focus stays inside and goes back afterwards), questions, menus and messages.
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { Icon, type IconName } from './icons';

export function Dialog({ title, onClose, children, wide }: { title: string; onClose: () => void; children: ComponentChildren; wide?: boolean }) {
  const ref = useRef<HTMLDialogElement>(null);
  const label = useId();
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const dialog = ref.current!;
    dialog.showModal();
    return () => { dialog.close(); if (before?.isConnected) before.focus(); };
  }, []);
  return (
    <dialog ref={ref} class={wide ? 'wide' : ''} aria-labelledby={label} onCancel={event => { event.preventDefault(); onClose(); }} onClick={event => { if (event.target === ref.current) onClose(); }}>
      <div class="inside"><h2 id={label}>{title}</h2>{children}</div>
    </dialog>
  );
}

export type AskField = {
  name: string; label: string; value?: string; hint?: string; type?: 'text' | 'number' | 'checkbox' | 'select' | 'textarea' | 'password';
  options?: Array<[string, string]>; required?: boolean; pattern?: string; placeholder?: string;
};
export type Ask = {
  title: string; text?: ComponentChildren; fields?: AskField[]; action: string; danger?: boolean;
  typed?: string;   // must be typed before a destructive action
  run: (values: Record<string, string>) => Promise<unknown>;
};
const asked = signal<Ask | null>(null);
// Opens one question; `run` may fail, its error is shown in the dialog, which stays open.
export function ask(question: Ask): void { asked.value = question; }

function AskDialog({ question }: { question: Ask }) {
  const [values, setValues] = useState<Record<string, string>>(() => Object.fromEntries((question.fields ?? []).map(f => [f.name, f.value ?? ''])));
  const [typed, setTyped] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const close = () => { if (!busy) asked.value = null; };
  const form = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const first = form.current?.querySelector<HTMLInputElement>('input, select, textarea');
    first?.focus();
    if (first instanceof HTMLInputElement && first.type === 'text') first.select();
  }, []);
  const set = (name: string, value: string) => setValues(now => ({ ...now, [name]: value }));
  const submit = async () => {
    setBusy(true);
    setError(null);
    try {
      await question.run(values);
      asked.value = null;
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : String(cause));
    } finally {
      setBusy(false);
    }
  };
  const missing = (question.fields ?? []).some(f => f.required && !values[f.name]?.trim()) || (question.typed !== undefined && typed !== question.typed);
  return (
    <Dialog title={question.title} onClose={close}>
      <form onSubmit={event => { event.preventDefault(); if (!missing && !busy) void submit(); }} class="steps-form">
        <div ref={form} class="ask">
          {question.text && <div class="wrap">{question.text}</div>}
          {(question.fields ?? []).map(f => f.type === 'checkbox' ? (
            <label key={f.name} class="check"><input type="checkbox" checked={values[f.name] === 'true'} onChange={e => set(f.name, String(e.currentTarget.checked))} />{f.label}</label>
          ) : (
            <label key={f.name} class="field">
              <span>{f.label}</span>
              {f.type === 'select' ? <select class="input" value={values[f.name]} onChange={e => set(f.name, e.currentTarget.value)}>{f.options!.map(([v, t]) => <option key={v} value={v}>{t}</option>)}</select>
                : f.type === 'textarea' ? <textarea class="input" value={values[f.name]} onInput={e => set(f.name, e.currentTarget.value)} />
                  : <input class="input" type={f.type ?? 'text'} value={values[f.name]} pattern={f.pattern} placeholder={f.placeholder} spellcheck={false} autocomplete="off" min={f.type === 'number' ? 0 : undefined} onInput={e => set(f.name, e.currentTarget.value)} />}
              {f.hint && <small>{f.hint}</small>}
            </label>
          ))}
          {question.typed !== undefined && <label class="field"><span>Type <code>{question.typed}</code> to confirm</span><input class="input" value={typed} spellcheck={false} autocomplete="off" onInput={e => setTyped(e.currentTarget.value)} /></label>}
          {error && <div class="banner bad" role="alert">{error}</div>}
        </div>
        <div class="buttons">
          <button class="button" type="button" onClick={close}>Cancel</button>
          <button class={'button main' + (question.danger ? ' danger' : '')} type="submit" disabled={missing || busy}>{question.action}</button>
        </div>
      </form>
    </Dialog>
  );
}

type Message = { id: number; text: string; bad: boolean; action?: { label: string; run: () => void } };
const messages = signal<Message[]>([]);
let nextMessage = 1;
export function say(text: string, action?: Message['action']): void { push({ id: nextMessage++, text, bad: false, action }); }
export function complain(error: unknown): void { push({ id: nextMessage++, text: error instanceof Error ? error.message : String(error), bad: true }); }
function push(message: Message): void {
  messages.value = [...messages.value.slice(-3), message];
  window.setTimeout(() => dismiss(message.id), message.bad || message.action ? 12000 : 5000);
}
const dismiss = (which: number) => { messages.value = messages.value.filter(m => m.id !== which); };

// The one place where questions and messages appear.
export function Overlays() {
  return (
    <>
      {asked.value && <AskDialog key={asked.value.title} question={asked.value} />}
      <div class="toasts" role="status" aria-live="polite">
        {messages.value.map(m => (
          <div key={m.id} class={'toast' + (m.bad ? ' bad' : '')}>
            <span class="grow wrap">{m.text}</span>
            {m.action && <button class="button small" type="button" onClick={() => { dismiss(m.id); m.action!.run(); }}>{m.action.label}</button>}
            <button class="button ghost small icon" type="button" aria-label="Dismiss" onClick={() => dismiss(m.id)}><Icon name="close" size={12} /></button>
          </div>
        ))}
      </div>
    </>
  );
}

export type MenuItem = { label: string; run: () => void; bad?: boolean; disabled?: boolean } | null | false;
export function Menu({ label, icon = 'more', items, text }: { label: string; icon?: IconName; items: MenuItem[]; text?: string }) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return;
    root.current?.querySelector<HTMLElement>('[role="menuitem"]')?.focus();
    const outside = (event: Event) => { if (!root.current?.contains(event.target as Node)) setOpen(false); };
    document.addEventListener('pointerdown', outside);
    return () => document.removeEventListener('pointerdown', outside);
  }, [open]);
  const keys = (event: KeyboardEvent) => {
    if (!open) return;
    const all = [...root.current!.querySelectorAll<HTMLElement>('[role="menuitem"]:not(:disabled)')];
    const at = all.indexOf(document.activeElement as HTMLElement);
    if (event.key === 'Escape') { event.preventDefault(); event.stopPropagation(); setOpen(false); root.current!.querySelector('button')?.focus(); }
    else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') { event.preventDefault(); all[(at + (event.key === 'ArrowDown' ? 1 : -1) + all.length) % all.length]?.focus(); }
    else if (event.key === 'Tab') setOpen(false);
  };
  return (
    <div class="menu" ref={root} onKeyDown={keys}>
      <button class={'button' + (text ? '' : ' icon')} type="button" aria-haspopup="menu" aria-expanded={open} aria-label={text ? undefined : label} onClick={() => setOpen(!open)}>{text}<Icon name={text ? 'downward' : icon} size={text ? 12 : 16} /></button>
      {open && (
        <ul role="menu" aria-label={label}>
          {items.map(item => item && <li key={item.label} role="none"><button type="button" role="menuitem" class={item.bad ? 'bad' : ''} disabled={item.disabled} onClick={() => { setOpen(false); item.run(); }}>{item.label}</button></li>)}
        </ul>
      )}
    </div>
  );
}
