// The page for people behind a quantization's tracking URL; addresses are relative, so it also works behind the resource manager's proxy.
#pragma once

namespace tusk::quant {

inline constexpr char kQuantPage[] = R"(<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>Quantization</title>
<style>body{font:14px sans-serif;margin:1em}td,th{padding:2px 10px;text-align:right}</style></head>
<body><h2 id="title">Quantization</h2><p id="state"></p><h3>Workers</h3><table id="workers"></table><h3>Tensors</h3><table id="tensors"></table>
<h3>Events</h3><pre id="events"></pre>
<script>
'use strict';
const at = id => document.getElementById(id);
const get = async name => (await fetch('ws/v1/quant/' + name)).json();
const size = n => n == null ? '' : n < 1e6 ? (n / 1e3).toFixed(1) + ' kB' : (n / 1e6).toFixed(1) + ' MB';
const share = x => (100 * x).toFixed(0) + ' %';
function rows(table, list) {
  table.replaceChildren(...list.map(cells => {
    const row = document.createElement('tr');
    cells.forEach(text => { const td = document.createElement('td'); td.textContent = text == null ? '' : text; row.appendChild(td); });
    return row;
  }));
}
async function show() {
  const job = await get('job'), events = (await get('events')).events;
  at('title').textContent = job.name + ' (' + job.application + ')';
  at('state').textContent = `${job.state}: to ${job.type}, ${size(job.bytesDone)} of ${size(job.bytesTotal)}, ${job.piecesDone} of ${job.piecesTotal} pieces` +
    (job.bytesPerSecond == null ? '' : `, ${size(job.bytesPerSecond)}/s, ${job.secondsLeft.toFixed(0)} s left`) + `, workers at work ${share(job.atWork)} ${job.diagnostics}`;
  rows(at('workers'), [['container', 'node', 'state', 'pieces', 'at work'], ...job.workers.map(w => [w.container, w.node, w.state, w.pieces, share(w.atWork)])]);
  rows(at('tensors'), [['tensor', 'type', 'shape', 'size', 'was', 'error (NMSE)', 'done'], ...job.tensors.map(t =>
    [t.name, t.type, t.shape.join(' x '), size(t.bytes), size(t.sourceBytes), t.error == null ? '' : t.error.toPrecision(3), share(t.done)])]);
  at('events').textContent = events.slice(-30).map(e => new Date(e.time_ms).toISOString() + ' ' + e.message).join('\n');
}
async function follow() { try { await show(); } catch (error) { at('state').textContent = 'no answer: ' + error; } setTimeout(follow, 2000); }
follow();
</script></body></html>
)";

}  // namespace tusk::quant
