// SPDX-License-Identifier: BSD-3-Clause
// Times how long it takes from a request to a process that waits for it, and
// prints the median and p99 in microseconds. The floor is a futex in memory
// that two processes share; ours is a driver in C, or the program that is
// named, such as wait.py.
//
// usage: bench-wait COUNT floor | c | PROGRAM ARGUMENT...
#include "bench/measure.h"
#include "bridges/c/robot_runtime_buffers.h"

#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// Nanoseconds until whoever was woken sleeps again.
static const int64_t rest = 300 * 1000;

static struct rr_buffer* buffer;

// What a floor and its waiter share.
static struct {
  _Atomic uint32_t requests;
  _Atomic uint32_t round;
  _Atomic int64_t woken;
} * common;

static void must(int right, const char* what) {
  if (right)
    return;
  fprintf(stderr, "bench-wait: %s\n", what);
  exit(1);
}

static void request_of_floor(uint32_t round) {
  atomic_store(&common->requests, round);
  syscall(SYS_futex, &common->requests, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static void wait_at_floor(void) {
  for (uint32_t seen = 0;;) {
    syscall(SYS_futex, &common->requests, FUTEX_WAIT, seen, NULL, NULL, 0);
    uint32_t now = atomic_load(&common->requests);
    if (now == seen)
      continue;
    atomic_store(&common->woken, now_ns());
    atomic_store(&common->round, now);
    seen = now;
  }
}

static int64_t woken_of_floor(uint32_t round) {
  return atomic_load(&common->round) == round ? atomic_load(&common->woken) : 0;
}

static void request_of_ours(uint32_t round) {
  must(rr_buffer_write(buffer, "round", &round, sizeof round, NULL) == 0,
       "cannot request");
}

static void wait_in_c(void) {
  for (uint64_t seen = 0;;) {
    if (rr_buffer_wait_for_request(buffer, &seen, -1, NULL) != RR_BUFFER_OK)
      _exit(1);
    int64_t woken = now_ns();
    uint32_t round = (uint32_t) seen;
    struct rr_buffer_value values[] = {{"round", &round, sizeof round},
                                       {"woken", &woken, sizeof woken}};
    rr_buffer_set_many(buffer, values, 2, NULL);
  }
}

static int64_t woken_of_ours(uint32_t round) {
  uint32_t seen = 0;
  int64_t woken = 0;
  rr_buffer_get(buffer, "round", &seen, sizeof seen, NULL);
  rr_buffer_get(buffer, "woken", &woken, sizeof woken, NULL);
  return seen == round ? woken : 0;
}

static pid_t start_waiter(char** program) {
  pid_t child = fork();
  must(child >= 0, "cannot fork");
  if (child > 0)
    return child;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (common)
    wait_at_floor();
  if (strcmp(*program, "c") == 0)
    wait_in_c();
  execvp(*program, program);
  _exit(1);
}

int main(int argc, char** argv) {
  must(argc > 2, "usage: bench-wait COUNT floor | c | PROGRAM ARGUMENT...");
  size_t count = strtoul(argv[1], NULL, 10);
  int64_t* times = calloc(count + 1, sizeof *times);
  must(count > 0 && times != NULL, "no room");
  if (strcmp(argv[2], "floor") == 0)
    common = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  else
    must(rr_buffer_create("waiter", "0", NULL, NULL, &buffer, NULL) == 0,
         "cannot make a buffer");
  start_waiter(argv + 2);
  // The first one is not counted: the program may have to start.
  for (uint32_t round = 1; round <= count + 1; ++round) {
    int64_t start = now_ns();
    if (common)
      request_of_floor(round);
    else
      request_of_ours(round);
    int64_t woken = 0;
    while (woken == 0) {
      must(now_ns() - start < INT64_C(10000000000), "the waiter sleeps");
      sleep_until(now_ns() + rest);
      woken = common ? woken_of_floor(round) : woken_of_ours(round);
    }
    times[round - 1] = woken - start;
  }
  sort_times(times + 1, count);
  printf("%.3f %.3f\n", permille_us(times + 1, count, 500),
         permille_us(times + 1, count, 990));
  if (buffer)
    rr_buffer_remove(buffer, NULL);
  return 0;
}
