// Queues: guaranteed, used and pending of each resource, as a tree.
import type { YarnQueue, YarnQueues, YarnResource } from '../core/api_types';
import { bytes, count, percent, plural, ratio } from '../core/format';
import { useQuery } from '../core/hooks';
import { BASE } from '../core/router';
import { Answer, Badge, Meter, Panel } from '../ui/parts';
import { Table } from '../ui/table';

const RESOURCES: Array<['memory' | 'vcores' | 'gpus', string, (v: number) => string]> = [['memory', 'Memory', v => bytes(v)], ['vcores', 'Cores', count], ['gpus', 'GPUs', count]];
const show = (r: YarnResource) => [bytes(r.memory), `${count(r.vcores)} cores`, r.gpus ? `${count(r.gpus)} GPUs` : ''].filter(Boolean).join(', ');

function Queue({ queue, depth, root }: { queue: YarnQueue; depth: number; root: YarnQueue }) {
  const kinds = RESOURCES.filter(([key]) => root.maximum[key] > 0 || root.guaranteed[key] > 0);
  return (
    <div class={`queue depth-${Math.min(depth, 4)}`}>
      <div class="bar">
        <strong>{queue.path}</strong><Badge state={queue.state} />
        <span class="muted">{percent(queue.usedShare)} used · guaranteed {percent(queue.guaranteedShare)} · at most {percent(queue.maximumShare)}</span>
        <a class="nowrap" href={`${BASE}/apps?queue=${encodeURIComponent(queue.path)}`}>{queue.appsRunning} running, {queue.appsPending} waiting</a>
        {queue.containersPending > 0 && <span class="muted">{plural(queue.containersPending, 'container')} waited for</span>}
      </div>
      {kinds.map(([key, title, format]) => {
        const whole = Math.max(root.guaranteed[key], root.maximum[key], 1);
        const words = `${format(queue.used[key])} used of ${format(queue.guaranteed[key])} guaranteed${queue.pending[key] ? `, ${format(queue.pending[key])} waited for` : ''}`;
        return (
          <div class="bars" key={key}>
            <span>{title}</span>
            <div class="track"><Meter parts={[ratio(queue.used[key], whole), Math.min(ratio(queue.pending[key], whole), 1 - ratio(queue.used[key], whole))]} label={words} /><i class="mark" style={{ left: `${(ratio(queue.guaranteed[key], whole) * 100).toFixed(2)}%` }} title="guaranteed" /></div>
            <span class="muted words">{words}</span>
          </div>
        );
      })}
    </div>
  );
}

export function Queues() {
  const queues = useQuery<YarnQueues>('/yarn/queues', { daemon: 'resourcemanager', events: ['overview'], gapMs: 3000 });
  return (
    <>
      <div class="head"><h1>Queues</h1>{queues.data && <span class="muted">{queues.data.scheduler}</span>}</div>
      <Answer query={queues} rows={8}>{data => {
        const root = data.queues.find(q => q.parent === null) ?? data.queues[0];
        if (!root) return null;
        const order: Array<[YarnQueue, number]> = [];
        const byPath = new Map(data.queues.map(q => [q.path, q]));
        const walk = (queue: YarnQueue, depth: number) => { order.push([queue, depth]); queue.children.forEach(child => { const found = byPath.get(child) ?? byPath.get(`${queue.path}.${child}`); if (found) walk(found, depth + 1); }); };
        walk(root, 0);
        const users = data.queues.flatMap(q => q.users.map(u => ({ ...u, queue: q.path })));
        return (
          <>
            <Panel title="By queue" actions={<span class="legend"><span><i class="key-1" />used</span><span><i class="key-2" />waited for</span><span>┃ guaranteed</span></span>}>{order.map(([queue, depth]) => <Queue key={queue.path} queue={queue} depth={depth} root={root} />)}</Panel>
            <Panel title="By user"><Table label="Users" rows={users} rowKey={u => u.queue + ' ' + u.user} empty={<div class="empty">Nobody uses a queue now.</div>} columns={[
              { title: 'User', cell: u => <a href={`${BASE}/apps?user=${encodeURIComponent(u.user)}`}>{u.user}</a> }, { title: 'Queue', cell: u => u.queue }, { title: 'Applications', class: 'num', cell: u => count(u.apps) },
              { title: 'Used', cell: u => show(u.used) }, { title: 'Waited for', class: 'hide-narrow', cell: u => show(u.pending) },
            ]} /></Panel>
            <Panel title="Limits"><Table<YarnQueue> label="Limits" rows={data.queues} rowKey={q => q.path} columns={[
              { title: 'Queue', cell: q => q.path }, { title: 'Masters may use', cell: q => show(q.masterLimit) }, { title: 'Masters use', cell: q => show(q.masterUsed) }, { title: 'Applications at most', class: 'num', cell: q => count(q.appsMax) },
              { title: 'May submit', class: 'hide-narrow wrap', cell: q => <span class="mono">{q.submitAcl.trim() || 'nobody'}</span> }, { title: 'May administer', class: 'hide-medium wrap', cell: q => <span class="mono">{q.adminAcl.trim() || 'nobody'}</span> },
            ]} /></Panel>
          </>
        );
      }}</Answer>
    </>
  );
}
