// SPDX-License-Identifier: BSD-3-Clause
// Sends one datagram over and over. usage: load PORT RATE SECONDS < datagram
// Prints how many were sent, and how many seconds of CPU that took.
#include <stdio.h>
#include <unistd.h>

#include "bench/control/loopback.h"
#include "bench/measure.h"

int main(int argc, char** argv) {
  char packet[4096];
  if (argc != 4)
    return 2;
  ssize_t size = read(0, packet, sizeof packet);
  double rate = atof(argv[2]);
  double duration = atof(argv[3]);
  int out = connect_loopback(argv[1]);
  if (size <= 0 || out < 0)
    return 1;
  double start = seconds(CLOCK_MONOTONIC);
  long sent = 0;
  for (double now = 0; now < duration; now = seconds(CLOCK_MONOTONIC) - start) {
    // What is due, but no more at once than a millisecond brings: late bursts
    // would measure the sender.
    long due = (long) (now * rate) - sent;
    long most = (long) (rate / 1000) + 1;
    for (long i = 0; i < due && i < most; ++i)
      if (send(out, packet, (size_t) size, 0) == size)
        ++sent;
    usleep(200);
  }
  printf("%ld %.3f\n", sent, seconds(CLOCK_PROCESS_CPUTIME_ID));
  return 0;
}
