// SPDX-License-Identifier: BSD-3-Clause

// In the place of the C library's clocks, by LD_PRELOAD: the wall clock is off
// by as many seconds as the file that RR_TEST_CLOCK names says, from the moment
// at which it says so. Every other clock goes on.

#define _GNU_SOURCE

#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define IN_PLACE_OF __attribute__((visibility("default")))

/// Zero where there is no file, or nothing in it.
static long shift(void) {
  const char* name = getenv("RR_TEST_CLOCK");
  int file = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0)
    return 0;
  char text[32] = "";
  if (read(file, text, sizeof(text) - 1) < 0)
    text[0] = '\0';
  close(file);
  return strtol(text, NULL, 10);
}

IN_PLACE_OF int clock_gettime(clockid_t clock, struct timespec* time) {
  long result = syscall(SYS_clock_gettime, clock, time);
  if (result == 0
      && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
    time->tv_sec += shift();
  return (int) result;
}

IN_PLACE_OF int gettimeofday(struct timeval* time, void* zone) {
  (void) zone;
  struct timespec now;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0)
    return -1;
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return 0;
}

IN_PLACE_OF time_t time(time_t* result) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (result)
    *result = now.tv_sec;
  return now.tv_sec;
}
