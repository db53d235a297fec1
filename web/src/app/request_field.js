// SPDX-License-Identifier: BSD-3-Clause
import {useState} from 'preact/hooks';
import {value} from './format.js';
import {html} from './html.js';

const isInteger = type => /^u?int\d+$/.test(type);
const isFloat = type => type === 'float' || type === 'double';

/** A value of that type from what was typed. @returns `undefined` for none. */
export function parsed(text, type) {
  const trimmed = text.trim();
  if (type.startsWith('char')) {
    return text;
  }
  if (trimmed === '') {
    return undefined;
  }
  if (type.includes('[')) {
    try {
      const list = JSON.parse(trimmed.startsWith('[') ? trimmed : `[${trimmed}]`);
      return Array.isArray(list) ? list : undefined;
    } catch {
      return undefined;
    }
  }
  const number = Number(trimmed);
  if (!Number.isFinite(number) || (isInteger(type) && !Number.isInteger(number))) {
    return undefined;
  }
  return number;
}

/** Asks a device for a value: an act of its own, never while one types. */
export function RequestField({store, device, param}) {
  const [text, setText] = useState('');
  const [isBad, setBad] = useState(false);
  const what = `${param.name} of ${device.name ?? device.uid}`;
  const send = x => store.request(device, param.name, x);
  const safe = param.safe !== undefined && param.safe !== null && html`
    <button type="button"
            aria-label=${`Safe: ${value(param.safe)}, request it of ${what}`}
            onClick=${() => send(param.safe)}>Safe: ${value(param.safe)}</button>`;
  if (param.type === 'bool') {
    return html`
      <div class="request">
        ${[true, false].map(each => html`
          <button type="button" key=${each}
                  aria-label=${`Request ${each} of ${what}`}
                  onClick=${() => send(each)}>${String(each)}</button>`)}
        ${safe}
      </div>`;
  }
  const submit = event => {
    event.preventDefault();
    const x = parsed(text, param.type);
    setBad(x === undefined);
    if (x !== undefined) {
      send(x);
    }
  };
  return html`
    <form class="request" onSubmit=${submit}>
      <input type="text" value=${text} size="7" autocomplete="off"
             inputmode=${isFloat(param.type) ? 'decimal' : 'text'}
             aria-label=${`Value to request of ${what}`} aria-invalid=${isBad}
             onInput=${e => setText(e.target.value)}
             onKeyDown=${e => e.key === 'Escape' && e.target.blur()} />
      <button type="submit" aria-label=${`Request ${what}`}>Request</button>
      ${safe}
    </form>`;
}
