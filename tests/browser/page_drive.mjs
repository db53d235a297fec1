// SPDX-License-Identifier: BSD-3-Clause
// Driving from the page: what is sent, when, and when no more.
import assert from 'node:assert/strict';
import test from 'node:test';
import {fakeGamepads, hide, openPage, show, until} from './browser.mjs';
import {StandIn} from './stand_in.mjs';

async function opened(t, {robot: given, pads = 1, ...options} = {}) {
  const robot = given ?? await StandIn.begin(t);
  const page = await openPage(t, options);
  await fakeGamepads(page);
  await page.goto(robot.url);
  await page.evaluate(count => {
    window.pads = Array.from({length: count}, (_, i) =>
      window.pad(i, [0.5, -0.25, 0, 1], [0, 5]));
  }, pads);
  await show(page, 'drive');
  return {robot, page};
}

const drive = page => page.getByRole('button', {name: 'Drive from this page'});
const sent = robot => robot.saidOf('gamepad');

async function silent(robot) {
  let count = -1;
  await until(async () => {
    const before = count;
    count = sent(robot).length;
    await new Promise(done => setTimeout(done, 300));
    return sent(robot).length === before;
  }, 'silence');
}

test('nothing is sent before somebody says that they drive', async t => {
  const {robot, page} = await opened(t);
  await page.getByText('From here: Fake pad 0').waitFor();
  await page.waitForTimeout(300);
  assert.equal(sent(robot).length, 0);
});

test('a gamepad is sent 50 times a second, numbered, up and right positive',
     async t => {
  const {robot, page} = await opened(t);
  await drive(page).click();
  await until(() => sent(robot).length >= 100, 'packets');
  const all = sent(robot).slice(0, 100);
  const {index, lx, ly, rx, ry, btn} = all[0];
  assert.deepEqual({index, lx, ly, rx, ry, btn},
                   {index: 0, lx: 0.5, ly: 0.25, rx: 0, ry: -1, btn: 33});
  all.forEach((each, i) => assert.equal(each.seq, i + 1));
  const seconds = all[99].time - all[0].time;
  t.diagnostic(`${(99 / seconds).toFixed(1)} a second`);
  assert.ok(seconds >= 1.9, `99 packets in ${seconds} s are more than 50 a second`);
  await page.getByText('This page drives.').first().waitFor();
  await page.getByRole('img', {name: /Left stick: 0.50 right, 0.25 up/}).waitFor();
});

test('four gamepads at most, each with its index', async t => {
  const {robot, page} = await opened(t, {pads: 6});
  await drive(page).click();
  await until(() => new Set(sent(robot).map(each => each.index)).size === 4,
              'four gamepads');
  assert.deepEqual([...new Set(sent(robot).map(each => each.index))].sort(),
                   [0, 1, 2, 3]);
});

test('one that is unplugged is sent at rest once', async t => {
  const {robot, page} = await opened(t, {pads: 2});
  await drive(page).click();
  await until(() => sent(robot).some(each => each.index === 1), 'the second one');
  await page.evaluate(() => window.pads.pop());
  await until(() => sent(robot).some(each => each.index === 1 && each.lx === 0),
              'the second one at rest');
  const count = sent(robot).filter(each => each.index === 1).length;
  const first = sent(robot).length;
  await until(() => sent(robot).length > first + 5, 'the first one');
  assert.equal(sent(robot).filter(each => each.index === 1).length, count);
});

for (const [what, act] of [
  ['a hidden tab', page => hide(page, true)],
  ['another view', page => show(page, 'log')],
  ['the button', page => page.getByRole('button', {name: 'Stop driving'}).click()],
]) {
  test(`${what} ends it: at rest, then silent`, async t => {
    const {robot, page} = await opened(t);
    await drive(page).click();
    await until(() => sent(robot).length > 5, 'packets');
    await act(page);
    await silent(robot);
    const {lx, ly, rx, ry, btn} = sent(robot).at(-1);
    assert.deepEqual({lx, ly, rx, ry, btn}, {lx: 0, ly: 0, rx: 0, ry: 0, btn: 0});
  });
}

