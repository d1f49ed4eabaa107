// A training: loss or fitness over its steps, workers with their step times, what happened.
import { useEffect, useRef, useState } from 'preact/hooks';
import { get, params } from '../core/api';
import type { MlLive, MlStep, MlWorker, YarnLive } from '../core/api_types';
import { bytes, count, duration, figure, percent, plural } from '../core/format';
import { paused } from '../core/live';
import { query, setQuery } from '../core/router';
import { Chart, Spark } from '../ui/chart';
import { Badge, Empty, Figure, Happened, Loading, Meter, Pairs, Panel, Problem, Segments } from '../ui/parts';
import { Table } from '../ui/table';

type State = { live: YarnLive | null; steps: MlStep[]; stride: number; events: Array<{ time_ms: number; message: string }>; error: Error | null };

// Follows as the master's own page says: what is after the last step; everything anew when the stride or the master has changed.
function useTraining(base: string, running: boolean): State {
  const [state, setState] = useState<State>({ live: null, steps: [], stride: 0, events: [], error: null });
  const known = useRef<{ after: number; from: number; stride: number; attempt: number; steps: Map<number, MlStep>; events: State['events'] }>({ after: -1, from: 0, stride: 0, attempt: 0, steps: new Map(), events: [] });
  useEffect(() => {
    let alive = true, busy = false;
    const load = async (): Promise<void> => {
      if (busy) return;
      busy = true;
      try {
        const now = known.current;
        const live = await get<YarnLive>(base + '/live' + params({ after: now.after >= 0 ? now.after : null, from: now.from || null }));
        if (!alive) return;
        const ml = live.ml;
        if (ml) {
          if ((now.stride && ml.steps.stride !== now.stride) || (now.attempt && ml.job.attempt !== now.attempt)) {
            known.current = { after: -1, from: 0, stride: ml.steps.stride, attempt: ml.job.attempt, steps: new Map(), events: [] };
            busy = false;
            return load();
          }
          now.stride = ml.steps.stride;
          now.attempt = ml.job.attempt;
          for (const step of ml.steps.steps) { now.steps.set(step.step, step); now.after = Math.max(now.after, step.step); }
          now.events = [...now.events, ...ml.events.events].slice(-1000);
          now.from = ml.events.next;
        }
        setState({ live, steps: [...known.current.steps.values()].sort((a, b) => a.step - b.step), stride: known.current.stride, events: known.current.events, error: null });
      } catch (error) {
        if (alive) setState(now => ({ ...now, error: error as Error }));
      } finally {
        busy = false;
      }
    };
    void load();
    const timer = running ? window.setInterval(() => { if (!document.hidden && !paused.peek()) void load(); }, 2000) : 0;
    return () => { alive = false; clearInterval(timer); };
  }, [base, running]);
  return state;
}

function Curves({ steps }: { steps: MlStep[] }) {
  const names = [...new Set(steps.flatMap(s => Object.keys(s.figures)))];
  const log = query.value.get('scale') === 'log';
  // Figures of like size share an axis: losses together, shares (accuracy) together, the rest alone.
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const group = /loss|error|rmse|nmse/i.test(name) ? 'Loss' : /fitness|best|mean|worst/i.test(name) ? 'Fitness' : /accuracy|auc|precision|recall|f1/i.test(name) ? 'Quality' : name;
    groups.set(group, [...(groups.get(group) ?? []), name]);
  }
  const x = steps.map(s => s.step);
  return (
    <>
      {[...groups].map(([group, members]) => (
        <Panel key={group} title={group} actions={<Segments label={`Scale of ${group}`} value={log ? 'log' : 'linear'} options={[['linear', 'Linear'], ['log', 'Log']]} onChange={v => setQuery({ scale: v === 'log' ? 'log' : null })} />}>
          <Chart time={false} x={x} height={220} log={log && steps.every(s => members.every(m => (s.figures[m] ?? 1) > 0))} label={`${group} over steps`} format={figure} series={members.map(name => ({ label: name, values: steps.map(s => s.figures[name] ?? null) }))} />
          <details class="more"><summary>As a table</summary><Table label={group} rows={steps.slice(-20).reverse()} rowKey={s => String(s.step)} columns={[{ title: 'Step', class: 'num', cell: s => count(s.step) }, ...members.map(name => ({ title: name, class: 'num', cell: (s: MlStep) => figure(s.figures[name]) }))]} /></details>
        </Panel>
      ))}
      <Panel title="Seconds for a step"><Chart time={false} x={x} height={150} label="Seconds for a step over steps" format={v => v.toPrecision(3) + ' s'} series={[{ label: 'seconds', values: steps.map(s => s.seconds), color: 6 }]} /></Panel>
    </>
  );
}

