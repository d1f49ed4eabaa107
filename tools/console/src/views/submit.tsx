// Submit: a form for each kind of job, as the resource manager describes it, with the equal command line beside it.
import { useEffect, useState } from 'preact/hooks';
import { get, id, may, params, post } from '../core/api';
import type { SubmitForms, SubmitPreview, YarnSubmission, YarnSubmissions } from '../core/api_types';
import { plural, time } from '../core/format';
import { useQuery } from '../core/hooks';
import { BASE, query, setQuery } from '../core/router';
import { complain, say } from '../ui/dialog';
import { Answer, Badge, CopyButton, Empty, Panel, Problem, Tabs } from '../ui/parts';
import { Table } from '../ui/table';

type Kind = SubmitForms['kinds'][number];
type FormField = Kind['fields'][number];
type Values = Record<string, string>;

// What the API wants, from what stands in the boxes; empty boxes are left out.
function fieldsOf(kind: Kind, values: Values): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const field of kind.fields.filter(f => applies(f, kind, values))) {
    const text = (values[field.name] ?? field.default ?? '').trim();
    if (field.type === 'boolean') { if (text === 'true') fields[field.name] = true; continue; }
    if (text === '') continue;
    if (field.type === 'number') fields[field.name] = Number(text);
    else if (field.type === 'paths' || field.type === 'list') fields[field.name] = text.split(/[\n,]+/).map(s => s.trim()).filter(Boolean);
    else if (field.type === 'map') fields[field.name] = Object.fromEntries(text.split('\n').map(s => s.trim()).filter(Boolean).map(line => { const at = line.indexOf('='); return at < 0 ? [line, ''] : [line.slice(0, at).trim(), line.slice(at + 1).trim()]; }));
    else fields[field.name] = text;
  }
  return fields;
}
// A field may belong to some choices only (of the kind's first choice: the program, the algorithm).
function applies(field: FormField, kind: Kind, values: Values): boolean {
  if (field.only.length === 0) return true;
  const chooser = kind.fields.find(f => f.type === 'choice' && f.only.length === 0);
  return chooser === undefined || field.only.includes(values[chooser.name] || (chooser.default ?? chooser.choices[0]?.value ?? ''));
}

function Input({ field, value, onChange }: { field: FormField; value: string; onChange: (v: string) => void }) {
  const common = { class: 'input', required: field.required, spellcheck: false, autocomplete: 'off' as const };
  if (field.type === 'boolean') return <label class="check"><input type="checkbox" checked={value === 'true'} onChange={e => onChange(String(e.currentTarget.checked))} />{field.label}{field.help && <small class="muted">{field.help}</small>}</label>;
  const many = field.type === 'map' || field.type === 'paths' || field.type === 'list';
  return (
    <label class={'field' + (many ? ' full' : '')}>
      <span>{field.label}{field.required && <span class="bad" aria-hidden="true"> *</span>}</span>
      {field.type === 'choice' ? <select {...common} value={value} onChange={e => onChange(e.currentTarget.value)}>{!field.required && <option value="" />}{field.choices.map(c => <option key={c.value} value={c.value}>{c.value}{c.summary ? ` – ${c.summary}` : ''}</option>)}</select>
        : many ? <textarea {...common} rows={2} value={value} placeholder={field.type === 'map' ? 'name=value, one a line' : field.type === 'paths' ? '/path, one a line' : 'one a line'} onInput={e => onChange(e.currentTarget.value)} />
          : <input {...common} type={field.type === 'number' ? 'number' : 'text'} value={value} placeholder={field.type === 'path' ? '/path on the DFS' : field.default ?? ''} onInput={e => onChange(e.currentTarget.value)} />}
      {field.help && <small>{field.help}</small>}
    </label>
  );
}

function Form({ kind, onSubmitted }: { kind: Kind; onSubmitted: (s: YarnSubmission) => void }) {
  const initial = (): Values => {
    const values: Values = {};
    for (const f of kind.fields) values[f.name] = query.peek().get('f.' + f.name) ?? f.default ?? (f.type === 'choice' && f.required ? f.choices[0]?.value ?? '' : '');
    return values;
  };
  const [values, setValues] = useState<Values>(initial);
  const [preview, setPreview] = useState<SubmitPreview | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const set = (name: string, value: string) => {
    setValues(now => ({ ...now, [name]: value }));
    const field = kind.fields.find(f => f.name === name);
    setQuery({ ['f.' + name]: value === (field?.default ?? '') ? null : value });
  };
  const fields = fieldsOf(kind, values);
  const missing = kind.fields.filter(f => f.required && applies(f, kind, values) && fields[f.name] === undefined);
  const body = JSON.stringify({ kind: kind.kind, fields });
  useEffect(() => {
    if (missing.length > 0 || !may('operator')) { setPreview(null); setError(null); return; }
    let alive = true;
    const timer = window.setTimeout(() => {
      post<SubmitPreview>('/yarn/submit/preview', JSON.parse(body)).then(p => { if (alive) { setPreview(p); setError(null); } }, cause => { if (alive) { setPreview(null); setError(cause as Error); } });
    }, 300);
    return () => { alive = false; clearTimeout(timer); };
  }, [body, missing.length]);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    try { onSubmitted(await post<YarnSubmission>('/yarn/submit', JSON.parse(body))); } catch (cause) { complain(cause); } finally { setBusy(false); }
  };
  const shown = kind.fields.filter(f => applies(f, kind, values));
  const basic = shown.filter(f => !f.advanced), advanced = shown.filter(f => f.advanced);
  return (
    <form onSubmit={event => void submit(event)} class="stack">
      <Panel title={kind.title}>
        <div class="pad stack">
          <p class="muted">{kind.summary}</p>
          <div class="fields">{basic.map(f => <Input key={f.name} field={f} value={values[f.name] ?? ''} onChange={v => set(f.name, v)} />)}</div>
          {advanced.length > 0 && <details class="more flush" open={advanced.some(f => query.peek().get('f.' + f.name))}><summary>{plural(advanced.length, 'more setting')}</summary><div class="fields">{advanced.map(f => <Input key={f.name} field={f} value={values[f.name] ?? ''} onChange={v => set(f.name, v)} />)}</div></details>}
        </div>
      </Panel>
      <Panel title="The same on the command line" actions={preview && <CopyButton text={preview.command} />}>
        <div class="pad stack">
          {error ? <Problem error={error} /> : preview ? <div class="command"><pre>{preview.command}</pre></div> : <p class="muted">{missing.length ? `Needed: ${missing.map(f => f.label).join(', ')}.` : '…'}</p>}
          <div class="bar"><button class="button main" type="submit" disabled={busy || preview === null || !may('operator')}>Submit</button>{!may('operator') && <span class="muted">Your role may only look.</span>}</div>
        </div>
      </Panel>
    </form>
  );
}

