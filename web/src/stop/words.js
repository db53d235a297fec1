// SPDX-License-Identifier: BSD-3-Clause

/** How long, in words: `12 ms`, `4 s`, `3 min 5 s`, `2 h 10 min`, `3 d 4 h`. */
export function duration(ms) {
  if (!Number.isFinite(ms) || ms < 0) {
    return '0 s';
  }
  if (ms < 1000) {
    return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
  }
  return whole(ms);
}

/** As above, in seconds and more only. */
export function whole(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (size, unit, rest, restUnit) =>
    `${size} ${unit}${rest ? ` ${rest} ${restUnit}` : ''}`;
  if (seconds < 60) {
    return `${seconds} s`;
  }
  if (seconds < 3600) {
    return two(Math.floor(seconds / 60), 'min', seconds % 60, 's');
  }
  if (seconds < 86400) {
    return two(Math.floor(seconds / 3600), 'h',
               Math.floor(seconds / 60) % 60, 'min');
  }
  return two(Math.floor(seconds / 86400), 'd',
             Math.floor(seconds / 3600) % 24, 'h');
}

/** From the cause to the last signal: `85 µs`. */
export function latency(us) {
  return us < 1000 ? `${Math.round(us)} µs` : duration(us / 1000);
}

/** Local time of day. */
export function clock(time) {
  return Number.isFinite(time)
    ? new Date(time).toLocaleTimeString('en-GB', {hour12: false}) : '';
}

/** Why the robot was stopped, from a `stopped` message. */
export function causeOf(stop) {
  return stop.cause || 'emergency stop';
}
