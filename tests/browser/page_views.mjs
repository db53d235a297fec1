// SPDX-License-Identifier: BSD-3-Clause
// What the page shows of a robot, to whom, and that it takes orders.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import {faultsFoundByAxe, openPage, show, told, until, views} from './browser.mjs';
import {StandIn, events, motor} from './stand_in.mjs';

async function opened(t, options) {
  const robot = await StandIn.begin(t);
  const page = await openPage(t, options);
  await page.goto(robot.url);
  await page.locator('main .panel').first().waitFor();
  return {robot, page};
}

const rows = page => page.locator('.virtual .log-row');

test('it says in words what state the robot is in, and what holds it back',
     async t => {
  const {page} = await opened(t);
  const panel = page.getByRole('region', {name: 'State'});
  await panel.getByText('The robot is running, held back by this:').waitFor();
  await panel.getByText('Process camera is restarting').waitFor();
  await panel.getByText('for 1 min').waitFor();
});

test('processes are shown as they change, and started, stopped and restarted',
     async t => {
  const {robot, page} = await opened(t);
  await show(page, 'processes');
  const row = name => page.getByRole('row').filter({hasText: name}).first();
  await row('arm').getByText('arm at 30 degrees').waitFor();
  await row('camera').getByText('exit code 1').waitFor();
  await page.getByRole('button', {name: 'restart arm'}).click();
  await page.getByText('arm: restarted').waitFor();
  await page.getByRole('button', {name: 'stop control-loop'}).click();
  await page.getByText('control-loop: stopped').waitFor();
  assert.deepEqual(
    robot.saidOf('order').map(({process, what}) => [process, what]),
    [['arm', 'restart'], ['control-loop', 'stop']]);

  const ended = (await page.evaluate(() => robot.link.status.processes))
    .map(each => each.name === 'arm'
      ? {...each, state: 'exited', pid: null} : each);
  robot.seq += 1;
  robot.say({type: 'state', seq: robot.seq, changes: {processes: ended}});
  await page.getByRole('button', {name: 'start arm'}).click();
  await page.getByText('arm: started').waitFor();
});

test('the last lines of a process that has ended are what it printed', async t => {
  const {robot, page} = await opened(t);
  robot.say({type: 'log', missed: 0, events: [
    {...events(1)[0], process: 'camera', stream: 'stderr',
     event: 'no such device', timestamp: new Date(Date.now() - 4000).toISOString()},
    {...events(1)[0], process: 'camera', event: 'printed after it',
     timestamp: new Date(Date.now() + 60000).toISOString()}]});
  await show(page, 'processes');
  await page.getByRole('button', {name: 'Last lines of camera'}).click();
  const lines = page.locator('.last-lines');
  await lines.getByText('no such device').waitFor();
  assert.equal(await lines.getByText('printed after it').count(), 0);
});

test('an order that the robot refuses is told', async t => {
  const {robot, page} = await opened(t);
  await show(page, 'processes');
  robot.answers = false;
  await page.getByRole('button', {name: 'stop arm'}).click();
  await until(() => robot.saidOf('order').length, 'the order');
  robot.say({type: 'error', id: robot.saidOf('order')[0].id,
             error: 'arm: the robot is stopping'});
  await page.getByText('arm: arm: the robot is stopping').waitFor();
});

test('why earlier runs ended is told, also to a browser that was not there',
     async t => {
  const {robot, page} = await opened(t);
  const past = page.getByRole('region', {name: 'Earlier runs'});
  await show(page, 'explain');
  await past.getByText('No run has ended that the robot knows of.').waitFor();
  robot.ends = [{
    ended: '2026-11-30T10:00:00.250Z', exit_code: 255, latched: false,
    reason: 'process arm exited with 255', in_order: true,
    record: '/var/lib/robot-runtime/records/a b.mcap',
    causes: [
      {time: '2026-11-30T09:59:59.000Z', what: 'arm missed its watchdog'},
      {time: '2026-11-30T10:00:00.250Z', what: 'process arm exited with 255',
       process: 'arm', exit_code: 255,
       last_lines: ['one', 'two', 'three', 'four', 'five', '<b>six</b>']}],
  }, {
    ended: '2026-11-29T10:00:00Z', exit_code: null, latched: false, causes: [],
    reason: 'the runtime was killed', in_order: false}];
  await page.reload();
  await past.getByText('Process arm exited with 255').first().waitFor();
  await past.getByText('Arm missed its watchdog').waitFor();
  assert.equal(await past.locator('pre').textContent(),
               'two\nthree\nfour\nfive\n<b>six</b>');
  await past.getByText('The runtime was killed').waitFor();
  assert.equal(
    await past.getByRole('link', {name: 'a b.mcap'}).getAttribute('href'),
    '/records/a%20b.mcap');
  assert.equal(robot.saidOf('explain').at(-1).last, 3);
});

