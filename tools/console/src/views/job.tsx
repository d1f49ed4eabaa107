// One application: what it does now, why it waits, its tasks, containers, logs, and what its master tells.
import { id, may, post } from '../core/api';
import type { YarnAppDetail, YarnAttempt, YarnContainer, YarnLive, YarnWhy } from '../core/api_types';
import { bytes, count, duration, percent, plural, time, timeWithSeconds } from '../core/format';
import { useNow, useQuery } from '../core/hooks';
import { BASE, query, setQuery } from '../core/router';
import { ask, say } from '../ui/dialog';
import { Answer, Badge, Empty, Figure, Meter, Pairs, Panel, Problem, Tabs } from '../ui/parts';
import { Table } from '../ui/table';
import { AppState, resourceWords } from './apps';
import { Counters, Tasks, Timeline } from './job_mapreduce';
import { Ml } from './job_ml';
import { Quant } from './job_quant';
import { Logs } from './logs';

const OVER = new Set(['FINISHED', 'FAILED', 'KILLED']);

function kill(app: YarnAppDetail, done: () => void): void {
  ask({ title: `Kill ${app.name || app.id}`, action: 'Kill', danger: true, text: 'Its containers are stopped. What it has written so far stays.', fields: [{ name: 'reason', label: 'Reason (for the diagnostics)' }],
    run: async ({ reason }) => { await post(`/yarn/apps/${id(app.id)}/kill`, reason?.trim() ? { reason: reason.trim() } : {}); say('It is being killed.'); done(); } });
}

function Waiting({ why }: { why: YarnWhy[] }) {
  return (
    <Panel title="Why it waits">
      <ul class="alerts">{why.map((w, i) => (
        <li key={i}><Badge tone="warn">{w.master ? 'master' : `${count(w.count)} ×`}</Badge><span class="grow wrap">{w.sentence}<br /><span class="muted">{plural(w.count, 'container')} of {resourceWords(w.resource)}{w.places.length ? ` on ${w.places.slice(0, 4).join(', ')}${w.places.length > 4 ? ', …' : ''}` : ''}</span></span><span class="muted nowrap">for {duration(w.waitingMs)}</span></li>
      ))}</ul>
    </Panel>
  );
}

function Summary({ app, live }: { app: YarnAppDetail; live: YarnLive | null }) {
  const mr = live?.mapreduce;
  return (
    <>
      {app.whyPending.length > 0 && <Waiting why={app.whyPending} />}
      {app.diagnostics && <div class={'banner ' + (app.state === 'FAILED' || app.finalStatus === 'FAILED' ? 'bad' : app.state === 'KILLED' ? 'warn' : 'info')}><pre class="plain wrap grow">{app.diagnostics}</pre></div>}
      {mr && (
        <Panel title="Phases">
          <div class="pad stack">
            {mr.phases.map(phase => (
              <div key={phase.name}><div class="bar"><strong class="grow">{phase.name}</strong><span class="muted">{count(phase.done)} of {count(phase.total)} done, {count(phase.running)} running, {count(phase.pending)} waiting</span></div><Meter parts={[phase.progress]} label={`${phase.name}: ${percent(phase.progress)}`} /></div>
            ))}
            <Pairs pairs={[['Job', <span class="mono">{mr.jobId}</span>], ['Maps near their data', mr.launchedMaps ? `${count(mr.dataLocalMaps)} of ${count(mr.launchedMaps)}` : '–'], ['Attempts', `${count(mr.failedAttempts)} failed, ${count(mr.killedAttempts)} killed`], mr.avoidedNodes.length > 0 && ['Avoided nodes', mr.avoidedNodes.join(', ')]]} />
          </div>
        </Panel>
      )}
      <div class="grid two">
        <Panel title="Application"><div class="pad"><Pairs pairs={[
          ['Id', <span class="mono">{app.id}</span>], ['Type', app.type], ['User', <a href={`${BASE}/apps?user=${encodeURIComponent(app.user)}`}>{app.user}</a>], ['Queue', <a href={`${BASE}/queues`}>{app.queue}</a>], ['Priority', app.priority],
          ['Submitted', timeWithSeconds(app.submittedAt)], ['Master since', timeWithSeconds(app.launchedAt)], ['Ended', timeWithSeconds(app.finishedAt)], ['Master', app.masterNode ?? '–'], app.tags.length > 0 && ['Tags', app.tags.join(', ')],
          ['Used in all', `${bytes(app.memoryByteSeconds / 3600)} · h, ${duration(app.vcoreSeconds * 1000)} of cores`], ['Logs', app.logAggregation.toLowerCase().replaceAll('_', ' ')], app.expiresAt !== null && ['Must end by', time(app.expiresAt)],
          app.trackingUrl !== null && ["Master's page", <a href={app.trackingUrl} rel="noreferrer">{app.trackingUrl}</a>],
        ]} /></div></Panel>
        <Panel title={plural(app.attempts.length, 'attempt')}>
          <Table<YarnAttempt> label="Attempts" rows={[...app.attempts].reverse()} rowKey={a => a.id} empty={<Empty title="No attempt yet" />} columns={[
            { title: 'No.', cell: a => a.number }, { title: 'State', cell: a => <Badge state={a.state} /> }, { title: 'Node', class: 'wrap', cell: a => a.node ?? '–' }, { title: 'Began', class: 'hide-narrow', cell: a => time(a.startedAt) },
            { title: 'Exit', class: 'num', cell: a => a.exitStatus ?? '–' }, { title: 'Logs', cell: a => a.masterContainer && <button class="button small" type="button" onClick={() => setQuery({ tab: 'logs', container: a.masterContainer, file: null }, true)}>Logs</button> },
          ]} />
        </Panel>
      </div>
    </>
  );
}

