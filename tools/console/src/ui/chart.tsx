// Lines over time: sparklines as SVG, charts with axes by uPlot (loaded when the first one is shown).
import { useEffect, useRef, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import { color, isDark } from '../core/theme';

export function Spark({ values, label }: { values: Array<number | null>; label: string }) {
  const known = values.filter((v): v is number => v !== null);
  if (known.length < 2) return <svg class="spark" role="img" aria-label={label + ': no data yet'} viewBox="0 0 100 44" preserveAspectRatio="none" />;
  const top = Math.max(...known, 1e-9) * 1.08;
  const at = (v: number, i: number) => `${((i / (values.length - 1)) * 100).toFixed(2)},${(42 - (v / top) * 40).toFixed(2)}`;
  let line = '', area = '', first = -1, last = 0;
  values.forEach((v, i) => { if (v === null) return; line += (line ? 'L' : 'M') + at(v, i); if (first < 0) first = i; last = i; });
  area = line + `L${((last / (values.length - 1)) * 100).toFixed(2)},44L${((first / (values.length - 1)) * 100).toFixed(2)},44Z`;
  return <svg class="spark" role="img" aria-label={label} viewBox="0 0 100 44" preserveAspectRatio="none"><path class="area" d={area} /><path d={line} /></svg>;
}

export type ChartSeries = { label: string; values: Array<number | null>; color?: number };
type ChartProps = { x: number[]; series: ChartSeries[]; height?: number; format?: (value: number) => string; time?: boolean; xLabel?: string; label: string; log?: boolean };

export function Chart({ x, series, height = 180, format, time = true, label, log }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [ready, setReady] = useState<typeof uPlot | null>(null);
  useEffect(() => { let alive = true; void import('uplot').then(module => { if (alive) setReady(() => module.default); }); return () => { alive = false; }; }, []);
  const dark = isDark();
  const names = series.map(s => s.label).join('\u0000');
  const data = [time ? x.map(t => t / 1000) : x, ...series.map(s => s.values)] as uPlot.AlignedData;
  useEffect(() => {
    if (!ready || !box.current) return;
    const node = box.current;
    const axis = { stroke: color('--muted'), grid: { stroke: color('--line'), width: 1 }, ticks: { show: false }, font: '11px ' + getComputedStyle(document.body).fontFamily };
    const chart = new ready({
      width: Math.max(120, node.clientWidth - 24), height,
      cursor: { y: false, drag: { x: false, y: false } },
      scales: { x: { time }, y: log ? { distr: 3 } : { range: (_u: uPlot, min: number, max: number): [number, number] => [Math.min(0, min), max <= 0 ? 1 : max * 1.06] } },
      axes: [{ ...axis, size: 28, values: time ? '{HH}:{mm}' as never : undefined, space: 70 }, { ...axis, size: 66, values: (_u: uPlot, ticks: number[]) => ticks.map(v => (v === null ? '' : (format ?? String)(v))) }],
      series: [{ label: time ? 'time' : 'step', value: time ? '{HH}:{mm}:{ss}' : undefined }, ...series.map((s, i) => ({
        label: s.label, stroke: color(`--c${s.color ?? (i % 6) + 1}`), width: 1.6, points: { show: false }, value: (_u: uPlot, v: number | null) => (v === null || v === undefined ? '–' : (format ?? String)(v)),
      }))],
    }, data, node);
    plot.current = chart;
    const observer = new ResizeObserver(() => chart.setSize({ width: Math.max(120, node.clientWidth - 24), height }));
    observer.observe(node);
    return () => { observer.disconnect(); chart.destroy(); plot.current = null; };
  }, [ready, names, height, dark, time, log]);
  useEffect(() => { plot.current?.setData(data); }, [data]);
  return <div class="chart" ref={box} role="img" aria-label={label} />;
}
