// SPDX-License-Identifier: BSD-3-Clause
import {useCell} from './cell.js';
import {clock, endOf, since} from './format.js';
import {html} from './html.js';
import {LogLines} from './log_lines.js';
import {levels} from './log_store.js';
import {Holds, Panel} from './parts.js';
import {Stop} from './stops.js';

const shownEvents = 30;
const worst = levels.indexOf('error');

/** How a run has ended, as `robot-runtime explain` tells it. */
function Run({run}) {
  const record = run.record ?? run.black_box;
  return html`
    <p class="lead">${run.reason}</p>
    <dl class="facts">
      <div><dt>When</dt><dd>${run.ended ? clock(Date.parse(run.ended)) : ''}</dd></div>
      <div><dt>Exit code</dt><dd>${run.exit_code}</dd></div>
    </dl>
    <ol class="causes">
      ${(run.causes ?? []).map((cause, i) => html`
        <li key=${i}>
          <span class="quiet">${clock(Date.parse(cause.time))}</span>
          <span>${cause.process ? `${cause.process}: ` : ''}${cause.what}</span>
          ${cause.last_lines?.length > 0
            && html`<pre>${cause.last_lines.join('\n')}</pre>`}
        </li>`)}
    </ol>
    ${record && html`<${Record} name=${record} />`}`;
}

function Record({name}) {
  const file = String(name).split('/').pop();
  return html`
    <p>Black box: <a href=${`/records/${encodeURIComponent(file)}`}
      download=${file}>${file}</a></p>`;
}

function Ends({status}) {
  const ended = status.processes.filter(each => each.last_end)
    .sort((a, b) => (a.last_end.time < b.last_end.time ? 1 : -1));
  if (!ended.length) {
    return html`<p class="calm">No process has ended in this run.</p>`;
  }
  return html`
    <ul class="holds">
      ${ended.map(process => html`
        <li key=${process.name}>
          <span><strong>${process.name}</strong>: ${endOf(process)}</span>
          <span class="quiet">${since(process.last_end.time)} ago</span>
        </li>`)}
    </ul>`;
}

export function Explain({store}) {
  const status = useCell(store.status);
  const stops = useCell(store.stops);
  useCell(store.log.version);
  const errors = store.log.entries
    .filter(entry => !entry.isMark && entry.level >= worst).slice(-shownEvents);
  const run = status.last_run ?? status.last_stop;
  const record = status.record ?? status.black_box;
  return html`
    <div class="board">
      <${Panel} title="Why it may not run" id="e-now">
        <${Holds} status=${status} />
        ${status.latched && html`
          <p>An emergency stop is latched. It is reset by hand, at the robot, with
            ${' '}<code>robot-runtime estop --reset</code>.</p>`}
      <//>
      <${Panel} title="Stops since this page was opened" id="e-stops">
        ${stops.length === 0
          ? html`<p class="calm">None.</p>`
          : [...stops].reverse().map(stop => html`
            <${Stop} key=${stop.at} stop=${stop} />`)}
        ${typeof record === 'string' && html`<${Record} name=${record} />`}
      <//>
      ${run && html`
        <${Panel} title="How the run before this one ended" id="e-run">
          <${Run} run=${run} />
        <//>`}
      <${Panel} title="Processes that have ended" id="e-ends">
        <${Ends} status=${status} />
      <//>
      <${Panel} title="Errors" id="e-errors" kind="wide"
                tools=${html`<a href="#log">Whole log</a>`}>
        <${LogLines} entries=${errors} empty="No error among the events here." />
      <//>
      <p class="quiet wide-note">The chain of causes, also of runs before:
        ${' '}<code>robot-runtime explain</code>.</p>
    </div>`;
}
