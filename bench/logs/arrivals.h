// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// When the publishers of a storm write, and how they tell how long that took.

#include <math.h>
#include <stdio.h>

#include "bench/measure.h"

// From an event to the next, in nanoseconds. Programs of a robot do not keep
// step with each other: the pauses of each are random, and exponentially
// distributed, as between the events of many independent causes. `srand48`
// makes them those of one publisher, the same in every round.
static inline int64_t next_pause(double events_per_second) {
  return (int64_t) (-log(1 - drand48()) / events_per_second * 1e9);
}

// Prints how long a send took, in microseconds: p50, p99.9, and the longest;
// for how many seconds all were sent; and how many took longer than a
// millisecond. Sorts the times.
static inline void print_sends(int64_t* times, size_t count, int64_t all) {
  sort_times(times, count);
  size_t late = 0;
  while (late < count && times[count - 1 - late] > 1000000)
    ++late;
  printf("%.1f %.1f %.1f %.3f %zu\n", permille_us(times, count, 500),
         permille_us(times, count, 999), permille_us(times, count, 1000),
         (double) all / 1e9, late);
  fflush(stdout);
}
