#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""A bad network: passes datagrams on after 50 ms, give or take 30, each by
itself, so that some overtake others. Says `ready`, and at the end of its input
the longest time in seconds for which nothing left.
usage: relay.py PORT TO-HOST TO-PORT"""

import heapq
import itertools
import random
import select
import socket
import sys
import time

DELAY, JITTER = 0.05, 0.03  # seconds

_, port, host, to_port = sys.argv
incoming = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
incoming.bind(("127.0.0.1", int(port)))
outgoing = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
outgoing.connect((host, int(to_port)))
order = itertools.count()
under_way = []
last = None
longest = 0.0
print("ready", flush=True)
while True:
    now = time.monotonic()
    while under_way and under_way[0][0] <= now:
        outgoing.send(heapq.heappop(under_way)[2])
        longest = max(longest, now - (last or now))
        last = now
    left = max(0, under_way[0][0] - now) if under_way else None
    ready, _, _ = select.select([incoming, sys.stdin], [], [], left)
    if sys.stdin in ready:
        break
    if incoming in ready:
        due = time.monotonic() + random.uniform(DELAY - JITTER, DELAY + JITTER)
        heapq.heappush(under_way, (due, next(order), incoming.recv(65536)))
print(f"{longest:.3f}", flush=True)
