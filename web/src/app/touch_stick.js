// SPDX-License-Identifier: BSD-3-Clause
import {useEffect, useRef, useState} from 'preact/hooks';
import {html} from './html.js';

/** How far an arrow key moves a stick, and with the shift key. */
const gentle = 0.5;
const full = 1;

const directions = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1],
};

/** Within the unit circle. */
function limited(x, y) {
  const size = Math.max(1, Math.hypot(x, y));
  return [x / size, y / size];
}

/**
 * A stick on the screen, for a finger, a mouse, or arrow keys; it springs back
 * when it is let go.
 */
export function TouchStick({label, onMove}) {
  const pointer = useRef(null);
  const keys = useRef(new Map());
  const [at, setAt] = useState([0, 0]);

  const move = (x, y) => {
    const next = limited(x, y);
    setAt(next);
    onMove(...next);
  };
  const follow = event => {
    const {left, top, width, height}
      = event.currentTarget.getBoundingClientRect();
    move((event.clientX - left - width / 2) / (width * 0.4),
         -(event.clientY - top - height / 2) / (height * 0.4));
  };
  const down = event => {
    if (pointer.current !== null || event.button !== 0) {
      return;
    }
    pointer.current = event.pointerId;
    event.currentTarget.setPointerCapture(event.pointerId);
    follow(event);
  };
  const release = () => {
    pointer.current = null;
    keys.current.clear();
    move(0, 0);
  };
  const up = event => event.pointerId === pointer.current && release();
  const key = (event, isDown) => {
    const direction = directions[event.key];
    if (!direction) {
      return;
    }
    event.preventDefault();
    if (isDown) {
      keys.current.set(event.key, event.shiftKey ? full : gentle);
    } else {
      keys.current.delete(event.key);
    }
    let [x, y] = [0, 0];
    for (const [name, size] of keys.current) {
      x += directions[name][0] * size;
      y += directions[name][1] * size;
    }
    move(x, y);
  };
  useEffect(() => {
    addEventListener('blur', release);
    return () => {
      removeEventListener('blur', release);
      onMove(0, 0);
    };
  }, []);

  return html`
    <div class="touch-stick" tabindex="0" role="application"
         aria-label=${`${label}. Arrow keys move it halfway, with Shift fully; it springs back.`}
         onPointerDown=${down}
         onPointerMove=${e => e.pointerId === pointer.current && follow(e)}
         onPointerUp=${up} onPointerCancel=${up} onLostPointerCapture=${up}
         onKeyDown=${e => key(e, true)} onKeyUp=${e => key(e, false)}
         onBlur=${release}>
      <span class="touch-knob" style=${{
        left: `${50 + at[0] * 40}%`, top: `${50 - at[1] * 40}%`}}></span>
      <span class="touch-name" aria-hidden="true">${label}</span>
    </div>`;
}
