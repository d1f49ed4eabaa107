// Nodes: a heat map of memory, cores or GPUs, the list, and what runs on one node.
import { useMemo } from 'preact/hooks';
import { get, id, may, params, post } from '../core/api';
import type { YarnNode, YarnNodeAction, YarnNodeDetail, YarnNodes } from '../core/api_types';
import { useEffect, useRef, useState } from 'preact/hooks';
import { ago, bytes, count, duration, percent, plural, ratio } from '../core/format';
import { useQuery } from '../core/hooks';
import { listen } from '../core/live';
import { BASE, query, setQuery } from '../core/router';
import { ask, Dialog, Menu, say } from '../ui/dialog';
import { Answer, Badge, Choice, Empty, Meter, offsetOf, Pager, Pairs, Panel, Problem, Search, Segments, stateWord } from '../ui/parts';
import { Table } from '../ui/table';

type Measure = 'memory' | 'vcores' | 'gpus' | 'cpu';
const LIMIT = 50;
const LIVE = new Set(['RUNNING', 'DECOMMISSIONING', 'NEW']);
const share = (n: YarnNode, m: Measure) => (m === 'cpu' ? n.measured.nodeCpuShare : ratio(n.used[m], n.total[m]));
const level = (n: YarnNode, m: Measure) => {
  if (!LIVE.has(n.state)) return 'lost';
  if (m === 'gpus' && n.total.gpus === 0) return 'h0';
  const s = share(n, m);
  return s <= 0.001 ? 'h0' : s < 0.25 ? 'h1' : s < 0.5 ? 'h2' : s < 0.75 ? 'h3' : s < 0.9 ? 'h4' : s < 0.99 ? 'h5' : 'h6';
};

// All nodes, in pages of a thousand, then kept fresh by what each event says has changed.
function useAllNodes(): { nodes: YarnNode[]; error: Error | null; total: number } {
  const [state, setState] = useState<{ byId: Map<string, YarnNode>; error: Error | null; total: number }>({ byId: new Map(), error: null, total: 0 });
  const loading = useRef(false);
  useEffect(() => {
    let alive = true;
    const load = async () => {
      if (loading.current) return;
      loading.current = true;
      try {
        const byId = new Map<string, YarnNode>();
        for (let offset = 0, total = 1; offset < total && offset < 10000; offset += 1000) {
          const page = await get<YarnNodes>('/yarn/nodes' + params({ sort: 'id', offset: offset || null, limit: 1000 }));
          total = page.total;
          for (const node of page.nodes) byId.set(node.id, node);
        }
        if (alive) setState({ byId, error: null, total: byId.size });
      } catch (error) {
        if (alive) setState(now => ({ ...now, error: error as Error }));
      } finally {
        loading.current = false;
      }
    };
    void load();
    const stop = listen('resourcemanager', 'nodes', data => {
      const event = data as { changed?: YarnNode[]; removed?: string[]; total?: number; reload?: boolean } | null;
      if (event === null || event.reload) { void load(); return; }
      setState(now => {
        const byId = new Map(now.byId);
        for (const node of event.changed ?? []) byId.set(node.id, node);
        for (const gone of event.removed ?? []) byId.delete(gone);
        return { byId, error: null, total: byId.size };
      });
    });
    return () => { alive = false; stop(); };
  }, []);
  const nodes = useMemo(() => [...state.byId.values()], [state]);
  return { nodes, error: state.error, total: state.total };
}

function Heat({ nodes, measure }: { nodes: YarnNode[]; measure: Measure }) {
  const box = useRef<HTMLDivElement>(null);
  const [cursor, setCursor] = useState(0);
  const open = query.value.get('node');
  const keys = (event: KeyboardEvent) => {
    const all = box.current!.querySelectorAll<HTMLElement>('button');
    if (!all.length) return;
    const perRow = Math.max(1, getComputedStyle(box.current!).gridTemplateColumns.split(' ').length);
    const to = { ArrowRight: cursor + 1, ArrowLeft: cursor - 1, ArrowDown: cursor + perRow, ArrowUp: cursor - perRow, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(all.length - 1, to));
    setCursor(next);
    all[next]!.focus();
  };
  return (
    <div class={'heat' + (nodes.length <= 120 ? ' large' : '')} ref={box} onKeyDown={keys} role="group" aria-label={`Nodes by ${measure}; arrow keys move, Enter opens`}>
      {nodes.map((node, i) => {
        const words = `${node.id}: ${LIVE.has(node.state) ? (measure === 'gpus' && node.total.gpus === 0 ? 'no GPUs' : percent(share(node, measure))) : stateWord(node.state)}, ${plural(node.containers, 'container')}`;
        return <button key={node.id} type="button" class={level(node, measure)} tabIndex={i === Math.min(cursor, nodes.length - 1) ? 0 : -1} title={words} aria-label={words} aria-pressed={open === node.id} onClick={() => { setCursor(i); setQuery({ node: node.id }, true); }} />;
      })}
    </div>
  );
}

