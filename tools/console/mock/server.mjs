// The console's API for a cluster that does not exist, and the built page: `node server.mjs [PORT]`. POST /mock/{down,up}/{namenode,resourcemanager}
// switches a daemon off and on, POST /mock/role/{viewer,operator,admin} changes the role, POST /mock/login/{on,off} asks for a login (password: tusk).
import { existsSync, readFileSync } from 'node:fs';
import http from 'node:http';
import { gzipSync } from 'node:zlib';
import * as c from './cluster.mjs';

const port = Number(process.argv[2] ?? 8899);
const dist = new URL('../dist/', import.meta.url);
const TYPES = { html: 'text/html; charset=utf-8', js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml' };
const csp = () => `default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob: http://*:${address.port}; connect-src 'self' http://*:${address.port}; frame-ancestors 'none'; base-uri 'none'; form-action 'self'`;
const state = { down: {}, role: 'admin', loginNeeded: false, user: 'ann', safemode: false, checkpoint: 9_000_000, submissions: [], calls: [] };
let address = { port };

class Refusal extends Error { constructor(status, code, message, extra = {}) { super(message); Object.assign(this, { status, code, extra }); } }
const resourceSum = key => c.nodes.reduce((sum, n) => ({ memory: sum.memory + n[key].memory, vcores: sum.vcores + n[key].vcores, gpus: sum.gpus + n[key].gpus, other: {} }), { memory: 0, vcores: 0, gpus: 0, other: {} });
const countBy = (list, key) => list.reduce((counts, item) => ({ ...counts, [item[key]]: (counts[item[key]] ?? 0) + 1 }), {});
const dnCounts = () => { const by = { live: 0, dead: 0, stale: 0, decommissioning: 0, decommissioned: 0, enteringMaintenance: 0, inMaintenance: 0 }; for (const d of c.datanodes) by[d.state]++; return by; };

function dfsOverview() {
  const sum = key => c.datanodes.reduce((total, d) => total + d[key], 0), counts = dnCounts();
  return { health: { state: 'degraded', sentence: '1 of 2,000 datanodes is dead; every block still has a copy.', causes: ['node-0017.cluster.example has not been heard of for an hour', '1,812 blocks have fewer copies than wanted'] }, safemode: { on: state.safemode, reason: state.safemode ? 'Safe mode was entered by hand.' : null }, capacity: { total: sum('capacity'), used: sum('used'), remaining: sum('remaining'), nonDfs: sum('nonDfs') }, datanodes: counts,
    blocks: { total: 412_345_678, missing: 0, corrupt: 0, underReplicated: 1812 + Math.floor(Math.random() * 50), pendingReplication: 240, pendingDeletion: 11 }, files: 218_456_123, openFiles: 8123, alerts: [{ severity: 'critical', code: 'datanodeDead', message: 'node-0017.cluster.example is dead since an hour.' }, { severity: 'warning', code: 'volumeFailed', message: 'node-0077.cluster.example has a failed volume: /data/3.' }], journal: { lastTxid: 9_123_456, durableTxid: 9_123_456, checkpointTxid: state.checkpoint }, startedAt: c.startedAt };
}
function yarnOverview() {
  const counts = countBy(c.nodes, 'state');
  return { health: { state: 'degraded', sentence: '1 node is lost and 1 is unhealthy; 2 applications wait for their first container.', causes: [] }, alerts: [{ severity: 'warning', code: 'nodeUnhealthy', message: 'node-0403.cluster.example: 1/4 local-dirs have errors.' }], resources: { total: resourceSum('total'), used: resourceSum('used'), pending: { memory: 2 ** 36, vcores: 13, gpus: 8, other: {} } }, nodes: { running: counts.RUNNING ?? 0, unhealthy: counts.UNHEALTHY ?? 0, decommissioning: counts.DECOMMISSIONING ?? 0, decommissioned: counts.DECOMMISSIONED ?? 0, lost: counts.LOST ?? 0, rebooted: 0, shutdown: 0 },
    apps: { submitted: 10000, pending: c.apps.filter(a => a.state === 'ACCEPTED').length, running: c.apps.filter(a => a.state === 'RUNNING').length, finished: 9600, failed: 240, killed: 149 }, containers: { running: 29000, pending: 13 }, resourceTypes: [], clusterId: 'CID-mock', version: '1.0.0', startedAt: c.startedAt, now: Date.now() };
}
const session = () => ({ user: state.user, role: state.user ? state.role : null, csrf: state.user ? 'mock-csrf' : null, loginNeeded: state.loginNeeded, expiresAt: null, daemon: 'namenode', daemons: Object.fromEntries(['namenode', 'resourcemanager'].map(n => [n, { address: `127.0.0.1:${address.port}`, up: !state.down[n], since: state.down[n] ?? c.startedAt }])), version: '1.0.0', startedAt: c.startedAt, now: Date.now() });

function page(list, q) { const offset = Number(q.get('offset') ?? 0); return list.slice(offset, offset + Number(q.get('limit') ?? 100)); }
const has = (text, q) => !q || text.toLowerCase().includes(q.toLowerCase());
function sorted(list, q, values) {
  const sort = q.get('sort'), value = values[sort?.replace(/^-/, '')];
  if (!value) return list;
  const sign = sort.startsWith('-') ? -1 : 1;
  return [...list].sort((a, b) => sign * (value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : 0));
}
const need = (list, key, id) => list.find(x => x[key] === id) ?? (() => { throw new Refusal(404, 'notFound', `There is no ${id}.`); })();
const file = path => (path === '/' ? c.rootEntry() : c.files.get(path) ?? (path.startsWith('/million/') ? c.list('/million', '', 1).entries[0] : null)) ?? (() => { throw new Refusal(404, 'notFound', `${path} does not exist.`); })();
const parent = path => path.slice(0, path.lastIndexOf('/')) || '/';
function move(from, to) {
  for (const path of [...c.files.keys()].filter(p => p === from || p.startsWith(from + '/'))) {
    const next = to + path.slice(from.length), moved = c.files.get(path);
    c.files.delete(path);
    c.files.set(next, { ...moved, path: next, name: next.split('/').pop() });
    if (c.contents.has(path)) { c.contents.set(next, c.contents.get(path)); c.contents.delete(path); }
  }
}

// [method, pattern, (path parts, query, body) → answer]
const GET = [
  [/^\/session$/, () => session()],
  [/^\/dfs\/overview$/, () => dfsOverview()],
  [/^\/(dfs|yarn)\/history$/, (_, q) => c.history((q.get('series') ?? '').split(',').filter(Boolean), Number(q.get('seconds') ?? 3600))],
  [/^\/dfs\/datanodes$/, (_, q) => { const list = c.datanodes.filter(d => (!q.get('state') || d.state === q.get('state')) && has(d.host + d.id + d.rack, q.get('q'))); return { total: list.length, counts: dnCounts(), datanodes: page(list, q) }; }],
  [/^\/dfs\/datanodes\/([^/]+)$/, ([id]) => { const d = need(c.datanodes, 'id', id); return { ...d, volumes: c.volumes(d) }; }],
  [/^\/dfs\/namenode$/, () => ({ rpcAddress: 'namenode.cluster.example:9000', clusterId: 'CID-6d6f636b', blockPoolId: 'BP-1-10.1.0.1-1763000000000', namespaceId: 123456789, version: '1.0.0', startedAt: c.startedAt, haState: 'active', safemode: dfsOverview().safemode, journal: { lastTxid: 9_123_456, durableTxid: 9_123_456, checkpointTxid: state.checkpoint, segments: Array.from({ length: 12 }, (_, i) => ({ firstTxid: 9_000_000 + i * 10_000, bytes: 1_234_567 })) }, storage: [{ path: '/data/name', state: 'active', freeBytes: 2 ** 39 }, { path: '/nfs/name', state: 'failed', freeBytes: null }], memory: { residentBytes: 42 * 2 ** 30 }, threads: 24 })],
  [/^\/dfs\/files$/, (_, q) => { const e = file(q.get('path')); if (e.type !== 'directory') throw new Refusal(409, 'conflict', 'Not a folder.'); return c.list(q.get('path'), q.get('startAfter') ?? '', Number(q.get('limit') ?? 100)); }],
  [/^\/dfs\/files\/status$/, (_, q) => { const e = file(q.get('path')), d = c.details.get(e.path) ?? {}; return { ...e, acl: d.acl ?? [], xattrs: [], quota: d.quota ?? null, contentSummary: e.type === 'directory' ? { files: 24, directories: 3, bytes: 7.9e9, spaceConsumed: 23.7e9 } : null, storagePolicy: 'HOT', trashPath: '/user/ann/.Trash/Current' + e.path, underConstruction: false }; }],
  [/^\/dfs\/files\/blocks$/, (_, q) => { const e = file(q.get('path')), n = Math.ceil(e.size / (128 * 2 ** 20)); return { path: e.path, length: e.size, underConstruction: false, total: n, blocks: Array.from({ length: Math.min(n, Number(q.get('limit') ?? 100)) }, (_, i) => ({ id: `blk_${1073741825 + i}`, generationStamp: 1001, offset: i * 128 * 2 ** 20, length: Math.min(128 * 2 ** 20, e.size - i * 128 * 2 ** 20), corrupt: false, replicas: [0, 1, 2].map(r => { const d = c.datanodes[(i * 31 + r * 40) % 2000]; return { datanode: d.id, host: d.host, rack: d.rack, storageType: 'DISK', storageId: `DS-${i}-${r}` }; }) })) }; }],
  [/^\/dfs\/files\/trash$/, (_, q) => ({ root: '/user/ann/.Trash', enabled: true, total: c.trash.length, entries: page(c.trash, q) })],
  [/^\/dfs\/files\/download$/, (_, q) => { file(q.get('path')); return { url: `http://127.0.0.1:${address.port}/webhdfs/v1${encodeURI(q.get('path')).replaceAll('?', '%3F').replaceAll('#', '%23')}?op=OPEN&offset=${q.get('offset') ?? 0}${q.get('length') ? `&length=${q.get('length')}` : ''}`, method: 'GET' }; }],
  [/^\/(dfs|yarn)\/config$/, (_, q) => { const list = c.config.filter(e => has(e.key + e.value, q.get('q')) && (q.get('unknown') !== 'true' || !e.known)); return { total: list.length, entries: page(list, q) }; }],
  [/^\/(dfs|yarn)\/audit$/, (_, q) => { const list = c.audit.filter(e => has(e.user + e.action + e.target + e.address, q.get('q')) && (!q.get('via') || e.via === q.get('via')) && (q.get('changes') !== 'true' || e.action !== 'open')); return { total: list.length, entries: page(list, q) }; }],
  [/^\/yarn\/overview$/, () => yarnOverview()],
  [/^\/yarn\/apps$/, (_, q) => {
    const states = (q.get('state') ?? '').split(',').filter(Boolean), base = c.apps.filter(a => (!q.get('user') || a.user === q.get('user')) && (!q.get('type') || a.type === q.get('type')) && (!q.get('queue') || a.queue.startsWith(q.get('queue'))) && has(a.name + a.id, q.get('q')));
    const list = sorted(states.length ? base.filter(a => states.includes(a.state)) : base, q.get('sort') ? q : new URLSearchParams('sort=-submittedAt'), { id: a => a.id, name: a => a.name, user: a => a.user, type: a => a.type, queue: a => a.queue, state: a => a.state, progress: a => a.progress, submittedAt: a => a.submittedAt, elapsedMs: a => a.elapsedMs, memory: a => a.used.memory, containers: a => a.containers });
    return { total: list.length, all: c.apps.length, offset: Number(q.get('offset') ?? 0), apps: page(list, q), counts: countBy(base, 'state'), types: [...new Set(c.apps.map(a => a.type))], users: [...new Set(c.apps.map(a => a.user))], queues: ['root', 'root.default', 'root.batch', 'root.ml', 'root.ml.training'] };
  }],
  [/^\/yarn\/apps\/([^/]+)$/, ([id]) => c.appDetail(need(c.apps, 'id', id))],
  [/^\/yarn\/apps\/([^/]+)\/live$/, ([id], q) => { const app = need(c.apps, 'id', id), mr = { jobId: id.replace('application', 'job'), name: app.name, user: app.user, state: app.state === 'RUNNING' ? 'RUNNING' : 'SUCCEEDED', startedAt: app.submittedAt, finishedAt: app.finishedAt, diagnostics: '', phases: [{ name: 'map', total: 420, pending: 60, running: 60, done: 300, progress: 0.76 }, { name: 'reduce', total: 24, pending: 0, running: 24, done: 0, progress: 0.31 }], failedAttempts: 5, killedAttempts: 1, launchedMaps: 365, dataLocalMaps: 341, launchedReduces: 24, avoidedNodes: [] };
    return { kind: app.kind, source: app.state === 'RUNNING' ? 'master' : 'history', message: null, mapreduce: app.kind === 'mapreduce' ? mr : null, ml: app.kind === 'ml' ? c.mlLive(app, Number(q.get('after') ?? -1), Number(q.get('from') ?? 0)) : null, quant: app.kind === 'quant' ? c.quantLive(app) : null, now: Date.now() }; }],
  [/^\/yarn\/apps\/([^/]+)\/tasks$/, ([id], q) => { const all = c.tasks(need(c.apps, 'id', id)).filter(t => (!q.get('type') || t.type === q.get('type')) && has(t.id + (t.attempts.at(-1)?.node ?? ''), q.get('q'))), list = sorted(q.get('state') ? all.filter(t => t.state === q.get('state')) : all, q, { index: t => t.index, state: t => t.state, progress: t => t.progress, startedAt: t => t.startedAt, elapsedMs: t => t.elapsedMs, failures: t => t.failures }); return { total: list.length, offset: 0, source: 'master', counts: countBy(all, 'state'), tasks: page(list, q) }; }],
  [/^\/yarn\/apps\/([^/]+)\/counters$/, () => ({ source: 'master', groups: c.counters })],
  [/^\/yarn\/apps\/([^/]+)\/timeline$/, ([id]) => { const app = need(c.apps, 'id', id), spans = c.tasks(app).flatMap(t => t.attempts.map(a => ({ attempt: a.id, type: t.type, task: t.index, number: a.number, state: a.state, node: a.node, start: a.startedAt, end: a.finishedAt, shuffledAt: a.shuffledAt, sortedAt: a.sortedAt }))); return { source: 'master', start: app.submittedAt, end: app.finishedAt, now: Date.now(), total: spans.length, spans }; }],
  [/^\/yarn\/containers\/([^/]+)\/logs$/, ([id]) => ({ container: id, application: 'application_1763000000000_10000', node: 'node-0003.cluster.example:45454', source: 'node', complete: false, message: null, files: [{ name: 'stdout', size: 12, modifiedAt: Date.now() }, { name: 'stderr', size: 480, modifiedAt: Date.now() }, { name: 'syslog', size: 48123, modifiedAt: Date.now() }] })],
  [/^\/yarn\/queues$/, () => ({ scheduler: 'CapacityScheduler', queues: c.queues() })],
  [/^\/yarn\/nodes$/, (_, q) => { const list = sorted(c.nodes.filter(n => has(n.id + n.rack + n.healthReport, q.get('q')) && (!q.get('state') || n.state === q.get('state'))), q, { id: n => n.id, rack: n => n.rack, state: n => n.state, memory: n => n.used.memory / n.total.memory, vcores: n => n.used.vcores / n.total.vcores, gpus: n => n.used.gpus, containers: n => n.containers, heardMsAgo: n => n.heardMsAgo }); return { total: list.length, offset: 0, counts: countBy(c.nodes, 'state'), nodes: page(list, q) }; }],
  [/^\/yarn\/nodes\/([^/]+)$/, ([id]) => { const n = need(c.nodes, 'id', id); return { ...n, containerList: Array.from({ length: Math.min(n.containers, 8) }, (_, i) => ({ id: `container_1763000000000_9990_01_${String(i + 2).padStart(6, '0')}`, application: c.appId(9990 + i % 3), user: 'ann', appName: 'daily sessions', resource: { memory: 2 ** 31, vcores: 1, gpus: 0, other: {} }, master: i === 0, state: 'RUNNING', startedAt: Date.now() - 60000 })), reservedFor: null }; }],
  [/^\/yarn\/submit\/forms$/, () => c.forms],
  [/^\/yarn\/submissions$/, () => ({ total: state.submissions.length, submissions: state.submissions })],
  [/^\/yarn\/submissions\/([^/]+)$/, ([id], q) => { const s = need(state.submissions, 'id', id), text = 'Submitted application application_1763000000000_10000\nmap 10 %\n', from = Number(q.get('from') ?? 0); return { ...s, output: { start: from, end: text.length, dropped: 0, text: text.slice(from) } }; }],
];
const done = { done: true };
const argvOf = body => ['hadoop', body.kind === 'program' ? 'examples' : body.kind, ...Object.values(body.fields).map(v => (typeof v === 'object' ? JSON.stringify(v) : String(v)))];
const POST = [
  [/^\/login$/, (_, __, b) => { if (b.password !== 'tusk') throw new Refusal(401, 'notLoggedIn', 'User or password is wrong.'); state.user = b.user; return session(); }],
  [/^\/logout$/, () => { state.user = state.loginNeeded ? null : state.user; return done; }],
  [/^\/dfs\/datanodes\/([^/]+)\/(decommission|recommission|maintenance)$/, ([id, action], _, b) => { const d = need(c.datanodes, 'id', id); d.state = { decommission: 'decommissioning', recommission: 'live', maintenance: 'enteringMaintenance' }[action]; d.blocksLeft = action === 'recommission' ? null : d.blocks; d.maintenanceUntil = b.untilMs ?? null; return d; }],
  [/^\/dfs\/namenode\/safemode$/, (_, __, b) => { state.safemode = b.action === 'enter'; return { on: state.safemode }; }],
  [/^\/dfs\/namenode\/checkpoint$/, (_, __, b) => { if (!state.safemode && !b.force) throw new Refusal(409, 'conflict', 'Safe mode should be turned ON before.'); state.checkpoint = 9_123_456; return { txid: state.checkpoint }; }],
  [/^\/dfs\/namenode\/rollEdits$/, () => ({ firstTxid: 9_123_457 })],
  [/^\/dfs\/files\/mkdir$/, (_, __, b) => { c.addFolder(b.path); return done; }],
  [/^\/dfs\/files\/rename$/, (_, __, b) => { file(b.from); if (c.files.has(b.to)) throw new Refusal(409, 'conflict', `${b.to} exists already.`); move(b.from, b.to); return done; }],
  [/^\/dfs\/files\/trash$/, (_, __, b) => { const e = file(b.path), trashPath = '/user/ann/.Trash/Current' + b.path; c.trash.push({ trashPath, originalPath: b.path, type: e.type, size: e.size, deletedAt: null, checkpoint: 'Current' }); move(b.path, trashPath); return { trashPath }; }],
  [/^\/dfs\/files\/restore$/, (_, __, b) => { const at = c.trash.findIndex(t => t.trashPath === b.trashPath), to = b.to ?? c.trash[at].originalPath; move(b.trashPath, to); c.trash.splice(at, 1); return { path: to }; }],
  [/^\/dfs\/files\/delete$/, (_, __, b) => { file(b.path); for (const p of [...c.files.keys()]) if (p === b.path || p.startsWith(b.path + '/')) c.files.delete(p); return done; }],
  [/^\/dfs\/files\/(permission|owner|replication)$/, (_, __, { path, ...change }) => { Object.assign(file(path), change); return done; }],
  [/^\/dfs\/files\/acl$/, (_, __, b) => { file(b.path).hasAcl = b.action !== 'removeAll'; c.details.set(b.path, { ...c.details.get(b.path), acl: b.action === 'removeAll' ? [] : b.spec.split(',') }); return done; }],
  [/^\/dfs\/files\/quota$/, (_, __, b) => { c.details.set(b.path, { ...c.details.get(b.path), quota: { names: b.names ?? null, namesUsed: 12, space: b.space ?? null, spaceUsed: 23e9 } }); return done; }],
  [/^\/dfs\/files\/upload$/, (_, __, b) => { if (c.files.has(b.path) && !b.overwrite) throw new Refusal(409, 'conflict', `${b.path} exists already.`); return { url: `http://127.0.0.1:${address.port}/webhdfs/v1${b.path.split('/').map(encodeURIComponent).join('/')}?op=CREATE`, method: 'PUT' }; }],
  [/^\/yarn\/apps\/([^/]+)\/kill$/, ([id]) => { const a = need(c.apps, 'id', id); a.state = 'KILLED'; a.finalStatus = 'KILLED'; a.containers = 0; a.finishedAt = Date.now(); return { id, state: 'KILLED' }; }],
  [/^\/yarn\/apps\/([^/]+)\/tasks\/([^/]+)\/kill$/, ([, attempt]) => ({ attempt, state: 'KILLED' })],
  [/^\/yarn\/nodes\/([^/]+)\/(decommission|recommission)$/, ([id, action]) => { const n = need(c.nodes, 'id', id); n.state = action === 'decommission' ? 'DECOMMISSIONING' : 'RUNNING'; n.leavesInMs = action === 'decommission' ? 3600e3 : null; return { id, state: n.state, message: action === 'decommission' ? 'It leaves when its containers are over.' : 'It is back.' }; }],
  [/^\/yarn\/submit\/preview$/, (_, __, b) => ({ argv: argvOf(b), command: argvOf(b).join(' ') })],
  [/^\/yarn\/submit$/, (_, __, b) => { const s = { id: String(state.submissions.length + 1), kind: b.kind, user: 'ann', argv: argvOf(b), command: argvOf(b).join(' '), state: 'succeeded', exitCode: 0, startedAt: Date.now(), finishedAt: Date.now(), applicationId: c.appId(10000), output: { start: 0, end: 0, dropped: 0, text: '' } }; state.submissions.unshift(s); return s; }],
  [/^\/yarn\/submissions\/([^/]+)\/stop$/, ([id]) => need(state.submissions, 'id', id)],
];

function send(response, status, type, body, headers = {}) { response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body), 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer', ...headers }); response.end(body); }
const json = (response, status, value) => send(response, status, 'application/json', JSON.stringify(value), { 'Cache-Control': 'no-store' });

function events(request, response, daemon) {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  let id = 0;
  const push = (event, data) => response.write(`id: ${++id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  response.write(': hello\n\n');
  const timer = setInterval(() => {
    if (state.down[daemon]) { response.end(); return; }
    if (daemon === 'namenode') { push('overview', dfsOverview()); push('datanodes', { counts: dnCounts(), changed: c.datanodes.slice(0, 50) }); push('audit', c.audit.slice(0, 3)); }
    else {
      const changed = Array.from({ length: 200 }, () => c.nodes[Math.floor(Math.random() * 2000)]).filter(n => n.state === 'RUNNING');
      for (const n of changed) { const busy = Math.random(); n.used = { memory: Math.round(busy * 128) * 2 ** 30, vcores: Math.round(busy * 32), gpus: Math.round(busy * n.total.gpus), other: {} }; n.containers = Math.round(busy * 30); }
      push('overview', yarnOverview());
      push('nodes', { changed, removed: [], total: 2000 });
      for (const a of c.apps.slice(-10)) if (a.state === 'RUNNING') { a.progress = Math.min(0.99, a.progress + 0.001); a.elapsedMs = Date.now() - a.submittedAt; }
      push('apps', { changed: c.apps.slice(-10), removed: [], total: 10000 });
    }
  }, Number(process.env.MOCK_EVENT_MS ?? 1000));
  request.on('close', () => clearInterval(timer));
}

function log(request, response, file, q) {
  response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8' });
  response.write(Array.from({ length: 400 }, (_, i) => `2026-11-22 01:${String(i % 60).padStart(2, '0')}:00,000 INFO ${file}: task ${i} began on node-${i}\n`).join(''));
  if (q.get('follow') !== 'true') { response.end(); return; }
  let n = 400;
  const timer = setInterval(() => response.write(`2026-11-22 02:00:00,000 INFO ${file}: task ${n++} began\n`), 500);
  request.on('close', () => clearInterval(timer));
}

function webhdfs(request, response, url) {
  const cors = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Methods': 'GET, PUT, OPTIONS', 'Access-Control-Allow-Headers': 'content-type' };
  const path = decodeURIComponent(url.pathname.slice('/webhdfs/v1'.length));
  if (request.method === 'OPTIONS') return send(response, 200, 'text/plain', '', cors);
  if (request.method === 'PUT') {
    const parts = [];
    request.on('data', d => parts.push(d));
    request.on('end', () => { c.addFile(path, Buffer.concat(parts)); send(response, 201, 'text/plain', '', cors); });
    return undefined;
  }
  const data = c.contents.get(path) ?? Buffer.from('a file among a million\n'), offset = Number(url.searchParams.get('offset') ?? 0);
  return send(response, 200, 'application/octet-stream', data.subarray(offset, offset + Number(url.searchParams.get('length') ?? data.length)), cors);
}

async function api(request, response, path, q) {
  state.calls.push(`${request.method} ${path}`);
  if (state.calls.length > 1000) state.calls.splice(0, 500);
  const daemon = path.startsWith('/dfs/') ? 'namenode' : path.startsWith('/yarn/') ? 'resourcemanager' : null;
  if (daemon && state.down[daemon]) throw new Refusal(503, 'daemonDown', `The ${daemon} does not answer.`, { daemon, since: state.down[daemon] });
  if (state.loginNeeded && !state.user && !/^\/(session|login)$/.test(path)) throw new Refusal(401, 'notLoggedIn', 'Log in first.');
  if (path === '/dfs/events') return events(request, response, 'namenode');
  if (path === '/yarn/events') return events(request, response, 'resourcemanager');
  const logFile = /^\/yarn\/containers\/[^/]+\/logs\/([^/]+)$/.exec(path);
  if (logFile) return log(request, response, decodeURIComponent(logFile[1]), q);
  let body = {};
  if (request.method === 'POST') {
    const parts = [];
    for await (const part of request) parts.push(part);
    body = JSON.parse(Buffer.concat(parts).toString() || '{}');
    if (path !== '/login' && request.headers['x-tusk-csrf'] !== 'mock-csrf') throw new Refusal(403, 'csrf', 'The token is missing or old.');
    if (path !== '/login' && path !== '/logout' && state.role === 'viewer') throw new Refusal(403, 'forbidden', 'A viewer may only look.');
  }
  for (const [pattern, answer] of request.method === 'POST' ? POST : GET) {
    const match = pattern.exec(path);
    if (match) return json(response, 200, answer(match.slice(1).map(p => decodeURIComponent(p ?? '')), q, body));
  }
  throw new Refusal(404, 'notFound', `There is no ${path}.`);
}

const assets = new Map();
function asset(response, name, request) {
  const path = new URL(name, dist), index = name === '' || !existsSync(path);
  const key = index ? 'index.html' : name;
  if (!assets.has(key)) { const raw = readFileSync(new URL(key, dist)); assets.set(key, { raw, gz: gzipSync(raw, { level: 9 }) }); }
  const { raw, gz } = assets.get(key), zipped = /gzip/.test(request.headers['accept-encoding'] ?? '');
  send(response, 200, TYPES[key.split('.').pop()] ?? 'application/octet-stream', zipped ? gz : raw, { 'Content-Security-Policy': csp(), 'Cache-Control': index ? 'no-cache' : 'public, max-age=31536000, immutable', ...(zipped ? { 'Content-Encoding': 'gzip' } : {}) });
}

function control(response, [, action, value]) {
  if (action === 'down') state.down[value] = Date.now(); else if (action === 'up') delete state.down[value];
  else if (action === 'role') state.role = value;
  else if (action === 'login') { state.loginNeeded = value === 'on'; state.user = value === 'on' ? null : 'ann'; }
  json(response, 200, { ...state, submissions: undefined });
}

const server = http.createServer((request, response) => {
  const url = new URL(request.url, 'http://mock');
  const mock = /^\/mock\/(\w+)\/?(\w*)$/.exec(url.pathname);
  if (mock) return control(response, mock);
  if (url.pathname.startsWith('/webhdfs/v1')) return webhdfs(request, response, url);
  if (url.pathname.startsWith('/api/v1/')) {
    return api(request, response, url.pathname.slice('/api/v1'.length), url.searchParams).catch(error => {
      if (response.headersSent) { response.end(); return; }
      if (!(error instanceof Refusal)) console.error(error);
      json(response, error.status ?? 500, { error: { code: error.code ?? 'internal', message: error.message, ...(error.extra ?? {}) } });
    });
  }
  if (url.pathname.startsWith('/console')) return asset(response, url.pathname.slice('/console/'.length), request);
  response.writeHead(302, { Location: '/console/' });
  return response.end();
});
server.listen(port, '127.0.0.1', () => { address = server.address(); console.log(`http://127.0.0.1:${address.port}/console/`); });
