// SPDX-License-Identifier: BSD-3-Clause
import {whole} from '../stop/words.js';

export {causeOf, clock, duration, latency, whole} from '../stop/words.js';

/** Since a time that the robot has told. */
export function since(text) {
  const time = Date.parse(text);
  return Number.isFinite(time) ? whole(Date.now() - time) : '';
}

export function memory(kib) {
  if (typeof kib !== 'number') {
    return '';
  }
  return kib < 1024 ? `${kib} KiB`
    : `${(kib / 1024).toFixed(kib < 10240 ? 1 : 0)} MiB`;
}

export function percent(share) {
  return typeof share === 'number' ? `${(share * 100).toFixed(1)} %` : '';
}

/** A device's value, short enough for a table. */
export function value(x) {
  if (x === undefined || x === null) {
    return '';
  }
  if (typeof x === 'number') {
    return Number.isInteger(x) ? String(x) : shortNumber(x);
  }
  if (Array.isArray(x)) {
    const shown = x.slice(0, 8).map(value).join(', ');
    return `[${shown}${x.length > 8 ? `, … ${x.length} in all` : ''}]`;
  }
  return String(x);
}

function shortNumber(x) {
  const size = Math.abs(x);
  return size !== 0 && (size < 0.001 || size >= 1e6)
    ? x.toExponential(3) : x.toFixed(3);
}

export function dateAndTime(time) {
  return new Date(time).toLocaleString('en-GB', {hour12: false});
}

/** What a local time of day lacks: `.042`. */
export function milliseconds(time) {
  return Number.isFinite(time)
    ? `.${String(new Date(time).getMilliseconds()).padStart(3, '0')}` : '';
}

/** How a process has ended last, as `reason (code 3)`. */
export function endOf(process) {
  const end = process.last_end;
  if (!end) {
    return '';
  }
  const code = typeof end.exit_code === 'number'
    && !String(end.reason).includes(String(end.exit_code))
    ? ` (code ${end.exit_code})` : '';
  return `${end.reason}${code}`;
}
