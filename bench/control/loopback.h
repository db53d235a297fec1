// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>

// A port of this machine, as the command line has it.
static inline struct sockaddr_in loopback(const char* port) {
  struct sockaddr_in result = {.sin_family = AF_INET};
  result.sin_port = htons((uint16_t) atoi(port));
  result.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return result;
}

// A UDP socket that sends there, or -1.
static inline int connect_loopback(const char* port) {
  struct sockaddr_in to = loopback(port);
  int result = socket(AF_INET, SOCK_DGRAM, 0);
  return connect(result, (struct sockaddr*) &to, sizeof to) == 0 ? result : -1;
}
