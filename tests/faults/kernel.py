#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Faults of the kernel: the n-th call of one name fails, in a robot that starts
three children and is stopped in order, or by one of them that raises the
emergency code.
usage: kernel.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE [--report=FILE]
FAIL-CALL-LIBRARY [ROW...]

Every n is tried with RR_TEST_STRESS in the environment, else a spread with the
first and the last of the start and of each stop. What the kernel never answers
to a call is no fault: `timerfd_settime`, `eventfd` writes and `waitid` without
waiting have none of these errors, and the runtime does not use `fork`, `vfork`,
`posix_spawn`, `sendmsg`, `sendto` and timer descriptors itself."""

import os
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from fault_case import FaultCase, fault, run_faults
from kernel_case import EVER, Fault, Run

PROMISE = ("never a hang, never a child left, never an end without a reason; "
           "children are still stopped when told")

# Which error a call of the runtime's own may have.
CALLS = {
    "clone": ["EAGAIN", "ENOMEM"],
    "pidfd_open": ["EMFILE", "ENOMEM"],
    "pthread_create": ["EAGAIN"],
    "waitid": ["EINTR"],
    "epoll_create1": ["EMFILE"],
    "epoll_ctl": ["ENOMEM", "ENOSPC"],
    "epoll_wait": ["EINTR"],
    "poll": ["EINTR", "ENOMEM"],
    "eventfd": ["EMFILE"],
    "signalfd": ["EMFILE"],
    "pipe2": ["EMFILE"],
    "dup": ["EMFILE"],
    "socket": ["EMFILE", "ENOMEM"],
    "socketpair": ["EMFILE"],
    "bind": ["ENOMEM"],
    "sendmmsg": ["EINTR", "ENOMEM"],
    "send": ["EINTR", "ENOMEM"],
    "recvmsg": ["EINTR", "ENOMEM"],
    "recvmmsg": ["EINTR", "ENOMEM"],
    "open": ["EMFILE", "ENOMEM", "EINTR", "EIO"],
    "mkdir": ["ENOSPC"],
    "flock": ["EINTR"],
    "read-file": ["EIO", "EINTR"],
    "read-pipe": ["EINTR"],
    "write-file": ["ENOSPC", "EIO", "EINTR"],
    "fsync": ["EIO", "ENOSPC"],
    "fdatasync": ["EIO", "ENOSPC"],
    "rename": ["ENOSPC", "EIO"],
    "linkat": ["ENOSPC"],
    "ftruncate": ["EINTR", "EIO"],
    "posix_fallocate": ["ENOSPC", "EINTR"],
    "mmap": ["ENOMEM"],
    "malloc": ["ENOMEM"],
}

# What libraries call for the runtime counts as its own.
CALLERS = {"pthread_create": "", "malloc": ""}

# What the threads of bridges wait by.
WAITS = {
    "rr-signals": "poll",
    "rr-sentry": "epoll_wait",
    "rr-children": "epoll_wait",
    "rr-groups": "poll",
    "rr-output": "epoll_wait",
    "rr-notify": "epoll_wait",
    "rr-router": "poll",
    "rr-log-relay": "poll",
    "rr-log-reader": "poll",
    "rr-channel": "poll",
    "rr-records": "poll",
    "rr-watch": "poll",
}

# Of the many thousand allocations, in scripts/stress.
MOST = 400

# As many runs as fit beside each other.
WORKERS = 3


def spread(count, wanted):
    """So many numbers from 1 to `count`, with both of these."""
    if count <= wanted:
        return list(range(1, count + 1))
    step = (count - 1) / (wanted - 1)
    return sorted({round(1 + i * step) for i in range(wanted)})


class Kernel(FaultCase):
    library = ""
    counts = {}
    # How many n there are of a call.
    total = 0
    stress = "RR_TEST_STRESS" in os.environ

    def run_with(self, *arguments, **more):
        return Run(self.program, self.library, *arguments, **more)

    def counts_of(self, caller):
        """How often each call is made: in a start, in an orderly stop, and in
        an emergency stop."""
        if caller not in self.counts:
            calls = tuple(CALLS)
            runs = [self.run_with(Fault(caller=caller), emergency=x,
                                  counted=calls) for x in (False, True)]
            for run in runs:
                self.assertEqual(run.problems, [])
                self.assertTrue(run.is_up, run.err + run.out)
            first, second = runs
            self.counts[caller] = {
                call: (first.counts_before[call],
                       first.counts[call] - first.counts_before[call],
                       second.counts[call] - second.counts_before[call])
                for call in calls
            }
        return self.counts[caller]

    def faults_of(self, call, error, last=0):
        caller = CALLERS.get(call, "program")
        counts = self.counts_of(caller)[call]
        self.total = sum(counts)
        for phase, count in enumerate(counts):
            # In the middle of the start only with the first of the errors.
            wanted = 2 + (phase == 0 and error == CALLS[call][0])
            if self.stress:
                wanted = min(count, MOST)
            for at in spread(count, wanted):
                yield Fault(call, error, caller, at, last,
                            in_stop=phase > 0), phase == 2

    def check(self, call, error, last=0):
        self.check_all(list(self.faults_of(call, error, last)))

    def check_all(self, faults):
        with ThreadPoolExecutor(WORKERS) as pool:
            runs = list(pool.map(lambda x: self.run_with(x[0], emergency=x[1]),
                                 faults))
        broken = [f"{x.fault}: {x.problems}, code {x.code}, by {x.where}, "
                  f"{x.err.strip()}" for x in runs if x.problems]
        hit = [x for x in runs if x.failures]
        if broken:
            self.fail("\n".join(broken))
        self.assertTrue(hit, "no call failed")
        codes = Counter(x.code for x in hit)
        self.saw(
            f"{len(hit)} of {self.total or len(faults)} n; ended with "
            + ", ".join(f"{k} ({n} times)" for k, n in sorted(codes.items()))
            + f", {max(x.seconds for x in runs):.2f} s after the order at most"
        )

    @fault("from the n-th malloc on there is no memory", PROMISE)
    def test_no_memory(self):
        self.check("malloc", "ENOMEM", EVER)


    @fault("what a thread waits by fails once, or three times in a row, of each "
           "thread in turn", PROMISE)
    def test_waits_of_threads(self):
        self.check_all([
            (Fault(call, CALLS[call][-1], "program", 1, last, thread=thread), x)
            for thread, call in WAITS.items() for last in (1, 3)
            for x in (False, True)
        ])


def add_row(call, error):
    @fault(f"the n-th {call} fails with {error}", PROMISE)
    def row(self):
        self.check(call, error)

    name = f"test_{call}_{error.lower()}".replace("-", "_")
    row.__name__ = name
    setattr(Kernel, name, row)


for each, errors in CALLS.items():
    for kind in errors:
        add_row(each, kind)


if __name__ == "__main__":
    library = next(x for x in sys.argv[3:] if x.endswith(".so"))
    sys.argv.remove(library)
    Kernel.library = library
    run_faults()