test('a tab that is shown again does not drive by itself', async t => {
  const {robot, page} = await opened(t);
  await drive(page).click();
  await until(() => sent(robot).length > 5, 'packets');
  await hide(page, true);
  await silent(robot);
  await hide(page, false);
  await page.getByText('Driving has ended: this page was hidden.').waitFor();
  const count = sent(robot).length;
  await page.waitForTimeout(300);
  assert.equal(sent(robot).length, count);
});

test('a lost connection ends it, and one that is back does not begin it',
     async t => {
  const {robot, page} = await opened(t);
  await drive(page).click();
  await until(() => sent(robot).length > 5, 'packets');
  robot.control = {type: 'control', driver: null, you: false, gamepads: {}};
  robot.peers.forEach(peer => peer.cut());
  await page.getByText('Driving has ended: the connection was lost.').waitFor();
  await page.locator(':root[data-link=up]').waitFor();
  const count = sent(robot).length;
  await page.waitForTimeout(300);
  assert.equal(sent(robot).length, count);
});

test('taking control is an act of its own', async t => {
  const robot = await StandIn.begin(t);
  robot.control.driver = 'udp:127.0.0.1:40112';
  const {page} = await opened(t, {robot});
  await page.getByText('udp:127.0.0.1:40112 drives.').first().waitFor();
  assert.equal(robot.saidOf('take_control').length, 0);
  await page.getByRole('button', {name: 'Take control'}).click();
  await until(() => sent(robot).length > 5, 'packets');
  assert.equal(robot.saidOf('take_control').length, 1);
});

test('whoever takes control from this page ends its driving', async t => {
  const {robot, page} = await opened(t);
  await drive(page).click();
  await page.getByText('This page drives.').first().waitFor();
  const {heard} = robot;
  robot.heard = function (peer, message) {
    // Refused, as the robot does then.
    if (message.type !== 'gamepad') {
      heard.call(robot, peer, message);
    }
  };
  robot.say({...robot.control, driver: 'web:127.0.0.1:50001', you: false});
  await page.getByText('Driving has ended: web:127.0.0.1:50001 has taken control.')
    .waitFor();
  await page.getByRole('button', {name: 'Take control'}).waitFor();
});

test('sticks on a phone drive, and spring back', async t => {
  const {robot, page} = await opened(
    t, {pads: 0, viewport: {width: 390, height: 844}, hasTouch: true,
        isMobile: true});
  await drive(page).click();
  const stick = page.getByRole('application', {name: /^Left stick/});
  await stick.scrollIntoViewIfNeeded();
  const box = await stick.boundingBox();
  const touch = await page.context().newCDPSession(page);
  const at = (x, y) => ({x: box.x + box.width * x, y: box.y + box.height * y});
  await touch.send('Input.dispatchTouchEvent',
                   {type: 'touchStart', touchPoints: [at(0.5, 0.5)]});
  await touch.send('Input.dispatchTouchEvent',
                   {type: 'touchMove', touchPoints: [at(0.5, 0.1)]});
  await until(() => sent(robot).at(-1)?.ly > 0.95, 'the stick to be up');
  await touch.send('Input.dispatchTouchEvent',
                   {type: 'touchEnd', touchPoints: []});
  await until(() => sent(robot).at(-1).ly === 0, 'the stick to be at rest');
});

test('arrow keys move a stick while they are held', async t => {
  const {robot, page} = await opened(t, {pads: 0});
  await drive(page).click();
  await page.getByRole('application', {name: /^Right stick/}).focus();
  await page.keyboard.down('ArrowUp');
  await until(() => sent(robot).at(-1)?.ry === 0.5, 'the stick to be half up');
  await page.keyboard.up('ArrowUp');
  await until(() => sent(robot).at(-1).ry === 0, 'the stick to be at rest');
});