function Workers({ ml }: { ml: MlLive }) {
  const slowest = Math.max(...ml.job.workers.map(w => w.mean_step_seconds ?? 0), 1e-9);
  return (
    <Panel title={`${plural(ml.job.workers.length, 'worker')} of ${count(ml.job.workers_wanted)}`}>
      <Table<MlWorker> label="Workers" rows={ml.job.workers} rowKey={w => w.container} empty={<Empty title="No worker yet" />} columns={[
        { title: 'Rank', class: 'num', cell: w => w.rank ?? '–' }, { title: 'Node', class: 'name', cell: w => <><span>{w.node}</span><span class="muted mono" title={w.container}>{w.container}</span></> }, { title: 'State', cell: w => <Badge state={w.state} /> },
        { title: 'Seconds for a step', cell: w => <div class="worker-time"><Meter parts={[(w.mean_step_seconds ?? 0) / slowest]} label={`mean ${figure(w.mean_step_seconds)} s`} /><span>{figure(w.mean_step_seconds)} s</span></div> },
        { title: 'Last steps', class: 'hide-narrow', cell: w => <div class="worker-spark"><Spark values={w.recent_step_seconds} label={`Step times of rank ${w.rank ?? '–'}`} /></div> },
        { title: 'Steps', class: 'num hide-narrow', cell: w => count(w.steps) }, { title: 'Shards', class: 'num hide-medium', cell: w => count(w.shards) }, { title: 'Sent in a step', class: 'num hide-medium', cell: w => bytes(w.step_bytes) },
        { title: 'Logs', cell: w => <button class="button small" type="button" onClick={() => setQuery({ tab: 'logs', container: w.container, file: null }, true)}>Logs</button> },
      ]} />
    </Panel>
  );
}

export function Ml({ base, running }: { base: string; running: boolean }) {
  const { live, steps, events, error } = useTraining(base, running);
  if (error && !live) return <Problem error={error} />;
  if (!live) return <Loading rows={8} />;
  const ml = live.ml;
  if (!ml) return <Panel><Empty title="Nothing is known about the training">{live.message}</Empty></Panel>;
  const newest = ml.job.newest_step ?? steps.at(-1) ?? null;
  return (
    <>
      {error && <Problem error={error} />}
      {live.source === 'kept' && <div class="banner info"><span>The training is over: this is what was kept of it.</span></div>}
      {ml.job.diagnostics && <div class={'banner ' + (ml.job.state === 'FAILED' ? 'bad' : 'info')}><span>{ml.job.diagnostics}</span></div>}
      <div class="figures">
        <Figure name={ml.job.algorithm} value={<Badge state={ml.job.state} />} note={`seed ${ml.job.seed}`} />
        <Figure name="Steps" value={count(ml.job.steps)} note={percent(ml.job.progress, 1)}><Meter parts={[ml.job.progress]} label={percent(ml.job.progress)} /></Figure>
        {newest && Object.entries(newest.figures).slice(0, 4).map(([name, value]) => <Figure key={name} name={name} value={figure(value)} />)}
        {newest && <Figure name="A step takes" value={duration(newest.seconds * 1000)} note={`${count(newest.rows)} rows, ${bytes(newest.bytes)} sent`} />}
      </div>
      {steps.length > 1 ? <Curves steps={steps} /> : <Panel><Empty title="No steps yet">The curves begin with the second step.</Empty></Panel>}
      <Workers ml={ml} />
      <div class="grid two">
        <Panel title="Settings"><div class="pad"><Pairs pairs={[['Output', <span class="mono">{ml.job.output}</span>], ['Newest checkpoint', <span class="mono">{ml.job.last_checkpoint || 'none'}</span>], ['GPUs of a worker', ml.job.gpus_per_worker], ...Object.entries(ml.job.parameters).map(([k, v]) => [k, <span class="mono">{v}</span>] as [string, preact.ComponentChildren])]} /></div></Panel>
        <Happened events={events} />
      </div>
    </>
  );
}
