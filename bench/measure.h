// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// What programs of the benchmarks in C, and in C++, measure with.

#include <stdint.h>
#include <stdlib.h>
#include <time.h>

static inline int64_t clock_ns(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static inline int64_t now_ns(void) {
  return clock_ns(CLOCK_MONOTONIC);
}

static inline double seconds(clockid_t clock) {
  return (double) clock_ns(clock) / 1e9;
}

static inline void sleep_until(int64_t when) {
  struct timespec time = {when / 1000000000, when % 1000000000};
  while (now_ns() < when)
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}

static inline int compare_times(const void* x, const void* y) {
  int64_t a = *(const int64_t*) x;
  int64_t b = *(const int64_t*) y;
  return (a > b) - (a < b);
}

static inline void sort_times(int64_t* times, size_t count) {
  qsort(times, count, sizeof *times, compare_times);
}

// Of sorted nanoseconds the one below which so many of a thousand are, in
// microseconds.
static inline double permille_us(const int64_t* times, size_t count,
                                 size_t permille) {
  size_t at = count * permille / 1000;
  return (double) times[at < count ? at : count - 1] / 1e3;
}
