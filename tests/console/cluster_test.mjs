// The page against a real cluster (`tusk up`): each action is clicked, and its effect is asked of the command line.
//   TUSK_BINARY=…/tusk node cluster_test.mjs        TUSK_CONSOLE_DIR: use and keep the cluster in that folder
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { launch, newPage, settled } from './browser.mjs';

const bin = dirname(process.env.TUSK_BINARY ?? ''), given = process.env.TUSK_CONSOLE_DIR;
const folder = given ?? mkdtempSync(join(tmpdir(), 'tusk-console-'));
const environment = where => ({ ...process.env, PATH: `${bin}:${process.env.PATH}`, HADOOP_CONF_DIR: `${where}/conf` });
const env = environment(folder);
let browser, origin, resourceManager, page, context, complaints;

// A command's output with what it says on stderr left out; a failure is its text.
function cli(line, where = folder, input = undefined) {
  const [program, ...words] = Array.isArray(line) ? line : line.split(' ');
  try { return execFileSync(`${bin}/${program}`, words, { env: environment(where), input, encoding: 'utf8', stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'], maxBuffer: 1 << 26 }); } catch (error) { return `FAILED ${error.stdout ?? ''}${error.stderr ?? ''}`; }
}
// What the page's answer has promised is there when its dialog is gone.
function holds(what, check) { assert.ok(check(), `${what}: the command line does not see it`); }
// What happens by and by: an application ends, a node's manager reports.
async function until(what, check, seconds = 60) {
  for (let at = 0; at < seconds * 5; at++) { if (check()) return; await new Promise(resolve => setTimeout(resolve, 200)); }
  assert.fail(`not within ${seconds} s: ${what}`);
}
const setting = (file, key, where = folder) => new RegExp(`<name>${key.replaceAll('.', '\\.')}</name>\\s*<value>([^<]*)`).exec(readFileSync(`${where}/conf/${file}`, 'utf8'))?.[1];

before(async () => {
  execFileSync(`${bin}/tusk`, ['up', '--dir', folder, '--datanodes', '2', '-D', 'fs.trash.interval=60'], { env, stdio: 'inherit' });
  origin = `http://${setting('hdfs-site.xml', 'dfs.namenode.http-address')}`;
  resourceManager = `http://${setting('yarn-site.xml', 'yarn.resourcemanager.webapp.address')}`;
  browser = await launch();
  ({ page, context, complaints } = await newPage(browser));
});
after(async () => {
  await browser?.close();
  if (given) return;
  execFileSync(`${bin}/tusk`, ['down', '--dir', folder], { env, stdio: 'ignore' });
  rmSync(folder, { recursive: true, force: true });
});
const open = url => page.goto(origin + '/console' + url).then(() => settled(page));
const row = name => page.getByRole('grid').getByText(name, { exact: true });
async function ask(button, fill, action) {
  await button.click();
  for (const [label, text] of fill) await page.locator('dialog label.field', { has: page.locator('span', { hasText: label }) }).locator('input').fill(text);
  await page.getByRole('dialog').getByRole('button', { name: action, exact: true }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}
const about = name => page.locator('.detail').getByRole('button', { name });

test('both daemons serve the page, and it is live', async () => {
  for (const at of [origin, resourceManager]) {
    await page.goto(at + '/console/');
    await page.locator('.health').nth(1).waitFor();
    await page.locator('.live', { hasText: 'Live' }).waitFor();
  }
  assert.deepEqual(complaints, []);
});

test('files: made, uploaded, read, changed, moved, thrown away, restored, deleted', async () => {
  cli('hdfs dfs -mkdir -p /console-test');
  await open('/files/console-test');
  await ask(page.getByRole('button', { name: 'New folder…' }), [['Name', 'inbox']], 'Create');
  holds('mkdir', () => cli('hdfs dfs -ls /console-test').includes('/console-test/inbox'));
  await row('inbox').dblclick();
  const text = 'hello from the browser\n'.repeat(5000);
  await page.setInputFiles('input[type=file]', { name: 'hello.txt', mimeType: 'text/plain', buffer: Buffer.from(text) });
  await row('hello.txt').waitFor();
  assert.equal(cli('hdfs dfs -cat /console-test/inbox/hello.txt'), text);
  await page.evaluate(() => {
    const data = new DataTransfer();
    data.items.add(new File(['dropped'], '<img src=x onerror=alert(1)>'));
    document.querySelector('section.panel[aria-label^="Listing"]').dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
  });
  await row('<img src=x onerror=alert(1)>').waitFor();
  await row('hello.txt').click();
  await page.locator('.preview').getByText('hello from the browser').first().waitFor();
  await ask(about('Permissions…'), [['Permission', '640']], 'Set');
  await ask(about('Owner…'), [['Group', 'dev']], 'Set');
  await ask(about('Replication…'), [['Copies', '1']], 'Set');
  holds('chmod, chgrp, setrep', () => cli(['hdfs', 'dfs', '-stat', '%a %g %r', '/console-test/inbox/hello.txt']).trim() === '640 dev 1');
  await ask(about('ACL…'), [['Entries', 'user:carla:r--']], 'Apply');
  assert.match(cli('hdfs dfs -getfacl /console-test/inbox/hello.txt'), /user:carla:r--/);
  await page.getByRole('tab', { name: 'Blocks' }).click();
  await page.locator('.blocks').getByText('blk_').first().waitFor();
  const [download] = await Promise.all([context.waitForEvent('page').then(p => p.waitForEvent('download')).catch(() => null), about('Download').click()]);
  if (download) assert.equal(readFileSync(await download.path(), 'utf8'), text);
  await ask(about('Rename…'), [['New path', '/console-test/renamed.txt']], 'Rename');
  holds('rename', () => cli('hdfs dfs -ls /console-test').includes('renamed.txt'));
  await open('/files/console-test?sel=renamed.txt');
  await ask(about('Move to trash…'), [], 'Move to trash');
  holds('trash', () => cli('hdfs dfs -ls -R .Trash').includes('console-test/renamed.txt'));
  await open('/files/?view=trash');
  await page.getByRole('button', { name: 'Restore…' }).first().click();
  await page.getByRole('dialog').getByRole('button', { name: 'Restore', exact: true }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  holds('restore', () => cli('hdfs dfs -ls /console-test').includes('renamed.txt'));
  await open('/files/console-test?sel=renamed.txt');
  await about('Delete for good…').click();
  await page.getByRole('dialog').getByRole('textbox').fill('renamed.txt');
  await page.getByRole('dialog').getByRole('button', { name: 'Delete for good' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  holds('delete', () => !cli('hdfs dfs -ls /console-test').includes('renamed.txt'));
  await open('/files/console-test?sel=inbox');
  await ask(about('Quota…'), [['Files and folders', '100'], ['Space', '10G']], 'Set');
  assert.match(cli('hdfs dfs -count -q /console-test/inbox'), /^\s*100\s+\d+\s+10737418240/);
  assert.deepEqual(complaints, []);
});

test('several files at once, and a folder as a whole', async () => {
  const local = mkdtempSync(join(tmpdir(), 'tusk-console-'));
  mkdirSync(join(local, 'album/deep'), { recursive: true });
  for (const name of ['album/one', 'album/two', 'album/deep/three']) writeFileSync(join(local, name), name);
  await open('/files/console-test');
  await page.setInputFiles('input[webkitdirectory]', join(local, 'album'));
  await page.locator('.panel', { hasText: 'Uploads: 3 of 3 files done' }).waitFor();
  rmSync(local, { recursive: true });
  assert.equal(cli('hdfs dfs -cat /console-test/album/one /console-test/album/two /console-test/album/deep/three'), 'album/onealbum/twoalbum/deep/three');
  await open('/files/console-test/album');
  await row('one').click({ modifiers: ['ControlOrMeta'] });
  await page.getByRole('checkbox', { name: 'Choose two' }).click();
  const bar = page.getByRole('toolbar', { name: 'What is chosen' });
  await ask(bar.getByRole('button', { name: 'Permissions…' }), [['Permission', '600']], 'Set');
  holds('chmod of two', () => cli(['hdfs', 'dfs', '-stat', '%a', '/console-test/album/one', '/console-test/album/two']) === '600\n600\n');
  await ask(bar.getByRole('button', { name: 'Move…' }), [['To the folder', '/console-test/album/deep']], 'Move');
  holds('mv of two', () => /deep\/one[^]*deep\/three[^]*deep\/two/.test(cli('hdfs dfs -ls /console-test/album/deep')));
  await open('/files/console-test/album/deep');
  await page.getByRole('checkbox', { name: 'Choose all' }).click();
  await ask(bar.getByRole('button', { name: 'Move to trash…' }), [], 'Move to trash');
  holds('rm of three', () => cli('hdfs dfs -ls /console-test/album/deep') === '');
  assert.deepEqual(complaints, []);
});

test('namenode: safe mode, checkpoint, new segment', async () => {
  await open('/namenode');
  await ask(page.getByRole('button', { name: 'Enter safe mode…' }), [], 'Enter safe mode');
  holds('enter', () => /ON/.test(cli('hdfs dfsadmin -safemode get')));
  await page.locator('.banner', { hasText: 'Safe mode is on' }).waitFor();
  await ask(page.getByRole('button', { name: 'Checkpoint now…' }), [], 'Make a checkpoint');
  await ask(page.getByRole('button', { name: 'Leave safe mode…' }), [], 'Leave safe mode');
  holds('leave', () => /OFF/.test(cli('hdfs dfsadmin -safemode get')));
  await ask(page.getByRole('button', { name: 'Roll edits…' }), [], 'Begin a segment');
  await page.locator('.toast', { hasText: 'New segment' }).waitFor();
  assert.deepEqual(complaints, []);
});

test('a job: submitted from the form, watched, its log read; another one killed', async () => {
  await open('/submit');
  await page.locator('label.field', { hasText: 'Program' }).locator('select').selectOption('pi');
  for (const [label, value] of [['Maps', '2'], ['Samples', '100']]) await page.locator('label.field', { has: page.locator('span', { hasText: label }) }).locator('input').first().fill(value);
  await page.locator('.command pre', { hasText: /\bpi\b.*2 100/ }).waitFor();
  await page.getByRole('button', { name: 'Submit', exact: true }).click();
  const link = page.getByRole('link', { name: 'Go to the application' });
  await link.waitFor();
  const app = (await link.getAttribute('href')).split('/').pop();
  await link.click();
  await page.getByRole('tab', { name: 'Tasks' }).waitFor();
  await until('the job ends', () => /FINISHED/.test(cli(['yarn', 'application', '-status', app])), 120);
  await page.locator('.head .badge', { hasText: 'finished' }).waitFor();
  for (const [tab, words] of [['Tasks', 'map 0'], ['Counters', 'Map-Reduce Framework'], ['Timeline', 'Point at a bar']]) { await page.getByRole('tab', { name: tab }).click(); await page.locator('main').getByText(words).first().waitFor(); }
  await page.getByRole('tab', { name: 'Logs' }).click();
  await page.waitForFunction(() => (document.querySelector('.log')?.textContent ?? '').length > 100);

  cli('hdfs dfs -mkdir -p /console-test/in');
  cli('hdfs dfs -touchz /console-test/in/one');
  execFileSync('sh', ['-c', `echo line | ${bin}/hdfs dfs -put -f - /console-test/in/one`], { env });
  await open('/submit?kind=streaming');
  for (const [label, value] of [['Mapper', 'sleep 600'], ['Output', '/console-test/out']]) await page.locator('label.field', { has: page.locator('span', { hasText: label }) }).locator('input').first().fill(value);
  await page.locator('label.field', { has: page.locator('span', { hasText: 'Input' }) }).locator('textarea').first().fill('/console-test/in');
  await page.getByRole('button', { name: 'Submit', exact: true }).click();
  await page.getByRole('link', { name: 'Go to the application' }).click();
  const second = (await page.url()).split('/').pop().split('?')[0];
  await ask(page.getByRole('button', { name: 'Kill…' }), [['Reason', 'the test is over']], 'Kill');
  await until('killed', () => /KILLED/.test(cli(['yarn', 'application', '-status', second])), 60);
  assert.deepEqual(complaints, []);
});

test('a datanode and a node leave and come back', async () => {
  await open('/datanodes');
  const first = page.locator('tbody tr').first();
  await ask({ click: async () => { await first.getByRole('button', { name: /Actions/ }).click(); await page.getByRole('menuitem', { name: 'Decommission…' }).click(); } }, [], 'Decommission');
  holds('decommission', () => /Decommission (in progress|Status : Decommission)|Decommissioned/.test(cli('hdfs dfsadmin -report')));
  await ask({ click: async () => { await first.getByRole('button', { name: /Actions/ }).click(); await page.getByRole('menuitem', { name: /Take back/ }).click(); } }, [], 'Take back');
  holds('recommission', () => !/Decommission in progress|Status : Decommissioned/.test(cli('hdfs dfsadmin -report')));
  await open('/nodes');
  const node = page.locator('tbody tr').first();
  await ask({ click: async () => { await node.getByRole('button', { name: /Actions/ }).click(); await page.getByRole('menuitem', { name: 'Decommission…' }).click(); } }, [], 'Decommission');
  await until('node leaves', () => /DECOMMISSION|SHUTDOWN/.test(cli('yarn node -list -all')));
  await open('/nodes');
  await ask({ click: async () => { await node.getByRole('button', { name: /Actions/ }).click(); await page.getByRole('menuitem', { name: /Take back/ }).click(); } }, [], 'Take back');
  // Its node manager has ended, as Hadoop's does: that it may come back is what the exclude file says.
  holds('node may come back', () => readFileSync(setting('yarn-site.xml', 'yarn.resourcemanager.nodes.exclude-path'), 'utf8').trim() === '');
  assert.deepEqual(complaints, []);
});

test('the audit page has what the console, the command line and applications did', async () => {
  const entry = (...words) => words.reduce((rows, text) => rows.filter({ hasText: text }), page.locator('tbody tr')).first();
  await open('/audit?q=console-test');
  await entry('makeDirectory', '/console-test/inbox', 'console').waitFor();
  await entry('mkdirs', '/console-test', 'rpc').waitFor();
  await open('/audit?q=console-test&via=console');
  await entry('console').waitFor();
  assert.equal(await page.locator('tbody tr', { hasText: 'rpc' }).count(), 0);
  await open('/audit?q=console-test');
  await page.getByLabel('Without what only looked').check();
  await page.waitForFunction(() => ![...document.querySelectorAll('tbody tr')].some(row => /listStatus|getfileinfo/.test(row.textContent)));
  await entry('mkdirs', 'rpc').waitFor();
  await open('/audit?daemon=resourcemanager');
  await entry('Submit Application Request', 'application_', 'allowed').waitFor();
  await entry('Application Finished - Killed').waitFor();
  await entry('killApplication', 'console').waitFor();
  const lines = readFileSync(`${folder}/logs/rm-audit.log`, 'utf8');
  assert.match(lines, /INFO resourcemanager.RMAuditLogger: USER=\S+\tIP=127.0.0.1\tOPERATION=Kill Application Request\tTARGET=RMAppImpl\tRESULT=SUCCESS\tAPPID=application_/);
  assert.match(readFileSync(`${folder}/logs/hdfs-audit.log`, 'utf8'), /cmd=mkdirs\tsrc=\/console-test\/inbox\t.*proto=console/);
  assert.deepEqual(complaints, []);
});

test('off loopback: nobody without a login, and each role has its actions', async () => {
  const own = mkdtempSync(join(tmpdir(), 'tusk-console-'));
  try {
    execFileSync(`${bin}/tusk`, ['up', '--dir', own, '--nodemanagers', '0', '-D', 'dfs.namenode.http-bind-host=0.0.0.0'], { stdio: 'ignore' });
    const address = Object.values(networkInterfaces()).flat().find(i => i.family === 'IPv4' && !i.internal)?.address ?? '127.0.0.1';
    const there = `http://${address}:${setting('hdfs-site.xml', 'dfs.namenode.http-address', own).split(':').pop()}`;
    for (const [name, role] of [['vera', 'viewer'], ['otto', 'operator'], ['ada', 'admin']]) cli(`tusk console adduser ${name} --role ${role}`, own, `secret of ${name}\n`);
    const login = (user, password) => fetch(`${there}/api/v1/login`, { method: 'POST', headers: { 'Content-Type': 'application/json', Origin: there }, body: JSON.stringify({ user, password }) });
    for (let at = 0; at < 100 && (await login('ada', 'secret of ada')).status !== 200; at++) await new Promise(resolve => setTimeout(resolve, 300));  // the users file is read every two seconds
    cli('hdfs dfs -mkdir /otto', own);
    cli('hdfs dfs -chown otto /otto', own);
    const as = async (name, what) => {
      const { page: at, context: around, complaints: heard } = await newPage(browser);
      const go = url => at.goto(there + '/console' + url).then(() => settled(at));
      await go('/files/');
      await at.getByLabel('User').fill(name);
      await at.getByLabel('Password').fill(`secret of ${name}`);
      await at.getByRole('button', { name: 'Log in' }).click();
      await at.getByRole('grid', { name: 'Folder' }).waitFor();
      await what(at, go);
      await at.getByRole('button', { name: 'Account' }).click();
      await at.getByRole('menuitem', { name: 'Log out' }).click();
      await at.getByRole('button', { name: 'Log in' }).waitFor();
      // Headers that count over HTTPS only: browsers say so.
      assert.deepEqual(heard.filter(text => !/origin was untrustworthy/.test(text)), []);
      await around.close();
    };
    const button = (at, name) => at.getByRole('button', { name });
    const newFolder = async (at, name) => { await button(at, 'New folder…').click(); await at.getByRole('dialog').getByLabel('Name').fill(name); await at.getByRole('dialog').getByRole('button', { name: 'Create' }).click(); };
    await as('vera', async (at, go) => {
      for (const name of ['New folder…', 'Upload…']) assert.equal(await button(at, name).count(), 0);
      await go('/namenode');
      assert.equal(await button(at, /safe mode/).count(), 0);
    });
    await as('otto', async (at, go) => {
      await newFolder(at, 'not-his');
      await at.getByRole('dialog').getByText(/Permission denied: user=otto/).waitFor();
      await button(at, 'Cancel').click();
      await go('/files/otto');
      await newFolder(at, 'his');
      await at.getByRole('dialog').waitFor({ state: 'detached' });
      assert.equal(cli(['hdfs', 'dfs', '-stat', '%u', '/otto/his'], own), 'otto\n');
      await go('/namenode');
      assert.equal(await button(at, /safe mode/).count(), 0);
    });
    await as('ada', async (at, go) => {
      await go('/namenode');
      await button(at, 'Enter safe mode…').click();
      await at.getByRole('dialog').getByRole('button', { name: 'Enter safe mode' }).click();
      await at.getByRole('dialog').waitFor({ state: 'detached' });
      assert.match(cli('hdfs dfsadmin -safemode get', own), /ON/);
      await go('/audit?via=console');
      await at.locator('tbody tr', { hasText: 'makeDirectory' }).filter({ hasText: '/not-his' }).filter({ hasText: 'denied' }).waitFor();
    });
  } finally {
    cli(`tusk down --dir ${own}`);
    rmSync(own, { recursive: true, force: true });
  }
});

test('configuration and queues show what is', async () => {
  await open('/config?q=fs.defaultFS');
  await page.locator('td').getByText(cli('hdfs getconf -confKey fs.defaultFS').trim()).first().waitFor();
  await open('/queues');
  await page.locator('.queue').getByText('root.default').waitFor();
  assert.deepEqual(complaints, []);
});
