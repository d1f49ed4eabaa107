// Datanodes: usage and volumes, decommission and maintenance with what is left to copy.
import { id, may, params, post } from '../core/api';
import type { Datanode, DatanodeCounts, DatanodeState, DatanodeVolume } from '../core/api_types';
import { ago, bytes, count, percent, plural, ratio, time } from '../core/format';
import { useNow, useQuery } from '../core/hooks';
import { query, setQuery } from '../core/router';
import { ask, Dialog, Menu, say } from '../ui/dialog';
import { Answer, Badge, Choice, Empty, Meter, offsetOf, Pager, Pairs, Panel, Search, stateWord, usageTone } from '../ui/parts';
import { Table } from '../ui/table';

type Page = { total: number; counts: DatanodeCounts; datanodes: Datanode[] };
type Detail = Datanode & { volumes: DatanodeVolume[] };
const LIMIT = 50;
const STATES: DatanodeState[] = ['live', 'stale', 'dead', 'decommissioning', 'decommissioned', 'enteringMaintenance', 'inMaintenance'];

function left(node: Datanode): string | null {
  if (node.blocksLeft != null) return `${plural(node.blocksLeft, 'block')} to copy first`;
  return node.maintenanceUntil ? `until ${time(node.maintenanceUntil)}` : null;
}

function Usage({ node }: { node: { used: number; capacity: number; nonDfs: number } }) {
  const share = ratio(node.used, node.capacity);
  return <Meter parts={[share, ratio(node.nonDfs, node.capacity)]} tone={usageTone(share)} label={`${percent(share, 1)} of ${bytes(node.capacity)} used, ${bytes(node.nonDfs)} by other data`} />;
}

export function decommission(node: Datanode, done: () => void): void {
  ask({ title: `Decommission ${node.host}`, action: 'Decommission', danger: true,
    text: <>Its {plural(node.blocks, 'block')} are copied to other datanodes first; then it can be switched off. It goes on serving meanwhile.</>,
    run: async () => { await post(`/dfs/datanodes/${id(node.id)}/decommission`); say(`${node.host} is leaving.`); done(); } });
}
function maintenance(node: Datanode, done: () => void): void {
  ask({ title: `Maintenance of ${node.host}`, action: 'Begin maintenance', text: 'Its blocks are not copied elsewhere as long as each has a copy on another datanode.',
    fields: [{ name: 'hours', label: 'For how many hours', value: '2', type: 'number', hint: 'Empty: until it is taken back.' }],
    run: async values => {
      await post(`/dfs/datanodes/${id(node.id)}/maintenance`, { untilMs: values.hours ? Date.now() + Math.round(Number(values.hours) * 3600000) : null });
      say(`${node.host} goes into maintenance.`);
      done();
    } });
}
function recommission(node: Datanode, done: () => void): void {
  ask({ title: `Take ${node.host} back`, action: 'Take back', text: 'It is in service again and gets blocks again.', run: async () => { await post(`/dfs/datanodes/${id(node.id)}/recommission`); say(`${node.host} is in service.`); done(); } });
}

function Actions({ node, done }: { node: Datanode; done: () => void }) {
  if (!may('admin')) return null;
  const inService = ['live', 'stale', 'dead'].includes(node.state);
  return <Menu label={`Actions for ${node.host}`} items={[
    inService && { label: 'Decommission…', run: () => decommission(node, done), bad: true },
    inService && { label: 'Maintenance…', run: () => maintenance(node, done) },
    !inService && { label: 'Take back into service…', run: () => recommission(node, done) },
  ]} />;
}

