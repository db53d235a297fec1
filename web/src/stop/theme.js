// SPDX-License-Identifier: BSD-3-Clause
const key = 'robot-theme';

function stored() {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** `light`, `dark`, or `auto` for what the system has. */
export function theme() {
  const value = stored();
  return value === 'light' || value === 'dark' ? value : 'auto';
}

export function setTheme(value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Then it is so until the page is left.
  }
  applyTheme(value);
}

export function applyTheme(value = theme()) {
  document.documentElement.dataset.theme = value;
}
