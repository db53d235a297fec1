// SPDX-License-Identifier: BSD-3-Clause
// Pictures of each view of the example robot, in both themes, for a look and for
// docs/page.md: tests/browser/run.sh screenshots.mjs ROBOT-RUNTIME BUILD. They
// are written into web/node_modules/.screenshots.
import fs from 'node:fs';
import test from 'node:test';
import {fakeGamepads, openPage, show, views} from './browser.mjs';
import {RobotProcess} from './robot_process.mjs';

const folder = new URL('../../web/node_modules/.screenshots/', import.meta.url);
const screens = {
  phone: {viewport: {width: 390, height: 844}, hasTouch: true, isMobile: true},
  laptop: {viewport: {width: 1366, height: 768}},
  wall: {viewport: {width: 1920, height: 1080}},
};

async function take(page, name) {
  await page.screenshot({path: new URL(`${name}.png`, folder).pathname});
}

test('screenshots', async t => {
  fs.mkdirSync(folder, {recursive: true});
  const robot = await RobotProcess.begin(t);
  const driver = await openPage(t);
  await fakeGamepads(driver);
  await driver.goto(robot.url);
  await show(driver, 'drive');
  await driver.evaluate(() => {
    let x = 0;
    setInterval(() => {
      x += 0.03;
      window.pads = [window.pad(0, [0.3 * Math.cos(x), 0.6 * Math.sin(x), 0, 0.2],
                                [0, 5])];
    }, 30);
  });
  await driver.getByRole('button', {name: 'Drive from this page'}).click();
  for (const [screen, options] of Object.entries(screens)) {
    for (const colorScheme of ['light', 'dark']) {
      const page = await openPage(t, {...options, colorScheme});
      await page.goto(robot.url);
      for (const view of views) {
        await show(page, view);
        await page.locator('main .panel').first().waitFor();
        if (view === 'devices') {
          for (const param of ['duty_cycle', 'enc_pos']) {
            await page.getByRole('button', {name: `Plot left-motor ${param}`})
              .click();
          }
          await page.mouse.move(1, 1);
          await page.evaluate(() => scrollTo(0, 0));
          await page.waitForTimeout(8000);
        } else {
          await page.waitForTimeout(1500);
        }
        await take(page, `${screen}-${view}-${colorScheme}`);
      }
      await page.close();
    }
  }
  const page = await openPage(t, screens.laptop);
  await page.goto(robot.url);
  await page.locator('main .panel').first().waitFor();
  await page.keyboard.press('Space');
  await robot.ended;
  await page.waitForTimeout(1500);
  await take(page, 'laptop-stopped');
});
