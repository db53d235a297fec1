// SPDX-License-Identifier: BSD-3-Clause
import {useEffect, useRef} from 'preact/hooks';
import uPlot from 'uplot';
import {html} from './html.js';

const height = 300;
/** Between two drawings, in milliseconds. */
const period = 100;

/** As many series as can be told apart. */
export const colours = 8;

const variable = name =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export const colourOf = index => `var(--series-${index % colours})`;

function axis() {
  return {
    stroke: variable('--muted'),
    grid: {stroke: variable('--line'), width: 1},
    ticks: {stroke: variable('--line'), width: 1},
    font: '12px system-ui, sans-serif',
  };
}

function optionsOf(series, width, seconds) {
  return {
    width,
    height,
    legend: {show: false},
    cursor: {drag: {x: false, y: false}},
    scales: {x: {time: false, range: () => [-seconds, 0]}},
    axes: [
      {...axis(), values: (_, ticks) => ticks.map(t => (t ? `${t} s` : 'now'))},
      {...axis(), size: 56},
    ],
    series: [
      {},
      ...series.map(({colour, dashed}) => ({
        stroke: variable(`--series-${colour % colours}`),
        width: 2,
        dash: dashed ? [6, 5] : undefined,
        points: {show: false},
        // A value holds until the next one.
        paths: uPlot.paths.stepped({align: 1}),
      })),
    ],
  };
}

/**
 * Several series over time.
 *
 * @param series `{ key, colour, dashed }` each.
 * @param isPaused whether what is drawn stays.
 */
export function Plot({store, series, seconds, isPaused, label, theme}) {
  const box = useRef(null);
  const plot = useRef(null);
  const keys = series.map(each => each.key);
  const draw = () => plot.current?.setData(store.window(keys, seconds));

  useEffect(() => {
    const width = () => Math.max(200, box.current.clientWidth);
    plot.current = new uPlot(optionsOf(series, width(), seconds),
                             store.window(keys, seconds), box.current);
    const observer = new ResizeObserver(() =>
      box.current && plot.current?.setSize({width: width(), height}));
    observer.observe(box.current);
    return () => {
      observer.disconnect();
      plot.current.destroy();
      plot.current = null;
    };
  }, [keys.join('|'), seconds, theme]);
  useEffect(() => {
    if (isPaused) {
      return undefined;
    }
    const timer = setInterval(draw, period);
    return () => clearInterval(timer);
  }, [keys.join('|'), seconds, isPaused, theme]);

  return html`<div class="plot" ref=${box} role="img" aria-label=${label}></div>`;
}