test('that earlier runs cannot be told of is told', async t => {
  const {robot, page} = await opened(t);
  robot.endsError = 'cannot read ends.jsonl: Input/output error';
  await show(page, 'explain');
  await page.getByText('Cannot read ends.jsonl: Input/output error').waitFor();
});

test('black boxes that the log tells of are linked', async t => {
  const {robot, page} = await opened(t);
  await show(page, 'explain');
  robot.say({type: 'log', missed: 0, events: [
    {...events(1)[0], event: 'Black box of an earlier run written',
     timestamp: new Date().toISOString(), process: undefined,
     file: '/var/lib/robot-runtime/records/a b.mcap'}]});
  const link = page.getByRole('link', {name: 'a b.mcap'});
  await link.waitFor();
  assert.equal(await link.getAttribute('href'), '/records/a%20b.mcap');
});

test('the log is filtered by level, process and text', async t => {
  const {page} = await opened(t);
  await show(page, 'log');
  const count = page.locator('.log-count');
  await count.getByText('200 events').waitFor();
  await page.getByLabel('Level').selectOption('error');
  await count.getByText('3 events').waitFor();
  await page.getByLabel('Level').selectOption('info');
  await page.getByLabel('Process').selectOption('camera');
  await count.getByText('67 events').waitFor();
  await page.getByLabel('Text').fill('limit n=63');
  await count.getByText(/^1 events/).waitFor();
  await rows(page).getByText('Motor at its limit').waitFor();
});

test('scrolling pauses the log, and nothing is lost meanwhile', async t => {
  const {robot, page} = await opened(t);
  await show(page, 'log');
  await page.locator('.log-count').getByText('200 events').waitFor();
  await rows(page).getByText('n=199').waitFor();
  const list = page.locator('.virtual');
  await list.hover();
  await page.mouse.wheel(0, -1500);
  await page.getByText('Paused at 200 events').waitFor();
  const seen = () => rows(page).evaluateAll(all =>
    all.map(each => each.textContent));
  const before = await seen();
  robot.say({type: 'log', missed: 0, events: events(5).map(each =>
    ({...each, timestamp: new Date().toISOString(), event: 'a newer one'}))});
  await page.getByRole('button', {name: 'Show 5 newer'}).waitFor();
  assert.deepEqual(await seen(), before);
  await page.getByRole('button', {name: 'Show 5 newer'}).click();
  await rows(page).getByText('a newer one').last().waitFor();
  await page.locator('.log-count').getByText('205 events').waitFor();
});

test('events that were left out are told where they are missing', async t => {
  const {robot, page} = await opened(t);
  await show(page, 'log');
  robot.say({type: 'log', missed: 12, events: events(1).map(each =>
    ({...each, timestamp: new Date().toISOString()}))});
  await rows(page).getByText('12 events left out here').waitFor();
});

test('events that come again with a new connection are shown once', async t => {
  const {robot, page} = await opened(t);
  await show(page, 'log');
  await page.locator('.log-count').getByText('200 events').waitFor();
  const first = robot.peers[0];
  first.cut();
  await until(() => robot.saidOf('subscribe').filter(each => each.log).length === 2,
              'a new subscription');
  robot.say({type: 'log', missed: 0, events: [
    {...events(1)[0], event: 'the first of the new ones',
     timestamp: new Date(Date.now() + 1000).toISOString()}]});
  await rows(page).getByText('the first of the new ones').waitFor();
  const all = await page.locator('.log-count').textContent();
  // And those that this stand-in has made anew, for they are younger.
  assert.ok(parseInt(all, 10) < 400, all);
  await rows(page).getByText('the connection was lost').waitFor();
});

