// SPDX-License-Identifier: BSD-3-Clause
import {useEffect, useState} from 'preact/hooks';
import {useCell, useTick} from './cell.js';
import {connectedPads, neutral} from './driving.js';
import {Gamepads, driverWords} from './gamepads.js';
import {html} from './html.js';
import {Panel} from './parts.js';
import {TouchStick} from './touch_stick.js';

const screenButtons = ['A', 'B', 'X', 'Y'];

/** Whether sticks on the screen are wanted; null while nobody has said. */
let wanted = null;

function DriveButton({store, control, isActive, canDrive}) {
  const {driving} = store;
  if (isActive) {
    return html`
      <button type="button" class="main" onClick=${() => driving.end()}>
        Stop driving</button>`;
  }
  const other = control && control.driver !== null && !control.you;
  return html`
    <button type="button" class="main" disabled=${!canDrive}
            onClick=${() => driving.begin()}>
      ${other ? 'Take control' : 'Drive from this page'}</button>`;
}

function sourceWords(pads, withScreen) {
  const names = pads.map(pad => pad.id.replace(/\s*\(.*$/, ''));
  if (withScreen) {
    names.push('the sticks on the screen');
  }
  return names.length
    ? `From here: ${names.join(', ')}.`
    : 'This browser knows of no gamepad: press a button of one, or use the '
      + 'sticks on the screen.';
}

function ScreenButton({name, index, screen}) {
  const [isDown, setDown] = useState(false);
  const press = down => {
    setDown(down);
    const bit = 2 ** index;
    const rest = Math.floor(screen.btn / bit) % 2 ? screen.btn - bit : screen.btn;
    screen.btn = down ? rest + bit : rest;
  };
  return html`
    <button type="button" class="pad-button" aria-label=${`Button ${name}`}
            aria-pressed=${isDown}
            onPointerDown=${() => press(true)} onPointerUp=${() => press(false)}
            onPointerLeave=${() => press(false)}
            onPointerCancel=${() => press(false)}
            onKeyDown=${e => e.key === 'Enter' && press(true)}
            onKeyUp=${e => e.key === 'Enter' && press(false)}
            onBlur=${() => press(false)}>${name}</button>`;
}

function ScreenSticks({driving, isActive}) {
  const [screen] = useState(() => ({...neutral}));
  useEffect(() => {
    driving.screen = screen;
    return () => {
      driving.screen = null;
    };
  }, [driving]);
  return html`
    <div class="screen-sticks" data-driving=${isActive}>
      <${TouchStick} label="Left stick" onMove=${(x, y) => {
        screen.lx = x;
        screen.ly = y;
      }} />
      <div class="pad-buttons">
        ${screenButtons.map((name, i) => html`
          <${ScreenButton} key=${name} name=${name} index=${i}
                           screen=${screen} />`)}
      </div>
      <${TouchStick} label="Right stick" onMove=${(x, y) => {
        screen.rx = x;
        screen.ry = y;
      }} />
    </div>`;
}

export function Drive({store}) {
  const {driving} = store;
  const control = useCell(store.control);
  const {active, notice} = useCell(driving.state);
  const link = useCell(store.linkState);
  const [choice, setChoice] = useState(wanted);
  useTick(200);
  // A view that is not shown drives nothing.
  useEffect(() => () => driving.end('this view was left'), [driving]);

  const pads = connectedPads();
  const withScreen = choice ?? pads.length === 0;
  const canDrive = link === 'up' && (pads.length > 0 || withScreen);
  return html`
    <div class="stack">
      <${Panel} title="Driving" id="v-drive" kind="wide">
        <div class="drive-head">
          <p class="lead" role="status">${driverWords(control)}</p>
          <${DriveButton} store=${store} control=${control} isActive=${active}
                          canDrive=${canDrive} />
        </div>
        <p>${sourceWords(pads, withScreen)}
          ${active && html` <strong>Sending 50 times a second.</strong>`}</p>
        <p class="drive-notice" role="status">${notice}</p>
        <p class="quiet">Driving ends when this tab is hidden, this view is left,
          or the connection is lost; the robot then comes to rest.</p>
        <button type="button" aria-pressed=${withScreen} onClick=${() => {
          wanted = !withScreen;
          setChoice(wanted);
        }}>Sticks on the screen</button>
      <//>
      ${withScreen && html`<${ScreenSticks} driving=${driving} isActive=${active} />`}
      <${Panel} title="As the robot receives it" id="v-received" kind="wide">
        <${Gamepads} store=${store} showSent />
        <p class="quiet key"><span class="stick-dot" aria-hidden="true"></span>
          received <span class="stick-sent" aria-hidden="true"></span>
          sent from here</p>
      <//>
    </div>`;
}
