// SPDX-License-Identifier: BSD-3-Clause
// The floor of updates: sends datagrams to a group, several in one call, over
// and over. usage: send GROUP PORT DATAGRAMS BYTES SECONDS
// Prints how many left.
#include <stdio.h>
#include <string.h>

#include "bench/control/loopback.h"
#include "bench/measure.h"

int main(int argc, char** argv) {
  enum { most = 256, largest = 1400 };
  static char bytes[largest];
  struct mmsghdr headers[most];
  if (argc != 6)
    return 2;
  struct sockaddr_in to = loopback(argv[2]);
  int count = atoi(argv[3]);
  struct iovec part = {bytes, (size_t) atoi(argv[4])};
  if (inet_pton(AF_INET, argv[1], &to.sin_addr) != 1 || count < 1
      || count > most || part.iov_len > largest)
    return 2;
  int out = socket(AF_INET, SOCK_DGRAM, 0);
  struct in_addr loopback = {htonl(INADDR_LOOPBACK)};
  if (setsockopt(out, IPPROTO_IP, IP_MULTICAST_IF, &loopback, sizeof loopback)
      != 0)
    return 1;
  memset(headers, 0, sizeof headers);
  for (int i = 0; i < count; ++i) {
    headers[i].msg_hdr.msg_name = &to;
    headers[i].msg_hdr.msg_namelen = sizeof to;
    headers[i].msg_hdr.msg_iov = &part;
    headers[i].msg_hdr.msg_iovlen = 1;
  }
  double end = seconds(CLOCK_MONOTONIC) + atof(argv[5]);
  long sent = 0;
  while (seconds(CLOCK_MONOTONIC) < end) {
    int done = sendmmsg(out, headers, (unsigned) count, 0);
    if (done < 0)
      return 1;
    sent += done;
  }
  printf("%ld\n", sent);
  return 0;
}
