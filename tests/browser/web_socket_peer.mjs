// SPDX-License-Identifier: BSD-3-Clause
// As much of a WebSocket server (RFC 6455) as a stand-in for a robot needs.
import {createHash} from 'node:crypto';

const magic = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** One client. */
export class WebSocketPeer {
  /** @param heard called with each text. */
  constructor(request, socket, heard) {
    this.socket = socket;
    this.heard = heard;
    this.bytes = Buffer.alloc(0);
    const key = createHash('sha1')
      .update(request.headers['sec-websocket-key'] + magic).digest('base64');
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n'
      + `Connection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\n`
      + `Sec-WebSocket-Protocol: ${request.headers['sec-websocket-protocol']}`
      + '\r\n\r\n');
    socket.on('data', bytes => this.take(bytes));
    socket.on('error', () => {});
  }

  say(message) {
    const text = Buffer.from(JSON.stringify(message));
    const head = text.length < 126 ? Buffer.from([0x81, text.length])
      : text.length < 65536 ? Buffer.from([0x81, 126, 0, 0])
        : Buffer.from([0x81, 127, 0, 0, 0, 0, 0, 0, 0, 0]);
    if (head.length === 4) {
      head.writeUInt16BE(text.length, 2);
    } else if (head.length === 10) {
      head.writeBigUInt64BE(BigInt(text.length), 2);
    }
    if (!this.socket.destroyed) {
      this.socket.write(Buffer.concat([head, text]));
    }
  }

  /** As a cable that is pulled out. */
  cut() {
    this.socket.destroy();
  }

  take(bytes) {
    this.bytes = Buffer.concat([this.bytes, bytes]);
    for (;;) {
      const frame = this.frame();
      if (!frame) {
        return;
      }
      if (frame.kind === 8) {
        this.socket.end(Buffer.from([0x88, 0]));
      } else if (frame.kind === 1) {
        this.heard(JSON.parse(String(frame.payload)));
      }
    }
  }

  frame() {
    const {bytes} = this;
    if (bytes.length < 2) {
      return null;
    }
    let size = bytes[1] & 0x7f;
    let at = 2;
    if (size === 126) {
      if (bytes.length < 4) {
        return null;
      }
      size = bytes.readUInt16BE(2);
      at = 4;
    }
    if (bytes.length < at + 4 + size) {
      return null;
    }
    const mask = bytes.subarray(at, at + 4);
    const payload = Buffer.from(bytes.subarray(at + 4, at + 4 + size));
    payload.forEach((byte, i) => {
      payload[i] = byte ^ mask[i % 4];
    });
    this.bytes = bytes.subarray(at + 4 + size);
    return {kind: bytes[0] & 0x0f, payload};
  }
}
