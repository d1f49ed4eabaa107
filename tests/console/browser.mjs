// What the page's tests share: the simulated cluster as a process of its own, Debian's Chromium, routes.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const ROUTES = [
  ['overview', '/'], ['files', '/files/'], ['files-folder', '/files/data/logs/2026-11-21'], ['files-detail', '/files/data?sel=readme.txt'], ['files-blocks', '/files/data/logs/2026-11-21?sel=part-00003.log&tab=blocks'], ['files-million', '/files/million'], ['trash', '/files/?view=trash'],
  ['datanodes', '/datanodes'], ['datanode', '/datanodes?node=10.1.0.78:9866'], ['namenode', '/namenode'], ['apps', '/apps'], ['job', '/apps/application_1763000000000_10000'], ['job-timeline', '/apps/application_1763000000000_10000?tab=timeline'], ['job-tasks', '/apps/application_1763000000000_10000?tab=tasks'],
  ['job-counters', '/apps/application_1763000000000_10000?tab=counters'], ['job-logs', '/apps/application_1763000000000_10000?tab=logs'], ['job-containers', '/apps/application_1763000000000_10000?tab=containers'], ['job-ml', '/apps/application_1763000000000_9999'], ['job-quant', '/apps/application_1763000000000_9998'],
  ['job-waiting', '/apps/application_1763000000000_9994'], ['submit', '/submit'], ['queues', '/queues'], ['nodes', '/nodes'], ['node', '/nodes?node=node-0003.cluster.example:45454'], ['config', '/config'], ['audit', '/audit'], ['login', '/login'],
];

export async function startMock(eventMs = 1000) {
  const child = spawn(process.execPath, [root + 'tools/console/mock/server.mjs', '0'], { env: { ...process.env, MOCK_EVENT_MS: String(eventMs) }, stdio: ['ignore', 'pipe', 'inherit'] });
  const origin = await new Promise((resolve, reject) => {
    child.stdout.on('data', data => { const match = /http:\/\/[^/]+/.exec(String(data)); if (match) resolve(match[0]); });
    child.on('exit', code => reject(new Error(`the mock ended with ${code}`)));
  });
  return { origin, stop: () => child.kill(), control: async what => { await fetch(`${origin}/mock/${what}`, { method: 'POST' }); } };
}

export const browserPath = process.env.TUSK_CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
export function launch(args = []) {
  return chromium.launch({ executablePath: browserPath, args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--disable-background-networking', ...args] });
}

// A page whose complaints (console errors, CSP, exceptions) are collected.
export async function newPage(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, colorScheme: 'light', reducedMotion: 'reduce', acceptDownloads: true, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(Number(process.env.TUSK_CONSOLE_TIMEOUT_MS ?? 60000));
  const complaints = [];
  page.on('console', message => { if (message.type() === 'error' && !/status of (401|403|404|409|503)/.test(message.text())) complaints.push(message.text()); });
  page.on('pageerror', error => complaints.push(String(error)));
  page.on('dialog', dialog => { complaints.push('a script opened a dialog: ' + dialog.message()); void dialog.dismiss(); });
  return { page, context, complaints };
}

export async function settled(page) {
  await page.waitForSelector('main h1, main .empty, .login h1', { state: 'attached' });
  await page.waitForFunction(() => !document.querySelector('[aria-busy="true"]'));
}
