// A quantization: how far it is, and each tensor with its type, size and error.
import type { QuantTensor, YarnLive } from '../core/api_types';
import { bytes, count, duration, figure, percent, plural, ratio } from '../core/format';
import { useQuery } from '../core/hooks';
import { query, setQuery } from '../core/router';
import { Answer, Badge, Empty, Figure, Happened, Meter, offsetOf, Pager, Pairs, Panel, Search } from '../ui/parts';
import { sortRows, Table } from '../ui/table';

const LIMIT = 200;

export function Quant({ base, running }: { base: string; running: boolean }) {
  const live = useQuery<YarnLive>(base + '/live', { daemon: 'resourcemanager', everyMs: running ? 2000 : undefined });
  const filter = (query.value.get('q') ?? '').toLowerCase();
  return (
    <Answer query={live} rows={8}>{({ quant, message, source }) => {
      if (!quant) return <Panel><Empty title="Nothing is known about the quantization">{message}</Empty></Panel>;
      const matching = sortRows(quant.tensors.filter(t => !filter || t.name.toLowerCase().includes(filter) || t.type.toLowerCase() === filter), {
        name: t => t.name, type: t => t.type, bytes: t => t.bytes, source: t => t.sourceBytes, error: t => t.error ?? -1, done: t => t.done,
      });
      const shown = matching.slice(offsetOf(), offsetOf() + LIMIT);
      const written = quant.tensors.reduce((sum, t) => sum + t.bytes, 0), before = quant.tensors.reduce((sum, t) => sum + t.sourceBytes, 0);
      const worst = quant.tensors.reduce<QuantTensor | null>((a, t) => (t.error !== null && (a === null || t.error > (a.error ?? 0)) ? t : a), null);
      return (
        <>
          {source === 'kept' && <div class="banner info"><span>It is over: this is what was kept of it.</span></div>}
          {quant.diagnostics && <div class={'banner ' + (quant.state === 'FAILED' ? 'bad' : 'info')}><span>{quant.diagnostics}</span></div>}
          <div class="figures">
            <Figure name={`To ${quant.type}`} value={<Badge state={quant.state} />} note={`${bytes(quant.bytesDone)} of ${bytes(quant.bytesTotal)}`} />
            <Figure name="Pieces" value={`${count(quant.piecesDone)} of ${count(quant.piecesTotal)}`}><Meter parts={[ratio(quant.piecesDone, quant.piecesTotal)]} label={percent(ratio(quant.piecesDone, quant.piecesTotal))} /></Figure>
            <Figure name="Speed" value={quant.bytesPerSecond === null ? '–' : `${bytes(quant.bytesPerSecond)}/s`} note={quant.secondsLeft ? `${duration(quant.secondsLeft * 1000)} left` : quant.bytesPerSecond === null ? 'nothing is made yet' : undefined} />
            <Figure name="Workers at work" value={percent(quant.atWork)} note={`at most ${bytes(quant.workerPeakBytes)} large${quant.madeAgain ? `, ${plural(quant.madeAgain, 'piece')} made again` : ''}`} />
            <Figure name="First piece" value={quant.firstMadeAt === null ? '–' : duration(quant.firstMadeAt - quant.startedAt)} note={quant.firstBegunAt === null ? 'not begun yet' : `begun ${duration(quant.firstBegunAt - quant.startedAt)} after the master`} />
            <Figure name="Size" value={bytes(written)} note={before ? `from ${bytes(before)}: ${percent(written / before)}` : undefined} />
            <Figure name="Largest error" value={worst ? figure(worst.error) : '–'} note={worst ? worst.name : 'not measured yet'} />
          </div>
          <div class="bar"><Search label="Tensor or type" /></div>
          <Panel title={plural(matching.length, 'tensor')}>
            <Table<QuantTensor> label="Tensors" rows={shown} rowKey={t => t.name} empty={<Empty title="No tensor matches" />} columns={[
              { title: 'Tensor', sort: 'name', class: 'name', cell: t => <><span class="mono" title={t.name}>{t.name}</span><span class="muted">{t.shape.join(' × ')}</span></> }, { title: 'Type', sort: 'type', cell: t => t.type }, { title: 'Size', sort: 'bytes', class: 'num', cell: t => bytes(t.bytes) }, { title: 'Was', sort: 'source', class: 'num hide-narrow', cell: t => bytes(t.sourceBytes) },
              { title: 'Error (NMSE)', sort: 'error', class: 'num', cell: t => figure(t.error) }, { title: 'Done', sort: 'done', cell: t => (t.state === 'done' ? <Badge state="done" /> : <Meter parts={[t.done]} label={percent(t.done)} />) },
            ]} />
            <Pager total={matching.length} limit={LIMIT} shown={shown.length} />
          </Panel>
          <Panel title={plural(quant.workers.length, 'worker')}>
            <Table label="Workers" rows={quant.workers} rowKey={w => w.container} empty={<Empty title="No worker now" />} columns={[
              { title: 'Node', cell: w => w.node }, { title: 'State', cell: w => <Badge state={w.state} /> }, { title: 'Pieces', class: 'num', cell: w => count(w.pieces) }, { title: 'At work', class: 'num', cell: w => percent(w.atWork) },
              { title: 'Logs', cell: w => <button class="button small" type="button" onClick={() => setQuery({ tab: 'logs', container: w.container, file: null }, true)}>Logs</button> },
            ]} />
          </Panel>
          <div class="grid two">
            <Panel title="Files"><div class="pad"><Pairs pairs={[['Input', <span class="mono">{quant.input}</span>], ['Output', <span class="mono">{quant.output}</span>]]} /></div></Panel>
            <Happened events={quant.events.events} />
          </div>
        </>
      );
    }}</Answer>
  );
}
