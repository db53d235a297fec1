// SPDX-License-Identifier: BSD-3-Clause
// The example robot with its page, and what can happen to the way to it.
import {execFile, spawn} from 'node:child_process';
import {randomInt} from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import {promisify} from 'node:util';
import {limit, until} from './browser.mjs';

const program = process.env.RR_PROGRAM;
const build = process.env.RR_BUILD;

/** Nothing of a runtime around the test. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('RR_')));

/** Below those that the kernel gives to whoever connects, and none that browsers
 * refuse. */
export async function freePort() {
  for (;;) {
    const port = randomInt(10081, 32768);
    const probe = net.createServer();
    const isFree = await new Promise(done => {
      probe.once('error', () => done(false));
      probe.listen(port, '127.0.0.1', () => done(true));
    });
    await new Promise(done => probe.close(done));
    if (isFree) {
      return port;
    }
  }
}

export class RobotProcess {
  static async begin(t, more = []) {
    const self = new RobotProcess();
    self.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rr-page-'));
    t.after(() => fs.rmSync(self.folder, {recursive: true, force: true}));
    self.port = await freePort();
    self.url = `http://127.0.0.1:${self.port}/`;
    const updates = await freePort();
    self.options = [
      `--config-file=${build}/examples/robot.ini`,
      `--application.runtime-directory=${self.folder}/run`,
      `--application.state-directory=${self.folder}/state`,
      `--device.prefix=p${process.pid}-${self.port}`,
      '--router.frontend=ipc://RUNTIME/rpc.sock',
      '--log.frontend=ipc://RUNTIME/log-front.sock',
      `--control.address=udp://127.0.0.1:${await freePort()}`,
      // A page on a busy machine may be silent for longer than a robot waits.
      '--control.timeout=5s',
      `--update.address=udp://239.255.77.78:${updates}`,
      `--web.address=http://127.0.0.1:${self.port}`,
      ...more,
    ];
    await self.start(t);
    return self;
  }

  async start(t) {
    this.output = '';
    this.code = null;
    this.child = spawn(program, ['run', '--log.format=json', ...this.options],
                       {env: environment, stdio: ['ignore', 'pipe', 'pipe']});
    const take = bytes => {
      this.output += bytes;
    };
    this.child.stdout.on('data', take);
    this.child.stderr.on('data', take);
    this.ended = new Promise(done => this.child.once('exit', code => {
      this.code = code;
      done(code);
    }));
    t.after(async () => {
      // In order, so that no shared memory is left behind.
      this.child.kill('SIGTERM');
      const timer = setTimeout(() => this.child.kill('SIGKILL'), limit);
      await this.ended;
      clearTimeout(timer);
    });
    await until(() => {
      if (this.code !== null) {
        throw new Error(`the robot has ended: ${this.output}`);
      }
      return this.output.includes('control loop at 50 Hz')
        && this.output.includes('"student-service"');
    }, 'the robot to run', 3 * limit).catch(error => {
      throw new Error(`${error.message}: ${this.output.slice(-2000)}`);
    });
  }

  /** @returns what a command prints, whatever it ends with. */
  async command(...words) {
    const run = promisify(execFile);
    try {
      return (await run(program, [...words, ...this.options],
                        {env: environment})).stdout;
    } catch (error) {
      return `${error.stdout}${error.stderr}`;
    }
  }

  async requestedOfMotor() {
    const shown = await this.command('buffers', 'show', 'left-motor',
                                     '--format=json');
    try {
      return JSON.parse(shown).requested.duty_cycle;
    } catch {
      return undefined;
    }
  }

  pidOf(name) {
    const started = this.output.split('\n').filter(line =>
      line.includes('"Process started"') && line.includes(`"${name}"`));
    return JSON.parse(started.at(-1)).pid;
  }
}

/** A way to a server that can be cut, and let only so much through. */
export class Proxy {
  static async begin(t, port) {
    const self = new Proxy();
    self.target = port;
    self.isOpen = true;
    /** Bytes of each connection's answers that arrive. */
    self.most = Infinity;
    self.sockets = new Set();
    self.server = net.createServer(socket => self.meet(socket));
    await new Promise(done => self.server.listen(0, '127.0.0.1', done));
    self.port = self.server.address().port;
    t.after(() => {
      self.cut();
      self.server.close();
    });
    return self;
  }

  /** For a browser that is to come this way when it goes to the target. */
  get browserArguments() {
    return [`--host-resolver-rules=MAP 127.0.0.1:${this.target} `
            + `127.0.0.1:${this.port}`];
  }

  meet(client) {
    if (!this.isOpen) {
      client.destroy();
      return;
    }
    const server = net.connect(this.target, '127.0.0.1');
    const end = () => {
      client.destroy();
      server.destroy();
      this.sockets.delete(client);
    };
    this.sockets.add(client);
    for (const each of [client, server]) {
      each.on('error', end);
      each.on('close', end);
    }
    client.on('data', bytes => server.write(bytes));
    let passed = 0;
    const {most} = this;
    server.on('data', bytes => {
      const part = bytes.subarray(0, Math.max(0, most - passed));
      passed += part.length;
      client.write(part);
    });
  }

  cut() {
    this.sockets.forEach(socket => socket.destroy());
  }
}
