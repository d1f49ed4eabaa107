// Configuration of both daemons: key, value, where it comes from, default; unknown keys marked.
import { params } from '../core/api';
import type { ConfigurationPage } from '../core/api_types';
import { plural } from '../core/format';
import { useQuery } from '../core/hooks';
import { query, setQuery } from '../core/router';
import { Answer, Badge, Empty, offsetOf, Pager, Panel, Search, Tabs } from '../ui/parts';
import { Table } from '../ui/table';

type Entry = ConfigurationPage['entries'][number];
const LIMIT = 200;
const same = (e: Entry) => e.value === e.default;

export function Configuration() {
  const q = query.value;
  const daemon = q.get('daemon') === 'resourcemanager' ? 'resourcemanager' : 'namenode';
  const unknown = q.get('unknown') === 'true';
  const page = useQuery<ConfigurationPage>((daemon === 'namenode' ? '/dfs' : '/yarn') + '/config' + params({ q: q.get('q'), unknown, offset: offsetOf() || null, limit: LIMIT }), { daemon });
  return (
    <>
      <div class="head"><h1>Configuration</h1>{page.data && <span class="muted">{plural(page.data.total, 'key')}</span>}</div>
      <Tabs label="Daemon" current={daemon} onSelect={key => setQuery({ daemon: key === 'namenode' ? null : key, offset: null })} tabs={[['namenode', 'Namenode'], ['resourcemanager', 'Resource manager']]} />
      <div class="bar">
        <Search label="Key or value" />
        <label class="check"><input type="checkbox" checked={unknown} onChange={e => setQuery({ unknown: e.currentTarget.checked, offset: null })} />Only unknown keys</label>
      </div>
      <Panel>
        <Answer query={page} rows={12}>{data => (
          <>
            <Table<Entry> label="Configuration" rows={data.entries} rowKey={e => e.key} empty={<Empty title={unknown ? 'No unknown keys' : 'No key matches'}>{unknown && 'Every key in the files means something to tusk or Hadoop.'}</Empty>} columns={[
              { title: 'Key', class: 'wrap key', cell: e => <><span class="mono" title={e.meaning ?? undefined}>{e.key}</span> {!e.known && <Badge tone="bad">unknown</Badge>} {e.final && <Badge>final</Badge>}</> },
              { title: 'Value', class: 'wrap', cell: e => <span class={'mono' + (same(e) ? ' muted' : '')}>{e.value === null || e.value === '' ? <span class="muted">empty</span> : e.value}</span> },
              { title: 'Source', class: 'hide-narrow nowrap', cell: e => (e.source === 'default' ? <span class="muted">default</span> : <span title={e.source}>{e.source.split('/').pop()}</span>) },
              { title: 'Default', class: 'wrap hide-medium', cell: e => <span class="mono muted">{same(e) ? 'the same' : e.default ?? 'none'}</span> },
            ]} />
            <Pager total={data.total} limit={LIMIT} shown={data.entries.length} />
          </>
        )}</Answer>
      </Panel>
    </>
  );
}