function DetailDialog({ which, done }: { which: string; done: () => void }) {
  const detail = useQuery<Detail>(`/dfs/datanodes/${id(which)}`, { daemon: 'namenode', events: ['datanodes'], gapMs: 3000 });
  const now = useNow(2000);
  const changed = () => { detail.reload(); done(); };
  return (
    <Dialog title={detail.data?.host ?? which} onClose={() => setQuery({ node: null })} wide>
      <Answer query={detail}>{node => (
        <>
          <Pairs pairs={[
            ['State', <><Badge state={node.state} /> {left(node)}</>], ['Address', <span class="mono">{node.id}</span>], ['Web', <a href={`http://${node.httpAddress}/`} rel="noreferrer">{node.httpAddress}</a>], ['Rack', node.rack],
            ['Last heartbeat', ago(node.lastHeartbeatAt, now)], ['Last block report', ago(node.lastBlockReportAt, now)], ['Blocks', count(node.blocks)], ['Transfers now', count(node.transfers)], ['Version', node.version], ['UUID', <span class="mono">{node.uuid}</span>],
          ]} />
          <section class="panel"><header><h3>Volumes</h3></header>
            <Table<DatanodeVolume> label="Volumes" rows={node.volumes} rowKey={v => v.id} empty={<Empty title="No volumes are known yet">They come with the next storage report.</Empty>} columns={[
              { title: 'Volume', class: 'name', cell: v => <span class="mono" title={v.id}>{v.id}</span> }, { title: 'Type', cell: v => v.type }, { title: 'State', cell: v => <Badge state={v.state} /> },
              { title: 'Used', cell: v => <Usage node={v} /> }, { title: 'Free', class: 'num', cell: v => bytes(v.remaining) }, { title: 'Blocks', class: 'num', cell: v => count(v.blocks) },
            ]} />
          </section>
          <div class="buttons"><Actions node={node} done={changed} /><button class="button main" type="button" onClick={() => setQuery({ node: null })}>Close</button></div>
        </>
      )}</Answer>
    </Dialog>
  );
}

export function Datanodes() {
  const q = query.value;
  const page = useQuery<Page>('/dfs/datanodes' + params({ state: q.get('state'), q: q.get('q'), offset: offsetOf() || null, limit: LIMIT }), { daemon: 'namenode', events: ['datanodes'], gapMs: 3000 });
  const now = useNow(2000);
  const open = q.get('node');
  return (
    <>
      <div class="head"><h1>Datanodes</h1>{page.data && <span class="muted">{plural(page.data.counts.live, 'live datanode')}{page.data.counts.dead ? `, ${page.data.counts.dead} dead` : ''}</span>}</div>
      <div class="bar">
        <Search label="Host, address or rack" />
        <Choice name="state" label="State" all="Any state" options={STATES.map(s => [s, `${stateWord(s)}${page.data ? ` (${count(page.data.counts[s])})` : ''}`])} />
      </div>
      <Panel>
        <Answer query={page} rows={8}>{data => (
          <>
            <Table<Datanode> label="Datanodes" rows={data.datanodes} rowKey={n => n.id} selected={open} onOpen={n => setQuery({ node: n.id }, true)}
              empty={<Empty title={q.get('q') || q.get('state') ? 'No datanode matches' : 'No datanode has registered yet'} />}
              columns={[
                { title: 'Host', class: 'name', cell: n => <><strong>{n.host}</strong><span class="muted mono">{n.id}</span></> },
                { title: 'State', cell: n => <><Badge state={n.state} />{left(n) && <div class="muted">{left(n)}</div>}</> },
                { title: 'Used', cell: n => <Usage node={n} /> },
                { title: 'Of', class: 'num', cell: n => bytes(n.capacity) },
                { title: 'Free', class: 'num hide-narrow', cell: n => bytes(n.remaining) },
                { title: 'Blocks', class: 'num hide-narrow', cell: n => count(n.blocks) },
                { title: 'Rack', class: 'hide-medium nowrap', cell: n => n.rack },
                { title: 'Heartbeat', class: 'hide-narrow nowrap', cell: n => ago(n.lastHeartbeatAt, now) },
                { title: 'Failed volumes', class: 'num hide-medium', cell: n => (n.failedVolumes ? <span class="bad">{n.failedVolumes}</span> : '0') },
                { title: 'Actions', class: 'num', cell: n => <Actions node={n} done={page.reload} /> },
              ]} />
            <Pager total={data.total} limit={LIMIT} shown={data.datanodes.length} />
          </>
        )}</Answer>
      </Panel>
      {open && <DetailDialog which={open} done={page.reload} />}
    </>
  );
}
