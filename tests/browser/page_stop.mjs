// SPDX-License-Identifier: BSD-3-Clause
// The page's stop button, whatever the robot and the network do.
import assert from 'node:assert/strict';
import test from 'node:test';
import {alertOf, fakeGamepads, openPage, show, told, until, views}
  from './browser.mjs';
import {StandIn} from './stand_in.mjs';

const shown = async locator => (await locator.textContent()).trim();

async function opened(t, options) {
  const robot = await StandIn.begin(t);
  const page = await openPage(t, options);
  await page.goto(robot.url);
  await page.locator(':root[data-link=up]').waitFor();
  return {robot, page};
}

test('a click stops the robot, and says when that is confirmed', async t => {
  const {robot, page} = await opened(t);
  await page.locator('#stop').click();
  await told(page).getByText(/Stop confirmed after [\d.]+ m?s, .* 85 µs/)
    .waitFor();
  assert.deepEqual(robot.saidOf('estop').map(each => each.reason),
                   ['stop button of the page']);
  // What is quick by the WebSocket needs no second way.
  assert.equal(robot.posted.length, 0);
});

test('the button acts when it is touched, not when it is let go', async t => {
  const {robot, page} = await opened(t);
  const box = await page.locator('#stop').boundingBox();
  await page.mouse.move(box.x + 20, box.y + 20);
  await page.mouse.down();
  await until(() => robot.saidOf('estop').length === 1, 'the stop');
  await page.mouse.up();
  await told(page).getByText('Stop confirmed').waitFor();
  assert.equal(robot.saidOf('estop').length, 1);
});

test('Enter on the button stops', async t => {
  const {robot, page} = await opened(t);
  await page.locator('#stop').focus();
  await page.keyboard.press('Enter');
  await told(page).getByText('Stop confirmed').waitFor();
  assert.equal(robot.saidOf('estop').length, 1);
});

test('the space bar stops in every view, and is not what a focused button hears',
     async t => {
  const {robot, page} = await opened(t);
  await show(page, 'processes');
  await page.getByRole('button', {name: 'restart arm'}).focus();
  await page.keyboard.press('Space');
  await told(page).getByText('Stop confirmed').waitFor();
  assert.equal(robot.saidOf('estop')[0].reason, 'space bar of the page');
  assert.equal(robot.saidOf('order').length, 0);
  for (const [i, view] of views.entries()) {
    await show(page, view);
    await page.keyboard.press('Space');
    await until(() => robot.saidOf('estop').length === i + 2, `stop in ${view}`);
  }
});

test('a space typed into a field for text is a letter', async t => {
  const {robot, page} = await opened(t);
  await show(page, 'log');
  const field = page.getByRole('searchbox');
  await field.click();
  await page.keyboard.type('motor at');
  assert.equal(await field.inputValue(), 'motor at');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Space');
  await told(page).getByText('Stop confirmed').waitFor();
  assert.equal(robot.saidOf('estop').length, 1);
});

test('it stops while the rest of the page is still loading', async t => {
  const robot = await StandIn.begin(t);
  // The frame, and not a byte of what follows.
  const html = await (await fetch(robot.url)).text();
  robot.pageBytes = Buffer.byteLength(html.slice(0, html.indexOf('<nav')));
  const page = await openPage(t);
  await page.goto(robot.url, {waitUntil: 'commit'});
  await page.locator('#stop').click();
  await told(page).getByText('Stop confirmed').waitFor();
  assert.equal(robot.saidOf('estop').length, 1);
  assert.equal(await page.locator('main').count(), 0);
});

test('without the WebSocket it stops by HTTP', async t => {
  const robot = await StandIn.begin(t);
  robot.isOpen = false;
  const page = await openPage(t);
  await page.goto(robot.url);
  await page.locator('#stop').click();
  await told(page).getByText(/Stop confirmed after .* 93 µs/).waitFor();
  assert.deepEqual(robot.posted, ['{"reason":"stop button of the page"}']);
});

test('a WebSocket that does not answer is not waited for', async t => {
  const {robot, page} = await opened(t);
  robot.answers = false;
  await page.locator('#stop').click();
  await told(page).getByText(/Stop confirmed after .* 93 µs/).waitFor();
  assert.equal(robot.posted.length, 1);
  assert.ok(robot.saidOf('estop').length >= 1);
});

test('a stop that is not delivered is said loudly, and arrives in the end',
     async t => {
  const {robot, page} = await opened(t);
  robot.isOpen = false;
  robot.postStatus = 0;
  robot.peers.forEach(peer => peer.cut());
  await page.locator(':root[data-link=down]').waitFor();
  await page.locator('#stop').click();
  await alertOf(page).getByText('STOP NOT DELIVERED').waitFor();
  await alertOf(page).getByText(/Pressed [1-9] s ago, and still trying/).waitFor();
  assert.equal(await shown(told(page)), 'Not confirmed');
  robot.said = [];
  robot.isOpen = true;
  await told(page).getByText('Stop confirmed').waitFor();
  // Before whatever else a new connection begins with.
  assert.equal(robot.said[0].type, 'estop');
  await alertOf(page).getByText('STOP NOT').waitFor({state: 'detached'});
});

