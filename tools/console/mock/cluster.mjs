// A cluster that does not exist: 2,000 nodes, 10,000 applications, a folder of a million files, a training, a quantization. The same each time.
const GiB = 2 ** 30, MiB = 2 ** 20;
let seed = 7;
export function random() { seed = (seed * 1103515245 + 12345) % 2147483648; return seed / 2147483648; }
const pick = list => list[Math.floor(random() * list.length)];
const now = () => Date.now();
export const startedAt = now() - 5 * 3600e3;
const pad = (n, width) => String(n).padStart(width, '0');

const resource = (memory, vcores, gpus = 0) => ({ memory, vcores, gpus, other: {} });

export const nodes = Array.from({ length: 2000 }, (_, i) => {
  const gpus = i % 10 === 0 ? 8 : 0;
  const state = i === 17 ? 'LOST' : i === 403 ? 'UNHEALTHY' : i === 900 ? 'DECOMMISSIONING' : 'RUNNING';
  const busy = state === 'RUNNING' ? random() : 0;
  return {
    id: `node-${pad(i, 4)}.cluster.example:45454`, host: `node-${pad(i, 4)}.cluster.example`, rack: `/rack-${pad(Math.floor(i / 40), 2)}`, state, httpAddress: `node-${pad(i, 4)}.cluster.example:8042`, version: '3.4.1',
    total: resource(128 * GiB, 32, gpus), used: resource(Math.round(busy * 128) * GiB, Math.round(busy * 32), Math.round(busy * gpus)), containers: Math.round(busy * 30),
    measured: { memory: Math.round(busy * 100) * GiB, virtualMemory: Math.round(busy * 160) * GiB, cpuShare: busy * 0.8, nodeMemory: Math.round(busy * 110 + 8) * GiB, nodeCpuShare: Math.min(1, busy * 0.9 + 0.03) },
    heardMsAgo: Math.round(random() * 1000), healthReport: state === 'UNHEALTHY' ? '1/4 local-dirs have errors: [ /data/3 : read only ]' : '', leavesInMs: state === 'DECOMMISSIONING' ? 1500e3 : null,
  };
});

export const datanodes = Array.from({ length: 2000 }, (_, i) => {
  const state = i === 17 ? 'dead' : i === 900 ? 'decommissioning' : i === 77 ? 'stale' : i === 1200 ? 'inMaintenance' : 'live';
  const capacity = 48 * 1024 * GiB, used = Math.round(capacity * (0.35 + random() * (i % 97 === 0 ? 0.6 : 0.3)));
  return {
    id: `10.1.${Math.floor(i / 250)}.${i % 250 + 1}:9866`, uuid: `d0000000-0000-4000-8000-${pad(i, 12)}`, host: `node-${pad(i, 4)}.cluster.example`, ip: `10.1.${Math.floor(i / 250)}.${i % 250 + 1}`, httpAddress: `node-${pad(i, 4)}.cluster.example:9864`, rack: `/rack-${pad(Math.floor(i / 40), 2)}`,
    state, alive: state !== 'dead', lastHeartbeatAt: now() - (state === 'dead' ? 3600e3 : 1500), lastBlockReportAt: now() - Math.round(random() * 6 * 3600e3), capacity, used, remaining: capacity - used - 200 * GiB, nonDfs: 200 * GiB, blocks: Math.round(used / (110 * MiB)), failedVolumes: i === 77 ? 1 : 0,
    transfers: Math.round(random() * 40), version: '3.4.1', blocksLeft: state === 'decommissioning' ? 18231 : null, maintenanceUntil: state === 'inMaintenance' ? now() + 5400e3 : null,
  };
});
export function volumes(node) {
  return Array.from({ length: 12 }, (_, i) => ({ id: `DS-${node.uuid.slice(-12)}-${pad(i, 2)}`, type: i < 2 ? 'SSD' : 'DISK', state: i === 3 && node.failedVolumes ? 'failed' : 'normal', capacity: node.capacity / 12, used: Math.round(node.used / 12), remaining: Math.round(node.remaining / 12), nonDfs: node.nonDfs / 12, blocks: Math.round(node.blocks / 12) }));
}

