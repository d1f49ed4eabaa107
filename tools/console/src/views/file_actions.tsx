// What can be done with files: each is one question and one call.
import { get, params, post } from '../core/api';
import type { FileDetails, FileEntry } from '../core/api_types';
import { parseSize, plural } from '../core/format';
import { ask, complain, say } from '../ui/dialog';

export const join = (folder: string, name: string) => (folder === '/' ? '/' + name : folder + '/' + name);
export const parentOf = (path: string) => path.slice(0, path.lastIndexOf('/')) || '/';
type Done = (path?: string) => void;

export function makeFolder(folder: string, done: Done): void {
  ask({ title: 'New folder', action: 'Create', fields: [{ name: 'name', label: 'Name', required: true, hint: `In ${folder}. A name with slashes makes the folders between, too.` }],
    run: async ({ name }) => { await post('/dfs/files/mkdir', { path: join(folder, name!.trim()) }); say(`${name} is made.`); done(name!.trim()); } });
}
export function rename(entry: FileEntry, done: Done): void {
  ask({ title: 'Rename or move', action: 'Rename', fields: [{ name: 'to', label: 'New path', value: entry.path, required: true, hint: 'Another folder moves it.' }],
    run: async ({ to }) => {
      const target = to!.startsWith('/') ? to! : join(parentOf(entry.path), to!);
      await post('/dfs/files/rename', { from: entry.path, to: target });
      say(`It is now ${target}.`, { label: 'Undo', run: () => void post('/dfs/files/rename', { from: target, to: entry.path }).then(() => done(), complain) });
      done(target);
    } });
}
export function toTrash(entry: FileEntry, done: Done): void {
  ask({ title: `Move ${entry.name} to the trash`, action: 'Move to trash', danger: true, text: entry.type === 'directory' ? 'The folder and all in it can be restored from the trash until the trash is emptied.' : 'It can be restored from the trash until the trash is emptied.',
    run: async () => {
      const { trashPath } = await post<{ trashPath: string }>('/dfs/files/trash', { path: entry.path });
      say(`${entry.name} is in the trash.`, { label: 'Undo', run: () => void post('/dfs/files/restore', { trashPath }).then(() => { say(`${entry.name} is back.`); done(); }, complain) });
      done();
    } });
}
export function deleteForever(entry: FileEntry, done: Done): void {
  ask({ title: `Delete ${entry.name} for good`, action: 'Delete for good', danger: true, typed: entry.name, text: 'This cannot be undone.',
    run: async () => { await post('/dfs/files/delete', { path: entry.path, recursive: entry.type === 'directory' }); say(`${entry.name} is deleted.`); done(); } });
}
export function permissions(entry: FileEntry, done: Done): void {
  ask({ title: `Permissions of ${entry.name}`, action: 'Set', fields: [{ name: 'mode', label: 'Permission (octal)', value: entry.permission, required: true, pattern: '[01]?[0-7]{3}', hint: 'Owner, group, others: 4 read, 2 write, 1 execute. 1 in front: sticky.' }],
    run: async ({ mode }) => { await post('/dfs/files/permission', { path: entry.path, permission: mode!.trim() }); say('The permissions are set.'); done(entry.path); } });
}
export function owner(entry: FileEntry, done: Done): void {
  ask({ title: `Owner of ${entry.name}`, action: 'Set', fields: [{ name: 'owner', label: 'Owner', value: entry.owner }, { name: 'group', label: 'Group', value: entry.group }],
    run: async values => {
      const change: Record<string, string> = { path: entry.path };
      if (values.owner && values.owner !== entry.owner) change.owner = values.owner;
      if (values.group && values.group !== entry.group) change.group = values.group;
      if (Object.keys(change).length > 1) { await post('/dfs/files/owner', change); say('The owner is set.'); }
      done(entry.path);
    } });
}
export function acl(details: FileDetails, done: Done): void {
  ask({ title: `ACL of ${details.name || details.path}`, action: 'Apply',
    text: details.acl.length ? <pre class="preview">{details.acl.join('\n')}</pre> : 'It has no ACL: only the permission bits count.',
    fields: [
      { name: 'action', label: 'What to do', type: 'select', value: 'modify', options: [['modify', 'Add or change these entries'], ['set', 'Replace all entries by these'], ['remove', 'Remove these entries'], ['removeDefault', 'Remove the default entries'], ['removeAll', 'Remove the ACL']] },
      { name: 'spec', label: 'Entries', placeholder: 'user:bob:rwx,group:dev:r-x', hint: 'As of setfacl, e.g. user:bob:rwx,default:group:dev:r-x. To remove: user:bob' },
    ],
    run: async ({ action, spec }) => { await post('/dfs/files/acl', spec?.trim() ? { path: details.path, action, spec: spec.trim() } : { path: details.path, action }); say('The ACL is changed.'); done(details.path); } });
}
export function replication(entry: FileEntry, done: Done): void {
  ask({ title: `Replication of ${entry.name}`, action: 'Set', fields: [{ name: 'copies', label: 'Copies of each block', type: 'number', value: String(entry.replication), required: true }],
    run: async ({ copies }) => { await post('/dfs/files/replication', { path: entry.path, replication: Number(copies) }); say('The replication is set; blocks are copied or removed in the background.'); done(entry.path); } });
}
export function quota(details: FileDetails, done: Done): void {
  ask({ title: `Quota of ${details.name || details.path}`, action: 'Set', text: 'Empty: no limit.',
    fields: [{ name: 'names', label: 'Files and folders at most', type: 'number', value: details.quota?.names?.toString() ?? '' }, { name: 'space', label: 'Space at most', value: details.quota?.space?.toString() ?? '', placeholder: '10 GiB', hint: 'Counts all copies. 512M, 10G, 1.5 TiB …' }],
    run: async ({ names, space }) => {
      const size = space?.trim() ? parseSize(space) : null;
      if (space?.trim() && size === null) throw new Error(`"${space}" is no size.`);
      await post('/dfs/files/quota', { path: details.path, names: names?.trim() ? Number(names) : null, space: size });
      say('The quota is set.');
      done(details.path);
    } });
}
// ---- several at once: one question, a call each; what failed is said, the rest is done

