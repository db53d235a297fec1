// SPDX-License-Identifier: BSD-3-Clause

/** How long the WebSocket has to confirm before a request of HTTP goes, too. */
const patience = 250;
/** Between two further tries. */
const interval = 500;
/** After which a request of HTTP is given up and sent anew. */
const requestLimit = 3000;

const now = () => performance.now();

/**
 * One press of the stop button, until the robot has confirmed it: by the
 * WebSocket at once where there is one, else or when that is slow by
 * `POST /estop`, again and again.
 *
 * States: `idle`, `pressed`, `confirmed`, `withdrawn`.
 */
export class StopOrder {
  /** @param changed called whenever there is something new to say. */
  constructor(link, changed) {
    this.link = link;
    this.changed = changed;
    this.state = 'idle';
    this.count = 0;
    this.refusal = '';
    link.on('link', () => this.isWaiting && link.isOpen && this.send());
    link.on('done', message => {
      if (this.isWaiting && message.id === this.id) {
        this.confirm(message.signal_latency_us);
      }
    });
    link.on('stopped', message => {
      if (this.isWaiting) {
        this.confirm(message.signal_latency_us);
      }
    });
  }

  get isWaiting() {
    return this.state === 'pressed';
  }

  /** Since the press, in milliseconds. */
  get age() {
    return now() - this.pressedAt;
  }

  press(how) {
    if (!this.isWaiting) {
      this.state = 'pressed';
      this.pressedAt = now();
      this.time = Date.now();
      this.how = how;
      this.id = `stop-${++this.count}`;
      this.wasSent = false;
      this.refusal = '';
    }
    clearTimeout(this.timer);
    if (this.send()) {
      this.timer = setTimeout(() => this.again(), patience);
    } else {
      this.again();
    }
    this.link.hurry();
    this.changed();
  }

  /** The person has been told that it was not delivered, and gives it up. */
  withdraw() {
    if (this.isWaiting) {
      clearTimeout(this.timer);
      this.state = 'withdrawn';
      this.changed();
    }
  }

  again() {
    if (!this.isWaiting) {
      return;
    }
    this.send();
    this.post();
    this.timer = setTimeout(() => this.again(), interval);
    this.changed();
  }

  get message() {
    return `${this.how} of the page`;
  }

  send() {
    const sent = this.link.send(
      {type: 'estop', id: this.id, reason: this.message});
    this.wasSent ||= sent;
    return sent;
  }

  async post() {
    if (this.posting) {
      return;
    }
    this.posting = true;
    const id = this.id;
    const abort = new AbortController();
    const limit = setTimeout(() => abort.abort(), requestLimit);
    try {
      const answer = await fetch('/estop', {
        method: 'POST',
        headers: {'Content-Type': 'application/json'},
        body: JSON.stringify({reason: this.message}),
        credentials: 'same-origin',
        cache: 'no-store',
        keepalive: true,
        signal: abort.signal,
      });
      const body = await answer.text();
      if (id !== this.id || !this.isWaiting) {
        return;
      }
      if (answer.ok) {
        this.confirm(latencyOf(body));
      } else {
        this.refusal = refusalOf(answer.status, body);
      }
    } catch {
      // No connection: the next try comes.
    } finally {
      clearTimeout(limit);
      this.posting = false;
    }
  }

  /** @param latency from the cause to the last signal, in microseconds. */
  confirm(latency) {
    clearTimeout(this.timer);
    this.state = 'confirmed';
    this.took = this.age;
    this.latency = latency;
    this.changed();
  }
}

function latencyOf(body) {
  try {
    return JSON.parse(body).signal_latency_us;
  } catch {
    return undefined;
  }
}

function refusalOf(status, body) {
  if (status === 401) {
    return 'the robot does not know this browser: open the link that '
      + '`robot-runtime token` prints';
  }
  return `the robot answers ${status}: ${body.trim().slice(0, 200)}`;
}
