// Overview: how the cluster is in one line, then capacity, nodes, work, alerts and throughput.
import type { DaemonName } from '../core/api';
import type { Alert, DfsOverview, History, YarnOverview } from '../core/api_types';
import { bytes, count, duration, percent, plural, ratio, short } from '../core/format';
import { useNow, usePushed, useQuery } from '../core/hooks';
import { BASE, query, setQuery } from '../core/router';
import { Spark } from '../ui/chart';
import { Answer, Badge, Figure, Health, Loading, Meter, Panel, Problem, Segments, usageTone } from '../ui/parts';

function Filesystem({ dfs }: { dfs: DfsOverview }) {
  const { capacity: c, datanodes: d, blocks: b } = dfs;
  const used = ratio(c.used, c.total);
  const out = d.dead + d.decommissioning + d.enteringMaintenance + d.inMaintenance;
  return (
    <div class="figures">
      <Figure name="Capacity used" value={`${bytes(c.used)}`} note={`of ${bytes(c.total)} · ${bytes(c.remaining)} free`} tone={usageTone(used)}>
        <Meter parts={[used, ratio(c.nonDfs, c.total)]} tone={usageTone(used)} label={`${percent(used, 1)} used by files, ${percent(ratio(c.nonDfs, c.total), 1)} by other data`} />
      </Figure>
      <Figure name="Datanodes live" value={count(d.live)} tone={d.dead > 0 ? 'bad' : ''} href={BASE + '/datanodes'} note={out + d.stale ? [d.dead && `${d.dead} dead`, d.stale && `${d.stale} stale`, d.decommissioning && `${d.decommissioning} leaving`, d.enteringMaintenance + d.inMaintenance && `${d.enteringMaintenance + d.inMaintenance} in maintenance`].filter(Boolean).join(' · ') : 'all in service'} />
      <Figure name="Files and folders" value={short(dfs.files)} note={`${short(b.total)} blocks${dfs.openFiles !== undefined ? ` · ${count(dfs.openFiles)} open` : ''}`} href={BASE + '/files/'} />
      <Figure name="Blocks without enough copies" value={count(b.underReplicated)} tone={b.missing + b.corrupt ? 'bad' : b.underReplicated ? 'warn' : ''} note={b.missing + b.corrupt ? `${count(b.missing)} missing · ${count(b.corrupt)} corrupt` : `${count(b.pendingReplication)} being copied · none missing`} />
    </div>
  );
}

function Work({ yarn }: { yarn: YarnOverview }) {
  const { total, used, pending } = yarn.resources;
  const rows: Array<[string, string, number, string | null]> = [
    ['Memory', `${bytes(used.memory)} of ${bytes(total.memory)}`, ratio(used.memory, total.memory), pending.memory ? bytes(pending.memory) : null],
    ['Cores', `${count(used.vcores)} of ${count(total.vcores)}`, ratio(used.vcores, total.vcores), pending.vcores ? count(pending.vcores) : null],
  ];
  if (total.gpus > 0) rows.push(['GPUs', `${count(used.gpus)} of ${count(total.gpus)}`, ratio(used.gpus, total.gpus), pending.gpus ? count(pending.gpus) : null]);
  const gone = yarn.nodes.lost + yarn.nodes.unhealthy;
  return (
    <div class="figures">
      <Figure name="Applications running" value={count(yarn.apps.running)} href={BASE + '/apps?state=RUNNING'} note={`${count(yarn.apps.pending)} waiting · ${count(yarn.containers.running)} containers`} />
      <Figure name="Containers waited for" value={count(yarn.containers.pending)} href={BASE + '/apps?state=ACCEPTED,RUNNING'} note={`${count(yarn.apps.failed)} failed · ${count(yarn.apps.killed)} killed so far`} />
      <Figure name="Nodes running" value={count(yarn.nodes.running)} href={BASE + '/nodes'} tone={gone ? 'bad' : ''} note={gone ? `${yarn.nodes.lost} lost · ${yarn.nodes.unhealthy} unhealthy` : yarn.nodes.decommissioning ? `${yarn.nodes.decommissioning} leaving` : 'all healthy'} />
      {rows.map(([name, words, share, waiting]) => (
        <Figure key={name} name={name + ' in use'} value={percent(share)} note={words + (waiting ? ` · ${waiting} waited for` : '')}><Meter parts={[share]} label={`${name}: ${words}`} /></Figure>
      ))}
    </div>
  );
}

