// SPDX-License-Identifier: BSD-3-Clause
// The page of the example robot as it runs: a person at a browser, all the way
// to the robot's programs.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import test from 'node:test';
import {alertOf, fakeGamepads, faultsFoundByAxe, hide, openPage, show,
  startBrowser, told, until, views} from './browser.mjs';
import {Proxy, RobotProcess} from './robot_process.mjs';

const stopCode = 255;

async function opened(t, robot, options) {
  const page = await openPage(t, options);
  await fakeGamepads(page);
  await page.goto(robot.url);
  await page.locator('main .panel').first().waitFor();
  return page;
}

const isGone = pid => {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
};

async function assertStopped(t, robot, page, pid) {
  await told(page).getByText('Stop confirmed').waitFor();
  t.diagnostic(await told(page).textContent());
  assert.equal(await robot.ended, stopCode);
  assert.ok(isGone(pid), 'a process is left');
}

test('a click stops the robot, and the page tells of it', async t => {
  const robot = await RobotProcess.begin(t);
  const page = await opened(t, robot);
  const pid = robot.pidOf('control-loop');
  await page.locator('#stop').click();
  await assertStopped(t, robot, page, pid);
  await alertOf(page).getByText('It was stopped at').waitFor();
  assert.match(await alertOf(page).textContent(), /stop button of the page/);
  assert.match(await robot.command('explain'), /stop button of the page/);
});

test('the space bar stops the robot', async t => {
  const robot = await RobotProcess.begin(t);
  const page = await opened(t, robot);
  const pid = robot.pidOf('control-loop');
  await show(page, 'devices');
  await page.keyboard.press('Space');
  await assertStopped(t, robot, page, pid);
});

test('it stops while the page is still loading', async t => {
  const robot = await RobotProcess.begin(t);
  const way = await Proxy.begin(t, robot.port);
  const browser = await startBrowser(way.browserArguments);
  t.after(() => browser.close());
  const page = await openPage(t, {browser});
  const pid = robot.pidOf('control-loop');
  // Of some 54 KiB, packed: the frame of the page is in the first of them.
  way.most = 12000;
  await page.goto(robot.url, {waitUntil: 'commit'});
  await page.locator('#stop').waitFor();
  assert.equal(await page.evaluate(() => document.readyState), 'loading');
  await page.locator('#stop').click();
  await assertStopped(t, robot, page, pid);
});

test('without any script the button still stops', async t => {
  const robot = await RobotProcess.begin(t);
  const page = await openPage(t, {javaScriptEnabled: false});
  await page.goto(robot.url);
  await page.locator('#stop').click();
  await page.getByText('signal_latency_us').waitFor();
  assert.equal(await robot.ended, stopCode);
});

/** A client that asks for everything, and reads nothing. */
async function stall(t, robot) {
  const socket = net.connect(robot.port, '127.0.0.1');
  socket.on('error', () => {});
  t.after(() => socket.destroy());
  await new Promise(done => socket.once('connect', done));
  const greeted = new Promise(done => socket.once('data', done));
  socket.write('GET /stream HTTP/1.1\r\n'
    + `Host: 127.0.0.1:${robot.port}\r\nUpgrade: websocket\r\n`
    + 'Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n'
    + 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
    + 'Sec-WebSocket-Protocol: robot-runtime.v1\r\n\r\n');
  assert.match(String(await greeted), /^HTTP\/1.1 101 /);
  socket.pause();
  const text = Buffer.from(
    '{"type":"subscribe","log":{"level":"debug"},"values":{"rate":60}}');
  socket.write(Buffer.concat([
    Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), text]));
}

test('it stops while 20 clients stream and one has stalled', async t => {
  const robot = await RobotProcess.begin(t);
  const crowd = await opened(t, robot);
  await crowd.evaluate(() => {
    window.heard = Array.from({length: 20}, () => 0);
    window.heard.forEach((_, i) => {
      const socket = new WebSocket(`ws://${location.host}/stream`,
                                   'robot-runtime.v1');
      socket.onopen = () => socket.send(JSON.stringify({
        type: 'subscribe', log: {level: 'debug'},
        values: {uids: ['*'], rate: 60}}));
      socket.onmessage = () => {
        ++window.heard[i];
      };
    });
  });
  await stall(t, robot);
  await until(() => crowd.evaluate(() => window.heard.every(n => n > 10)),
              '20 clients to stream');
  const page = await opened(t, robot);
  const pid = robot.pidOf('control-loop');
  await page.locator('#stop').click();
  await assertStopped(t, robot, page, pid);
});

