// SPDX-License-Identifier: BSD-3-Clause
const key = 'robot-stops';
const kept = 10;

/** The last stops that this browser has seen of this robot, oldest first. */
export function rememberedStops() {
  try {
    const all = JSON.parse(localStorage.getItem(key));
    return Array.isArray(all)
      ? all.filter(each => Number.isFinite(each?.at)).slice(-kept) : [];
  } catch {
    return [];
  }
}

export function rememberStops(stops) {
  try {
    localStorage.setItem(key, JSON.stringify(stops.slice(-kept)));
  } catch {
    // Then they are known until the page is left.
  }
}