test('of 10,000 lines only those in sight are in the document', async t => {
  const {robot, page} = await opened(t);
  await show(page, 'log');
  await page.locator('.log-count').getByText('200 events').waitFor();
  await page.evaluate(() => {
    window.frames_ = [];
    let last = performance.now();
    const tick = now => {
      window.frames_.push(now - last);
      last = now;
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
  const now = Date.now();
  for (let i = 0; i < 100; ++i) {
    robot.say({type: 'log', missed: 0, events: events(100).map((each, k) => ({
      ...each, n: i * 100 + k,
      timestamp: new Date(now + i * 100 + k).toISOString()}))});
    await new Promise(done => setTimeout(done, 20));
  }
  await rows(page).getByText('n=9999', {exact: true}).waitFor();
  const list = page.locator('.virtual');
  await list.hover();
  for (let i = 0; i < 40; ++i) {
    await page.mouse.wheel(0, -3000);
  }
  await page.getByText('Paused at').waitFor();
  assert.ok(await rows(page).count() < 120, `${await rows(page).count()} rows`);
  const kept = await page.evaluate(() =>
    document.querySelector('.virtual-all').clientHeight / 24);
  assert.ok(kept >= 10000 && kept <= 11000, `${kept} lines`);
  const frames = (await page.evaluate(() => window.frames_)).sort((a, b) => a - b);
  const at = share => frames[Math.floor(frames.length * share)].toFixed(1);
  t.diagnostic(`${frames.length} frames while 10,000 events came and were`
    + ` scrolled: median ${at(0.5)} ms, p99 ${at(0.99)} ms`);
});

test('an event is shown whole when it is chosen, by keys too', async t => {
  const {page} = await opened(t);
  await show(page, 'log');
  await rows(page).getByText('n=199').waitFor();
  await page.locator('.virtual').focus();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  await page.getByRole('group', {name: 'The chosen event'}).getByText('198')
    .waitFor();
});

test('devices show values, in one plot, requested beside current', async t => {
  const {robot, page} = await opened(t);
  await show(page, 'devices');
  const device = page.getByRole('region', {name: 'left-motor', exact: true});
  await device.getByText('0.250').waitFor();
  await device.getByText('0.500').waitFor();
  await page.getByRole('button', {name: 'Plot left-motor duty_cycle'}).click();
  await page.getByRole('button', {name: 'Plot left-motor enc_pos'}).click();
  await page.getByRole('img', {name: 'Plot of duty_cycle, enc_pos'}).waitFor();
  assert.equal(await page.locator('canvas').count(), 1);
  robot.say({type: 'values', skipped: 0, values: {
    [motor]: {current: {duty_cycle: -0.75, brake: true, enc_pos: 2},
              requested: {}}}});
  await page.locator('.legend').getByText('-0.750').waitFor();
});

test('a value is requested where the catalog lets it, and only when told so',
     async t => {
  const {robot, page} = await opened(t);
  await show(page, 'devices');
  const field = page.getByLabel('Value to request of duty_cycle of left-motor');
  await field.fill('0.3x');
  await page.keyboard.press('Enter');
  await page.locator('input[aria-invalid=true]').waitFor();
  assert.equal(robot.saidOf('request').length, 0);
  await field.fill('0.3');
  assert.equal(robot.saidOf('request').length, 0);
  await page.keyboard.press('Enter');
  await page.getByText('duty_cycle = 0.3 requested').waitFor();
  await page.getByRole('button', {name: 'Safe: true, request it of brake'}).click();
  await page.getByText('brake = true requested').waitFor();
  assert.deepEqual(
    robot.saidOf('request').map(({device, param, value}) =>
      [device, param, value]),
    [[motor, 'duty_cycle', 0.3], [motor, 'brake', true]]);
  assert.equal(await page.getByLabel('Value to request of enc_pos').count(), 0);
});

test('values come only while they are looked at', async t => {
  const {robot, page} = await opened(t);
  const wishes = () => robot.saidOf('subscribe').filter(each => 'values' in each)
    .map(each => each.values !== null);
  await show(page, 'devices');
  await until(() => wishes().at(-1) === true, 'values to be wanted');
  await show(page, 'log');
  await until(() => wishes().at(-1) === false, 'no value to be wanted');
});

test('the keyboard alone reaches all of it', async t => {
  const {page} = await opened(t);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'stop');
  for (const view of views) {
    await page.locator(`nav a[href="#${view}"]`).focus();
    await page.keyboard.press('Enter');
    await page.locator(`nav a[href="#${view}"][aria-current]`).waitFor();
  }
  await page.locator('nav a[href="#processes"]').focus();
  await page.keyboard.press('Enter');
  // Whatever can be clicked is reached by Tab.
  await page.getByRole('button', {name: 'stop arm'}).waitFor();
  const names = new Set();
  for (let i = 0; i < 60; ++i) {
    await page.keyboard.press('Tab');
    names.add(await page.evaluate(() =>
      document.activeElement.getAttribute('aria-label')
      ?? document.activeElement.textContent));
  }
  for (const name of ['restart arm', 'stop control-loop', 'Last lines of camera',
                      'Dark']) {
    assert.ok(names.has(name), `${name} is not reached`);
  }
});

test('light and dark are chosen, and stay so', async t => {
  const {robot, page} = await opened(t, {colorScheme: 'light'});
  const back = () => page.evaluate(() =>
    getComputedStyle(document.body).backgroundColor);
  const light = await back();
  await page.getByRole('button', {name: 'Dark'}).click();
  await until(async () => await back() !== light, 'the dark theme');
  const dark = await back();
  await page.goto(robot.url);
  assert.equal(await back(), dark);
  await page.getByRole('button', {name: 'Auto'}).click();
  await until(async () => await back() === light, 'the system\'s theme');
  await page.emulateMedia({colorScheme: 'dark'});
  await until(async () => await back() === dark, 'the system\'s theme');
});

test('nothing moves for those who want no motion', async t => {
  const {robot, page} = await opened(t, {reducedMotion: 'reduce'});
  robot.answers = false;
  robot.postStatus = 0;
  await page.locator('#stop').click();
  await told(page).getByText('Not confirmed').waitFor();
  assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
});

test('no request leaves the robot', async t => {
  const robot = await StandIn.begin(t);
  const page = await openPage(t);
  const asked = [];
  page.on('request', request => asked.push(request.url()));
  page.on('websocket', socket => asked.push(socket.url()));
  await page.goto(robot.url);
  for (const view of views) {
    await show(page, view);
  }
  await page.locator('#stop').click();
  await told(page).getByText('Stop confirmed').waitFor();
  const host = new URL(robot.url).host;
  assert.ok(asked.length >= 2);
  assert.deepEqual(asked.filter(url => !url.startsWith('data:')
    && new URL(url).host !== host), []);
});

test('it has at most 150 KiB compressed', t => {
  const page = new URL('../../web/dist/index.html.gz', import.meta.url);
  const {size} = fs.statSync(page);
  t.diagnostic(`${size} bytes`);
  assert.ok(size <= 150 * 1024);
});

for (const colorScheme of ['light', 'dark']) {
  for (const [width, height] of [[390, 844], [1366, 768]]) {
    test(`axe finds nothing, ${colorScheme}, ${width} wide`, async t => {
      const {robot, page} = await opened(
        t, {colorScheme, bypassCSP: true, viewport: {width, height}});
      const look = async what =>
        assert.deepEqual(await faultsFoundByAxe(page), [], what);
      for (const view of views) {
        await show(page, view);
        await page.locator('main .panel').first().waitFor();
        if (view === 'devices') {
          await page.getByRole('button', {name: 'Plot left-motor enc_pos'}).click();
        } else if (view === 'processes') {
          await page.getByRole('button', {name: 'Last lines of camera'}).click();
        } else if (view === 'log') {
          await rows(page).last().click();
          await page.getByRole('group', {name: 'The chosen event'}).waitFor();
        }
        await page.mouse.move(1, 1);
        await look(view);
      }
      await page.locator('#stop').click();
      await told(page).getByText('Stop confirmed').waitFor();
      await page.mouse.move(1, 1);
      await look('stopped');
      robot.isOpen = false;
      robot.postStatus = 0;
      robot.peers.forEach(peer => peer.cut());
      await page.locator('#alert').getByText('No connection').waitFor();
      await look('without a connection');
      await page.keyboard.press('Space');
      await page.locator('#alert').getByText('STOP NOT DELIVERED').waitFor();
      await look('with a stop that is not delivered');
    });
  }
}
