// SPDX-License-Identifier: BSD-3-Clause
import {Cell} from './cell.js';

/** How many events the page keeps. */
export const kept = 10000;
/** Trimmed so many at once, for each trim moves all that is left. */
const slack = 1000;
/** After a new connection: then a robot's clock that was set back is believed. */
const repeatTime = 3000;

export const levels = ['debug', 'info', 'warning', 'error', 'critical'];

/** Of the program itself, not of a process: what `process` says then. */
export const runtime = '(runtime)';

const hidden = new Set([
  'event', 'level', 'timestamp', 'app', 'process', 'stream', 'pid', 'source',
  'seq', 'transmit',
]);

/** The fields that are the event's own, as `name=value`. */
function fieldsOf(event) {
  const parts = [];
  for (const [name, value] of Object.entries(event)) {
    if (!hidden.has(name)) {
      parts.push(`${name}=${typeof value === 'string'
        ? value : JSON.stringify(value)}`);
    }
  }
  return parts.join('  ');
}

function entryOf(event, serial) {
  const fields = fieldsOf(event);
  const text = String(event.event ?? '');
  return {
    serial,
    event,
    text,
    fields,
    level: Math.max(0, levels.indexOf(event.level)),
    process: event.process ?? runtime,
    time: Date.parse(event.timestamp),
    searched: `${text} ${fields} ${event.process ?? ''} ${event.app ?? ''}`
      .toLowerCase(),
  };
}

/** The newest events, oldest first. */
export class LogStore {
  constructor() {
    this.entries = [];
    this.nextSerial = 0;
    this.newest = '';
    this.version = new Cell(0);
  }

  /** The next events may be some that are here already, for a while. */
  resume() {
    this.repeats = this.newest;
    this.repeatsEnd = performance.now() + repeatTime;
  }

  take({events = [], missed = 0}) {
    if (missed > 0) {
      this.mark(`${missed} ${missed === 1 ? 'event' : 'events'} left out here`);
    }
    for (const event of events) {
      this.add(event);
    }
    this.trim();
    this.version.set(this.version.value + 1);
  }

  add(event) {
    const time = String(event.timestamp ?? '');
    if (this.repeats && time <= this.repeats
        && performance.now() < this.repeatsEnd) {
      return;
    }
    if (time > this.newest) {
      this.newest = time;
    }
    this.entries.push(entryOf(event, this.nextSerial++));
  }

  /** A line of the page's own. */
  mark(text) {
    this.entries.push({
      serial: this.nextSerial++, isMark: true, text, fields: '', level: 4,
      process: '', time: Date.now(), searched: '', event: {},
    });
    this.version.set(this.version.value + 1);
  }

  trim() {
    if (this.entries.length > kept + slack) {
      this.entries.splice(0, this.entries.length - kept);
    }
  }

  clear() {
    this.entries = [];
    this.version.set(this.version.value + 1);
  }

  /** The last lines that a process has printed before a time, oldest first. */
  linesOf(process, before, count) {
    const result = [];
    for (let i = this.entries.length - 1; i >= 0; --i) {
      const entry = this.entries[i];
      if (entry.process === process && entry.event.stream
          && entry.time <= before) {
        result.unshift(entry);
        if (result.length === count) {
          break;
        }
      }
    }
    return result;
  }
}

/** Whether an entry is to be shown. What the page says itself always is. */
export function matches(entry, {level, process, words}) {
  return entry.isMark
    || (entry.level >= level && (!process || entry.process === process)
        && words.every(word => entry.searched.includes(word)));
}

/** The entries that a filter lets through, kept up to date cheaply. */
export class FilteredLog {
  constructor(store) {
    this.store = store;
    this.entries = [];
    this.seen = -1;
    this.key = null;
  }

  update(filter) {
    const key = JSON.stringify(filter);
    if (key !== this.key) {
      this.key = key;
      this.entries = [];
      this.seen = -1;
    }
    const all = this.store.entries;
    const first = all.length ? all[0].serial : this.store.nextSerial;
    let gone = 0;
    while (gone < this.entries.length && this.entries[gone].serial < first) {
      ++gone;
    }
    this.entries.splice(0, gone);
    for (let i = Math.max(0, this.seen + 1 - first); i < all.length; ++i) {
      if (matches(all[i], filter)) {
        this.entries.push(all[i]);
      }
    }
    this.seen = this.store.nextSerial - 1;
    return this.entries;
  }
}