function leave(node: YarnNode, done: () => void): void {
  ask({ title: `Decommission ${node.id}`, action: 'Decommission', danger: true, text: `It gets no new containers; its ${plural(node.containers, 'container')} may end first.`,
    run: async () => { const answer = await post<YarnNodeAction>(`/yarn/nodes/${id(node.id)}/decommission`); say(answer.message || `${node.host} is leaving.`); done(); } });
}
function takeBack(node: YarnNode, done: () => void): void {
  ask({ title: `Take ${node.id} back`, action: 'Take back', text: 'It gets containers again once its node manager runs; one that has ended must be started.', run: async () => { const answer = await post<YarnNodeAction>(`/yarn/nodes/${id(node.id)}/recommission`); say(answer.message || `${node.host} is back.`); done(); } });
}
function Actions({ node, done }: { node: YarnNode; done: () => void }) {
  if (!may('admin')) return null;
  // A node manager that was told to leave ends, and is then SHUTDOWN while its name is still excluded.
  const leaving = node.state === 'DECOMMISSIONED' || node.state === 'DECOMMISSIONING' || node.state === 'SHUTDOWN';
  return <Menu label={`Actions for ${node.id}`} items={[!leaving && { label: 'Decommission…', run: () => leave(node, done), bad: true }, leaving && { label: 'Take back…', run: () => takeBack(node, done) }]} />;
}

function Resources({ node }: { node: YarnNode }) {
  const rows: Array<[string, string, number]> = [
    ['Memory', `${bytes(node.used.memory)} of ${bytes(node.total.memory)}`, share(node, 'memory')], ['Cores', `${count(node.used.vcores)} of ${count(node.total.vcores)}`, share(node, 'vcores')],
    ...(node.total.gpus ? [['GPUs', `${node.used.gpus} of ${node.total.gpus}`, share(node, 'gpus')] as [string, string, number]] : []),
    ['CPU measured', percent(node.measured.nodeCpuShare), node.measured.nodeCpuShare],
    ['Memory measured', `${bytes(node.measured.memory)} by containers, ${bytes(node.measured.nodeMemory)} in all`, ratio(node.measured.nodeMemory, node.total.memory)],
  ];
  return <div class="stack">{rows.map(([name, words, s]) => <div key={name}><div class="bar"><span class="grow">{name}</span><span class="muted">{words}</span></div><Meter parts={[s]} label={`${name}: ${words}`} /></div>)}</div>;
}

function DetailDialog({ which }: { which: string }) {
  const detail = useQuery<YarnNodeDetail>(`/yarn/nodes/${id(which)}`, { daemon: 'resourcemanager', events: ['nodes'], gapMs: 3000 });
  return (
    <Dialog title={which} onClose={() => setQuery({ node: null })} wide>
      <Answer query={detail}>{node => (
        <>
          <Pairs pairs={[['State', <><Badge state={node.state} /> {node.leavesInMs !== null && `leaves within ${duration(node.leavesInMs)}`}</>], ['Rack', node.rack], ['Web', <a href={`http://${node.httpAddress}/`} rel="noreferrer">{node.httpAddress}</a>], ['Heard', `${duration(node.heardMsAgo)} ago`], ['Version', node.version], node.healthReport ? ['Health', <span class="bad">{node.healthReport}</span>] : null, node.reservedFor ? ['Held free for', <a href={`${BASE}/apps/${node.reservedFor}`}>{node.reservedFor}</a>] : null]} />
          <Resources node={node} />
          <section class="panel"><header><h3>{plural(node.containerList.length, 'container')}</h3></header>
            <Table label="Containers" rows={node.containerList} rowKey={c => c.id} empty={<Empty title="No containers" />} columns={[
              { title: 'Application', class: 'name', cell: c => <><a href={`${BASE}/apps/${c.application}`}>{c.appName}</a><span class="muted">{c.user}{c.master ? ' · master' : ''}</span></> },
              { title: 'Container', class: 'name hide-narrow', cell: c => <span class="mono" title={c.id}>{c.id}</span> }, { title: 'Memory', class: 'num', cell: c => bytes(c.resource.memory) }, { title: 'Cores', class: 'num', cell: c => c.resource.vcores }, { title: 'GPUs', class: 'num', cell: c => c.resource.gpus },
              { title: 'Since', class: 'hide-narrow nowrap', cell: c => ago(c.startedAt) },
            ]} />
          </section>
          <div class="buttons"><Actions node={node} done={detail.reload} /><button class="button main" type="button" onClick={() => setQuery({ node: null })}>Close</button></div>
        </>
      )}</Answer>
    </Dialog>
  );
}

