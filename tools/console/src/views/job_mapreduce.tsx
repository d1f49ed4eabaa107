// A MapReduce job's tasks: when each ran and where (canvas), the table, the counters.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { id, may, params, post } from '../core/api';
import type { YarnCounters, YarnTask, YarnTasks, YarnTimeline } from '../core/api_types';
import { count, duration, percent, plural, time } from '../core/format';
import { useQuery } from '../core/hooks';
import { query, setQuery } from '../core/router';
import { color, isDark } from '../core/theme';
import { ask, Menu, say } from '../ui/dialog';
import { Answer, Badge, Choice, Empty, Meter, offsetOf, Pager, Panel, Search, stateWord } from '../ui/parts';
import { Table } from '../ui/table';

type Span = YarnTimeline['spans'][number];

// Lanes as the containers were: a span goes into the first lane that is free at its start.
function lanesOf(spans: Span[], now: number): { lane: number[]; lanes: number; order: Span[] } {
  const order = [...spans].sort((a, b) => (a.type === b.type ? a.start - b.start : a.type === 'MAP' ? -1 : 1));
  const lane: number[] = [];
  let ends: number[] = [], base = 0, type = '';
  for (const span of order) {
    if (span.type !== type) { base += ends.length + (type ? 1 : 0); ends = []; type = span.type; }
    let free = ends.findIndex(end => end <= span.start);
    if (free < 0) { free = ends.length; ends.push(0); }
    ends[free] = span.end ?? now;
    lane.push(base + free);
  }
  return { lane, lanes: base + ends.length, order };
}

function Bars({ data }: { data: YarnTimeline }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [hover, setHover] = useState<Span | null>(null);
  const [width, setWidth] = useState(800);
  const dark = isDark();
  const { lane, lanes, order } = useMemo(() => lanesOf(data.spans, data.now), [data]);
  const start = data.start ?? Math.min(...data.spans.map(s => s.start)), end = Math.max(data.end ?? data.now, start + 1000);
  const thick = Math.max(3, Math.min(16, Math.floor(640 / Math.max(1, lanes)))), height = 22 + lanes * thick + 4;
  const x = (at: number) => ((at - start) / (end - start)) * width;
  useEffect(() => {
    const observer = new ResizeObserver(entries => setWidth(entries[0]!.contentRect.width));
    observer.observe(canvas.current!.parentElement!.querySelector('.ruler')!);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    const node = canvas.current!, ratio = window.devicePixelRatio || 1;
    node.width = Math.round(width * ratio);
    node.height = Math.round(height * ratio);
    node.style.height = height + 'px';
    const draw = node.getContext('2d')!;
    draw.scale(ratio, ratio);
    draw.clearRect(0, 0, width, height);
    const fills: Record<string, string> = { map: color('--c1'), shuffle: color('--c3'), sort: color('--c6'), reduce: color('--c2'), FAILED: color('--bad'), KILLED: color('--line-2') };
    draw.font = '11px ' + getComputedStyle(document.body).fontFamily;
    for (let i = 0; i <= 4; i++) {
      const at = (i / 4) * width;
      draw.fillStyle = color('--line');
      draw.fillRect(Math.min(width - 1, at), 16, 1, height);
      draw.fillStyle = color('--muted');
      draw.textAlign = i === 0 ? 'left' : i === 4 ? 'right' : 'center';
      draw.fillText(duration(((end - start) * i) / 4), at, 11);
    }
    order.forEach((span, i) => {
      const y = 20 + lane[i]! * thick, until = span.end ?? data.now;
      const piece = (from: number, to: number, fill: string) => { draw.fillStyle = fill; draw.fillRect(x(from), y, Math.max(1, x(to) - x(from) - 0.5), thick - 1); };
      if (span.state === 'FAILED' || span.state === 'KILLED') piece(span.start, until, fills[span.state]!);
      else if (span.type === 'MAP') piece(span.start, until, fills.map!);
      else {
        const shuffled = span.shuffledAt ?? until, sorted = span.sortedAt ?? shuffled;
        piece(span.start, Math.min(shuffled, until), fills.shuffle!);
        if (span.shuffledAt) piece(shuffled, Math.min(sorted, until), fills.sort!);
        if (span.sortedAt) piece(sorted, until, fills.reduce!);
      }
    });
  }, [data, width, height, dark]);
  const find = (event: MouseEvent) => {
    const box = canvas.current!.getBoundingClientRect();
    const row = Math.floor((event.clientY - box.top - 20) / thick), at = start + ((event.clientX - box.left) / width) * (end - start);
    const found = order.findIndex((span, i) => lane[i] === row && span.start <= at && (span.end ?? data.now) >= at);
    setHover(found < 0 ? null : order[found]!);
  };
  return (
    <div class="timeline">
      <div class="ruler" />
      <canvas ref={canvas} role="img" aria-label={`Timeline of ${plural(data.spans.length, 'attempt')}; the same is in the task table`} onMouseMove={find} onMouseLeave={() => setHover(null)} onClick={() => { if (hover) setQuery({ tab: 'tasks', q: hover.attempt.replace(/^attempt_/, 'task_').replace(/_\d+$/, '') }, true); }} />
      <p class="muted hover-line" aria-live="off">{hover ? `${hover.attempt} · ${stateWord(hover.state)} · ${hover.node ?? ''} · ${duration((hover.end ?? data.now) - hover.start)}` : 'Point at a bar to see its attempt; click to go to its task.'}</p>
    </div>
  );
}

