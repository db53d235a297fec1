#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Shows of a fault that is planted that the simulation tells its seed, replays
from it, and is shrunk to the fewest steps; and that a schedule counts once.

usage: replay.py ROBOT-RUNTIME-SIMULATION
"""
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

PROGRAM = sys.argv.pop(1)

# What breaks a promise once it is planted, and the steps that it takes at
# least: a robot cannot be started again before it has ended, but that is calm.
PLANTED = {'pull': 1, 'signal': 1, 'report_end': 2, 'start_again': 1}


def run(*words):
    return subprocess.run([PROGRAM, *words], text=True, check=False,
                          stdout=subprocess.PIPE, timeout=100)


def found(text, pattern):
    match = re.search(pattern, text, re.M)
    if not match:
        raise AssertionError(f'{pattern} is not in: {text[-2000:]}')
    return match


def broken(done):
    """The seed that fails, and all that is said of the promise."""
    match = found(done.stdout, r'^seed (\d+): broken: (.*)$')
    return match[1], match[2]


def trace_of(seed, *words):
    done = run(f'--seed={seed}', '--no-shrink', *words)
    return found(done.stdout, r'^trace ([0-9a-f]+), (\d+) steps$').groups()


class Replay(unittest.TestCase):
    def test_a_failure_tells_its_seed_and_replays_from_it(self):
        for kind in PLANTED:
            with self.subTest(kind=kind):
                plant = f'--plant={kind}'
                first = run(plant)
                self.assertEqual(first.returncode, 1)
                seed, what = broken(first)
                words = found(first.stdout, r'^replay: \S+ (.*)$')[1].split()
                again = run(plant, *words)
                self.assertEqual(again.returncode, 1)
                self.assertEqual(broken(again), (seed, what))
                # The last step that is told is the one that breaks it.
                self.assertIn(kind, found(again.stdout, r'^(.*)\ntrace ')[1])

    def test_a_failure_is_shrunk_to_the_fewest_steps(self):
        for kind, least in PLANTED.items():
            with self.subTest(kind=kind):
                plant = f'--plant={kind}'
                first = run(plant)
                seed, what = broken(first)
                match = found(first.stdout, r'^shrunk from (\d+) steps to '
                              r'(\d+): .*--steps=(\S*)$')
                steps = match[3].split(',') if match[3] else []
                self.assertEqual(len(steps), int(match[2]))
                self.assertLessEqual(len(steps), int(match[1]))
                self.assertLessEqual(len(steps), least)
                words = [plant, f'--seed={seed}', '--no-shrink']
                shrunk = run(*words, '--steps=' + ','.join(steps))
                self.assertEqual(broken(shrunk), (seed, what))
                for i in range(len(steps)):
                    fewer = steps[:i] + steps[i + 1:]
                    kept = run(*words, '--steps=' + ','.join(fewer))
                    self.assertEqual(kept.returncode, 0, fewer)

    def test_a_seed_is_one_schedule_wherever_it_runs(self):
        for seed in range(1, 30):
            self.assertEqual(trace_of(seed), trace_of(seed))

    def test_schedules_count_by_their_traces(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / 'progress'
            for count in (20, 60):
                done = run(f'--schedules={count}', f'--resume={file}')
                self.assertEqual(done.returncode, 0)
                match = found(done.stdout, r'^(\d+) schedules, each with a '
                              r'trace of its own, of (\d+) seeds')
                self.assertEqual(int(match[1]), count)
                seeds = range(1, int(match[2]) + 1)
                traces = {trace_of(seed)[0] for seed in seeds}
                self.assertEqual(len(traces), count)
                header, kept = file.read_bytes().split(b'\n', 1)
                self.assertEqual(header, b'from 1 next %d' % (seeds[-1] + 1))
                kept = {f'{int.from_bytes(kept[i:i + 8], "little"):x}'
                        for i in range(0, len(kept), 8)}
                self.assertEqual(kept, traces)


if __name__ == '__main__':
    unittest.main()
