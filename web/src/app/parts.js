// SPDX-License-Identifier: BSD-3-Clause
// What several views have in common.
import {useCell, useTick} from './cell.js';
import {since} from './format.js';
import {html} from './html.js';

/** A part of a view with a heading. */
export function Panel({title, id, tools, kind, children}) {
  return html`
    <section class=${`panel ${kind ?? ''}`} aria-labelledby=${id}>
      <div class="panel-head"><h2 id=${id}>${title}</h2>${tools}</div>
      ${children}
    </section>`;
}

export function State({word}) {
  return html`<span class="badge" data-state=${word}>${word}</span>`;
}

/** What the robot is told to be held back by, each with its time. */
export function Holds({status}) {
  useTick(1000);
  const holds = status.held_by ?? [];
  if (!holds.length) {
    return html`<p class="calm">Nothing holds the robot back.</p>`;
  }
  return html`
    <ul class="holds">
      ${holds.map(hold => html`
        <li key=${hold.what}>
          <span>${sentence(hold.what)}</span>
          <span class="quiet">for ${since(hold.since)}</span>
        </li>`)}
    </ul>`;
}

export function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What came of the last order. */
export function Notice({store}) {
  const notice = useCell(store.notice);
  return html`
    <div class="notice" role="status" data-error=${notice?.isError ?? false}
         hidden=${!notice}>
      <span>${notice?.text}</span>
      ${notice && html`
        <button type="button" class="plain" aria-label="Dismiss the message"
                onClick=${() => store.notice.set(null)}>Dismiss</button>`}
    </div>`;
}

const percentOf = value => `${50 + value * 46}%`;

/** A stick: as the robot has received it, and as it was sent from here. */
export function Stick({label, x, y, sent}) {
  const words = `${label}: ${x.toFixed(2)} right, ${y.toFixed(2)} up`;
  return html`
    <div class="stick" role="img" aria-label=${words}>
      ${sent && html`<span class="stick-sent" style=${{
        left: percentOf(sent.x), top: percentOf(-sent.y)}}></span>`}
      <span class="stick-dot"
            style=${{left: percentOf(x), top: percentOf(-y)}}></span>
    </div>`;
}
