// SPDX-License-Identifier: BSD-3-Clause
// What is measured of the page, by hand on a machine that does nothing else:
// tests/browser/run.sh figures.mjs ROBOT-RUNTIME BUILD. A limit is nothing that a
// test could hold to: figures are shown beside each other.
import {spawn} from 'node:child_process';
import os from 'node:os';
import test from 'node:test';
import {openPage, told} from './browser.mjs';
import {RobotProcess} from './robot_process.mjs';

const rounds = Number(process.env.RR_ROUNDS ?? 30);

function tell(t, what, values, unit) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = share => sorted[Math.min(sorted.length - 1,
                                      Math.floor(sorted.length * share))];
  t.diagnostic(`${what}: p50 ${at(0.5).toFixed(2)}, p99 ${at(0.99).toFixed(2)}`
               + ` ${unit}, of ${sorted.length}`);
}

async function stops(t, what) {
  const robot = await RobotProcess.begin(t, ['--emergency-stop.latch=false']);
  const page = await openPage(t);
  await page.goto(robot.url);
  const took = [];
  const signalled = [];
  for (let i = 0; i < rounds; ++i) {
    await page.locator(':root[data-link=up]').waitFor();
    await page.locator('#robot-state', {hasText: 'running'}).waitFor();
    await page.locator('#stop').click();
    await told(page).getByText('Stop confirmed').waitFor();
    const {order} = await page.evaluate(() => ({
      order: {took: robot.order.took, latency: robot.order.latency}}));
    took.push(order.took);
    signalled.push(order.latency / 1000);
    await robot.ended;
    // So that the old words are not taken for the next ones.
    await page.evaluate(() => {
      robot.order.state = 'idle';
    });
    await robot.start(t);
  }
  tell(t, `${what}: click to its confirmation on the page`, took, 'ms');
  tell(t, `${what}: the robot has read it to the last signal`, signalled, 'ms');
}

test('click to stop, idle', t => stops(t, 'idle'));

test('click to stop, every core busy', async t => {
  const loops = os.cpus().map(() =>
    spawn('sh', ['-c', 'while :; do :; done'], {stdio: 'ignore'}));
  t.after(() => loops.forEach(each => each.kill('SIGKILL')));
  await stops(t, 'busy');
});

test('first paint', async t => {
  const robot = await RobotProcess.begin(t);
  const paints = [];
  const whole = [];
  for (let i = 0; i < rounds; ++i) {
    const page = await openPage(t);
    await page.goto(robot.url);
    await page.locator('main .panel').first().waitFor();
    paints.push(await page.evaluate(() => performance
      .getEntriesByName('first-contentful-paint')[0].startTime));
    whole.push(await page.evaluate(() => performance.now()));
    await page.close();
  }
  tell(t, 'first contentful paint from loopback', paints, 'ms');
  tell(t, 'until the robot is shown', whole, 'ms');
});
