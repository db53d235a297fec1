/* SPDX-License-Identifier: BSD-3-Clause */

/* A daemon as systemd's documentation has it, which knows nothing of this
 * runtime: it says that it is ready, and feeds its watchdog. */

#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>

int main(void) {
  uint64_t watchdog = 0;
  if (sd_watchdog_enabled(0, &watchdog) <= 0)
    return 1;
  printf("watchdog %llu\n", (unsigned long long) watchdog);
  if (sd_notify(0, "READY=1\nSTATUS=ready") <= 0)
    return 2;
  printf("barrier %d\n", sd_notify_barrier(0, 5 * 1000 * 1000) > 0 ? 0 : 1);
  fflush(stdout);
  for (int i = 1;; ++i) {
    usleep((useconds_t) watchdog / 2);
    sd_notifyf(0, "WATCHDOG=1\nSTATUS=beat %d", i);
  }
}
