// SPDX-License-Identifier: BSD-3-Clause
// Debian's Chromium without a screen, and what tests do with pages.
import fs from 'node:fs';
import {createRequire} from 'node:module';
import {after} from 'node:test';

const require = createRequire(new URL('../../web/package.json', import.meta.url));
const {chromium} = require('playwright-core');
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** Milliseconds that no wait here comes near, unless something is wrong. */
export const limit = 20000;

export const views = [
  'overview', 'drive', 'devices', 'processes', 'log', 'explain',
];

/** @param more what the browser is to be started with. */
export function startBrowser(more = []) {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', ...more],
  });
}

let shared = null;

/** One for all tests of a file. */
export async function theBrowser() {
  shared ??= startBrowser();
  return shared;
}
after(async () => (await shared)?.close());

/** A page that has fallen into no error of its own when the test ends. */
export async function openPage(t, {browser, ...options} = {}) {
  const context = await (browser ?? await theBrowser()).newContext(
    {viewport: {width: 1366, height: 768}, ...options});
  const page = await context.newPage();
  page.setDefaultTimeout(limit);
  const faults = [];
  page.on('pageerror', error => faults.push(error.message));
  page.on('console', message => {
    // What a browser says of a connection that cannot be made is no fault.
    if (message.type() === 'error'
        && !/Failed to load resource|WebSocket connection/.test(message.text())) {
      faults.push(message.text());
    }
  });
  t.after(async () => {
    await context.close();
    if (faults.length) {
      throw new Error(`the page has faults: ${faults.join('; ')}`);
    }
  });
  return page;
}

/** Waits until something holds in this process. */
export async function until(holds, what, atMost = limit) {
  const end = Date.now() + atMost;
  while (!await holds()) {
    if (Date.now() > end) {
      throw new Error(`waited in vain for ${what}`);
    }
    await new Promise(done => setTimeout(done, 10));
  }
}

export const told = page => page.locator('#stop-told');
export const alertOf = page => page.locator('#alert');

export async function show(page, view) {
  await page.evaluate(name => {
    location.hash = name;
  }, view);
  await page.locator(`nav a[href="#${view}"][aria-current]`).waitFor();
}

/** What axe finds; the page must have been opened with `bypassCSP`. */
export async function faultsFoundByAxe(page) {
  if (!await page.evaluate(() => 'axe' in window)) {
    await page.evaluate(axe);
  }
  const result = await page.evaluate(() =>
    window.axe.run(document, {resultTypes: ['violations']}));
  return result.violations.map(each =>
    `${each.id}: ${each.nodes.map(node => node.html.slice(0, 120)).join(', ')}`);
}

/** In the place of the browser's gamepads: `window.pads` is what there is. */
export async function fakeGamepads(page) {
  await page.addInitScript(() => {
    window.pads = [];
    window.pad = (index, axes, pressed = []) => ({
      id: `Fake pad ${index} (Vendor: 1234)`, index, connected: true, axes,
      mapping: 'standard', timestamp: performance.now(),
      buttons: Array.from({length: 17}, (_, i) => ({
        pressed: pressed.includes(i), value: Number(pressed.includes(i))})),
    });
    navigator.getGamepads = () => window.pads;
  });
}

/** What a browser does with a tab that another one is put before. */
export async function hide(page, hidden) {
  await page.evaluate(value => {
    Object.defineProperty(document, 'hidden',
                          {configurable: true, get: () => value});
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
}
