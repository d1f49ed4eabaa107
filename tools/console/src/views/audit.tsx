// Audit: who did what, when, and whether it was allowed.
import { params } from '../core/api';
import type { AuditEntry, AuditPage } from '../core/api_types';
import { plural, timeWithSeconds } from '../core/format';
import { useQuery, type Fresh } from '../core/hooks';
import { query, setQuery } from '../core/router';
import { Answer, Badge, Empty, offsetOf, Pager, Panel, Search, Tabs } from '../ui/parts';
import { Table } from '../ui/table';

const LIMIT = 100;

const subject = (e: AuditEntry) => `${e.target ?? ''}${e.destination ? ` → ${e.destination}` : ''}`;

export function AuditView() {
  const q = query.value;
  const daemon = q.get('daemon') === 'resourcemanager' ? 'resourcemanager' : 'namenode';
  const offset = offsetOf();
  const live: Fresh = daemon === 'namenode' ? { daemon, events: ['audit'] } : { daemon, everyMs: 5000 };
  const page = useQuery<AuditPage>((daemon === 'namenode' ? '/dfs' : '/yarn') + '/audit' + params({ q: q.get('q'), via: q.get('via'), changes: q.get('changes'), offset: offset || null, limit: LIMIT }), offset ? { daemon } : live);
  return (
    <>
      <div class="head"><h1>Audit</h1>{page.data && <span class="muted">{plural(page.data.total, 'entry', 'entries')}</span>}</div>
      <Tabs label="Daemon" current={daemon} onSelect={key => setQuery({ daemon: key === 'namenode' ? null : key, offset: null, via: null })} tabs={[['namenode', 'Filesystem'], ['resourcemanager', 'Work']]} />
      <div class="bar"><Search label="User, action, path or address" />
        <select class="input" aria-label="How it came" value={q.get('via') ?? ''} onChange={e => setQuery({ via: e.currentTarget.value || null, offset: null })}>
          <option value="">Every way</option><option value="console">In the console</option><option value="rpc">By RPC</option>{daemon === 'namenode' && <option value="webhdfs">By WebHDFS</option>}
        </select>
        <label class="check"><input type="checkbox" checked={q.get('changes') === 'true'} onChange={e => setQuery({ changes: e.currentTarget.checked ? 'true' : null, offset: null })} />Without what only looked</label></div>
      <Panel>
        <Answer query={page} rows={12}>{data => (
          <>
            <Table<AuditEntry> label="Audit entries" rows={data.entries} rowKey={e => String(e.id)} empty={<Empty title={q.get('q') || q.get('via') ? 'No entry matches' : 'Nothing has been recorded yet'} />} columns={[
              { title: 'When', class: 'mono when', cell: e => <>{timeWithSeconds(e.at)}<div class="narrow-only">{e.user}</div></> }, { title: 'User', class: 'hide-narrow', cell: e => e.user },
              { title: 'Action', class: 'wrap', cell: e => <span class="mono">{e.action}<div class="narrow-only muted">{subject(e)}</div></span> },
              { title: 'Target', class: 'wrap hide-narrow', cell: e => <span class="mono">{subject(e)}</span> },
              { title: 'Allowed', cell: e => <Badge state={e.allowed ? 'allowed' : 'denied'} /> },
              { title: 'From', class: 'hide-narrow nowrap', cell: e => e.address }, { title: 'Via', class: 'hide-narrow', cell: e => e.via ?? '' },
            ]} />
            <Pager total={data.total} limit={LIMIT} shown={data.entries.length} />
          </>
        )}</Answer>
      </Panel>
    </>
  );
}