export function Nodes() {
  const q = query.value;
  const measure = (q.get('show') ?? 'memory') as Measure;
  const all = useAllNodes();
  const list = useQuery<YarnNodes>('/yarn/nodes' + params({ q: q.get('q'), state: q.get('state'), sort: q.get('sort'), offset: offsetOf() || null, limit: LIMIT }), { daemon: 'resourcemanager', events: ['nodes'], gapMs: 5000 });
  const gpus = all.nodes.some(n => n.total.gpus > 0);
  const open = q.get('node');
  return (
    <>
      <div class="head"><h1>Nodes</h1><span class="muted">{plural(all.total, 'node')}</span></div>
      {all.error && <Problem error={all.error} />}
      <Panel title="In use" actions={<Segments label="Heat map shows" value={measure} onChange={value => setQuery({ show: value === 'memory' ? null : value })} options={[['memory', 'Memory'], ['vcores', 'Cores'], ['cpu', 'CPU'], ...(gpus ? [['gpus', 'GPUs'] as [string, string]] : [])]} />}>
        <Heat nodes={all.nodes} measure={measure} />
        <div class="pad legend heat heat-legend" aria-hidden="true">{[['h0', 'idle'], ['h1', '< 25 %'], ['h2', '< 50 %'], ['h3', '< 75 %'], ['h4', '< 90 %'], ['h5', '< 99 %'], ['h6', 'full'], ['lost', 'not running']].map(([c, t]) => <span key={c}><i class={`heat-key ${c}`} />{t}</span>)}</div>
      </Panel>
      <div class="bar">
        <Search label="Host, rack or health report" />
        <Choice name="state" label="State" all="Any state" options={['RUNNING', 'UNHEALTHY', 'DECOMMISSIONING', 'DECOMMISSIONED', 'LOST', 'REBOOTED', 'SHUTDOWN'].map(s => [s, `${stateWord(s)}${list.data ? ` (${list.data.counts[s] ?? 0})` : ''}`])} />
      </div>
      <Panel>
        <Answer query={list} rows={8}>{data => (
          <>
            <Table<YarnNode> label="Nodes" rows={data.nodes} rowKey={n => n.id} selected={open} defaultSort="id" onOpen={n => setQuery({ node: n.id }, true)} empty={<Empty title="No node matches" />} columns={[
              { title: 'Node', sort: 'id', class: 'name', cell: n => <><strong>{n.id}</strong>{n.healthReport && <span class="bad">{n.healthReport}</span>}</> }, { title: 'State', sort: 'state', cell: n => <><Badge state={n.state} />{n.leavesInMs !== null && <div class="muted">within {duration(n.leavesInMs)}</div>}</> },
              { title: 'Memory', sort: 'memory', cell: n => <Meter parts={[share(n, 'memory')]} label={`${bytes(n.used.memory)} of ${bytes(n.total.memory)}`} /> }, { title: 'Cores', sort: 'vcores', class: 'hide-narrow', cell: n => <Meter parts={[share(n, 'vcores')]} label={`${n.used.vcores} of ${n.total.vcores} cores`} /> },
              { title: 'GPUs', sort: 'gpus', class: 'num hide-narrow', cell: n => (n.total.gpus ? `${n.used.gpus} / ${n.total.gpus}` : '–') }, { title: 'Containers', sort: 'containers', class: 'num', cell: n => count(n.containers) },
              { title: 'Rack', sort: 'rack', class: 'hide-medium nowrap', cell: n => n.rack }, { title: 'Heard', sort: 'heardMsAgo', class: 'hide-medium nowrap', cell: n => `${duration(n.heardMsAgo)} ago` }, { title: 'Actions', class: 'num', cell: n => <Actions node={n} done={list.reload} /> },
            ]} />
            <Pager total={data.total} limit={LIMIT} shown={data.nodes.length} />
          </>
        )}</Answer>
      </Panel>
      {open && <DetailDialog which={open} />}
    </>
  );
}
