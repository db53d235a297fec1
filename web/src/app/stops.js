// SPDX-License-Identifier: BSD-3-Clause
import {useCell} from './cell.js';
import {causeOf, dateAndTime, latency} from './format.js';
import {html} from './html.js';

/** An emergency stop, and why. */
export function Stop({stop}) {
  return html`
    <p class="lead">${causeOf(stop)}</p>
    <dl class="facts">
      <div><dt>When</dt><dd>${dateAndTime(stop.at)}</dd></div>
      ${stop.process && html`<div><dt>Process</dt><dd>${stop.process}</dd></div>`}
      ${typeof stop.exit_code === 'number'
        && html`<div><dt>Exit code</dt><dd>${stop.exit_code}</dd></div>`}
      ${Number.isFinite(stop.signal_latency_us) && html`
        <div><dt>All processes signalled in</dt>
          <dd>${latency(stop.signal_latency_us)}</dd></div>`}
    </dl>`;
}

export function LastStop({store}) {
  const stops = useCell(store.stops);
  const last = stops.at(-1);
  return last
    ? html`<${Stop} stop=${last} />`
    : html`<p class="calm">This browser has seen no emergency stop.</p>`;
}