const USERS = ['ann', 'bob', 'carla', 'dmitri', 'etl', 'fatima', 'greg'], QUEUES = ['root.default', 'root.batch', 'root.ml', 'root.ml.training'];
const KINDS = [['MAPREDUCE', 'mapreduce', ['word count of the logs', 'terasort 1 TB', 'daily sessions', 'join of clicks and orders', 'grep ERROR']], ['TUSK-ML', 'ml', ['linear regression on taxi trips', 'perceptron, fashion', 'evolution of a controller']], ['TUSK-QUANT', 'quant', ['llama-8b to Q4_K', 'mistral to Q6_K']], ['SPARK', 'other', ['features', 'notebook of carla']]];
export function appId(i) { return `application_1763000000000_${pad(i, 4)}`; }
const WHY = 'The queue root.ml has all of its 64 GPUs in use; 8 more are asked for. It is next when some are given back.';
export const apps = Array.from({ length: 10000 }, (_, k) => {
  const i = k + 1, age = (10000 - k) * 90e3 * (0.6 + 0.4 * random());
  const [type, kind, names] = i === 10000 ? KINDS[0] : i === 9999 ? KINDS[1] : i === 9998 ? KINDS[2] : KINDS[Math.min(3, Math.floor(random() ** 1.5 * 4))];
  const state = i >= 9990 ? (i === 9994 || i === 9995 ? 'ACCEPTED' : 'RUNNING') : i % 41 === 0 ? 'FAILED' : i % 67 === 0 ? 'KILLED' : 'FINISHED';
  const over = !['RUNNING', 'ACCEPTED'].includes(state), took = Math.round(20e3 + random() * 3600e3), submittedAt = Math.round(now() - (over ? age + took : 600e3 * (10001 - i)));
  return {
    id: appId(i), name: i === 9991 ? '<img src=x onerror=alert(1)>' : names[i % names.length], user: USERS[i % USERS.length], type, kind, queue: kind === 'ml' || kind === 'quant' ? pick(QUEUES.slice(2)) : pick(QUEUES.slice(0, 2)), state,
    finalStatus: state === 'FINISHED' ? (i % 29 === 0 ? 'FAILED' : 'SUCCEEDED') : state === 'FAILED' ? 'FAILED' : state === 'KILLED' ? 'KILLED' : 'UNDEFINED', priority: 0, progress: over ? 1 : state === 'ACCEPTED' ? 0 : 0.1 + 0.8 * random(),
    submittedAt, launchedAt: state === 'ACCEPTED' ? null : submittedAt + 2000, finishedAt: over ? submittedAt + took : null, elapsedMs: over ? took : now() - submittedAt, containers: over || state === 'ACCEPTED' ? 0 : 40,
    used: over || state === 'ACCEPTED' ? resource(0, 0) : resource(80 * GiB, 40, kind === 'ml' ? 8 : 0), pendingContainers: state === 'ACCEPTED' ? 1 : i === 10000 ? 12 : 0, pending: state === 'ACCEPTED' ? resource(8 * GiB, 1, 8) : resource(i === 10000 ? 24 * GiB : 0, i === 10000 ? 12 : 0),
    why: state === 'ACCEPTED' ? WHY : i === 10000 ? 'All nodes with the wanted data are full: it waits for a place near its data, at most 40 heartbeats.' : null, diagnostics: state === 'FAILED' ? 'Task task_1763000000000_0041_m_000017 failed 4 times: exit status 1' : state === 'KILLED' ? 'Killed by ann: wrong input' : '', tags: [], attempt: 1, masterNode: over ? null : 'node-0003.cluster.example:45454', trackingUrl: null,
  };
});
export function appDetail(app) {
  const running = app.state === 'RUNNING', tail = app.id.replace('application_', '');
  return {
    ...app,
    attempts: [{ id: `appattempt_${tail}_000001`, number: 1, state: running ? 'RUNNING' : app.state === 'ACCEPTED' ? 'SCHEDULED' : app.state, startedAt: app.submittedAt + 1500, finishedAt: app.finishedAt, masterContainer: `container_${tail}_01_000001`, node: 'node-0003.cluster.example:45454', progress: app.progress, finalStatus: app.finalStatus, exitStatus: running ? null : 0, countsAsFailure: false, diagnostics: '', trackingUrl: null }],
    containerList: running ? Array.from({ length: 40 }, (_, i) => ({ id: `container_${tail}_01_${pad(i + 1, 6)}`, attempt: 1, node: nodes[i * 7].id, nodeHttpAddress: nodes[i * 7].httpAddress, resource: resource(2 * GiB, 1, app.kind === 'ml' ? 1 : 0), priority: i ? 20 : 0, master: i === 0, state: 'RUNNING', startedAt: app.submittedAt + 3000 + i * 100, finishedAt: null, exitStatus: null })) : [],
    containersTotal: running ? 40 : 0,
    whyPending: app.why ? [{ count: app.pendingContainers, resource: app.pendingContainers > 1 ? resource(2 * GiB, 1) : app.pending, priority: 20, master: app.state === 'ACCEPTED', requestId: null, places: app.pendingContainers > 1 ? ['node-0001.cluster.example', '/rack-02'] : [], waitingMs: 184000, cause: app.state === 'ACCEPTED' ? 'queueLimit' : 'locality', resourceType: null, sentence: app.why }] : [],
    memoryByteSeconds: 2e15, vcoreSeconds: 481234, logAggregation: running ? 'RUNNING' : 'SUCCEEDED', expiresAt: null, mayKill: true, viewAcl: '*', modifyAcl: ' ',
  };
}

