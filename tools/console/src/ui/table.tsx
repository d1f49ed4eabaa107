// A table that the keyboard walks: arrows move between rows, Enter opens; sorting is said to screen readers and kept in the URL.
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { query, setQuery } from '../core/router';
import { Icon } from './icons';

export type Column<T> = {
  title: string;
  cell: (row: T) => ComponentChildren;
  class?: string;
  sort?: string;         // the server's (or `sortRows`'s) name of this order
};
type Props<T> = { label: string; columns: Array<Column<T>>; rows: T[]; rowKey: (row: T) => string; onOpen?: (row: T) => void; selected?: string | null; empty?: ComponentChildren; sortName?: string; defaultSort?: string };

export function Table<T>({ label, columns, rows, rowKey, onOpen, selected, empty, sortName = 'sort', defaultSort }: Props<T>) {
  const body = useRef<HTMLTableSectionElement>(null);
  const sort = query.value.get(sortName) ?? defaultSort ?? '';
  const onKey = (event: KeyboardEvent) => {
    const row = (event.target as HTMLElement).closest('tr');
    if (!row || event.target !== row) return;
    const all = [...(body.current?.rows ?? [])];
    const at = all.indexOf(row as HTMLTableRowElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1, PageDown: at + 10, PageUp: at - 10 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      const next = all[Math.max(0, Math.min(all.length - 1, to))]!;
      row.tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
      next.scrollIntoView({ block: 'nearest' });
    } else if (event.key === 'Enter' && onOpen) {
      event.preventDefault();
      onOpen(rows[at]!);
    }
  };
  const open = (event: MouseEvent, row: T) => {
    if (!onOpen || (event.target as HTMLElement).closest('a, button, input, select, label')) return;
    if (!window.getSelection()?.isCollapsed) return;
    onOpen(row);
  };
  if (rows.length === 0) return <>{empty ?? <div class="empty">Nothing here.</div>}</>;
  return (
    <div class="scroll" tabIndex={onOpen ? undefined : 0} role="region" aria-label={label}>
      <table>
        <thead>
          <tr>
            {columns.map(column => {
              const on = column.sort !== undefined && (sort === column.sort || sort === '-' + column.sort);
              const falling = sort.startsWith('-');
              return (
                <th key={column.title} scope="col" class={column.class} aria-sort={on ? (falling ? 'descending' : 'ascending') : undefined}>
                  {column.sort === undefined ? column.title : (
                    <button type="button" onClick={() => setQuery({ [sortName]: on && !falling ? '-' + column.sort! : column.sort!, offset: null })}>
                      {column.title}{on && <Icon name={falling ? 'downward' : 'up'} size={11} />}
                    </button>
                  )}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody ref={body} onKeyDown={onKey}>
          {rows.map((row, index) => {
            const key = rowKey(row);
            return (
              <tr key={key} class={onOpen ? 'clickable' : ''} tabIndex={onOpen ? (index === 0 ? 0 : -1) : undefined} aria-selected={selected === key ? 'true' : undefined} onClick={event => open(event, row)}>
                {columns.map(column => <td key={column.title} class={column.class}>{column.cell(row)}</td>)}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

// Sorts what is already here by the URL's order.
export function sortRows<T>(rows: T[], values: Record<string, (row: T) => number | string>, defaultSort = '', sortName = 'sort'): T[] {
  const sort = query.value.get(sortName) ?? defaultSort;
  const value = values[sort.replace(/^-/, '')];
  if (!value) return rows;
  const sign = sort.startsWith('-') ? -1 : 1;
  return [...rows].sort((a, b) => {
    const x = value(a), y = value(b);
    return sign * (typeof x === 'number' && typeof y === 'number' ? x - y : String(x).localeCompare(String(y), 'en', { numeric: true }));
  });
}
