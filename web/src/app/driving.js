// SPDX-License-Identifier: BSD-3-Clause
import {Cell} from './cell.js';

/** Between two packets, in milliseconds: 50 a second. */
const period = 20;
/** Gamepads of one page at most. */
const mostGamepads = 4;
/** A link on which more waits is slow: what is old must not drive. */
const mostWaiting = 4096;

export const neutral = Object.freeze({lx: 0, ly: 0, rx: 0, ry: 0, btn: 0});

/** In the order of the W3C's standard gamepad, which the robot's bits have. */
export const buttonNames = [
  'A', 'B', 'X', 'Y', 'LB', 'RB', 'LT', 'RT', 'Select', 'Start', 'L3', 'R3',
  'Up', 'Down', 'Left', 'Right', 'Mode',
];

const axis = value =>
  Number.isFinite(value) ? Math.max(-1, Math.min(1, value)) : 0;

/** A browser's gamepad as the robot has it: up and right are positive. */
export function stateOf(pad) {
  let btn = 0;
  pad.buttons.slice(0, 32).forEach((button, i) => {
    if (button.pressed) {
      btn += 2 ** i;
    }
  });
  return {
    lx: axis(pad.axes[0]), ly: axis(-pad.axes[1]),
    rx: axis(pad.axes[2]), ry: axis(-pad.axes[3]), btn,
  };
}

/** The browser's gamepads, four at most. */
export function connectedPads() {
  return [...(navigator.getGamepads?.() ?? [])]
    .filter(pad => pad?.connected).slice(0, mostGamepads);
}

/**
 * Drives: sends what gamepads and sticks on the screen do while this page was
 * told to. Whatever goes wrong ends it, and begins it never: a hidden tab, a
 * lost connection, another one who drives.
 */
export class Driving {
  constructor(link) {
    this.link = link;
    /** The sticks on the screen; null while they are not shown. */
    this.screen = null;
    this.seq = 0;
    this.sent = 0;
    /** By index, what was sent last. */
    this.last = new Map();
    /** `{ active, notice }`. */
    this.state = new Cell({active: false, notice: ''});
    link.on('link', state => {
      if (state === 'down') {
        this.end('the connection was lost');
      }
    });
    link.on('control', control => this.heard(control));
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) {
        this.end('this page was hidden');
      }
    });
    addEventListener('pagehide', () => this.end('this page was left'));
  }

  get isActive() {
    return this.state.value.active;
  }

  get driver() {
    return this.link.last.control?.driver ?? null;
  }

  get isMine() {
    return this.link.last.control?.you ?? false;
  }

  /** @returns what sends, with what it does now; by index. */
  sources() {
    const result = connectedPads().map(pad =>
      ({name: pad.id, state: stateOf(pad)}));
    if (this.screen && result.length < mostGamepads) {
      result.push({name: 'Sticks on the screen', state: this.screen});
    }
    return result;
  }

  /** An act of its own: takes control where another one has it. */
  async begin() {
    if (this.driver !== null && !this.isMine) {
      try {
        await this.link.ask({type: 'take_control'});
      } catch (error) {
        this.say(`Control was not taken: ${error.message}`);
        return;
      }
    }
    if (document.hidden || !this.link.isOpen) {
      return;
    }
    this.wasMine = false;
    this.last.clear();
    this.state.set({active: true, notice: ''});
    this.timer = setInterval(() => this.tick(), period);
    this.tick();
  }

  /** @param why said to the person; empty when it was asked for. */
  end(why = '') {
    if (!this.isActive) {
      return;
    }
    clearInterval(this.timer);
    // The robot would come to rest anyway, when it hears nothing more.
    for (const index of this.last.keys()) {
      this.send(index, neutral);
    }
    this.last.clear();
    this.say(why && `Driving has ended: ${why}.`);
  }

  say(notice) {
    this.state.set({active: false, notice});
  }

  heard(control) {
    if (!this.isActive) {
      return;
    }
    if (control.you) {
      this.wasMine = true;
    } else if (control.driver !== null && this.wasMine) {
      this.end(`${control.driver} has taken control`);
    }
  }

  tick() {
    if (this.link.waiting > mostWaiting) {
      return;
    }
    const sources = this.sources();
    sources.forEach(({state}, index) => this.send(index, state));
    // One that was unplugged is at rest.
    for (const index of [...this.last.keys()]) {
      if (index >= sources.length) {
        this.send(index, neutral);
        this.last.delete(index);
      }
    }
  }

  send(index, state) {
    const sent = this.link.send({
      type: 'gamepad', index, ...state, seq: ++this.seq,
      time: Date.now() / 1000,
    });
    if (sent) {
      this.last.set(index, state);
      ++this.sent;
    }
  }
}
