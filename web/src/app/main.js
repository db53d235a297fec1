// SPDX-License-Identifier: BSD-3-Clause
import {render} from 'preact';
import {useEffect} from 'preact/hooks';
import {Cell, useCell} from './cell.js';
import {html} from './html.js';
import {Notice} from './parts.js';
import {Store} from './store.js';
import {ThemeChoice} from './theme_choice.js';
import {Devices} from './view_devices.js';
import {Drive} from './view_drive.js';
import {Explain} from './view_explain.js';
import {Log} from './view_log.js';
import {Overview} from './view_overview.js';
import {Processes} from './view_processes.js';

const views = {
  overview: Overview,
  drive: Drive,
  devices: Devices,
  processes: Processes,
  log: Log,
  explain: Explain,
};

const view = new Cell('overview');

/** A hash that is no view's leaves the view that there is. */
function follow() {
  const name = location.hash.slice(1);
  if (Object.hasOwn(views, name)) {
    view.set(name);
  }
}

function markLink() {
  for (const link of document.querySelectorAll('nav a')) {
    if (link.hash === `#${view.value}`) {
      link.setAttribute('aria-current', 'page');
      link.scrollIntoView({block: 'nearest', inline: 'nearest'});
    } else {
      link.removeAttribute('aria-current');
    }
  }
}

function View({store}) {
  const name = useCell(view);
  const isKnown = useCell(store.status) !== null;
  useEffect(markLink, [name]);
  const body = isKnown
    ? html`<${views[name]} store=${store} key=${name} />`
    : html`<p class="loading">Waiting for the robot to say how it is.</p>`;
  return html`<${Notice} store=${store} />${body}`;
}

const store = new Store(window.robot);
follow();
addEventListener('hashchange', () => {
  follow();
  scrollTo(0, 0);
});
const box = document.getElementById('view');
document.querySelector('.skip').addEventListener('click', event => {
  event.preventDefault();
  box.focus();
});
box.replaceChildren();
render(html`<${View} store=${store} />`, box);
render(html`<${ThemeChoice} />`, document.getElementById('theme'));
