// Namenode: safe mode, checkpoint, edit log and where it is stored.
import { may, post } from '../core/api';
import type { Namenode } from '../core/api_types';
import { bytes, count, duration, plural, timeWithSeconds } from '../core/format';
import { useNow, useQuery } from '../core/hooks';
import { ask, say } from '../ui/dialog';
import { Answer, Badge, Figure, Pairs, Panel } from '../ui/parts';
import { Table } from '../ui/table';

type Storage = Namenode['storage'][number];
type Segment = Namenode['journal']['segments'][number];

export function NamenodeView() {
  const namenode = useQuery<Namenode>('/dfs/namenode', { daemon: 'namenode', events: ['overview'], gapMs: 2000, everyMs: 10000 });
  const now = useNow(5000);
  const admin = may('admin');
  const safemode = (on: boolean) => ask({
    title: on ? 'Leave safe mode' : 'Enter safe mode', action: on ? 'Leave safe mode' : 'Enter safe mode', danger: !on,
    text: on ? 'Files can be changed again.' : 'Nothing in the filesystem can be changed until safe mode is left. Files can still be read.',
    run: async () => { await post('/dfs/namenode/safemode', { action: on ? 'leave' : 'enter' }); say(on ? 'Safe mode is off.' : 'Safe mode is on.'); namenode.reload(); },
  });
  const checkpoint = (inSafemode: boolean) => ask({
    title: 'Checkpoint now', action: 'Make a checkpoint',
    text: inSafemode ? 'Everything so far is brought into table files, so that a start is fast.' : 'A checkpoint needs safe mode: it is entered for the moment that this takes and left afterwards. Writers wait or fail meanwhile.',
    run: async () => { const { txid } = await post<{ txid: number }>('/dfs/namenode/checkpoint', { force: !inSafemode }); say(`Checkpoint at transaction ${count(txid)}.`); namenode.reload(); },
  });
  const roll = async () => { const { firstTxid } = await post<{ firstTxid: number }>('/dfs/namenode/rollEdits'); say(`New segment from transaction ${count(firstTxid)}.`); namenode.reload(); };
  return (
    <Answer query={namenode} rows={8}>{data => (
      <>
        <div class="head">
          <h1>Namenode</h1><Badge state={data.haState}>{data.haState}</Badge>{data.safemode.on && <Badge tone="warn">safe mode</Badge>}
          {admin && <div class="actions">
            <button class="button" type="button" onClick={() => safemode(data.safemode.on)}>{data.safemode.on ? 'Leave safe mode…' : 'Enter safe mode…'}</button>
            <button class="button" type="button" onClick={() => checkpoint(data.safemode.on)}>Checkpoint now…</button>
            <button class="button" type="button" onClick={() => ask({ title: 'New edit log segment', action: 'Begin a segment', text: 'The open segment of the edit log is closed and the next one begins.', run: roll })}>Roll edits…</button>
          </div>}
        </div>
        {data.safemode.on && <div class="banner warn"><strong>Safe mode is on.</strong><span>{data.safemode.reason}</span></div>}
        <div class="figures">
          <Figure name="Last transaction" value={count(data.journal.lastTxid)} note={data.journal.durableTxid < data.journal.lastTxid ? `${count(data.journal.lastTxid - data.journal.durableTxid)} not on disk yet` : 'all on disk'} />
          <Figure name="Checkpoint at" value={count(data.journal.checkpointTxid)} note={`${plural(Math.max(0, data.journal.lastTxid - data.journal.checkpointTxid), 'transaction')} to replay at a start`} />
          <Figure name="Edit log" value={bytes(data.journal.segments.reduce((sum, s) => sum + s.bytes, 0))} note={plural(data.journal.segments.length, 'segment')} />
          {data.memory && <Figure name="Memory" value={bytes(data.memory.residentBytes)} note={data.threads !== undefined ? plural(data.threads, 'thread') : undefined} />}
        </div>
        <div class="grid two">
          <Panel title="Identity"><div class="pad"><Pairs pairs={[
            ['RPC address', <span class="mono">{data.rpcAddress}</span>], ['Cluster', <span class="mono">{data.clusterId}</span>], ['Block pool', <span class="mono">{data.blockPoolId}</span>], ['Namespace', <span class="mono">{data.namespaceId}</span>],
            ['Version', data.version], ['Started', `${timeWithSeconds(data.startedAt)} (up ${duration(now - data.startedAt)})`],
          ]} /></div></Panel>
          <div class="stack">
            <Panel title="Storage"><Table<Storage> label="Storage" rows={data.storage} rowKey={s => s.path} columns={[
              { title: 'Folder', class: 'name', cell: s => <span class="mono" title={s.path}>{s.path}</span> }, { title: 'State', cell: s => <Badge state={s.state} /> }, { title: 'Free', class: 'num', cell: s => bytes(s.freeBytes) },
            ]} /></Panel>
            <Panel title="Edit log segments"><Table<Segment> label="Edit log segments" rows={[...data.journal.segments].reverse().slice(0, 50)} rowKey={s => String(s.firstTxid)} columns={[
              { title: 'First transaction', cell: s => <span class="mono">{count(s.firstTxid)}</span> }, { title: 'Size', class: 'num', cell: s => bytes(s.bytes) },
            ]} /></Panel>
          </div>
        </div>
      </>
    )}</Answer>
  );
}
