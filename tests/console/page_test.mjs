// The page against a simulated cluster of 2,000 nodes, 10,000 applications and a folder of a million files: what a browser sees,
// what the keyboard reaches, what axe says in both themes, what a first visit costs, and that live updates leave memory alone.
//   node page_test.mjs            TUSK_CONSOLE_SHOT=FILE: where the README's picture goes; TUSK_CONSOLE_MINUTES=30: the long memory test
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { launch, newPage, root, ROUTES, settled, startMock } from './browser.mjs';

const axe = readFileSync(root + 'tests/console/node_modules/axe-core/axe.min.js', 'utf8');
let mock, browser;
before(async () => { mock = await startMock(); browser = await launch(['--js-flags=--expose-gc']); });
after(async () => { await browser?.close(); mock?.stop(); });
const open = (page, url) => page.goto(mock.origin + '/console' + url).then(() => settled(page));
const toastSays = (page, text) => page.locator('.toast', { hasText: text }).first().waitFor();

test('no route has a serious accessibility violation in either theme, and none breaks the content policy', async () => {
  const { page, context, complaints } = await newPage(browser, { bypassCSP: false });
  const found = [];
  for (const [name, url] of ROUTES) {
    if (name === 'login') await mock.control('login/on');
    await open(page, url);
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe);
      // The document is the same in both: dark is asked for colours only.
      const runOnly = colorScheme === 'dark' ? { type: 'rule', values: ['color-contrast'] } : { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] };
      const { violations } = await page.evaluate(only => window.axe.run(document, { resultTypes: ['violations'], runOnly: only }), runOnly);
      for (const v of violations.filter(v => v.impact === 'serious' || v.impact === 'critical')) found.push(`${name} ${colorScheme}: ${v.id}: ${v.nodes.slice(0, 2).map(n => n.html.slice(0, 140) + ' ' + (n.any[0]?.message ?? '')).join(' | ')}`);
    }
    if (name === 'login') await mock.control('login/off');
  }
  assert.deepEqual(found, []);
  assert.deepEqual(complaints, []);
  await context.close();
});

test('a first visit is small and soon usable', async () => {
  const { page, context } = await newPage(browser);
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  let bytes = 0;
  session.on('Network.loadingFinished', event => { bytes += event.encodedDataLength; });
  await page.goto(mock.origin + '/console/');
  await page.locator('.figure').first().waitFor();
  const ready = await page.evaluate(() => performance.now());
  console.log(`first load ${bytes} bytes, figures on display after ${Math.round(ready)} ms`);
  assert.ok(bytes <= 120 * 1024, `${bytes} bytes`);
  // Under a loaded machine the clock says little: the limit holds where the machine is idle, and five times of it always.
  assert.ok(ready <= Number(process.env.TUSK_CONSOLE_READY_MS ?? 5000), `${ready} ms`);
  await context.close();
});

test('every view fits 360 pixels', async () => {
  const { page, context } = await newPage(browser, { viewport: { width: 360, height: 740 } });
  const wide = [];
  for (const [name, url] of ROUTES.filter(r => r[0] !== 'login')) {
    await open(page, url);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (over > 0) wide.push(`${name}: ${over} px`);
  }
  assert.deepEqual(wide, []);
  await page.getByRole('button', { name: 'Menu' }).click();
  await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Datanodes' }).click();
  await page.getByRole('heading', { name: 'Datanodes' }).waitFor();
  await context.close();
});

test('the keyboard goes everywhere: places, search, help, rows, dialogs, skip link', async () => {
  const { page, context, complaints } = await newPage(browser);
  await open(page, '/');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to content');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
  for (const [key, heading] of [['d', 'Datanodes'], ['a', 'Applications'], ['q', 'Queues'], ['n', 'Nodes'], ['c', 'Configuration'], ['u', 'Audit'], ['s', 'Submit'], ['m', 'Namenode']]) {
    await page.keyboard.press('g');
    await page.keyboard.press(key);
    await page.getByRole('heading', { level: 1, name: heading }).waitFor();
  }
  await page.keyboard.press('g');
  await page.keyboard.press('a');
  await page.locator('tbody tr').first().waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('terasort');
  await page.waitForURL(/q=terasort/);
  await page.waitForFunction(() => [...document.querySelectorAll('td.app a')].every(a => a.textContent.includes('terasort')));
  await page.locator('tbody tr').first().focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  const name = await page.evaluate(() => document.activeElement.querySelector('.mono').textContent);
  await page.keyboard.press('Enter');
  await page.waitForURL(new RegExp(name));
  await page.keyboard.press('?');
  await page.getByRole('dialog').waitFor();
  for (let i = 0; i < 6; i++) await page.keyboard.press('Tab');
  assert.ok(await page.evaluate(() => document.activeElement === document.body || document.activeElement.closest('dialog') !== null), 'focus stays in the dialog');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.keyboard.press('t');
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
  assert.deepEqual(complaints, []);
  await context.close();
});