test('a connection that is lost shows, and comes back by itself', async t => {
  const robot = await RobotProcess.begin(t);
  const way = await Proxy.begin(t, robot.port);
  const browser = await startBrowser(way.browserArguments);
  t.after(() => browser.close());
  const page = await openPage(t, {browser});
  await page.goto(robot.url);
  await page.locator('#robot-state', {hasText: 'running'}).waitFor();
  const pid = robot.pidOf('control-loop');
  way.isOpen = false;
  way.cut();
  await alertOf(page).getByText(/No connection for [1-9] s/).waitFor();
  await page.locator('#stop').click();
  await alertOf(page).getByText('STOP NOT DELIVERED').waitFor();
  assert.ok(!isGone(pid));
  way.isOpen = true;
  await assertStopped(t, robot, page, pid);
});

test('a robot that is started again is there again, with its state', async t => {
  const robot = await RobotProcess.begin(t);
  const page = await opened(t, robot);
  robot.child.kill('SIGTERM');
  assert.equal(await robot.ended, 0);
  await alertOf(page).getByText('No connection for').waitFor();
  await robot.start(t);
  await page.locator('#robot-state', {hasText: 'running'}).waitFor();
  await alertOf(page).waitFor({state: 'hidden'});
});

test('why it stopped is told by the next run, to any browser', async t => {
  const robot = await RobotProcess.begin(t);
  robot.child.kill('SIGTERM');
  assert.equal(await robot.ended, 0);
  await robot.start(t);
  const page = await opened(t, robot);
  await show(page, 'explain');
  await page.getByRole('region', {name: 'Earlier runs'})
    .getByText('SIGTERM').first().waitFor();
});

const isNear = (x, y) => Math.abs(x - y) < 0.01;
const push = page => page.evaluate(() => {
  // So slowly that it is far from the example's wall when the test ends.
  window.pads = [window.pad(0, [0, -0.2, 0, 0])];
});
const drive = page => page.getByRole('button', {name: 'Drive from this page'});

test('a gamepad drives the motor, and a hidden tab lets it rest', async t => {
  const robot = await RobotProcess.begin(t);
  const page = await opened(t, robot);
  await show(page, 'drive');
  await push(page);
  await drive(page).click();
  await page.getByText('This page drives.').first().waitFor();
  await page.getByRole('img', {name: /Left stick: 0.00 right, 0.20 up/}).waitFor();
  await until(async () => isNear(await robot.requestedOfMotor(), 0.2),
              'the motor to run');
  await hide(page, true);
  await until(async () => await robot.requestedOfMotor() === 0,
              'the motor to rest');
  await hide(page, false);
  await page.getByText('Driving has ended: this page was hidden.').waitFor();
  await page.getByText('Nobody drives.').first().waitFor();
});

test('a page that is closed while it drives is silence', async t => {
  const robot = await RobotProcess.begin(t);
  const page = await opened(t, robot);
  await show(page, 'drive');
  await push(page);
  await drive(page).click();
  await until(async () => isNear(await robot.requestedOfMotor(), 0.2),
              'the motor to run');
  await page.close();
  await until(async () => await robot.requestedOfMotor() === 0,
              'the motor to rest');
});

test('of two drivers one is obeyed, and control is taken by an act', async t => {
  const robot = await RobotProcess.begin(t);
  const first = await opened(t, robot);
  const second = await opened(t, robot);
  for (const page of [first, second]) {
    await show(page, 'drive');
    await push(page);
  }
  await drive(first).click();
  await first.getByText('This page drives.').first().waitFor();
  await second.getByText(/^web:.* drives\.$/).first().waitFor();
  await second.getByRole('button', {name: 'Take control'}).click();
  await second.getByText('This page drives.').first().waitFor();
  await first.getByText(/Driving has ended: web:.* has taken control/).waitFor();
});

test('processes are stopped, started and restarted from the page', async t => {
  const robot = await RobotProcess.begin(t);
  const page = await opened(t, robot);
  await show(page, 'processes');
  const before = robot.pidOf('student');
  await page.getByRole('button', {name: 'restart student'}).click();
  await page.getByText('student: restarted').waitFor();
  await page.getByRole('button', {name: 'stop student'}).click();
  await page.getByText('student: stopped').waitFor();
  assert.ok(isGone(before));
  await page.getByRole('button', {name: 'Last lines of student'}).click();
  await page.locator('.last-lines').getByText('the wheels stand still').last()
    .waitFor();
  await page.getByRole('button', {name: 'start student'}).click();
  await page.getByText('student: started').waitFor();
});

