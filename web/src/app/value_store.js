// SPDX-License-Identifier: BSD-3-Clause
import {Cell} from './cell.js';

/** Rounds of values that are kept for plots, and numbers in all. */
const keptRounds = 6000;
const keptNumbers = 2e6;
const slack = 500;

/** A value as a plot shows it; null for what is no number. */
function asNumber(value) {
  if (typeof value === 'boolean') {
    return Number(value);
  }
  return typeof value === 'number' ? value : null;
}

export const seriesKey = (uid, kind, param) => `${uid}\n${kind}\n${param}`;

/** The devices' values, now and over time. */
export class ValueStore {
  constructor() {
    /** By UID: `current` and `requested`. */
    this.now = new Map();
    this.times = [];
    /** By `seriesKey`: a number for each of the times. */
    this.series = new Map();
    this.devices = new Cell([]);
    this.version = new Cell(0);
    this.skipped = 0;
  }

  take({values = {}, skipped = 0}) {
    this.skipped += skipped;
    for (const [uid, value] of Object.entries(values)) {
      this.now.set(uid, {
        current: value.current ?? {}, requested: value.requested ?? {},
      });
    }
    this.record(performance.now() / 1000);
    this.version.set(this.version.value + 1);
  }

  record(time) {
    const count = this.times.length;
    this.times.push(time);
    for (const [uid, value] of this.now) {
      for (const kind of ['current', 'requested']) {
        for (const [param, x] of Object.entries(value[kind])) {
          const number = asNumber(x);
          if (number !== null) {
            this.append(seriesKey(uid, kind, param), number, count);
          }
        }
      }
    }
    // A series of which nothing was heard has a gap.
    for (const numbers of this.series.values()) {
      if (numbers.length === count) {
        numbers.push(null);
      }
    }
    this.trim();
  }

  append(key, number, count) {
    let numbers = this.series.get(key);
    if (!numbers) {
      numbers = new Array(count).fill(null);
      this.series.set(key, numbers);
    }
    numbers.push(number);
  }

  trim() {
    const most = Math.min(keptRounds,
                          keptNumbers / Math.max(1, this.series.size));
    if (this.times.length > most + slack) {
      const gone = this.times.length - Math.floor(most);
      this.times.splice(0, gone);
      for (const numbers of this.series.values()) {
        numbers.splice(0, gone);
      }
    }
  }

  takeDevices({devices = []}) {
    const known = new Set(devices.map(device => device.uid));
    for (const uid of this.now.keys()) {
      if (!known.has(uid)) {
        this.now.delete(uid);
      }
    }
    this.devices.set(devices);
  }

  /**
   * What a plot shows: ages in seconds, 0 for now, and for each key its
   * numbers. The last values go on until now.
   */
  window(keys, seconds) {
    const now = performance.now() / 1000;
    let first = this.times.length;
    while (first > 0 && this.times[first - 1] >= now - seconds) {
      --first;
    }
    // One more, for the line that comes in from the left.
    first = Math.max(0, first - 1);
    const ages = this.times.slice(first).map(time => time - now);
    const rows = keys.map(key => (this.series.get(key) ?? []).slice(first));
    if (ages.length) {
      ages.push(0);
      rows.forEach(row => row.push(row.at(-1) ?? null));
    }
    return [ages, ...rows.map(row =>
      row.length === ages.length ? row : new Array(ages.length).fill(null))];
  }
}
