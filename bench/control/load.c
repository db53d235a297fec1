// SPDX-License-Identifier: BSD-3-Clause
// Sends one datagram over and over. usage: load PORT RATE SECONDS < datagram
// Prints how many were sent, and how many seconds of CPU that took.
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static double seconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

int main(int argc, char** argv) {
  char packet[4096];
  if (argc != 4)
    return 2;
  ssize_t size = read(0, packet, sizeof packet);
  int port = atoi(argv[1]);
  double rate = atof(argv[2]);
  double duration = atof(argv[3]);
  struct sockaddr_in to = {.sin_family = AF_INET};
  to.sin_port = htons((uint16_t) port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int out = socket(AF_INET, SOCK_DGRAM, 0);
  if (size <= 0 || connect(out, (struct sockaddr*) &to, sizeof to) != 0)
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
