#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""An independent publisher and reader of log events: pyzmq and cbor2, nothing
of ours.

log_peer.py publish     to RR_LOG_BACKEND, ten events a second, until SIGTERM
log_peer.py read COUNT  from RR_LOG_FRONTEND: that many events, each as a line
                        with a JSON list of it alone, which is text: a line
                        that is an event itself would become that event
"""

import json
import os
import sys
import time

import cbor2
import zmq


def connect(kind, variable):
    socket = zmq.Context.instance().socket(kind)
    socket.linger = 0
    socket.connect(os.environ[variable].split()[0])
    return socket


def publish():
    socket = connect(zmq.PUB, "RR_LOG_BACKEND")
    seq = 0
    while True:
        seq += 1
        event = {
            "event": "hello from Python",
            "level": "warn",
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "app": os.environ["RR_APPLICATION_NAME"],
            "process": os.environ["RR_APPLICATION_NAME"],
            "pid": os.getpid(),
            "nested": {"list": [1, None]},
            "source": f"python-{os.getpid()}",
            "seq": seq,
        }
        message = [2, "warn", [event]]
        socket.send_multipart([b"warn", cbor2.dumps(message)])
        time.sleep(0.1)


def read(count):
    socket = connect(zmq.SUB, "RR_LOG_FRONTEND")
    socket.subscribe(b"")
    for _ in range(count):
        topic, payload = socket.recv_multipart()
        kind, level, (event,) = cbor2.loads(payload)
        assert kind == 2 and topic.decode() == level, (topic, kind, level)
        print(json.dumps([event]), flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "publish":
        publish()
    else:
        read(int(sys.argv[2]))
