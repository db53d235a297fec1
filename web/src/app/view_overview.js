// SPDX-License-Identifier: BSD-3-Clause
import {useCell, useTick} from './cell.js';
import {latency, memory, percent, since, whole} from './format.js';
import {Gamepads, driverWords} from './gamepads.js';
import {html} from './html.js';
import {LogLines} from './log_lines.js';
import {Holds, Panel, State} from './parts.js';
import {LastStop} from './stops.js';

const shownLines = 12;

function Facts({status}) {
  const stops = status.stops ?? {};
  const facts = [
    ['Running for', whole((status.uptime ?? 0) * 1000)],
    ['Emergency stop', status.latched ? 'latched' : 'ready'],
    ['Slowest stop so far', stops.count
      ? `${latency(stops.worst_signal_us)}, of ${stops.count}` : 'none yet'],
  ];
  return html`
    <dl class="facts">
      ${facts.map(([name, text]) => html`
        <div key=${name}><dt>${name}</dt><dd>${text}</dd></div>`)}
    </dl>`;
}

function ProcessSummary({store, status}) {
  useTick(1000);
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label="Table of processes">
    <table class="summary">
      <thead><tr>
        <th scope="col">Name</th><th scope="col">State</th>
        <th scope="col" class="number">For</th>
        <th scope="col" class="number extra">CPU</th>
        <th scope="col" class="number">Memory</th>
      </tr></thead>
      <tbody>
        ${status.processes.map(process => html`
          <tr key=${process.name}>
            <th scope="row">${process.name}</th>
            <td><${State} word=${process.state} /></td>
            <td class="number">${since(process.since)}</td>
            <td class="number extra">
              ${percent(store.load.get(process.name)?.share)}</td>
            <td class="number">${memory(process.resident_kib)}</td>
          </tr>`)}
      </tbody>
    </table>
    </div>`;
}

export function Overview({store}) {
  const status = useCell(store.status);
  useCell(store.log.version);
  const control = useCell(store.control);
  const link = useCell(store.linkState);
  const subject = link === 'down'
    ? 'When last heard, the robot was' : 'The robot is';
  return html`
    <div class="board">
      <div class="stack">
        <${Panel} title="State" id="o-state">
          <p class="lead">${subject} ${status.state}${
            status.held_by?.length ? ', held back by this:' : '.'}</p>
          <${Holds} status=${status} />
          <${Facts} status=${status} />
        <//>
        <${Panel} title="Last stop" id="o-stop"
                  tools=${html`<a href="#explain">Explain</a>`}>
          <${LastStop} store=${store} />
        <//>
      </div>
      <${Panel} title="Processes" id="o-processes"
                tools=${html`<a href="#processes">All about processes</a>`}>
        <${ProcessSummary} store=${store} status=${status} />
      <//>
      <${Panel} title="Driver" id="o-driver" kind="driver"
                tools=${html`<a href="#drive">Drive</a>`}>
        <p class="lead">${driverWords(control)}</p>
        <${Gamepads} store=${store} />
      <//>
      <${Panel} title="Newest events" id="o-log" kind="wide"
                tools=${html`<a href="#log">Whole log</a>`}>
        <${LogLines} entries=${store.log.entries.slice(-shownLines)}
                     empty="No event has come yet." />
      <//>
    </div>`;
}