test('a folder of a million entries scrolls to its end, jumps to a name, and keeps few rows', async () => {
  const { page, context, complaints } = await newPage(browser);
  await open(page, '/files/million');
  const listing = page.getByRole('grid', { name: 'Folder' });
  await listing.getByText('file-0000000', { exact: true }).waitFor();
  await listing.evaluate(node => { node.scrollTop = node.scrollHeight * 0.01; });
  await page.waitForFunction(() => /file-00[01]\d{4}/.test(document.querySelector('.listing .space')?.textContent ?? '') && !document.querySelector('.listing .space').textContent.includes('…'));
  assert.ok(await page.locator('.entry').count() < 80);
  await page.locator('[data-search]').fill('file-0999990');
  await page.keyboard.press('Enter');
  await listing.getByText('file-0999999', { exact: true }).waitFor();
  await listing.focus();
  await page.keyboard.press('End');
  await page.keyboard.press(' ');
  await page.waitForURL(/sel=file-0999999/);
  assert.deepEqual(complaints, []);
  await context.close();
});

test('files: made, uploaded by drop and by choosing, seen, renamed, changed, thrown away and restored; a hostile name is text', async () => {
  const { page, context, complaints } = await newPage(browser);
  await open(page, '/files/tmp');
  await page.getByRole('button', { name: 'New folder…' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('inbox');
  await page.getByRole('button', { name: 'Create' }).click();
  await page.getByRole('grid').getByText('inbox').dblclick();
  await page.waitForURL(/files\/tmp\/inbox/);
  await page.setInputFiles('input[type=file]', { name: 'hello.txt', mimeType: 'text/plain', buffer: Buffer.from('hello from the browser\n') });
  await page.getByRole('grid').getByText('hello.txt').waitFor();
  await page.evaluate(() => {
    const data = new DataTransfer();
    data.items.add(new File(['dropped'], 'dropped.txt'));
    document.querySelector('section.panel[aria-label^="Listing"]').dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
  });
  await page.getByRole('grid').getByText('dropped.txt').waitFor();
  await page.getByRole('grid').getByText('hello.txt').click();
  await page.locator('.preview').getByText('hello from the browser').waitFor();
  const ask = async (button, fill, action) => { await page.locator('.detail').getByRole('button', { name: button }).click(); for (const [label, text] of fill) await page.locator('dialog label.field', { has: page.locator('span', { hasText: label }) }).locator('input').fill(text); await page.getByRole('dialog').getByRole('button', { name: action, exact: true }).click(); await page.getByRole('dialog').waitFor({ state: 'detached' }); };
  await ask('Permissions…', [['Permission', '600']], 'Set');
  await ask('Owner…', [['Owner', 'bob'], ['Group', 'dev']], 'Set');
  await ask('Replication…', [['Copies', '2']], 'Set');
  await ask('ACL…', [['Entries', 'user:carla:r--']], 'Apply');
  await page.getByRole('tab', { name: 'Details' }).click();
  for (const words of ['-rw------- (600)', 'bob : dev', '2 copies', 'user:carla:r--']) await page.locator('.detail').getByText(words).waitFor();
  await page.getByRole('tab', { name: 'Blocks' }).click();
  await page.locator('.blocks').getByText('blk_').first().waitFor();
  await ask('Rename…', [['New path', '/tmp/inbox/renamed.txt']], 'Rename');
  await page.waitForURL(/sel=renamed.txt/);
  await ask('Move to trash…', [], 'Move to trash');
  await page.getByRole('grid').getByText('renamed.txt').waitFor({ state: 'detached' });
  await page.goto(mock.origin + '/console/files/?view=trash');
  await page.getByRole('button', { name: 'Restore…' }).first().click();
  await page.getByRole('dialog').getByRole('button', { name: 'Restore', exact: true }).click();
  await toastSays(page, '/tmp/inbox/renamed.txt is back');
  await open(page, '/files/data');
  await page.getByRole('grid').getByText('<img src=x onerror=alert(document.domain)>').click();
  await page.locator('.preview').getByText('nothing happens').waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});

test('several files at once: chosen, moved, thrown away; folders go up as a whole, by choosing and by drop', async () => {
  const { page, context, complaints } = await newPage(browser);
  await open(page, '/files/tmp');
  const grid = page.getByRole('grid', { name: 'Folder' });
  const local = mkdtempSync(join(tmpdir(), 'tusk-page-'));
  mkdirSync(join(local, 'album/deep'), { recursive: true });
  for (const [name, text] of [['album/one.txt', '1'], ['album/two.txt', '22'], ['album/deep/three.txt', '333']]) writeFileSync(join(local, name), text);
  await page.setInputFiles('input[webkitdirectory]', join(local, 'album'));
  await page.locator('.panel', { hasText: 'Uploads: 3 of 3 files done' }).waitFor();
  rmSync(local, { recursive: true });
  await grid.getByText('album', { exact: true }).waitFor();
  // A browser gives a dropped folder as entries; a script cannot drop one, so these stand in for them.
  await page.evaluate(() => {
    const file = name => ({ isFile: true, isDirectory: false, name, file: done => done(new File([name], name)) });
    const folder = (name, ...children) => ({ isFile: false, isDirectory: true, name, createReader: () => { let parts = [children, []]; return { readEntries: done => done(parts.shift()) }; } });
    const data = new DataTransfer();
    data.items.add(new File(['x'], 'x'));
    const event = new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true });
    Object.defineProperty(event.dataTransfer, 'items', { value: [{ kind: 'file', getAsFile: () => null, webkitGetAsEntry: () => folder('tree', file('leaf.txt'), folder('branch', file('twig.txt')), folder('hollow')) }] });
    document.querySelector('section.panel[aria-label^="Listing"]').dispatchEvent(event);
  });
  await page.locator('.panel', { hasText: 'Uploads: 2 of 2 files done' }).waitFor();
  await grid.getByText('tree', { exact: true }).click();
  for (const name of ['leaf.txt', 'branch', 'hollow']) await grid.getByText(name, { exact: true }).waitFor();
  await open(page, '/files/tmp/album');
  await grid.getByText('one.txt', { exact: true }).click({ modifiers: ['ControlOrMeta'] });
  await grid.getByRole('checkbox', { name: 'Choose two.txt' }).click();
  await page.getByText('2 entries chosen').waitFor();
  const bar = page.getByRole('toolbar', { name: 'What is chosen' });
  await bar.getByRole('button', { name: 'Move…' }).click();
  await page.getByRole('dialog').getByLabel('To the folder').fill('/tmp/album/deep');
  await page.getByRole('dialog').getByRole('button', { name: 'Move', exact: true }).click();
  await toastSays(page, '2 entries moved to /tmp/album/deep');
  await open(page, '/files/tmp/album/deep');
  await grid.focus();
  await page.keyboard.press('Control+a');
  await page.getByText('3 entries chosen').waitFor();
  await page.keyboard.press('Delete');
  await page.getByRole('dialog').getByRole('button', { name: 'Move to trash' }).click();
  await toastSays(page, '3 entries moved to the trash');
  await page.getByText('This folder is empty').waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});

