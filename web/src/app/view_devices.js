// SPDX-License-Identifier: BSD-3-Clause
import {useEffect, useState} from 'preact/hooks';
import {Cell, useCell} from './cell.js';
import {value} from './format.js';
import {html} from './html.js';
import {Panel} from './parts.js';
import {Plot, colourOf, colours} from './plot.js';
import {RequestField} from './request_field.js';
import {themeCell} from './theme_choice.js';
import {seriesKey} from './value_store.js';

const spans = [10, 30, 60, 300];

/** What is plotted, as `{ uid, param, colour }`; stays while others are shown. */
const plotted = new Cell([]);

const isPlotted = (uid, param) =>
  plotted.value.find(each => each.uid === uid && each.param === param);

function togglePlotted(uid, param) {
  if (isPlotted(uid, param)) {
    plotted.set(plotted.value.filter(each =>
      each.uid !== uid || each.param !== param));
    return;
  }
  if (plotted.value.length === colours) {
    return;
  }
  const used = new Set(plotted.value.map(each => each.colour));
  let colour = 0;
  while (used.has(colour)) {
    ++colour;
  }
  plotted.set([...plotted.value, {uid, param, colour}]);
}

const nameOf = device => device.name ?? device.uid;
const isNumeric = type => !type.includes('[') && type !== 'char';

function seriesOf(values, chosen) {
  const result = [];
  for (const {uid, param, colour} of chosen) {
    result.push({key: seriesKey(uid, 'current', param), colour});
    const requested = seriesKey(uid, 'requested', param);
    if (values.series.has(requested)) {
      result.push({key: requested, colour, dashed: true});
    }
  }
  return result;
}

function Legend({store, chosen, devices}) {
  return html`
    <ul class="legend">
      ${chosen.map(({uid, param, colour}) => {
        const device = devices.find(each => each.uid === uid);
        const name = `${device ? nameOf(device) : uid} ${param}`;
        const now = store.values.now.get(uid);
        return html`
          <li key=${uid + param}>
            <span class="swatch" style=${{background: colourOf(colour)}}></span>
            <span>${name}</span>
            <span class="figure">${value(now?.current[param])}</span>
            <button type="button" class="plain"
                    aria-label=${`Remove ${name} from the plot`}
                    onClick=${() => togglePlotted(uid, param)}>Remove</button>
          </li>`;
      })}
    </ul>`;
}

function PlotPanel({store, devices}) {
  const chosen = useCell(plotted);
  const theme = useCell(themeCell);
  const [seconds, setSeconds] = useState(30);
  const [isPaused, setPaused] = useState(false);
  const series = seriesOf(store.values, chosen);
  const tools = html`
    <label>Span
      <select value=${seconds} onChange=${e => setSeconds(Number(e.target.value))}>
        ${spans.map(each => html`
          <option key=${each} value=${each}>${
            each < 120 ? `${each} s` : `${each / 60} min`}</option>`)}
      </select></label>
    <button type="button" aria-pressed=${isPaused}
            onClick=${() => setPaused(!isPaused)}>Pause</button>`;
  return html`
    <${Panel} title="Over time" id="d-plot" kind="wide" tools=${tools}>
      ${chosen.length === 0
        ? html`<p class="calm">Choose “Plot” at a value below; up to ${colours}
            ${' '}share one plot. What is requested is dashed.</p>`
        : html`
          <${Plot} store=${store.values} series=${series} seconds=${seconds}
            isPaused=${isPaused} theme=${theme}
            label=${`Plot of ${chosen.map(each => each.param).join(', ')}`} />
          <${Legend} store=${store} chosen=${chosen} devices=${devices} />`}
    <//>`;
}

function Param({store, device, param, now}) {
  const chosen = isPlotted(device.uid, param.name);
  const requested = now?.requested[param.name];
  const current = now?.current[param.name];
  const differs = requested !== undefined && requested !== null
    && typeof requested === 'number' && typeof current === 'number'
    && Math.abs(requested - current) > 1e-6;
  const range = typeof param.lower === 'number' || typeof param.upper === 'number'
    ? `${value(param.lower) || '…'} to ${value(param.upper) || '…'}` : '';
  return html`
    <tr>
      <th scope="row">${param.name}
        <span class="quiet kind">${param.type}${range && `, ${range}`}</span></th>
      <td class="figure" data-label="Now">${param.readable === false
        ? html`<span class="quiet">not readable</span>` : value(current)}</td>
      <td class="figure" data-label="Requested" data-differs=${differs}>
        ${value(requested)}</td>
      <td class="plot-cell">${isNumeric(param.type) && html`
        <button type="button" aria-pressed=${!!chosen}
          disabled=${!chosen && plotted.value.length === colours}
          aria-label=${`Plot ${nameOf(device)} ${param.name}`}
          onClick=${() => togglePlotted(device.uid, param.name)}>Plot</button>`}
      </td>
      <td class="request-cell">${param.writeable && html`
        <${RequestField} store=${store} device=${device} param=${param} />`}</td>
    </tr>`;
}

function Device({store, device}) {
  const now = store.values.now.get(device.uid);
  const id = `device-${device.uid.replace(/[^a-z0-9]/gi, '-')}`;
  return html`
    <section class="panel device" aria-labelledby=${id}>
      <div class="panel-head">
        <h2 id=${id}>${nameOf(device)}</h2>
        <span class="quiet">${device.type}${device.name ? `, ${device.uid}` : ''}</span>
        <span class="badge" data-state=${device.connected ? 'running' : 'failed'}>
          ${device.connected ? 'connected' : 'not connected'}</span>
      </div>
      <div class="scroll" tabindex="0" role="region"
           aria-label=${`Values of ${nameOf(device)}`}>
      <table class="params">
        <thead><tr>
          <th scope="col">Parameter</th><th scope="col" class="number">Now</th>
          <th scope="col" class="number">Requested</th>
          <th scope="col">Plot</th><th scope="col">Request</th>
        </tr></thead>
        <tbody>${device.params.map(param => html`
          <${Param} key=${param.name} store=${store} device=${device}
                    param=${param} now=${now} />`)}</tbody>
      </table>
      </div>
    </section>`;
}

export function Devices({store}) {
  const devices = useCell(store.values.devices);
  useCell(store.values.version);
  useCell(plotted);
  useEffect(() => store.useValues(), [store]);
  return html`
    <div class="stack">
      <${PlotPanel} store=${store} devices=${devices} />
      ${devices.length === 0 && html`
        <p class="calm panel">No device yet. A device is there once a program
        has opened its buffer.</p>`}
      <div class="devices">
        ${devices.map(device => html`
          <${Device} key=${device.uid} store=${store} device=${device} />`)}
      </div>
    </div>`;
}
