// Applications: filtered, searched, sorted and paged by the resource manager; one application below /apps/ID.
import { id, params } from '../core/api';
import type { YarnApp, YarnApps } from '../core/api_types';
import { bytes, count, duration, percent, plural, time } from '../core/format';
import { useQuery } from '../core/hooks';
import { BASE, go, path, query, setQuery } from '../core/router';
import { Answer, Badge, Choice, Empty, Meter, offsetOf, Pager, Panel, Search, Segments, stateWord } from '../ui/parts';
import { Table } from '../ui/table';
import { Job } from './job';

const LIMIT = 100;
const STATES = ['NEW', 'SUBMITTED', 'ACCEPTED', 'RUNNING', 'FINISHED', 'FAILED', 'KILLED'];

export function AppState({ app }: { app: YarnApp }) {
  const ended = app.state === 'FINISHED' && app.finalStatus !== 'SUCCEEDED';
  return <Badge state={ended ? 'FAILED' : app.state}>{ended ? `finished: ${stateWord(app.finalStatus)}` : stateWord(app.state)}</Badge>;
}
export const resourceWords = (r: { memory: number; vcores: number; gpus: number }) => `${bytes(r.memory)}, ${plural(r.vcores, 'core')}${r.gpus ? `, ${plural(r.gpus, 'GPU')}` : ''}`;

export function Apps() {
  const which = decodeURIComponent(path.value.slice('/apps/'.length));
  return which ? <Job key={which} which={which} /> : <AppList />;
}

function AppList() {
  const q = query.value;
  const state = q.get('state') ?? '';
  const page = useQuery<YarnApps>('/yarn/apps' + params({ state, user: q.get('user'), type: q.get('type'), queue: q.get('queue'), q: q.get('q'), sort: q.get('sort'), offset: offsetOf() || null, limit: LIMIT }), { daemon: 'resourcemanager', events: ['apps'], gapMs: 2000 });
  const counts = page.data?.counts ?? {};
  const some = (...names: string[]) => names.reduce((sum, s) => sum + (counts[s] ?? 0), 0);
  const quick: Array<[string, string]> = [['', `All${page.data ? ` ${count(page.data.all)}` : ''}`], ['RUNNING', `Running ${count(some('RUNNING'))}`], ['NEW,SUBMITTED,ACCEPTED', `Waiting ${count(some('NEW', 'SUBMITTED', 'ACCEPTED'))}`], ['FAILED,KILLED', `Failed or killed ${count(some('FAILED', 'KILLED'))}`]];
  const filtered = ['state', 'user', 'type', 'queue', 'q'].some(key => q.get(key));
  const options = (values: string[] | undefined, now: string | null): Array<[string, string]> => [...new Set([...(values ?? []), ...(now ? [now] : [])])].sort().map(v => [v, v]);
  return (
    <>
      <div class="head"><h1>Applications</h1>{page.data && <span class="muted">{filtered ? `${count(page.data.total)} of ${count(page.data.all)}` : count(page.data.all)}</span>}<div class="actions"><a class="button main" href={BASE + '/submit'}>Submit…</a></div></div>
      <div class="bar">
        <Segments label="State" value={quick.some(o => o[0] === state) ? state : '-'} options={quick} onChange={value => setQuery({ state: value, offset: null })} />
      </div>
      <div class="bar">
        <Search label="Name, id, tag or diagnostics" />
        <Choice name="state" label="State" all="Any state" options={[...STATES.map(s => [s, stateWord(s)] as [string, string]), ...(state.includes(',') ? [[state, state.split(',').map(stateWord).join(', ')] as [string, string]] : [])]} />
        <Choice name="user" label="User" all="Any user" options={options(page.data?.users, q.get('user'))} />
        <Choice name="type" label="Type" all="Any type" options={options(page.data?.types, q.get('type'))} />
        <Choice name="queue" label="Queue" all="Any queue" options={options(page.data?.queues, q.get('queue'))} />
        {filtered && <button class="button ghost" type="button" onClick={() => setQuery({ state: null, user: null, type: null, queue: null, q: null, offset: null })}>Clear</button>}
      </div>
      <Panel>
        <Answer query={page} rows={12}>{data => (
          <>
            <Table<YarnApp> label="Applications" rows={data.apps} rowKey={a => a.id} defaultSort="-submittedAt" onOpen={a => go('/apps/' + id(a.id))} empty={filtered ? <Empty title="No application matches" /> : <Empty title="Nothing has run yet"><a href={BASE + '/submit'}>Submit a job</a></Empty>} columns={[
              { title: 'Application', sort: 'name', class: 'name app', cell: a => <><a href={`${BASE}/apps/${a.id}`} tabIndex={-1} title={a.name}>{a.name || a.id}</a><span class="muted mono">{a.id.replace('application_', '')}</span></> },
              { title: 'State', sort: 'state', cell: a => <><AppState app={a} />{a.why && <div class="muted why">{a.why}</div>}</> },
              { title: 'Progress', sort: 'progress', class: 'hide-narrow', cell: a => <Meter parts={[a.progress]} label={percent(a.progress)} /> },
              { title: 'User', sort: 'user', class: 'hide-narrow', cell: a => a.user }, { title: 'Type', sort: 'type', class: 'hide-medium', cell: a => a.type }, { title: 'Queue', sort: 'queue', class: 'hide-medium', cell: a => a.queue },
              { title: 'Containers', sort: 'containers', class: 'num hide-narrow', cell: a => count(a.containers) + (a.pendingContainers ? ` +${count(a.pendingContainers)}` : '') }, { title: 'Memory', sort: 'memory', class: 'num hide-medium', cell: a => bytes(a.used.memory) },
              { title: 'Submitted', sort: 'submittedAt', class: 'nowrap hide-narrow', cell: a => time(a.submittedAt) }, { title: 'Took', sort: 'elapsedMs', class: 'num', cell: a => duration(a.elapsedMs) },
            ]} />
            <Pager total={data.total} limit={LIMIT} shown={data.apps.length} />
          </>
        )}</Answer>
      </Panel>
    </>
  );
}
