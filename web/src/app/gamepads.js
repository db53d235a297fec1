// SPDX-License-Identifier: BSD-3-Clause
import {useCell} from './cell.js';
import {buttonNames} from './driving.js';
import {html} from './html.js';
import {Stick} from './parts.js';

export function driverWords(control) {
  if (!control || control.driver === null) {
    return 'Nobody drives.';
  }
  return control.you ? 'This page drives.' : `${control.driver} drives.`;
}

function pressed(btn) {
  return buttonNames.filter((_, i) => Math.floor(btn / 2 ** i) % 2 === 1);
}

function Gamepad({index, pad, sent}) {
  const held = pressed(pad.btn ?? 0);
  return html`
    <div class="gamepad" data-connected=${pad.connected}>
      <h3>Gamepad ${index}
        <span class="quiet"> ${pad.connected ? 'received' : 'not connected'}</span>
      </h3>
      <div class="sticks">
        <${Stick} label="Left stick" x=${pad.lx ?? 0} y=${pad.ly ?? 0}
                  sent=${sent && {x: sent.lx, y: sent.ly}} />
        <${Stick} label="Right stick" x=${pad.rx ?? 0} y=${pad.ry ?? 0}
                  sent=${sent && {x: sent.rx, y: sent.ry}} />
        <dl class="axes">
          ${['lx', 'ly', 'rx', 'ry'].map(name => html`
            <div key=${name}><dt>${name}</dt>
              <dd>${(pad[name] ?? 0).toFixed(2)}</dd></div>`)}
        </dl>
      </div>
      <p class="held"><span class="quiet">Buttons </span>${held.length ? held.join(', ') : 'none'}</p>
    </div>`;
}

/** Each gamepad as the robot has received it. */
export function Gamepads({store, showSent}) {
  const control = useCell(store.control);
  const pads = Object.entries(control?.gamepads ?? {})
    .sort(([a], [b]) => a - b);
  if (!pads.length) {
    return html`<p class="calm">The robot has heard of no gamepad.</p>`;
  }
  return html`
    <div class="gamepads">
      ${pads.map(([index, pad]) => html`
        <${Gamepad} key=${index} index=${index} pad=${pad}
          sent=${showSent && control.you
            ? store.driving.last.get(Number(index)) : null} />`)}
    </div>`;
}
