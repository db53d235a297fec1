// SPDX-License-Identifier: BSD-3-Clause
import {clock, milliseconds} from './format.js';
import {html} from './html.js';
import {levels, runtime} from './log_store.js';

/** What a line of the log consists of. */
export function logCells(entry) {
  if (entry.isMark) {
    return html`<span class="log-mark">${entry.text}</span>`;
  }
  const from = entry.process === runtime
    ? entry.event.app ?? '' : entry.process;
  return html`
    <span class="log-time">${clock(entry.time)}<span class="log-ms"
      >${milliseconds(entry.time)}</span></span>
    <span class="log-level" data-level=${levels[entry.level]}
      >${levels[entry.level]}</span>
    <span class="log-from">${from}</span>
    <span class="log-text">${entry.text}${entry.fields
      && html` <span class="quiet">${entry.fields}</span>`}</span>`;
}

/** A few lines. */
export function LogLines({entries, empty}) {
  if (!entries.length) {
    return html`<p class="calm">${empty}</p>`;
  }
  return html`
    <ol class="log-lines">
      ${entries.map(entry => html`
        <li class="log-row" key=${entry.serial} data-level=${levels[entry.level]}
          >${logCells(entry)}</li>`)}
    </ol>`;
}