const TASKS = 420, REDUCES = 24;
export function tasks(app) {
  const base = app.id.replace('application_', ''), t0 = app.submittedAt + 5000;
  const list = [];
  for (let i = 0; i < TASKS + REDUCES; i++) {
    const map = i < TASKS, index = map ? i : i - TASKS, wave = map ? Math.floor(i / 60) : 0, start = map ? t0 + wave * 60e3 + (i % 60) * 300 : t0 + 200e3 + index * 900, took = map ? 40e3 + (i * 7919 % 17) * 1100 : 300e3;
    const state = start > now() ? 'PENDING' : start + took < now() ? 'SUCCEEDED' : 'RUNNING';
    const node = nodes[(i * 13) % 2000].id, kind = map ? 'm' : 'r', failed = i % 90 === 31;
    const attempt = (number, st, from, until) => ({ id: `attempt_${base}_${kind}_${pad(index, 6)}_${number}`, number, state: st, progress: st === 'SUCCEEDED' ? 1 : 0.4, container: `container_${base}_01_${pad(i + 2, 6)}`, node, startedAt: from, shuffledAt: map ? null : Math.min(from + took * 0.5, now()), sortedAt: map || st !== 'SUCCEEDED' ? null : from + took * 0.6, finishedAt: until, diagnostics: st === 'FAILED' ? 'Exit status 137' : '' });
    const attempts = state === 'PENDING' ? [] : failed ? [attempt(0, 'FAILED', start - 20e3, start - 2e3), attempt(1, state, start, state === 'SUCCEEDED' ? start + took : null)] : [attempt(0, state, start, state === 'SUCCEEDED' ? start + took : null)];
    list.push({ id: `task_${base}_${kind}_${pad(index, 6)}`, type: map ? 'MAP' : 'REDUCE', index, state, progress: state === 'SUCCEEDED' ? 1 : state === 'RUNNING' ? Math.min(1, (now() - start) / took) : 0, startedAt: attempts.length ? start : null, finishedAt: state === 'SUCCEEDED' ? start + took : null, elapsedMs: state === 'SUCCEEDED' ? took : state === 'RUNNING' ? now() - start : 0, failures: failed ? 1 : 0, attempts });
  }
  return list;
}
export const counters = [
  ['org.apache.hadoop.mapreduce.FileSystemCounter', 'File System Counters', [['FILE_BYTES_READ', 'FILE: Number of bytes read', 92e9], ['FILE_BYTES_WRITTEN', 'FILE: Number of bytes written', 184e9], ['HDFS_BYTES_READ', 'HDFS: Number of bytes read', 1e12], ['HDFS_BYTES_WRITTEN', 'HDFS: Number of bytes written', 3e9]]],
  ['org.apache.hadoop.mapreduce.TaskCounter', 'Map-Reduce Framework', [['MAP_INPUT_RECORDS', 'Map input records', 1e10], ['MAP_OUTPUT_RECORDS', 'Map output records', 3.1e10], ['SPILLED_RECORDS', 'Spilled Records', 6.2e10], ['GC_TIME_MILLIS', 'GC time elapsed (ms)', 12345]]],
].map(([name, title, list]) => ({ name, title, counters: list.map(([n, t, total]) => ({ name: n, title: t, total, map: Math.round(total * 0.8), reduce: Math.round(total * 0.2) })) }));

