// SPDX-License-Identifier: BSD-3-Clause
import {Cell} from './cell.js';
import {Driving} from './driving.js';
import {LogStore} from './log_store.js';
import {rememberStops, rememberedStops} from './stop_memory.js';
import {ValueStore} from './value_store.js';

/** Rounds of values a second. */
const valueRate = 10;
/** Ends of earlier runs that are shown. */
const pastEnds = 3;

/** All that the page knows of the robot. */
export class Store {
  /** @param robot what the first script has made. */
  constructor({link, order}) {
    this.link = link;
    this.order = order;
    this.status = new Cell(link.status);
    this.linkState = new Cell(link.state);
    this.control = new Cell(link.last.control ?? null);
    /** Every emergency stop that this browser knows of, oldest first. */
    this.stops = new Cell(rememberedStops());
    link.stops.forEach(stop => this.addStop(stop));
    /** Why it has stopped before, once that is known, or why it is not. */
    this.past = new Cell({ends: null, error: null});
    this.log = new LogStore();
    this.values = new ValueStore();
    this.driving = new Driving(link);
    /** What came of an order, for people: `{ text, isError }`. */
    this.notice = new Cell(null);
    this.valueUsers = 0;
    /** By process: CPU of the last second, of one core. */
    this.load = new Map();
    this.listen();
  }

  listen() {
    const {link} = this;
    link.on('state', () => {
      this.measure();
      this.status.set(link.status);
    });
    link.on('control', control => this.control.set(control));
    link.on('stopped', () => this.addStop(link.stops.at(-1)));
    link.on('log', message => this.log.take(message));
    link.on('values', message => this.values.take(message));
    link.on('devices', message => this.values.takeDevices(message));
    link.on('link', state => this.turned(state));
    document.addEventListener('visibilitychange', () => this.subscribeValues());
    if (link.isOpen) {
      this.subscribe();
    }
  }

  addStop(stop) {
    this.stops.set([...this.stops.value, stop]);
    rememberStops(this.stops.value);
  }

  turned(state) {
    const before = this.linkState.value;
    this.linkState.set(state);
    if (state === 'up' && before !== 'silent') {
      this.subscribe();
    }
    if (state === 'down' && before !== 'down' && this.log.entries.length) {
      this.log.mark('the connection was lost');
    }
  }

  subscribe() {
    this.log.resume();
    this.ask({type: 'subscribe', log: {level: 'debug'}});
    this.valuesWanted = false;
    this.subscribeValues();
  }

  /** Views that show values say so, and when they do no more. */
  useValues() {
    ++this.valueUsers;
    this.subscribeValues();
    return () => {
      --this.valueUsers;
      this.subscribeValues();
    };
  }

  /** Nobody looks at a hidden page. */
  subscribeValues() {
    const wanted = this.valueUsers > 0 && !document.hidden;
    if (wanted !== this.valuesWanted && this.link.isOpen) {
      this.valuesWanted = wanted;
      this.ask({
        type: 'subscribe',
        values: wanted ? {uids: ['*'], rate: valueRate} : null,
      });
    }
  }

  ask(message) {
    this.link.ask(message).catch(error => {
      if (this.link.isOpen) {
        this.say(error.message, true);
      }
    });
  }

  async askForPast() {
    try {
      const {ends} = await this.link.ask({type: 'explain', last: pastEnds});
      this.past.set({ends: ends ?? [], error: null});
    } catch (error) {
      this.past.set({ends: null, error: error.message});
    }
  }

  say(text, isError = false) {
    this.notice.set({text, isError});
  }

  /** @param what `start`, `stop` or `restart`. */
  async orderProcess(process, what) {
    const done = {start: 'started', stop: 'stopped', restart: 'restarted'};
    this.say(`${process}: ${what} asked for`);
    try {
      await this.link.ask({type: 'order', process, what}, 60000);
      this.say(`${process}: ${done[what]}`);
    } catch (error) {
      this.say(`${process}: ${error.message}`, true);
    }
  }

  async request(device, param, value) {
    try {
      await this.link.ask({type: 'request', device: device.uid, param, value});
      this.say(`${device.name ?? device.uid}: ${param} = ${value} requested`);
      return true;
    } catch (error) {
      this.say(`${device.name ?? device.uid}, ${param}: ${error.message}`, true);
      return false;
    }
  }

  /** How much of a core each process has taken since the status before. */
  measure() {
    const time = performance.now() / 1000;
    for (const {name, pid, cpu} of this.link.status?.processes ?? []) {
      const last = this.load.get(name);
      if (typeof cpu !== 'number' || pid === null) {
        this.load.delete(name);
      } else if (last?.pid !== pid || cpu < last.cpu) {
        this.load.set(name, {pid, cpu, time, share: null});
      } else if (time - last.time >= 0.9) {
        this.load.set(name,
                      {pid, cpu, time, share: (cpu - last.cpu) / (time - last.time)});
      }
    }
  }
}
