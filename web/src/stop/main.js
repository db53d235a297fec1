// SPDX-License-Identifier: BSD-3-Clause
// The page's first script, and all that a stop needs: it is there before the
// button is, and needs nothing of what is loaded after it.
import {listen} from './button.js';
import {Link} from './link.js';
import {StopOrder} from './order.js';
import {Shell} from './shell.js';
import {applyTheme} from './theme.js';

applyTheme();
const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
const link = new Link(`${scheme}//${location.host}/stream`, 'robot-runtime.v1');
const order = new StopOrder(link, () => shell.show());
const shell = new Shell(link, order);
listen(how => order.press(how));
link.begin();
shell.begin();

// For the rest of the page.
window.robot = {link, order};