function Containers({ app }: { app: YarnAppDetail }) {
  return (
    <Panel title={plural(app.containersTotal, 'container')}>
      <Table<YarnContainer> label="Containers" rows={app.containerList} rowKey={c => c.id} empty={<Empty title="It holds no containers" />} columns={[
        { title: 'Container', class: 'name', cell: c => <><span class="mono" title={c.id}>{c.id.replace('container_', '')}</span>{c.master && <span class="muted">master</span>}</> }, { title: 'State', cell: c => <Badge state={c.state} /> },
        { title: 'Node', cell: c => <a href={`${BASE}/nodes?node=${encodeURIComponent(c.node)}`}>{c.node}</a> }, { title: 'Holds', class: 'hide-narrow', cell: c => resourceWords(c.resource) }, { title: 'Since', class: 'nowrap hide-narrow', cell: c => timeWithSeconds(c.startedAt) }, { title: 'Exit', class: 'num', cell: c => c.exitStatus ?? '–' },
        { title: 'Logs', cell: c => <button class="button small" type="button" onClick={() => setQuery({ tab: 'logs', container: c.id, file: null }, true)}>Logs</button> },
      ]} />
    </Panel>
  );
}

export function Job({ which }: { which: string }) {
  const base = `/yarn/apps/${id(which)}`;
  const app = useQuery<YarnAppDetail>(base, { daemon: 'resourcemanager', events: ['apps'], gapMs: 2000 });
  const running = app.data !== null && !OVER.has(app.data.state);
  const kind = app.data?.kind;
  const live = useQuery<YarnLive>(kind === 'mapreduce' ? base + '/live' : null, { daemon: 'resourcemanager', everyMs: running ? 3000 : undefined });
  const now = useNow(1000);
  const tabs: Array<[string, string]> = [['summary', 'Summary'],
    ...(kind === 'mapreduce' ? [['timeline', 'Timeline'], ['tasks', 'Tasks'], ['counters', 'Counters']] as Array<[string, string]> : []),
    ...(kind === 'ml' ? [['training', 'Training']] as Array<[string, string]> : []), ...(kind === 'quant' ? [['tensors', 'Tensors']] as Array<[string, string]> : []),
    ['containers', 'Containers'], ['logs', 'Logs']];
  const wanted = query.value.get('tab') ?? (kind === 'ml' ? 'training' : kind === 'quant' ? 'tensors' : 'summary');
  const tab = tabs.some(t => t[0] === wanted) ? wanted : 'summary';
  return (
    <Answer query={app} rows={8}>{data => (
      <>
        <div class="head">
          <h1>{data.name || data.id}</h1><AppState app={data} />
          <div class="actions"><a class="button" href={BASE + '/apps'}>All applications</a>{running && (data.mayKill || may('admin')) && <button class="button danger" type="button" onClick={() => kill(data, app.reload)}>Kill…</button>}</div>
        </div>
        <div class="figures">
          <Figure name="Progress" value={percent(data.progress)} note={data.state === 'ACCEPTED' ? data.why ?? 'waits for its master' : stateWordOf(data)}><Meter parts={[data.progress]} label={percent(data.progress)} /></Figure>
          <Figure name={running ? 'Running for' : 'Took'} value={duration(running ? Math.max(data.elapsedMs, now - (data.launchedAt ?? data.submittedAt)) : data.elapsedMs)} note={`submitted ${time(data.submittedAt)}`} />
          <Figure name="Containers" value={count(data.containers)} note={data.pendingContainers ? `${count(data.pendingContainers)} waited for` : 'none waited for'} tone={data.pendingContainers ? 'warn' : ''} />
          <Figure name="Holds" value={bytes(data.used.memory)} note={`${plural(data.used.vcores, 'core')}${data.used.gpus ? `, ${plural(data.used.gpus, 'GPU')}` : ''}`} />
        </div>
        <Tabs label="Parts of the application" tabs={tabs} current={tab} onSelect={key => setQuery({ tab: key, container: null, file: null, sort: null, offset: null, q: null, state: null, type: null })} />
        {live.error && tab === 'summary' && <Problem error={live.error} />}
        {tab === 'summary' && <Summary app={data} live={live.data} />}
        {tab === 'timeline' && <Timeline base={base} running={running} />}
        {tab === 'tasks' && <Tasks base={base} running={running} />}
        {tab === 'counters' && <Counters base={base} running={running} />}
        {tab === 'training' && <Ml base={base} running={running} />}
        {tab === 'tensors' && <Quant base={base} running={running} />}
        {tab === 'containers' && <Containers app={data} />}
        {tab === 'logs' && <Logs app={data} />}
      </>
    )}</Answer>
  );
}
function stateWordOf(app: YarnAppDetail): string { return OVER.has(app.state) ? `ended ${time(app.finishedAt)}` : 'in work'; }
