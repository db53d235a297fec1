// SPDX-License-Identifier: BSD-3-Clause

/** A click that follows a touch so soon is the same press. */
const samePress = 1000;

const typed = new Set([
  'text', 'search', 'number', 'password', 'email', 'tel', 'url',
]);

/** Whether a space is a letter here. */
export function isTextField(element) {
  return element instanceof Element
    && (element.isContentEditable || element.tagName === 'TEXTAREA'
        || (element.tagName === 'INPUT' && typed.has(element.type)));
}

const isSpace = event => (event.key === ' ' || event.code === 'Space')
  && !event.ctrlKey && !event.altKey && !event.metaKey
  && !isTextField(event.composedPath()[0]);

/**
 * Has the stop button and the space bar press. The button acts when it is
 * touched, not when it is let go; the space bar stops wherever the focus is,
 * but in a field for text, and does nothing else.
 */
export function listen(press) {
  let lastTouch = -samePress;
  const onButton = event =>
    event.target instanceof Element && event.target.closest('#stop');

  addEventListener('pointerdown', event => {
    if (onButton(event) && event.button === 0) {
      lastTouch = performance.now();
      press('stop button');
    }
  }, true);
  // Enter, screen readers and voice control: no pointer goes before it.
  addEventListener('click', event => {
    if (onButton(event)) {
      event.preventDefault();
      if (performance.now() - lastTouch > samePress) {
        press('stop button');
      }
    }
  }, true);
  addEventListener('submit', event => event.preventDefault(), true);
  for (const type of ['keydown', 'keyup', 'keypress']) {
    addEventListener(type, event => {
      if (!isSpace(event)) {
        return;
      }
      event.preventDefault();
      if (type === 'keydown' && !event.repeat) {
        press('space bar');
      }
    }, true);
  }
}
