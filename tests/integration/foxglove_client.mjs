// SPDX-License-Identifier: BSD-3-Clause
// Foxglove's own client: subscribes to all that a robot advertises, and prints
// all that it hears, an object of JSON on each line.
//
// usage: node foxglove_client.mjs URL SUBPROTOCOL
import {createRequire} from 'node:module';

const require = createRequire(new URL('../../web/package.json', import.meta.url));
const {FoxgloveClient} = require('@foxglove/ws-protocol');
const {WebSocket} = require('ws');

const [url, subprotocol] = process.argv.slice(2);
const tell = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);
const socket = new WebSocket(url, [subprotocol]);
const client = new FoxgloveClient({ws: socket});
const topics = new Map(); // by channel
const channels = new Map(); // by subscription

client.on('open', () => tell({what: 'open', subprotocol: socket.protocol}));
client.on('error', (error) => tell({what: 'error', text: String(error)}));
client.on('close', (event) => tell({what: 'close', code: event.code}));
client.on('serverInfo', (info) => tell({what: 'serverInfo', info}));
client.on('status', (status) => tell({what: 'status', status}));
client.on('advertise', (added) => {
  for (const channel of added) {
    topics.set(channel.id, channel.topic);
    channels.set(client.subscribe(channel.id), channel.id);
    tell({what: 'advertise', channel});
  }
});
client.on('unadvertise', (removed) => {
  for (const id of removed) {
    tell({what: 'unadvertise', topic: topics.get(id)});
    for (const [subscription, channel] of channels)
      if (channel === id)
        client.unsubscribe(subscription);
  }
});
client.on('message', ({subscriptionId, timestamp, data}) => {
  tell({
    what: 'message',
    topic: topics.get(channels.get(subscriptionId)),
    time: Number(timestamp) / 1e9,
    message: JSON.parse(new TextDecoder().decode(data)),
  });
});