test('a stop that was not delivered can be withdrawn', async t => {
  const {robot, page} = await opened(t);
  robot.isOpen = false;
  robot.postStatus = 0;
  robot.peers.forEach(peer => peer.cut());
  await page.locator(':root[data-link=down]').waitFor();
  await page.locator('#stop').click();
  await page.getByRole('button', {name: 'Stop trying'}).click();
  await told(page).getByText('withdrawn, not confirmed').waitFor();
  robot.isOpen = true;
  await page.locator(':root[data-link=up]').waitFor();
  await page.locator('#robot-state', {hasText: 'running'}).waitFor();
  assert.equal(robot.saidOf('estop').length, 0);
});

test('a refusal is told in words', async t => {
  const robot = await StandIn.begin(t);
  robot.isOpen = false;
  robot.postStatus = 401;
  const page = await openPage(t);
  await page.goto(robot.url);
  await page.locator('#stop').click();
  await alertOf(page).getByText('robot-runtime token').waitFor();
});

test('a lost connection shows by itself, for how long, and when it is back',
     async t => {
  const {robot, page} = await opened(t);
  robot.isOpen = false;
  robot.peers.forEach(peer => peer.cut());
  await alertOf(page).getByText(/No connection for [1-9] s/).waitFor();
  assert.match(await shown(page.locator('#robot-link-text')),
               /No connection for \d+ s/);
  assert.match(await page.title(), /no connection/);
  robot.isOpen = true;
  await page.locator(':root[data-link=up]').waitFor();
  await alertOf(page).waitFor({state: 'hidden'});
});

test('a robot that says nothing more shows, too, and is connected to anew',
     async t => {
  const {robot, page} = await opened(t);
  robot.answers = false;
  await alertOf(page).getByText(/The robot has been silent for \d+ s/).waitFor();
  const first = robot.peers[0];
  await until(() => robot.peers.some(peer => peer !== first), 'a new connection');
});

test('a state with a gap is asked for anew', async t => {
  const {robot, page} = await opened(t);
  robot.say({type: 'state', seq: robot.seq + 7, changes: {state: 'stopping'}});
  const first = robot.peers[0];
  await until(() => robot.peers.some(peer => peer !== first), 'a new connection');
  await page.locator('#robot-state', {hasText: 'running'}).waitFor();
});

test('a stop that somebody else has caused is shown with its cause', async t => {
  const {robot, page} = await opened(t);
  robot.say({type: 'stopped', process: 'battery-monitor', exit_code: 255,
             cause: 'process battery-monitor exited with 255',
             signal_latency_us: 71});
  robot.seq += 1;
  robot.say({type: 'state', seq: robot.seq, changes: {state: 'stopping'}});
  await alertOf(page).getByText('process battery-monitor exited with 255')
    .waitFor();
  await show(page, 'explain');
  const stops = page.getByRole('region', {name: 'Stops that this browser'});
  await stops.getByText('71 µs').waitFor();
  // Also when the page is opened anew, without a word of the robot's.
  await page.reload();
  await stops.getByText('process battery-monitor exited with 255').waitFor();
});

test('it is the largest button, whole and in sight, in every view and width',
     async t => {
  const robot = await StandIn.begin(t);
  for (const [width, height] of [[320, 568], [390, 844], [844, 390], [1366, 768],
                                 [1920, 1080]]) {
    const page = await openPage(t, {viewport: {width, height}});
    await fakeGamepads(page);
    await page.goto(robot.url);
    for (const view of views) {
      await show(page, view);
      await page.locator('main .panel').first().waitFor();
      await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
      const where = `${view} at ${width}x${height}`;
      const seen = await page.evaluate(() => {
        const button = document.getElementById('stop');
        const box = button.getBoundingClientRect();
        const points = [[0.5, 0.5], [0.05, 0.1], [0.95, 0.9]];
        const size = each => {
          const {width: w, height: h} = each.getBoundingClientRect();
          return w * h;
        };
        return {
          inSight: box.top >= 0 && box.left >= 0 && box.bottom <= innerHeight
            && box.right <= innerWidth,
          onTop: points.every(([x, y]) => button.contains(document
            .elementFromPoint(box.left + box.width * x, box.top + box.height * y))),
          size: size(button),
          next: Math.max(...[...document.querySelectorAll('button, nav a')]
            .filter(each => each !== button).map(size)),
          tooWide: document.documentElement.scrollWidth > innerWidth,
        };
      });
      assert.ok(seen.inSight, `out of sight: ${where}`);
      assert.ok(seen.onTop, `covered: ${where}`);
      assert.ok(seen.size > seen.next, `not the largest: ${where}`);
      assert.ok(!seen.tooWide, `scrolls sideways: ${where}`);
    }
  }
});
