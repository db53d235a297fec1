// SPDX-License-Identifier: BSD-3-Clause
import {merged} from './merge.js';

const firstDelay = 250;
const longestDelay = 4000;
/** A connection that is not made in this time is tried anew. */
const connectLimit = 5000;
/** The robot speaks once a second at least: after this it is silent, */
const silentAfter = 3000;
/** and after this the connection counts as lost. */
const lostAfter = 10000;

const now = () => performance.now();

/**
 * The connection to the robot: made anew whenever it is lost, at first at once,
 * then less and less often. Keeps what the robot said last, for whoever comes
 * later.
 *
 * States: `connecting` (never connected yet), `up`, `silent`, `down`.
 */
export class Link {
  constructor(url, protocol) {
    this.url = url;
    this.protocol = protocol;
    this.state = 'connecting';
    /** Since when it has been in this state, or without a connection. */
    this.since = now();
    /** The robot's status, as it has been told last. */
    this.status = null;
    /** The last message of each type. */
    this.last = {};
    /** Every time that the robot was stopped while this page was there. */
    this.stops = [];
    this.listeners = new Map();
    this.asked = new Map();
    this.nextId = 1;
    this.delay = firstDelay;
    this.retryAt = null;
    this.socket = null;
  }

  begin() {
    this.connect();
    setInterval(() => this.look(), 500);
    addEventListener('online', () => this.hurry());
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) {
        this.hurry();
      }
    });
    addEventListener('pagehide', () => this.socket?.close());
    addEventListener('pageshow', event => event.persisted && this.hurry());
  }

  /** Calls with each message of a type; of `link` when the state changes. */
  on(type, call) {
    if (!this.listeners.has(type)) {
      this.listeners.set(type, new Set());
    }
    this.listeners.get(type).add(call);
    return () => this.listeners.get(type).delete(call);
  }

  emit(type, value) {
    for (const call of this.listeners.get(type) ?? []) {
      // One who fails must not keep the others from hearing.
      try {
        call(value);
      } catch (error) {
        console.error(error);
      }
    }
  }

  get isOpen() {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  /** How much has not left yet, in bytes. */
  get waiting() {
    return this.socket?.bufferedAmount ?? 0;
  }

  /** @returns whether there is a connection to send it over. */
  send(message) {
    if (!this.isOpen) {
      return false;
    }
    this.socket.send(JSON.stringify(message));
    return true;
  }

  /** The robot's `done`; fails with its `error`, or when the link is lost. */
  ask(message, limit = 30000) {
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      if (!this.send({...message, id})) {
        reject(new Error('there is no connection to the robot'));
        return;
      }
      const timer = setTimeout(() => {
        this.asked.delete(id);
        reject(new Error('the robot did not answer in time'));
      }, limit);
      this.asked.set(id, {resolve, reject, timer});
    });
  }

  /** Connects now, if it waits to do so. */
  hurry() {
    if (this.retryAt !== null) {
      this.delay = firstDelay;
      this.connect();
    }
  }

  connect() {
    this.retryAt = null;
    this.startedAt = now();
    const socket = new WebSocket(this.url, this.protocol);
    this.socket = socket;
    socket.onopen = () => this.opened(socket);
    socket.onmessage = event => this.heard(socket, event.data);
    socket.onclose = () => this.closed(socket);
  }

  opened(socket) {
    if (socket !== this.socket) {
      return;
    }
    this.delay = firstDelay;
    this.heardAt = now();
    this.seq = 0;
    this.turn('up');
  }

  heard(socket, text) {
    if (socket !== this.socket || typeof text !== 'string') {
      return;
    }
    this.heardAt = now();
    if (this.state === 'silent') {
      this.turn('up');
    }
    let message;
    try {
      message = JSON.parse(text);
    } catch {
      return;
    }
    this.take(message);
  }

  take(message) {
    if (message.type === 'state' && !this.takeState(message)) {
      // What came in between is lost: begin anew, with the whole state.
      this.drop();
      return;
    }
    if (message.type === 'stopped') {
      this.stops.push({...message, at: Date.now()});
    }
    if (message.type === 'done' || message.type === 'error') {
      this.settle(message);
    }
    this.last[message.type] = message;
    this.emit(message.type, message);
  }

  takeState(message) {
    if (message.state) {
      this.status = message.state;
    } else if (message.seq === this.seq + 1 && this.status) {
      this.status = merged(this.status, message.changes);
    } else {
      return false;
    }
    this.seq = message.seq;
    return true;
  }

  settle(message) {
    const asked = this.asked.get(message.id);
    if (!asked) {
      return;
    }
    this.asked.delete(message.id);
    clearTimeout(asked.timer);
    if (message.type === 'done') {
      asked.resolve(message);
    } else {
      asked.reject(new Error(message.error));
    }
  }

  closed(socket) {
    if (socket !== this.socket) {
      return;
    }
    for (const {reject, timer} of this.asked.values()) {
      clearTimeout(timer);
      reject(new Error('the connection was lost before the robot answered'));
    }
    this.asked.clear();
    if (this.state === 'up') {
      this.turn('down', this.heardAt);
    } else if (this.state !== 'down') {
      this.turn('down', this.since);
    }
    this.retryAt = now() + this.delay * (0.8 + 0.4 * Math.random());
    this.delay = Math.min(this.delay * 2, longestDelay);
    // The ticks of `look` are too coarse for the first of them.
    setTimeout(() => this.look(), Math.max(0, this.retryAt - now()) + 1);
  }

  /** Closes a connection that is of no use any more. */
  drop() {
    const socket = this.socket;
    socket.close();
    // A peer that is gone never answers a close.
    this.closed(socket);
    if (this.socket === socket) {
      this.socket = null;
    }
  }

  look() {
    if (this.retryAt !== null) {
      if (now() >= this.retryAt) {
        this.connect();
      }
      return;
    }
    if (this.socket?.readyState === WebSocket.CONNECTING) {
      if (now() - this.startedAt > connectLimit) {
        this.drop();
      }
    } else if (this.isOpen) {
      const quiet = now() - this.heardAt;
      if (quiet > lostAfter) {
        this.drop();
      } else if (quiet > silentAfter && this.state === 'up') {
        this.turn('silent', this.heardAt);
      }
    }
  }

  turn(state, since = now()) {
    this.state = state;
    this.since = since;
    this.emit('link', state);
  }
}