test('a daemon that is down is named with its time, the rest works, and its views come back by themselves', async () => {
  const { page, context } = await newPage(browser);
  await open(page, '/apps');
  await mock.control('down/resourcemanager');
  await page.locator('.live.down', { hasText: /resource manager down since \d\d:\d\d/ }).waitFor();
  await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Files' }).click();
  await page.getByRole('grid').getByText('models').waitFor();
  await page.goto(mock.origin + '/console/queues');
  await page.locator('main').getByText(/does not answer/).first().waitFor();
  await mock.control('up/resourcemanager');
  await page.locator('.queue').first().waitFor();
  await page.locator('.live', { hasText: 'Live' }).waitFor();
  await page.keyboard.press('p');
  await page.locator('.live.paused', { hasText: 'Paused' }).waitFor();
  await context.close();
});

test('a viewer sees no actions; a cluster with a login asks for it and says what is wrong', async () => {
  const { page, context } = await newPage(browser);
  await mock.control('role/viewer');
  await open(page, '/namenode');
  assert.equal(await page.getByRole('button', { name: /safe mode/ }).count(), 0);
  await mock.control('role/admin');
  await mock.control('login/on');
  await open(page, '/apps');
  await page.getByLabel('User').fill('ann');
  await page.getByLabel('Password').fill('wrong');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('alert').getByText('User or password is wrong.').waitFor();
  await page.getByLabel('Password').fill('tusk');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('heading', { name: 'Applications' }).waitFor();
  await mock.control('login/off');
  await context.close();
});

