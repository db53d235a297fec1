// SPDX-License-Identifier: BSD-3-Clause
// In the place of a robot: serves the page as built, and says what a test wants
// of it. For what the page does when a robot does not do what it should.
import fs from 'node:fs';
import http from 'node:http';
import {WebSocketPeer} from './web_socket_peer.mjs';

const dist = new URL('../../web/dist/', import.meta.url);
const ago = seconds =>
  new Date(Date.now() - seconds * 1000).toISOString().replace('Z', '000Z');

const process = (name, more) => ({
  name, pid: null, state: 'running', ready: true, restarts: 0, last_exit: null,
  last_end: null, cpu: null, resident_kib: null, containment: 'cookie',
  limits: null, since: ago(421), waiting_for: [], status_text: '', ...more,
});

export const motor = '18446744073709551617';

export function status() {
  return {
    name: 'stand-in', state: 'running', uptime: 421.3, latched: false,
    held_by: [{what: 'no driver', since: ago(65)},
              {what: 'process camera is restarting', since: ago(3)}],
    processes: [
      process('control-loop', {pid: 2411, cpu: 12.2, resident_kib: 5120}),
      process('arm', {pid: 2420, cpu: 3.2, resident_kib: 21120,
                      status_text: 'arm at 30 degrees'}),
      process('camera', {
        state: 'restarting', ready: false, restarts: 3, last_exit: 1,
        since: ago(3), last_end: {
          time: ago(3), ran: 12.4, exit_code: 1, reason: 'exit code 1'}}),
      process('battery-monitor', {state: 'waiting', ready: false,
                                  waiting_for: ['camera']}),
    ],
    stops: {worst_signal_us: 85, median_signal_us: 60, count: 2},
  };
}

export const devices = [
  {uid: motor, name: 'left-motor', type: 'motor', connected: true, params: [
    {name: 'duty_cycle', type: 'float', readable: true, writeable: true,
     lower: -1, upper: 1, safe: 0},
    {name: 'brake', type: 'bool', readable: true, writeable: true, safe: true},
    {name: 'enc_pos', type: 'float', readable: true, writeable: false}]},
  {uid: 'gamepad:0', name: null, type: 'gamepad', connected: false, params: [
    {name: 'button_a', type: 'bool', readable: true, writeable: false}]},
];

export const events = count => Array.from({length: count}, (_, i) => ({
  event: i % 7 ? 'motor at 0.50' : 'Motor at its limit',
  level: i % 97 === 5 ? 'error' : i % 29 === 3 ? 'warning' : 'info',
  timestamp: ago(count / 10 - i / 10), app: 'stand-in',
  process: i % 3 ? 'control-loop' : 'camera', stream: 'stdout', pid: 2411, n: i,
}));

export class StandIn {
  constructor() {
    this.peers = [];
    /** All that pages have said by WebSocket, and the bodies of `/estop`. */
    this.said = [];
    this.posted = [];
    /** Whether a WebSocket is let in. */
    this.isOpen = true;
    /** Whether it answers what is asked by WebSocket, and by HTTP. */
    this.answers = true;
    this.postStatus = 200;
    /** What it tells of earlier runs, or why it does not. */
    this.ends = [];
    this.endsError = null;
    /** Of the page, how many bytes are sent; then the rest is held back. */
    this.pageBytes = Infinity;
    this.control = {type: 'control', driver: null, you: false, gamepads: {}};
    this.seq = 1;
  }

  static async begin(t) {
    const self = new StandIn();
    self.server = http.createServer((request, answer) =>
      self.serve(request, answer));
    self.server.on('upgrade', (request, socket) => self.meet(request, socket));
    await new Promise(done => self.server.listen(0, '127.0.0.1', done));
    self.url = `http://127.0.0.1:${self.server.address().port}/`;
    const timer = setInterval(() => self.age(), 1000);
    t.after(() => {
      clearInterval(timer);
      self.peers.forEach(peer => peer.cut());
      self.server.closeAllConnections();
      self.server.close();
    });
    return self;
  }

  serve(request, answer) {
    if (request.method === 'POST' && request.url === '/estop') {
      let body = '';
      request.on('data', part => {
        body += part;
      });
      request.on('end', () => {
        this.posted.push(body);
        if (this.postStatus) {
          answer.writeHead(this.postStatus, {'Content-Type': 'application/json'});
          answer.end('{"signal_latency_us":93}');
        }
      });
      return;
    }
    if (request.url !== '/') {
      answer.writeHead(404).end();
      return;
    }
    const page = fs.readFileSync(new URL('index.html', dist));
    answer.writeHead(200, {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy':
        String(fs.readFileSync(new URL('policy.txt', dist))).trim(),
    });
    if (page.length > this.pageBytes) {
      answer.write(page.subarray(0, this.pageBytes));
    } else {
      answer.end(page);
    }
  }

  meet(request, socket) {
    if (!this.isOpen || request.url !== '/stream') {
      socket.destroy();
      return;
    }
    const peer = new WebSocketPeer(request, socket, message =>
      this.heard(peer, message));
    this.peers.push(peer);
    socket.on('close', () => {
      this.peers = this.peers.filter(each => each !== peer);
    });
    if (this.answers) {
      peer.say({type: 'state', seq: this.seq, state: status()});
      peer.say(this.control);
    }
  }

  /** A robot says something every second. */
  age() {
    if (this.answers) {
      ++this.seq;
      this.say({type: 'state', seq: this.seq, changes: {uptime: 421 + this.seq}});
    }
  }

  say(message) {
    this.peers.forEach(peer => peer.say(message));
  }

  heard(peer, message) {
    this.said.push(message);
    if (!this.answers) {
      return;
    }
    if (message.type === 'estop') {
      peer.say({type: 'stopped', cause: message.reason, exit_code: 255,
                signal_latency_us: 85});
      peer.say({type: 'done', id: message.id, signal_latency_us: 85});
    } else if (message.type === 'gamepad') {
      const {index, lx, ly, rx, ry, btn} = message;
      const pads = this.control.gamepads;
      this.control = {
        type: 'control', driver: 'web:127.0.0.1:40000', you: true,
        gamepads: {...pads, [index]: {connected: true, lx, ly, rx, ry, btn}},
      };
      peer.say(this.control);
    } else if (message.type === 'explain' && this.endsError) {
      peer.say({type: 'error', id: message.id, error: this.endsError});
    } else if (message.type === 'explain') {
      peer.say({type: 'done', id: message.id, ends: this.ends});
    } else {
      peer.say({type: 'done', id: message.id});
      if (message.log) {
        peer.say({type: 'log', events: events(200), missed: 0});
      }
      if (message.values) {
        peer.say({type: 'devices', devices});
        peer.say({type: 'values', skipped: 0, values: {
          [motor]: {current: {duty_cycle: 0.25, brake: false, enc_pos: 1.5},
                    requested: {duty_cycle: 0.5}},
          'gamepad:0': {current: {button_a: false}, requested: {}}}});
      }
    }
  }

  saidOf(type) {
    return this.said.filter(message => message.type === type);
  }
}