export function mlLive(app, after, from) {
  const steps = Math.max(2, Math.floor((now() - app.submittedAt) / 2000)), newest = Math.min(steps, 5000);
  const step = n => ({ step: n, time_ms: app.submittedAt + n * 2000, progress: Math.min(1, n / 5000), rows: 65536, seconds: 1.8 + Math.sin(n / 9) * 0.1 + (n % 37 === 0 ? 0.8 : 0), bytes: 4 * MiB, workers: 8, figures: { loss: 2.3 * Math.exp(-n / 220) + 0.11 + 0.02 * Math.sin(n * 1.7), accuracy: 0.97 - 0.87 * Math.exp(-n / 260) } });
  const list = [];
  for (let n = Math.max(0, after + 1); n <= newest && list.length < 2000; n++) list.push(step(n));
  return {
    job: {
      name: app.name, algorithm: 'perceptron', parameters: { layers: '784,256,10', learning_rate: '0.05', batch: '8192' }, seed: 42, output: '/models/fashion', state: app.state === 'RUNNING' ? 'RUNNING' : 'SUCCEEDED', diagnostics: '', attempt: 1, started_ms: app.submittedAt, now_ms: now(), workers_wanted: 8, gpus_per_worker: 1, steps: newest, progress: Math.min(1, newest / 5000), last_checkpoint: '/models/fashion.checkpoints/step-000000000200', newest_step: step(newest),
      workers: Array.from({ length: 8 }, (_, r) => ({ container: `container_${app.id.slice(12)}_01_${pad(r + 2, 6)}`, node: nodes[r * 10].id, state: 'JOINED', rank: r, shards: 16, steps: newest, last_step: newest, step_bytes: 4 * MiB, mean_step_seconds: 1.7 + r * 0.03 + (r === 5 ? 0.5 : 0), recent_step_seconds: Array.from({ length: 64 }, (_, i) => 1.7 + Math.sin(i + r) * 0.15 + (r === 5 ? 0.5 : 0)) })),
    },
    steps: { stride: 1, steps: list },
    events: { events: from > 0 ? [] : [{ time_ms: app.submittedAt + 3000, message: '8 workers are granted' }, { time_ms: app.submittedAt + 5000, message: 'Membership 1: 8 workers' }, { time_ms: app.submittedAt + 405000, message: 'Checkpoint of step 200' }], next: 3 },
  };
}
export function quantLive(app) {
  const tensors = [];
  for (let layer = 0; layer < 32; layer++) for (const [part, rows, cols, type] of [['attn_q', 4096, 4096, 'Q4_K'], ['attn_k', 1024, 4096, 'Q4_K'], ['attn_v', 1024, 4096, 'Q6_K'], ['attn_output', 4096, 4096, 'Q4_K'], ['ffn_gate', 14336, 4096, 'Q4_K'], ['ffn_up', 14336, 4096, 'Q4_K'], ['ffn_down', 4096, 14336, 'Q6_K']]) {
    const i = tensors.length, state = i < 120 ? 'done' : i < 128 ? 'running' : 'waiting';
    tensors.push({ name: `blk.${layer}.${part}.weight`, type, shape: [cols, rows], bytes: Math.round(rows * cols * (type === 'Q4_K' ? 0.5625 : 0.8203)), sourceBytes: rows * cols * 2, state, done: state === 'done' ? 1 : state === 'running' ? 0.4 : 0, error: state === 'done' ? (type === 'Q4_K' ? 0.0012 : 0.0001) * (1 + (i * 31 % 17) / 10) : null });
  }
  return { input: '/models/llama-8b-f16.gguf', output: '/models/llama-8b-Q4_K.gguf', type: 'Q4_K_M', state: app.state === 'RUNNING' ? 'RUNNING' : 'SUCCEEDED', diagnostics: '', startedAt: app.submittedAt, piecesDone: 812, piecesTotal: 1510, bytesDone: 2.6e9, bytesTotal: 4.9e9, bytesPerSecond: 61e6, secondsLeft: 37.7, atWork: 0.96, computing: 0.94, workerPeakBytes: 58 * MiB, madeAgain: 1, firstBegunAt: app.submittedAt + 410, firstMadeAt: app.submittedAt + 980, workersWanted: 4, gpusPerWorker: 0, workers: Array.from({ length: 4 }, (_, i) => ({ container: `container_${app.id.slice(12)}_01_${pad(i + 2, 6)}`, node: nodes[i * 11].id, state: i === 3 ? 'IDLE' : 'WORKING', pieces: 200 + i, atWork: 0.97 - i * 0.01 })), tensors, events: { events: [{ time_ms: app.submittedAt + 60000, message: `container_${app.id.slice(12)}_01_000009 is lost: exit code 137; 1 of its pieces will be made again` }], next: 1 } };
}