test('actions on the cluster: safe mode, checkpoint, decommission, maintenance, kill, submit', async () => {
  const { page, context, complaints } = await newPage(browser);
  const confirm = async name => { await page.getByRole('dialog').getByRole('button', { name, exact: true }).click(); };
  await open(page, '/namenode');
  await page.getByRole('button', { name: 'Checkpoint now…' }).click();
  await confirm('Make a checkpoint');
  await toastSays(page, 'Checkpoint at transaction 9,123,456');
  await page.getByRole('button', { name: 'Enter safe mode…' }).click();
  await confirm('Enter safe mode');
  await page.locator('.banner', { hasText: 'Safe mode is on' }).waitFor();
  await page.getByRole('button', { name: 'Leave safe mode…' }).click();
  await confirm('Leave safe mode');
  await open(page, '/datanodes?q=node-0005');
  await page.getByRole('button', { name: 'Actions for node-0005' }).click();
  await page.getByRole('menuitem', { name: 'Maintenance…' }).click();
  await confirm('Begin maintenance');
  await page.locator('tbody').getByText('entering maintenance').waitFor();
  await open(page, '/nodes?q=node-0006');
  await page.getByRole('button', { name: 'Actions for node-0006' }).click();
  await page.getByRole('menuitem', { name: 'Decommission…' }).click();
  await confirm('Decommission');
  await page.locator('tbody').getByText('decommissioning').waitFor();
  await open(page, '/apps/application_1763000000000_9996');
  await page.getByRole('button', { name: 'Kill…' }).click();
  await confirm('Kill');
  await page.locator('.head').getByText('killed').waitFor();
  await open(page, '/submit');
  await page.getByLabel('Input').fill('/data/logs');
  await page.getByLabel('Output').fill('/data/out');
  await page.locator('.command').getByText('/data/out').waitFor();
  await page.getByRole('button', { name: 'Submit', exact: true }).click();
  await page.getByRole('link', { name: 'Go to the application' }).waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});

test('live updates leave memory and the document as they were', async () => {
  const minutes = Number(process.env.TUSK_CONSOLE_MINUTES ?? 0.25);
  // Side by side, each in a context of its own: thirty minutes are thirty minutes for all.
  const watched = await Promise.all((minutes >= 1 ? ['/nodes', '/', '/apps', '/datanodes', '/audit'] : ['/nodes']).map(async url => {
    const { page, context } = await newPage(browser);
    const session = await context.newCDPSession(page);
    const measure = async () => { await session.send('HeapProfiler.collectGarbage'); const { usedSize } = await session.send('Runtime.getHeapUsage'); return { heap: usedSize, nodes: await page.evaluate(() => document.querySelectorAll('*').length) }; };
    await open(page, url);
    return { url, page, context, measure };
  }));
  await watched[0].page.waitForTimeout(4000);
  for (const view of watched) view.samples = [await view.measure()];
  const parts = minutes >= 1 ? 6 : 1;
  for (let at = 0; at < parts; at++) {
    await watched[0].page.waitForTimeout(minutes * 60000 / parts);
    for (const view of watched) view.samples.push(await view.measure());
  }
  for (const { url, context, samples } of watched) {
    const first = samples[0], last = samples.at(-1);
    console.log(`${url}: heap ${samples.map(s => (s.heap / 1048576).toFixed(1)).join(' → ')} MiB, ${first.nodes} → ${last.nodes} elements in ${minutes} min`);
    assert.ok(last.heap < first.heap * 1.2 + 3 * 1048576, `${url}: the heap grows`);
    assert.ok(last.nodes <= first.nodes + 50, `${url}: the document grows`);
    await context.close();
  }
});

test('the picture for the README', { skip: !process.env.TUSK_CONSOLE_SHOT }, async () => {
  const { page, context } = await newPage(browser, { viewport: { width: 1440, height: 1000 }, deviceScaleFactor: 1 });
  await open(page, '/');
  await page.locator('.spark path').first().waitFor({ state: 'attached' });
  await page.screenshot({ path: process.env.TUSK_CONSOLE_SHOT });
  await context.close();
});
