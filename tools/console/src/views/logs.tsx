// Logs of a container: its files, and the text as it is written.
import { useEffect, useRef, useState } from 'preact/hooks';
import { call, id, params } from '../core/api';
import type { YarnAppDetail, YarnLogFiles } from '../core/api_types';
import { bytes, plural } from '../core/format';
import { useQuery } from '../core/hooks';
import { query, setQuery } from '../core/router';
import { Answer, Badge, Empty, Panel, Problem } from '../ui/parts';

const TAIL = 262144, KEPT = 2_000_000;

// Reads the end of the file and follows it while the container runs; the newest 2 MB stay on display.
function Text({ container, file, follow }: { container: string; file: string; follow: boolean }) {
  const box = useRef<HTMLPreElement>(null);
  const [error, setError] = useState<Error | null>(null);
  const [size, setSize] = useState(0);
  const [state, setState] = useState<'loading' | 'following' | 'over'>('loading');
  useEffect(() => {
    const stop = new AbortController();
    const node = box.current!;
    node.textContent = '';
    setError(null);
    setSize(0);
    setState('loading');
    let read = 0;
    const add = (text: string) => {
      const atEnd = node.scrollHeight - node.scrollTop - node.clientHeight < 40;
      node.append(text);
      let length = node.textContent!.length;
      while (length > KEPT && node.firstChild && node.childNodes.length > 1) { length -= node.firstChild.textContent!.length; node.firstChild.remove(); }
      if (atEnd) node.scrollTop = node.scrollHeight;
    };
    const stream = async (start: number): Promise<void> => {
      const response = await call('GET', `/yarn/containers/${id(container)}/logs/${id(file)}` + params({ start: start || null, follow }), undefined, stop.signal);
      setState(follow ? 'following' : 'over');
      const reader = response.body!.getReader();
      const decoder = new TextDecoder();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        read += value.length;
        add(decoder.decode(value, { stream: true }));
        setSize(read);
      }
      setState('over');
    };
    stream(-TAIL).catch(cause => { if (!stop.signal.aborted) { setError(cause as Error); setState('over'); } });
    return () => stop.abort();
  }, [container, file, follow]);
  return (
    <>
      {error && <div class="pad"><Problem error={error} /></div>}
      <pre class="log" ref={box} tabIndex={0} aria-label={`Text of ${file}`} />
      <div class="pager"><span class="muted">{bytes(size)} read</span>{state === 'following' ? <Badge state="running">following</Badge> : state === 'over' ? <Badge>end</Badge> : <Badge>loading</Badge>}<button class="button small" type="button" onClick={() => { box.current!.scrollTop = box.current!.scrollHeight; }}>To the end</button></div>
    </>
  );
}

export function Logs({ app }: { app: YarnAppDetail }) {
  const choices = [...app.attempts.filter(a => a.masterContainer).map(a => [a.masterContainer!, `master, attempt ${a.number}`] as [string, string]), ...app.containerList.filter(c => !c.master).map(c => [c.id, `${c.id.replace(/^.*_(\d+)$/, '$1')} on ${c.node}`] as [string, string])];
  const chosen = query.value.get('container') ?? choices.at(0)?.[0] ?? null;
  const files = useQuery<YarnLogFiles>(chosen === null ? null : `/yarn/containers/${id(chosen)}/logs`, { daemon: 'resourcemanager', everyMs: 5000, keep: false });
  const names = files.data?.files ?? [];
  const file = query.value.get('file') ?? names.find(f => f.name === 'syslog' && f.size > 0)?.name ?? names.find(f => f.name === 'stderr' && f.size > 0)?.name ?? names.find(f => f.size > 0)?.name ?? names[0]?.name ?? null;
  if (chosen === null) return <Panel><Empty title="No container yet">Logs begin with the first container.</Empty></Panel>;
  return (
    <Panel title="Logs" actions={
      <>
        <select class="input" aria-label="Container" value={chosen} onChange={e => setQuery({ container: e.currentTarget.value, file: null })}>
          {!choices.some(c => c[0] === chosen) && <option value={chosen}>{chosen}</option>}
          {choices.map(([key, title]) => <option key={key} value={key}>{title}</option>)}
        </select>
        {names.length > 0 && <select class="input" aria-label="File" value={file ?? ''} onChange={e => setQuery({ file: e.currentTarget.value })}>{names.map(f => <option key={f.name} value={f.name}>{f.name} ({bytes(f.size)})</option>)}</select>}
      </>
    }>
      <Answer query={files}>{data => (
        <>
          <div class="pad bar muted"><span class="mono wrap">{data.container}</span><span>{data.source === 'node' ? `on ${data.node ?? 'its node'}` : data.source === 'aggregated' ? 'from the filesystem' : ''}</span><span>{plural(data.files.length, 'file')}</span></div>
          {file !== null && data.files.length > 0 ? <Text key={data.container + file} container={data.container} file={file} follow={!data.complete} /> : <Empty title="No log files">{data.message}</Empty>}
        </>
      )}</Answer>
    </Panel>
  );
}