test('devices move, and a value is requested', async t => {
  const robot = await RobotProcess.begin(t);
  const page = await opened(t, robot);
  await show(page, 'devices');
  const field = page.getByLabel('Value to request of brake of left-motor');
  assert.equal(await field.count(), 0);
  await page.getByRole('button', {name: 'Plot left-motor duty_cycle'}).click();
  await page.locator('canvas').waitFor();
  await page.getByRole('button', {name: /^Request true of brake of left-motor/})
    .click();
  await page.getByText('brake = true requested').waitFor();
  const shown = JSON.parse(await robot.command('buffers', 'show', 'left-motor',
                                               '--format=json'));
  assert.equal(shown.requested.brake, true);
});

test('the log is live', async t => {
  const robot = await RobotProcess.begin(t);
  const page = await opened(t, robot);
  await show(page, 'log');
  await page.getByLabel('Text').fill('look for the line');
  await page.locator('.virtual').getByText('look for the line').first().waitFor();
  // One that is scrolled as it is taken away breaks nothing.
  const list = await page.locator('.virtual').elementHandle();
  await show(page, 'overview');
  await page.locator('.virtual').waitFor({state: 'detached'});
  await list.evaluate(each => each.dispatchEvent(new Event('scroll')));
});

test('a page of another origin can neither stop nor watch', async t => {
  const robot = await RobotProcess.begin(t);
  const other = http.createServer((_, answer) => {
    answer.writeHead(200, {'Content-Type': 'text/html'});
    answer.end('<!doctype html><title>other</title>');
  });
  await new Promise(done => other.listen(0, '127.0.0.1', done));
  t.after(() => other.close());
  const browser = await startBrowser();
  t.after(() => browser.close());
  const page = await (await browser.newContext()).newPage();
  await page.goto(`http://127.0.0.1:${other.address().port}/`);
  const seen = await page.evaluate(async url => {
    const {host} = new URL(url);
    const socket = await new Promise(done => {
      const each = new WebSocket(`ws://${host}/stream`, 'robot-runtime.v1');
      each.onopen = () => done('open');
      each.onerror = () => done('refused');
    });
    const simple = {method: 'POST', mode: 'no-cors', body: '{"reason":"mine"}'};
    await fetch(`${url}estop`, simple).catch(() => {});
    const status = await fetch(`${url}status`).then(() => 'read', () => 'refused');
    return {socket, status};
  }, robot.url);
  assert.deepEqual(seen, {socket: 'refused', status: 'refused'});
  const own = await opened(t, robot);
  await own.locator('#robot-state', {hasText: 'running'}).waitFor();
  assert.equal(robot.code, null);
});

test('a token is asked for: a wrong one is refused, a right one works',
     async t => {
  const folder = fs.mkdtempSync('/tmp/rr-token-');
  t.after(() => fs.rmSync(folder, {recursive: true}));
  const file = `${folder}/token`;
  const token = 'W2Zk3nR8xq5tYb7cVd1e9fGhJk4mLp6s';
  fs.writeFileSync(file, `${token}\n`, {mode: 0o600});
  const robot = await RobotProcess.begin(t, [`--web.token-file=${file}`]);
  const page = await openPage(t);
  for (const wrong of ['', '?token=', '?token=0123456789abcdef0123456789abcdef']) {
    assert.equal((await page.goto(robot.url + wrong)).status(), 401, wrong);
  }
  assert.equal((await page.goto(`${robot.url}?token=${token}`)).status(), 200);
  // It does not stay where a person could show or share it.
  assert.equal(page.url(), robot.url);
  await page.locator('#robot-state', {hasText: 'running'}).waitFor();
  // One whose token is taken away is told so.
  await page.context().clearCookies();
  await page.evaluate(() => robot.link.drop());
  await page.locator(':root[data-link=down]').waitFor();
  await page.locator('#stop').click();
  await alertOf(page).getByText('robot-runtime token').waitFor();
  assert.equal(robot.code, null);
});

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing while the robot runs, ${colorScheme}`, async t => {
    const robot = await RobotProcess.begin(t);
    const page = await opened(t, robot, {colorScheme, bypassCSP: true});
    for (const view of views) {
      await show(page, view);
      await page.locator('main .panel').first().waitFor();
      assert.deepEqual(await faultsFoundByAxe(page), [], view);
    }
  });
}