async function each(list: FileEntry[], what: (entry: FileEntry) => Promise<unknown>, done: Done): Promise<void> {
  const failed: string[] = [];
  for (const entry of list) await what(entry).catch((error: Error) => failed.push(`${entry.name}: ${error.message}`));
  done();
  if (failed.length) throw new Error(`${failed.length} of ${list.length} failed. ${failed.slice(0, 3).join('; ')}${failed.length > 3 ? '; …' : ''}`);
}
const entries = (n: number) => plural(n, 'entry', 'entries');

export function manyToTrash(list: FileEntry[], done: Done): void {
  const trashed: string[] = [];
  ask({ title: `Move ${entries(list.length)} to the trash`, action: 'Move to trash', danger: true, text: 'They can be restored from the trash until the trash is emptied.',
    run: async () => {
      await each(list, async e => { trashed.push((await post<{ trashPath: string }>('/dfs/files/trash', { path: e.path })).trashPath); }, done);
      say(`${entries(list.length)} moved to the trash.`, { label: 'Undo', run: () => void Promise.all(trashed.map(trashPath => post('/dfs/files/restore', { trashPath }))).then(() => done(), complain) });
    } });
}
export function manyDeleteForever(list: FileEntry[], done: Done): void {
  ask({ title: `Delete ${entries(list.length)} for good`, action: 'Delete for good', danger: true, typed: `delete ${list.length}`, text: 'This cannot be undone.',
    run: async () => { await each(list, e => post('/dfs/files/delete', { path: e.path, recursive: e.type === 'directory' }), done); say(`${entries(list.length)} deleted.`); } });
}
export function manyPermissions(list: FileEntry[], done: Done): void {
  ask({ title: `Permissions of ${entries(list.length)}`, action: 'Set', fields: [{ name: 'mode', label: 'Permission (octal)', value: list[0]!.permission, required: true, pattern: '[01]?[0-7]{3}', hint: 'Of the chosen ones themselves, not of what is in folders.' }],
    run: async ({ mode }) => { await each(list, e => post('/dfs/files/permission', { path: e.path, permission: mode!.trim() }), done); say('The permissions are set.'); } });
}
export function manyOwner(list: FileEntry[], done: Done): void {
  ask({ title: `Owner of ${entries(list.length)}`, action: 'Set', fields: [{ name: 'owner', label: 'Owner', placeholder: 'as it is' }, { name: 'group', label: 'Group', placeholder: 'as it is' }],
    run: async ({ owner: who, group }) => {
      if (!who?.trim() && !group?.trim()) throw new Error('Neither an owner nor a group was given.');
      await each(list, e => post('/dfs/files/owner', { path: e.path, ...(who?.trim() ? { owner: who.trim() } : {}), ...(group?.trim() ? { group: group.trim() } : {}) }), done);
      say('The owner is set.');
    } });
}
export function manyInto(list: FileEntry[], folder: string, done: Done): void {
  ask({ title: `Move ${entries(list.length)}`, action: 'Move', fields: [{ name: 'to', label: 'To the folder', value: folder, required: true }],
    run: async ({ to }) => {
      const target = to!.trim().replace(/(.)\/+$/, '$1');
      await each(list, e => post('/dfs/files/rename', { from: e.path, to: join(target, e.name) }), done);
      say(`${entries(list.length)} moved to ${target}.`);
    } });
}

export async function download(path: string): Promise<void> {
  const { url } = await get<{ url: string }>('/dfs/files/download' + params({ path }));
  const link = document.createElement('a');
  link.href = url;
  link.download = path.split('/').pop() ?? 'file';
  link.target = '_blank';
  link.rel = 'noreferrer';
  document.body.append(link);
  link.click();
  link.remove();
}
