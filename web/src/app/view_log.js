// SPDX-License-Identifier: BSD-3-Clause
import {useEffect, useMemo, useRef, useState} from 'preact/hooks';
import {useCell} from './cell.js';
import {html} from './html.js';
import {FilteredLog, levels, runtime} from './log_store.js';
import {logCells} from './log_lines.js';
import {Panel} from './parts.js';
import {VirtualList} from './virtual_list.js';

const rowHeight = 24;

/** What was chosen stays while other views are looked at. */
const chosen = {level: 'info', process: '', text: ''};

function useChosen(name) {
  const [value, setValue] = useState(chosen[name]);
  return [value, next => {
    chosen[name] = next;
    setValue(next);
  }];
}

function Filters({store, level, process, text}) {
  const names = (store.status.value?.processes ?? []).map(each => each.name);
  return html`
    <div class="filters">
      <label>Level
        <select value=${level[0]} onChange=${e => level[1](e.target.value)}>
          ${levels.map(each => html`
            <option key=${each} value=${each}>${each} and above</option>`)}
        </select></label>
      <label>Process
        <select value=${process[0]} onChange=${e => process[1](e.target.value)}>
          <option value="">all</option>
          <option value=${runtime}>the runtime</option>
          ${names.map(each => html`
            <option key=${each} value=${each}>${each}</option>`)}
        </select></label>
      <label class="grow">Text
        <input type="search" value=${text[0]} spellcheck=${false}
               autocomplete="off" placeholder="all of these words"
               onInput=${e => text[1](e.target.value)}
               onKeyDown=${e => e.key === 'Escape' && e.target.blur()} /></label>
    </div>`;
}

/** All of one event. */
function Detail({entry, close}) {
  const fields = entry.isMark
    ? [['event', entry.text]] : Object.entries(entry.event);
  return html`
    <div class="log-detail" role="group" aria-label="The chosen event">
      <button type="button" class="plain" onClick=${close}>Close</button>
      <dl>
        ${fields.map(([name, value]) => html`
          <div key=${name}><dt>${name}</dt>
            <dd>${typeof value === 'string' ? value : JSON.stringify(value)}</dd>
          </div>`)}
      </dl>
    </div>`;
}

export function Log({store}) {
  const level = useChosen('level');
  const process = useChosen('process');
  const text = useChosen('text');
  const [follow, setFollow] = useState(true);
  const [active, setActive] = useState(-1);
  useCell(store.log.version);
  useCell(store.status);

  const filter = useMemo(() => ({
    level: levels.indexOf(level[0]),
    process: process[0],
    words: text[0].toLowerCase().split(/\s+/).filter(Boolean),
  }), [level[0], process[0], text[0]]);
  const filtered = useMemo(() => new FilteredLog(store.log), [store]);
  const live = filtered.update(filter);

  // While it is paused nothing moves under the reader's eyes.
  const frozen = useRef(null);
  if (follow) {
    frozen.current = null;
  } else {
    frozen.current ??= {entries: [...live], filter};
    if (frozen.current.filter !== filter) {
      frozen.current = {entries: [...live], filter};
    }
  }
  const entries = frozen.current?.entries ?? live;
  const last = entries.at(-1)?.serial ?? -1;
  let newer = 0;
  if (frozen.current) {
    for (let i = live.length - 1; i >= 0 && live[i].serial > last; --i) {
      ++newer;
    }
  }
  useEffect(() => setActive(-1), [filter]);

  const choose = i => {
    setActive(i);
    if (i >= 0 && follow) {
      setFollow(false);
    }
  };
  const onKey = event => {
    const from = active >= 0 ? active : entries.length;
    if (event.key === 'ArrowUp') {
      choose(Math.max(0, from - 1));
    } else if (event.key === 'ArrowDown') {
      choose(Math.min(entries.length - 1, from + 1));
    } else if (event.key === 'Escape') {
      setActive(-1);
      return;
    } else {
      return;
    }
    event.preventDefault();
    document.querySelector(`#log-row-${active}`)
      ?.scrollIntoView({block: 'nearest'});
  };
  const toEnd = () => {
    setActive(-1);
    setFollow(true);
  };
  const row = (i, attributes) => {
    const entry = entries[i];
    return html`
      <div key=${entry.serial} class="log-row" data-level=${levels[entry.level]}
           data-mark=${!!entry.isMark} ...${attributes}
           onClick=${() => choose(i)}>${logCells(entry)}</div>`;
  };
  const chosenEntry = active >= 0 ? entries[active] : null;
  return html`
    <${Panel} title="Log" id="l-all" kind="wide" tools=${html`
        <p class="log-count">${follow
          ? `${entries.length} events`
          : `Paused at ${entries.length} events`}</p>
        <button type="button" disabled=${follow} onClick=${toEnd}>
          ${follow ? 'Following' : newer ? `Show ${newer} newer` : 'Follow'}
        </button>`}>
      <${Filters} store=${store} level=${level} process=${process}
                  text=${text} />
      <${VirtualList} id="log-row" label="Log events" count=${entries.length}
        rowHeight=${rowHeight} row=${row} follow=${follow} onFollow=${setFollow}
        active=${active} onKey=${onKey} />
      ${chosenEntry && html`
        <${Detail} entry=${chosenEntry} close=${() => setActive(-1)} />`}
    <//>`;
}