function Submission({ which }: { which: string }) {
  const [text, setText] = useState('');
  const [now, setNow] = useState<YarnSubmission | null>(null);
  const [error, setError] = useState<Error | null>(null);
  useEffect(() => {
    let alive = true, from = 0, timer = 0, all = '';
    const load = async (): Promise<void> => {
      try {
        const next = await get<YarnSubmission>(`/yarn/submissions/${id(which)}` + params({ from: from || null }));
        if (!alive) return;
        from = next.output.end;
        all = (all + next.output.text).slice(-500_000);
        setText(all);
        setNow(next);
        setError(null);
        if (next.state === 'running' || next.output.text) timer = window.setTimeout(() => void load(), 1000);
      } catch (cause) {
        if (!alive) return;
        setError(cause as Error);
        timer = window.setTimeout(() => void load(), 4000);
      }
    };
    void load();
    return () => { alive = false; clearTimeout(timer); };
  }, [which]);
  const stop = () => void post(`/yarn/submissions/${id(which)}/stop`).then(() => say('The command is stopped.'), complain);
  return (
    <Panel title={<>Submission {which} {now && <Badge state={now.state} />}</>} actions={<>{now?.applicationId && <a class="button small main" href={`${BASE}/apps/${now.applicationId}`}>Go to the application</a>}{now?.state === 'running' && <button class="button small" type="button" onClick={stop}>Stop the command</button>}<button class="button small" type="button" onClick={() => setQuery({ submission: null })}>Close</button></>}>
      {error && <div class="pad"><Problem error={error} /></div>}
      {now && <div class="pad mono wrap muted">{now.command}</div>}
      <pre class="log short" tabIndex={0} aria-label="Output of the command">{text || (now?.state === 'running' ? 'No output yet.' : '')}</pre>
    </Panel>
  );
}

export function Submit() {
  const forms = useQuery<SubmitForms>('/yarn/submit/forms', { daemon: 'resourcemanager' });
  const list = useQuery<YarnSubmissions>('/yarn/submissions?limit=20', { daemon: 'resourcemanager', everyMs: 4000 });
  const which = query.value.get('submission');
  return (
    <>
      <div class="head"><h1>Submit</h1></div>
      {which && <Submission key={which} which={which} />}
      <Answer query={forms} rows={8}>{data => {
        const kind = data.kinds.find(k => k.kind === query.value.get('kind')) ?? data.kinds[0];
        if (!kind) return <Empty title="Nothing can be submitted here" />;
        const clear: Record<string, null> = {};
        for (const key of query.value.keys()) if (key.startsWith('f.')) clear[key] = null;
        return (
          <>
            <Tabs label="Kind of job" current={kind.kind} onSelect={key => setQuery({ ...clear, kind: key })} tabs={data.kinds.map(k => [k.kind, k.title])} />
            <Form key={kind.kind} kind={kind} onSubmitted={s => { say('Submitted.'); setQuery({ submission: s.id }); list.reload(); window.scrollTo(0, 0); }} />
          </>
        );
      }}</Answer>
      <Panel title="Submitted from here">
        <Answer query={list}>{data => <Table<YarnSubmission> label="Submissions" rows={data.submissions} rowKey={s => s.id} selected={which} onOpen={s => setQuery({ submission: s.id })} empty={<Empty title="Nothing yet" />} columns={[
          { title: 'When', class: 'nowrap', cell: s => time(s.startedAt) }, { title: 'User', class: 'hide-narrow', cell: s => s.user }, { title: 'Kind', cell: s => s.kind }, { title: 'State', cell: s => <Badge state={s.state} /> }, { title: 'Command', class: 'name hide-narrow', cell: s => <span class="mono" title={s.command}>{s.command}</span> },
          { title: 'Application', cell: s => (s.applicationId ? <a href={`${BASE}/apps/${s.applicationId}`}>{s.applicationId.replace('application_', '')}</a> : '–') },
        ]} />}</Answer>
      </Panel>
    </>
  );
}
