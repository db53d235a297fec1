// SPDX-License-Identifier: BSD-3-Clause
import {useCell} from './cell.js';
import {endOf, since} from './format.js';
import {html} from './html.js';
import {LogLines} from './log_lines.js';
import {levels} from './log_store.js';
import {Holds, Panel} from './parts.js';
import {PastEnds, RecordLink} from './past_ends.js';
import {Stop} from './stops.js';

const shownEvents = 30;
const worst = levels.indexOf('error');

/** Black boxes that were written, of which the log tells. */
function Records({entries}) {
  const files = entries.map(entry => entry.event.file)
    .filter(file => typeof file === 'string' && file.endsWith('.mcap'));
  if (!files.length) {
    return html`<p class="calm">None among the events here.</p>`;
  }
  return html`
    <ul class="records">
      ${[...new Set(files)].reverse().map(file => html`
        <li key=${file}><${RecordLink} path=${file} /></li>`)}
    </ul>`;
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
  return html`
    <div class="board">
      <${Panel} title="Why it may not run" id="e-now">
        <${Holds} status=${status} />
        ${status.latched && html`
          <p>An emergency stop is latched. It is reset by hand, at the robot, with
            ${' '}<code>robot-runtime estop --reset</code>.</p>`}
      <//>
      <${Panel} title="Stops that this browser has seen" id="e-stops">
        ${stops.length === 0
          ? html`<p class="calm">None.</p>`
          : [...stops].reverse().map(stop => html`
            <${Stop} key=${stop.at} stop=${stop} />`)}
      <//>
      <${Panel} title="Earlier runs" id="e-past">
        <${PastEnds} store=${store} />
      <//>
      <${Panel} title="Processes that have ended" id="e-ends">
        <${Ends} status=${status} />
      <//>
      <${Panel} title="Black boxes" id="e-records">
        <${Records} entries=${store.log.entries} />
      <//>
      <${Panel} title="Errors" id="e-errors" kind="wide"
                tools=${html`<a href="#log">Whole log</a>`}>
        <${LogLines} entries=${errors} empty="No error among the events here." />
      <//>
      <p class="quiet wide-note">More of earlier runs:
        ${' '}<code>robot-runtime explain --last=16</code>.</p>
    </div>`;
}
