// SPDX-License-Identifier: BSD-3-Clause
// The floor: receives datagrams in batches and copies each into shared memory,
// without a look at it. usage: floor PORT SECONDS [FILE-TO-SHARE]
// Prints how many came, and how many seconds of CPU that took.
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench/control/loopback.h"
#include "bench/measure.h"

int main(int argc, char** argv) {
  enum { batch = 32, largest = 8192 };
  static char buffers[batch][largest];
  struct iovec parts[batch];
  struct mmsghdr headers[batch];
  if (argc != 3 && argc != 4)
    return 2;
  struct sockaddr_in at = loopback(argv[1]);
  int in = socket(AF_INET, SOCK_DGRAM, 0);
  int file = argc == 4 ? open(argv[3], O_RDWR | O_CREAT, 0600) : -1;
  if (file >= 0 && ftruncate(file, largest) != 0)
    return 1;
  char* shared = mmap(NULL, largest, PROT_READ | PROT_WRITE,
                      MAP_SHARED | (file < 0 ? MAP_ANONYMOUS : 0), file, 0);
  if (bind(in, (struct sockaddr*) &at, sizeof at) != 0 || shared == MAP_FAILED)
    return 1;
  memset(headers, 0, sizeof headers);
  for (int i = 0; i < batch; ++i) {
    parts[i] = (struct iovec){buffers[i], largest};
    headers[i].msg_hdr.msg_iov = &parts[i];
    headers[i].msg_hdr.msg_iovlen = 1;
  }
  double end = seconds(CLOCK_MONOTONIC) + atof(argv[2]);
  long received = 0;
  while (seconds(CLOCK_MONOTONIC) < end) {
    struct pollfd polled = {in, POLLIN, 0};
    if (poll(&polled, 1, 100) <= 0)
      continue;
    int count = recvmmsg(in, headers, batch, MSG_DONTWAIT, NULL);
    for (int i = 0; i < count; ++i)
      memcpy(shared, buffers[i], headers[i].msg_len);
    received += count > 0 ? count : 0;
  }
  printf("%ld %.3f\n", received, seconds(CLOCK_PROCESS_CPUTIME_ID));
  return 0;
}
