// The page for people behind a training's tracking URL.
#pragma once

namespace tusk::ml {

// Draws every figure over the steps; addresses are relative, so it also works behind the resource manager's proxy.
inline constexpr char kTrainingPage[] = R"(<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>Training</title>
<style>body{font:14px sans-serif;margin:1em}td,th{padding:2px 10px;text-align:right}svg{border:1px solid #bbb;margin:4px}</style></head>
<body><h2 id="title">Training</h2><p id="state"></p><div id="curves"></div><h3>Workers</h3><table id="workers"></table>
<h3>Events</h3><pre id="events"></pre>
<script>
'use strict';
const at = id => document.getElementById(id);
const get = async name => (await fetch('ws/v1/ml/' + name)).json();
function cell(row, text) { const td = document.createElement('td'); td.textContent = text; row.appendChild(td); }
function curve(name, points) {
  const w = 420, h = 160, ys = points.map(p => p.y), low = Math.min(...ys), high = Math.max(...ys), last = points[points.length - 1].x;
  const line = points.map(p => (p.x / last * w).toFixed(1) + ',' + (h - (p.y - low) / (high - low || 1) * h).toFixed(1)).join(' ');
  const figure = document.createElement('span'), label = document.createElement('div');
  figure.style.display = 'inline-block';
  label.textContent = name + ' ' + ys[ys.length - 1].toPrecision(6) + '  (' + low.toPrecision(4) + ' to ' + high.toPrecision(4) + ')';
  figure.innerHTML = `<svg width="${w}" height="${h}"><polyline fill="none" stroke="#06c" points="${line}"/></svg>`;
  figure.prepend(label);
  return figure;
}
async function show() {
  const job = (await get('job')).job, steps = (await get('steps')).steps, events = (await get('events')).events;
  at('title').textContent = job.name + ' (' + job.application + ')';
  at('state').textContent = `${job.state}, step ${job.steps}, ${(job.progress * 100).toFixed(0)} %, epoch ${job.epoch % 4294967296} ${job.diagnostics}`;
  const names = [...new Set(steps.flatMap(s => Object.keys(s.figures)))];
  at('curves').replaceChildren(...names.map(n => [n, steps.filter(s => s.figures[n] != null).map(s => ({x: s.step, y: s.figures[n]}))])
    .filter(([n, p]) => p.length > 0).map(([n, p]) => curve(n, p)));
  at('workers').replaceChildren(...[{container: 'container', node: 'node', state: 'state', rank: 'rank', shards: 'shards', last_step: 'step'}, ...job.workers].map(w => {
    const row = document.createElement('tr'), recent = w.recent_step_seconds || [];
    [w.container, w.node, w.state, w.rank, w.shards, w.last_step].forEach(v => cell(row, v == null ? '' : v));
    cell(row, w.recent_step_seconds ? (recent.length ? (1000 * recent[recent.length - 1]).toFixed(2) : '') : 'ms of its last step');
    return row;
  }));
  at('events').textContent = events.slice(-30).map(e => new Date(e.time_ms).toISOString() + ' ' + e.message).join('\n');
}
async function follow() { try { await show(); } catch (error) { at('state').textContent = 'no answer: ' + error; } setTimeout(follow, 2000); }
follow();
</script></body></html>
)";

}  // namespace tusk::ml
