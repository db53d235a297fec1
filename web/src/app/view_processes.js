// SPDX-License-Identifier: BSD-3-Clause
import {useState} from 'preact/hooks';
import {useCell, useTick} from './cell.js';
import {clock, endOf, memory, percent, since, whole} from './format.js';
import {html} from './html.js';
import {LogLines} from './log_lines.js';
import {Panel, State} from './parts.js';

const shownLines = 20;
/** What is printed with a last breath is read a little after the end. */
const lastBreath = 500;

const alive = new Set([
  'waiting', 'starting', 'running', 'restarting', 'terminating', 'killing',
]);

function Orders({store, process}) {
  const isAlive = alive.has(process.state);
  const order = what => html`
    <button type="button" key=${what}
            aria-label=${`${what} ${process.name}`}
            onClick=${() => store.orderProcess(process.name, what)}
      >${what.charAt(0).toUpperCase() + what.slice(1)}</button>`;
  return html`
    <div class="orders">
      ${isAlive ? [order('restart'), order('stop')] : order('start')}
    </div>`;
}

function waitsFor(process) {
  const names = process.waiting_for ?? [];
  return names.length ? `waits for ${names.join(', ')}` : '';
}

function LastEnd({process, isOpen, toggle}) {
  const end = process.last_end;
  if (!end) {
    return html`<span class="quiet">has not ended</span>`;
  }
  return html`
    <span>${endOf(process)}</span>
    <span class="quiet"> ${since(end.time)} ago, after ${whole(end.ran * 1000)}
    </span>
    <button type="button" class="plain" aria-expanded=${isOpen}
            aria-label=${`Last lines of ${process.name}`}
            onClick=${toggle}>Last lines</button>`;
}

function LastLines({store, process}) {
  useCell(store.log.version);
  const time = Date.parse(process.last_end.time);
  const lines = store.log.linesOf(process.name, time + lastBreath, shownLines);
  return html`
    <tr class="last-lines">
      <td colspan="8">
        <p class="quiet">What ${process.name} printed before it ended at
          ${' '}${clock(time)}</p>
        <${LogLines} entries=${lines}
          empty="The page has none of its lines: it ended before the page was opened, or printed nothing." />
      </td>
    </tr>`;
}

function Row({store, process}) {
  const [isOpen, setOpen] = useState(false);
  const words = [process.status_text, waitsFor(process)].filter(Boolean);
  const isShown = isOpen && process.last_end;
  return html`
    <tr>
      <th scope="row">${process.name}
        <span class="pid quiet">${process.pid === null || process.pid === undefined
          ? '' : `pid ${process.pid}`}</span></th>
      <td data-label="State"><${State} word=${process.state} />
        ${process.state === 'running' && !process.ready
          && html`<span class="quiet"> not ready</span>`}
        ${words.map(text => html`<div class="quiet">${text}</div>`)}</td>
      <td data-label="For" class="number">${since(process.since)}</td>
      <td data-label="CPU" class="number">
        ${percent(store.load.get(process.name)?.share)}</td>
      <td data-label="Memory" class="number">${memory(process.resident_kib)}</td>
      <td data-label="Restarts" class="number">${process.restarts}</td>
      <td data-label="Last end" class="last-end"><${LastEnd} process=${process}
        isOpen=${isOpen} toggle=${() => setOpen(!isOpen)} /></td>
      <td class="orders-cell"><${Orders} store=${store} process=${process} /></td>
    </tr>
    ${isShown && html`<${LastLines} store=${store} process=${process} />`}`;
}

export function Processes({store}) {
  const status = useCell(store.status);
  useTick(1000);
  if (!status.processes.length) {
    return html`
      <${Panel} title="Processes" id="p-all" kind="wide">
        <p class="calm">No process is configured: each is a section
          ${' '}<code>[process.NAME]</code>.</p>
      <//>`;
  }
  return html`
    <${Panel} title="Processes" id="p-all" kind="wide">
      <div class="scroll" tabindex="0" role="region"
           aria-label="Table of processes">
        <table class="processes">
          <thead><tr>
            <th scope="col">Name</th>
            <th scope="col">State</th>
            <th scope="col" class="number">For</th>
            <th scope="col" class="number">CPU</th>
            <th scope="col" class="number">Memory</th>
            <th scope="col" class="number">Restarts</th>
            <th scope="col">Last end</th>
            <th scope="col">Orders</th>
          </tr></thead>
          <tbody>
            ${status.processes.map(process => html`
              <${Row} key=${process.name} store=${store} process=${process} />`)}
          </tbody>
        </table>
      </div>
    <//>`;
}
