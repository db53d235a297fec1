// SPDX-License-Identifier: BSD-3-Clause
// Why the robot has stopped before, from what it has written down.
import {useEffect} from 'preact/hooks';
import {useCell} from './cell.js';
import {clock, dateAndTime} from './format.js';
import {html} from './html.js';
import {sentence} from './parts.js';

const shownLines = 5;

const timeOf = text => Date.parse(text);

/** The file of a black box, by its path. */
export function RecordLink({path}) {
  const file = path.split('/').pop();
  return html`<a href=${`/records/${encodeURIComponent(file)}`}
    download=${file}>${file}</a>`;
}

function Cause({cause}) {
  const lines = (cause.last_lines ?? []).slice(-shownLines);
  return html`
    <li>
      <span>${sentence(cause.what)}</span>
      <span class="quiet">${clock(timeOf(cause.time))}</span>
      ${lines.length > 0 && html`<pre class="last-words">${lines.join('\n')}</pre>`}
    </li>`;
}

function End({end}) {
  return html`
    <div class="past-end">
      <p class="lead">${sentence(end.reason)}</p>
      <ul class="holds">
        ${end.causes.map((cause, i) => html`<${Cause} key=${i} cause=${cause} />`)}
      </ul>
      <dl class="facts">
        <div><dt>When</dt><dd>${dateAndTime(timeOf(end.ended))}</dd></div>
        ${typeof end.exit_code === 'number'
          && html`<div><dt>Exit code</dt><dd>${end.exit_code}</dd></div>`}
        ${end.record && html`
          <div><dt>Its last minute</dt>
            <dd><${RecordLink} path=${end.record} /></dd></div>`}
      </dl>
    </div>`;
}

export function PastEnds({store}) {
  const isUp = useCell(store.linkState) === 'up';
  const {ends, error} = useCell(store.past);
  useEffect(() => {
    if (isUp) {
      store.askForPast();
    }
  }, [isUp]);
  if (error) {
    return html`<p class="calm">${sentence(error)}</p>`;
  }
  if (!ends) {
    return html`<p class="calm">Asking the robot.</p>`;
  }
  if (!ends.length) {
    return html`<p class="calm">No run has ended that the robot knows of.</p>`;
  }
  return ends.map(end => html`<${End} key=${end.ended} end=${end} />`);
}