// Files: a tree in memory and one folder whose million entries are made when they are asked for.
const entry = (path, type, size = 0, extra = {}) => ({ name: path.split('/').pop(), path, type, size, replication: type === 'file' ? 3 : 0, blockSize: type === 'file' ? 128 * MiB : 0, owner: 'ann', group: 'staff', permission: type === 'file' ? '644' : '755', modifiedAt: startedAt, accessedAt: startedAt, children: type === 'directory' ? 0 : null, hasAcl: false, ...extra });
export const files = new Map();
export const contents = new Map();
export const details = new Map();   // acl, quota
// As a namenode does: the folders above are made, too.
export function addFile(path, text, extra = {}) { addFolder(path.slice(0, path.lastIndexOf('/'))); contents.set(path, Buffer.from(text)); files.set(path, entry(path, 'file', contents.get(path).length, { modifiedAt: now(), ...extra })); }
export function addFolder(path) {
  let at = '';
  for (const name of path.split('/').filter(Boolean)) { at += '/' + name; if (!files.has(at)) files.set(at, entry(at, 'directory')); }
}
for (const folder of ['/data/logs/2026-11-21', '/data/pictures', '/models', '/tmp', '/user/ann', '/user/bob', '/million']) addFolder(folder);
addFile('/data/readme.txt', 'Logs of the shop, one folder a day.\nGrüße aus dem DFS.\n' + 'line of text that goes on and on\n'.repeat(3000));
addFile('/data/pictures/dot.png', Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAFklEQVR4nGNkYPjPgA0wYRUdtBIAO/8BCrd0zfUAAAAASUVORK5CYII=', 'base64'));
addFile('/data/<img src=x onerror=alert(document.domain)>', 'nothing happens');
addFile('/models/llama-8b-f16.gguf', Buffer.from([71, 71, 85, 70, 3, 0, 0, 0, 1, 2]), { size: 16e9 });
for (let i = 0; i < 24; i++) addFile(`/data/logs/2026-11-21/part-${pad(i, 5)}.log`, `hour ${i}\n`.repeat(50), { size: 300 * MiB + i * 7919 * 1000 });
export const MILLION = 1_000_000;
export function list(path, startAfter, limit) {
  if (path === '/million') {
    const match = /^file-(\d+)/.exec(startAfter);
    const first = startAfter === '' || startAfter < 'file-' ? 0 : match ? Math.min(MILLION, Number(match[1].padEnd(7, '0')) + (match[1].length === 7 ? 1 : 0)) : MILLION;
    const end = Math.min(MILLION, first + limit), entries = [];
    for (let i = first; i < end; i++) entries.push(entry(`/million/file-${pad(i, 7)}`, 'file', (i * 7919) % 100000));
    return { path, entries, remaining: MILLION - end, next: end < MILLION ? entries.at(-1).name : null };
  }
  const below = [...files.values()].filter(e => e.path.slice(0, e.path.lastIndexOf('/')) === (path === '/' ? '' : path)).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const e of below) if (e.type === 'directory') e.children = e.path === '/million' ? MILLION : [...files.keys()].filter(p => p.slice(0, p.lastIndexOf('/')) === e.path).length;
  const from = below.filter(e => e.name > startAfter), entries = from.slice(0, limit);
  return { path, entries, remaining: from.length - entries.length, next: from.length > entries.length ? entries.at(-1).name : null };
}
export function rootEntry() { return { ...entry('/', 'directory'), name: '', path: '/' }; }
export const trash = [];

