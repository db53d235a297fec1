// SPDX-License-Identifier: BSD-3-Clause
import {causeOf, clock, duration, latency, whole} from './words.js';

/** A stop that is not confirmed by then is said loudly. */
const loudAfter = 400;
/** A loss so soon after a stop is its consequence. */
const endOfRun = 15000;

const byId = id => document.getElementById(id);

function setText(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

/**
 * Shows connection, state and stop in the page's frame, with nothing but what
 * index.html holds.
 */
export class Shell {
  constructor(link, order) {
    this.link = link;
    this.order = order;
    this.alertKey = '';
  }

  begin() {
    for (const type of ['link', 'state', 'stopped']) {
      this.link.on(type, () => this.show());
    }
    setInterval(() => this.show(), 200);
    this.show();
  }

  show() {
    if (!document.body) {
      return;
    }
    const {link} = this;
    document.documentElement.dataset.link = link.state;
    document.documentElement.dataset.stop = this.order.state;
    this.showIdentity();
    this.showTold();
    this.showAlert();
  }

  get age() {
    return performance.now() - this.link.since;
  }

  get stateWord() {
    const {state, status} = this.link;
    if (state === 'up' || state === 'silent') {
      return status ? status.state : 'connecting';
    }
    return state === 'down' ? 'no connection' : 'connecting';
  }

  showIdentity() {
    const {link} = this;
    const name = link.status?.name ?? 'Robot';
    const badge = byId('robot-state');
    if (!badge) {
      return;
    }
    const latched = link.status?.latched && link.state === 'up';
    const word = latched ? `${this.stateWord}, stop latched` : this.stateWord;
    setText(byId('robot-name'), name);
    setText(badge, word);
    badge.dataset.state = link.state === 'up' ? this.stateWord : 'unknown';
    badge.hidden = link.state === 'down';
    setText(byId('robot-link-text'), this.linkWords());
    const title = `${name}: ${word}`;
    if (document.title !== title) {
      document.title = title;
    }
  }

  linkWords() {
    switch (this.link.state) {
      case 'up':
        return 'Connected';
      case 'silent':
        return `Silent for ${whole(this.age)}`;
      case 'down':
        return `No connection for ${whole(this.age)}`;
      default:
        return this.age < 2000
          ? 'Connecting' : `Connecting for ${whole(this.age)}`;
    }
  }

  showTold() {
    const told = byId('stop-told');
    if (told) {
      setText(told, this.toldWords());
    }
  }

  toldWords() {
    const {order} = this;
    switch (order.state) {
      case 'pressed':
        return order.age < loudAfter ? 'Stopping' : 'Not confirmed';
      case 'confirmed': {
        const inner = Number.isFinite(order.latency)
          ? `, all processes signalled in ${latency(order.latency)}` : '';
        return `Stop confirmed after ${duration(order.took)}${inner}`;
      }
      case 'withdrawn':
        return `Stop of ${clock(order.time)} withdrawn, not confirmed`;
      default:
        return '';
    }
  }

  /** The loudest thing that there is to say, or nothing. */
  alert() {
    const {link, order} = this;
    if (order.isWaiting && order.age >= loudAfter) {
      return {
        key: 'undelivered',
        head: order.wasSent ? 'STOP NOT CONFIRMED' : 'STOP NOT DELIVERED',
        text: order.refusal || (link.isOpen
          ? 'The robot does not answer.' : 'There is no connection to the robot.'),
        tail: `Pressed ${whole(order.age)} ago, and still trying. `
          + 'Use the switch on the robot itself.',
        action: 'Stop trying',
      };
    }
    if (link.state === 'down' || link.state === 'silent') {
      const last = link.stops.at(-1);
      const ended = last && Date.now() - this.age - last.at < endOfRun;
      return {
        key: link.state + (ended ? '-ended' : ''),
        head: link.state === 'down'
          ? `No connection for ${whole(this.age)}`
          : `The robot has been silent for ${whole(this.age)}`,
        text: ended
          ? `It was stopped at ${clock(last.at)}: ${causeOf(last)}.`
          : 'What is shown below is old. A stop is sent again and again until '
            + 'it arrives.',
        tail: '',
      };
    }
    const last = link.stops.at(-1);
    if (last && link.state === 'up' && link.status?.state !== 'running') {
      return {
        key: 'stopped',
        head: 'Emergency stop',
        text: `${clock(last.at)}: ${causeOf(last)}.`,
        tail: Number.isFinite(last.signal_latency_us)
          ? `All processes signalled in ${latency(last.signal_latency_us)}.`
          : '',
      };
    }
    return null;
  }

  showAlert() {
    const box = byId('alert');
    if (!box) {
      return;
    }
    const what = this.alert();
    box.hidden = !what;
    if (!what) {
      this.alertKey = '';
      box.replaceChildren();
      return;
    }
    // Made anew only when another thing is said: a screen reader is told of
    // that, and not of every second that passes.
    if (this.alertKey !== what.key) {
      this.alertKey = what.key;
      box.dataset.kind = what.key;
      this.parts = ['strong', 'span', 'span'].map(tag =>
        document.createElement(tag));
      this.parts[0].setAttribute('aria-live', 'off');
      this.parts[2].setAttribute('aria-live', 'off');
      const action = document.createElement('button');
      action.type = 'button';
      action.textContent = what.action ?? '';
      action.onclick = () => this.order.withdraw();
      box.replaceChildren(...this.parts, ...(what.action ? [action] : []));
    }
    [what.head, what.text, what.tail].forEach((text, i) =>
      setText(this.parts[i], text));
  }
}
