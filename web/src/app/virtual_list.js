// SPDX-License-Identifier: BSD-3-Clause
import {useLayoutEffect, useRef, useState} from 'preact/hooks';
import {html} from './html.js';

/** Rows above and below what is seen. */
const margin = 10;

/**
 * A list of which only what is seen is in the document. All rows are equally
 * high.
 *
 * @param follow whether the end stays in view.
 * @param onFollow called when scrolling leaves the end, or comes back to it.
 * @param onKey called with keys that the list itself has no use for.
 */
export function VirtualList({
  id, label, count, rowHeight, row, follow, onFollow, active, onKey,
}) {
  const box = useRef(null);
  const [view, setView] = useState({top: 0, height: 600});

  const look = () => {
    if (!box.current) {
      return;
    }
    const {scrollTop, clientHeight} = box.current;
    if (scrollTop !== view.top || clientHeight !== view.height) {
      setView({top: scrollTop, height: clientHeight});
    }
  };
  // It may come when the list has been taken away.
  const scrolled = event => {
    const {scrollTop, clientHeight, scrollHeight} = event.currentTarget;
    const atEnd = scrollHeight - clientHeight - scrollTop < rowHeight * 1.5;
    if (atEnd !== follow) {
      onFollow(atEnd);
    }
    look();
  };

  useLayoutEffect(() => {
    if (follow) {
      box.current.scrollTop = count * rowHeight;
    }
    look();
  }, [count, follow, rowHeight]);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(look);
    observer.observe(box.current);
    return () => observer.disconnect();
  });

  const first = Math.max(0, Math.floor(view.top / rowHeight) - margin);
  const end = Math.min(
    count, Math.ceil((view.top + view.height) / rowHeight) + margin);
  const rows = [];
  for (let i = first; i < end; ++i) {
    rows.push(row(i, {
      id: `${id}-${i}`, role: 'option', 'aria-selected': i === active,
      'aria-posinset': i + 1, 'aria-setsize': count,
      style: {top: `${i * rowHeight}px`, height: `${rowHeight}px`},
    }));
  }
  const isActiveShown = active >= first && active < end;
  return html`
    <div class="virtual" ref=${box} role="listbox" tabindex="0"
         aria-label=${label} onScroll=${scrolled} onKeyDown=${onKey}
         aria-activedescendant=${isActiveShown ? `${id}-${active}` : undefined}>
      <div class="virtual-all" role="presentation"
           style=${{height: `${count * rowHeight}px`}}>${rows}</div>
    </div>`;
}