export const queues = () => {
  const all = resource(2000 * 128 * GiB, 64000, 1600);
  const part = (r, s) => resource(Math.round(r.memory * s), Math.round(r.vcores * s), Math.round(r.gpus * s));
  const queue = (path, parent, children, share, used, pending) => ({ path, name: path.split('.').pop(), parent, children, state: 'RUNNING', guaranteed: part(all, share), maximum: part(all, Math.min(1, share * 2)), used: part(all, used), pending: part(all, pending), masterUsed: part(all, used / 50), masterLimit: part(all, share / 10), guaranteedShare: share, maximumShare: Math.min(1, share * 2), usedShare: used / share, appsRunning: Math.round(used * 10), appsPending: pending ? 2 : 0, appsMax: 10000, containersRunning: Math.round(used * 30000), containersPending: pending ? 13 : 0, users: children.length ? [] : [{ user: 'ann', used: part(all, used * 0.7), pending: part(all, pending), apps: 3 }, { user: 'etl', used: part(all, used * 0.3), pending: part(all, 0), apps: 2 }], submitAcl: '*', adminAcl: ' ' });
  return [queue('root', null, ['root.default', 'root.batch', 'root.ml'], 1, 0.5, 0.04), queue('root.default', 'root', [], 0.2, 0.1, 0), queue('root.batch', 'root', [], 0.5, 0.24, 0.01), queue('root.ml', 'root', ['root.ml.training'], 0.3, 0.16, 0.03), queue('root.ml.training', 'root.ml', [], 0.2, 0.16, 0.03)];
};
const FIELD = (name, label, type, required = false, extra = {}) => ({ name, label, type, required, choices: [], default: null, help: '', only: [], advanced: false, ...extra });
const COMMON = [FIELD('queue', 'Queue', 'text', false, { default: 'default', advanced: true }), FIELD('name', 'Name', 'text', false, { advanced: true }), FIELD('properties', 'Properties', 'map', false, { advanced: true })];
export const forms = { kinds: [
  { kind: 'program', title: 'MapReduce program', summary: 'One of the programs that come with tusk.', fields: [FIELD('program', 'Program', 'choice', true, { default: 'wordcount', choices: [['wordcount', 'counts words'], ['grep', 'finds a regular expression'], ['pi', 'estimates pi'], ['teragen', 'makes rows'], ['terasort', 'sorts rows']].map(([value, summary]) => ({ value, summary })) }), FIELD('input', 'Input', 'paths', true, { only: ['wordcount', 'grep', 'terasort'] }), FIELD('output', 'Output', 'path', true, { only: ['wordcount', 'grep', 'teragen', 'terasort'], help: 'A folder that does not exist yet.' }), FIELD('regex', 'Expression', 'text', true, { only: ['grep'] }), FIELD('maps', 'Maps', 'number', true, { only: ['pi', 'teragen'] }), FIELD('samples', 'Samples of each map', 'number', true, { only: ['pi'] }), ...COMMON] },
  { kind: 'streaming', title: 'Streaming', summary: 'Any program as mapper and reducer.', fields: [FIELD('input', 'Input', 'paths', true), FIELD('output', 'Output', 'path', true), FIELD('mapper', 'Mapper', 'text', true), FIELD('reducer', 'Reducer', 'text'), FIELD('files', 'Files for each task', 'paths'), ...COMMON] },
  { kind: 'ml', title: 'Training', summary: 'Machine learning on many workers.', fields: [FIELD('algorithm', 'Algorithm', 'choice', true, { default: 'linear', choices: ['linear', 'logistic', 'perceptron', 'kmeans'].map(value => ({ value, summary: '' })) }), FIELD('input', 'Data', 'paths', true), FIELD('output', 'Model', 'path', true), FIELD('workers', 'Workers', 'number'), FIELD('gpus', 'GPUs of each', 'number'), FIELD('settings', 'Settings', 'map'), FIELD('resume', 'Go on from the newest checkpoint', 'boolean'), ...COMMON] },
  { kind: 'quant', title: 'Quantization', summary: 'A model in fewer bits.', fields: [FIELD('input', 'Model', 'path', true), FIELD('output', 'Output', 'path', true), FIELD('type', 'Type', 'choice', true, { default: 'Q4_K_M', choices: ['Q4_K_M', 'Q5_K_M', 'Q6_K', 'Q8_0'].map(value => ({ value, summary: '' })) }), FIELD('workers', 'Workers', 'number'), ...COMMON] },
] };
export const config = ['dfs.replication:3:hdfs-site.xml:3', 'dfs.blocksize:134217728:default:134217728', 'dfs.namenode.name.dir:file:///data/name:hdfs-site.xml:file://${hadoop.tmp.dir}/dfs/name', 'fs.defaultFS:hdfs\u003a//namenode\u003a9000:core-site.xml:file\u003a///', 'dfs.replicaton:2:hdfs-site.xml:', ...Array.from({ length: 300 }, (_, i) => `dfs.example.key.${pad(i, 3)}:${i}:default:${i}`)].map(line => {
  const [key, value, source, fallback] = line.replace('file:///data', 'file\u003a///data').split(/:(?!\/\/)/);
  return { key, value, source, default: fallback || null, known: key !== 'dfs.replicaton', final: key === 'dfs.namenode.name.dir', meaning: null };
});
export const audit = Array.from({ length: 2500 }, (_, i) => ({ id: 2500 - i, at: now() - i * 7000, user: USERS[i % USERS.length], address: `10.1.0.${i % 250}`, action: ['open', 'create', 'mkdirs', 'rename', 'delete', 'setPermission'][i % 6], target: i === 3 ? '/data/<img src=x onerror=alert(1)>' : `/data/logs/part-${pad(i, 5)}`, destination: i % 6 === 3 ? `/data/old/part-${i}` : null, allowed: i % 31 !== 5, via: ['rpc', 'webhdfs', 'console'][i % 3] }));
export function history(names, seconds) {
  const count = Math.min(720, Math.floor(seconds / 5)), end = now(), times = Array.from({ length: count }, (_, i) => end - (count - i) * 5000);
  const wave = (base, k) => times.map(t => Math.max(0, base * (0.7 + 0.25 * Math.sin(t / 211e3 + k) + 0.1 * Math.sin(t / 17e3 * (k + 1)))));
  const bases = { readBytesPerSecond: 9e9, writeBytesPerSecond: 3e9, rpcPerSecond: 18000, rpcP99Ms: 4.2, appsRunning: 9, containersRunning: 21000, containersPending: 40, allocationsPerSecond: 210 };
  return { intervalMs: 5000, times, series: Object.fromEntries(names.map((n, k) => [n, wave(bases[n] ?? 10, k)])), available: Object.keys(bases) };
}
