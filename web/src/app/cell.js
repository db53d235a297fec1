// SPDX-License-Identifier: BSD-3-Clause
import {useEffect, useReducer} from 'preact/hooks';

/** A value that views show, and are drawn anew for when it changes. */
export class Cell {
  constructor(value) {
    this.value = value;
    this.watchers = new Set();
  }

  set(value) {
    if (value !== this.value) {
      this.value = value;
      this.changed();
    }
  }

  changed() {
    for (const call of this.watchers) {
      call();
    }
  }

  watch(call) {
    this.watchers.add(call);
    return () => this.watchers.delete(call);
  }
}

/** The cell's value; the view is drawn once a frame at most. */
export function useCell(cell) {
  const [, draw] = useReducer(count => count + 1, 0);
  useEffect(() => {
    let frame = 0;
    const unwatch = cell.watch(() => {
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        draw();
      });
    });
    draw();
    return () => {
      unwatch();
      cancelAnimationFrame(frame);
    };
  }, [cell]);
  return cell.value;
}

/** Draws the view anew every so often, for what ages. */
export function useTick(ms) {
  const [, draw] = useReducer(count => count + 1, 0);
  useEffect(() => {
    const timer = setInterval(draw, ms);
    return () => clearInterval(timer);
  }, [ms]);
}