const DFS_SERIES: Array<[string, string, (v: number) => string]> = [
  ['editsPerSecond', 'Changes of the namespace', v => short(v) + '/s'], ['readBytesPerSecond', 'Read', v => bytes(v) + '/s'], ['writeBytesPerSecond', 'Written', v => bytes(v) + '/s'], ['rpcPerSecond', 'Namenode calls', v => short(v) + '/s'], ['rpcP99Ms', 'Namenode calls, 99th percentile', v => short(v) + ' ms'],
];
const YARN_SERIES: Array<[string, string, (v: number) => string]> = [
  ['appsRunning', 'Applications running', short], ['containersRunning', 'Containers running', short], ['containersAllocated', 'Containers running', short], ['containersPending', 'Containers waited for', short], ['allocationsPerSecond', 'Containers given', v => short(v) + '/s'],
];
const RANGES: Array<[string, string]> = [['300', '5 min'], ['1800', '30 min'], ['3600', '1 h']];

function Throughput({ history, series }: { history: History; series: typeof DFS_SERIES }) {
  return (
    <div class="figures">
      {series.filter(([key]) => history.series[key]).map(([key, title, format]) => {
        const values = history.series[key]!;
        const newest = values.findLast(v => v !== null) ?? null;
        return <Figure key={key} name={title} value={newest === null ? '–' : format(newest)}><Spark values={values} label={`${title} over time`} /></Figure>;
      })}
    </div>
  );
}

// A daemon tells which series it has; only those that are shown are asked for.
function useHistory(url: string, daemon: DaemonName, wanted: typeof DFS_SERIES, range: string) {
  const known = useQuery<History>(url + '?seconds=5', { daemon });
  const available = known.data && new Set(known.data.available ?? Object.keys(known.data.series));
  const names = available && wanted.map(s => s[0]).filter(name => available.has(name));
  const history = useQuery<History>(names?.length ? `${url}?series=${names.join(',')}&seconds=${range}` : null, { daemon, everyMs: 5000 });
  return { data: history.data, error: history.error ?? known.error };
}

export function Overview() {
  const dfs = usePushed<DfsOverview>('/dfs/overview', 'namenode', 'overview');
  const yarn = usePushed<YarnOverview>('/yarn/overview', 'resourcemanager', 'overview');
  const range = query.value.get('range') ?? '1800';
  const dfsHistory = useHistory('/dfs/history', 'namenode', DFS_SERIES, range);
  const yarnHistory = useHistory('/yarn/history', 'resourcemanager', YARN_SERIES, range);
  const now = useNow(10000);
  const rank: Record<Alert['severity'], number> = { critical: 0, warning: 1, info: 2 };
  const alerts = [...(dfs.data?.alerts ?? []).map(a => ({ ...a, from: 'filesystem' })), ...(yarn.data?.alerts ?? []).map(a => ({ ...a, from: 'work' }))].sort((a, b) => rank[a.severity] - rank[b.severity]);
  return (
    <>
      <h1 class="sr">Overview</h1>
      <Panel title="Filesystem" actions={dfs.data && <span class="muted">up {duration(now - dfs.data.startedAt)}</span>}>
        <div class="pad stack">
          <Answer query={dfs}>{data => <><Health {...data.health} />{data.safemode.on && <div class="banner warn"><strong>Safe mode is on.</strong><span>{data.safemode.reason ?? 'Nothing can be changed until it is left.'} <a href={BASE + '/namenode'}>Namenode</a></span></div>}<Filesystem dfs={data} /></>}</Answer>
        </div>
      </Panel>
      <Panel title="Work" actions={yarn.data && <span class="muted">up {duration(now - yarn.data.startedAt)}</span>}>
        <div class="pad stack">
          <Answer query={yarn}>{data => <><Health {...data.health} /><Work yarn={data} /></>}</Answer>
        </div>
      </Panel>
      <Panel title={alerts.length ? plural(alerts.length, 'alert') : 'No alerts'}>
        {alerts.length ? <ul class="alerts">{alerts.map(a => <li key={a.from + a.code + a.message}><Badge state={a.severity} /><span class="grow wrap">{a.message}</span><span class="muted hide-narrow">{a.from}</span></li>)}</ul> : <div class="pad muted">Nothing needs attention.</div>}
      </Panel>
      <Panel title="Over time" actions={<Segments label="Time range" options={RANGES} value={range} onChange={value => setQuery({ range: value === '1800' ? null : value })} />}>
        <div class="pad stack">
          {dfsHistory.data ? <Throughput history={dfsHistory.data} series={DFS_SERIES} /> : dfsHistory.error ? <Problem error={dfsHistory.error} /> : <Loading rows={2} />}
          {yarnHistory.data ? <Throughput history={yarnHistory.data} series={YARN_SERIES} /> : yarnHistory.error ? <Problem error={yarnHistory.error} /> : <Loading rows={2} />}
        </div>
      </Panel>
    </>
  );
}