export function Timeline({ base, running }: { base: string; running: boolean }) {
  const timeline = useQuery<YarnTimeline>(base + '/timeline', { daemon: 'resourcemanager', everyMs: running ? 3000 : undefined });
  return (
    <Panel title="When each attempt ran" actions={<span class="legend"><span><i class="key-1" />map</span><span><i class="key-3" />shuffle</span><span><i class="key-6" />sort</span><span><i class="key-2" />reduce</span><span><i class="key-bad" />failed</span></span>}>
      <Answer query={timeline}>{data => (data.spans.length ? <>{data.total > data.spans.length && <div class="pad muted">{count(data.spans.length)} of {count(data.total)} attempts are shown.</div>}<Bars data={data} /></> : <Empty title={data.source === 'none' ? 'Nothing is known about its tasks' : 'No task has begun yet'} />)}</Answer>
    </Panel>
  );
}

const LIMIT = 100;
export function Tasks({ base, running }: { base: string; running: boolean }) {
  const q = query.value;
  const tasks = useQuery<YarnTasks>(base + '/tasks' + params({ state: q.get('state'), type: q.get('type'), q: q.get('q'), sort: q.get('sort'), offset: offsetOf() || null, limit: LIMIT }), { daemon: 'resourcemanager', everyMs: running ? 3000 : undefined });
  const open = (task: YarnTask) => { const last = task.attempts.at(-1); if (last?.container) setQuery({ tab: 'logs', container: last.container, file: null }, true); };
  const kill = (task: YarnTask) => {
    const attempt = task.attempts.findLast(a => a.state === 'RUNNING' || a.state === 'STARTING');
    if (attempt) ask({ title: 'Kill this attempt', action: 'Kill', danger: true, text: <><span class="mono">{attempt.id}</span> is killed; the task is run again.</>, run: async () => { await post(`${base}/tasks/${id(attempt.id)}/kill`); say('The attempt is killed.'); tasks.reload(); } });
  };
  return (
    <>
      <div class="bar">
        <Search label="Task, attempt or node" />
        <Choice name="type" label="Type" all="Maps and reduces" options={[['MAP', 'maps'], ['REDUCE', 'reduces']]} />
        <Choice name="state" label="State" all="Any state" options={['PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'KILLED'].map(s => [s, `${stateWord(s)}${tasks.data ? ` (${count(tasks.data.counts[s] ?? 0)})` : ''}`])} />
      </div>
      <Panel>
        <Answer query={tasks} rows={8}>{data => (
          <>
            <Table<YarnTask> label="Tasks" rows={data.tasks} rowKey={t => t.id} defaultSort="index" onOpen={open} empty={<Empty title={data.source === 'none' ? 'Nothing is known about its tasks' : 'No task matches'} />} columns={[
              { title: 'Task', sort: 'index', class: 'name', cell: t => <><strong>{t.type === 'MAP' ? 'map' : 'reduce'} {t.index}</strong><span class="muted mono" title={t.id}>{t.id}</span></> }, { title: 'State', sort: 'state', cell: t => <Badge state={t.state} /> },
              { title: 'Progress', sort: 'progress', class: 'hide-narrow', cell: t => <Meter parts={[t.progress]} label={percent(t.progress)} /> }, { title: 'Node', class: 'hide-narrow', cell: t => t.attempts.at(-1)?.node ?? '–' },
              { title: 'Began', sort: 'startedAt', class: 'nowrap hide-medium', cell: t => time(t.startedAt) }, { title: 'Took', sort: 'elapsedMs', class: 'num', cell: t => (t.startedAt ? duration(t.elapsedMs) : '–') }, { title: 'Failures', sort: 'failures', class: 'num hide-narrow', cell: t => (t.failures ? <span class="bad" title={t.attempts.map(a => a.diagnostics).filter(Boolean).join('\n')}>{t.failures}</span> : 0) },
              { title: 'Logs', cell: t => <Menu label={`More about ${t.id}`} items={[...t.attempts.filter(a => a.container).map(a => ({ label: `Logs of attempt ${a.number}`, run: () => setQuery({ tab: 'logs', container: a.container, file: null }, true) })), t.state === 'RUNNING' && may('operator') && { label: 'Kill the attempt…', bad: true, run: () => kill(t) }]} /> },
            ]} />
            <Pager total={data.total} limit={LIMIT} shown={data.tasks.length} />
          </>
        )}</Answer>
      </Panel>
    </>
  );
}

export function Counters({ base, running }: { base: string; running: boolean }) {
  const counters = useQuery<YarnCounters>(base + '/counters', { daemon: 'resourcemanager', everyMs: running ? 5000 : undefined });
  const filter = (query.value.get('q') ?? '').toLowerCase();
  return (
    <>
      <div class="bar"><Search label="Counter" /></div>
      <Answer query={counters} rows={8}>{data => (data.groups.length ? data.groups.map(group => {
        const shown = group.counters.filter(c => !filter || (c.title + ' ' + c.name).toLowerCase().includes(filter));
        return shown.length > 0 && (
          <Panel key={group.name} title={group.title}>
            <Table label={group.title} rows={shown} rowKey={c => c.name} columns={[
              { title: 'Counter', class: 'wrap', cell: c => <span title={c.name}>{c.title}</span> }, { title: 'Maps', class: 'num', cell: c => count(c.map) }, { title: 'Reduces', class: 'num', cell: c => count(c.reduce) }, { title: 'Total', class: 'num', cell: c => <strong>{count(c.total)}</strong> },
            ]} />
          </Panel>
        );
      }) : <Panel><Empty title="No counters yet" /></Panel>)}</Answer>
    </>
  );
}
