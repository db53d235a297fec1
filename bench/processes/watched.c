// SPDX-License-Identifier: BSD-3-Clause

// usage: watched BOARD INDEX [HEARTBEATS]
//
// Says that it is ready, and every 300 ms that it lives, to whoever has set
// NOTIFY_SOCKET, until SIGTERM, whose time it leaves. With HEARTBEATS it is
// silent after so many, and leaves the time of the last.

#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "bench/processes/board.h"

static void say(const char* what) {
  const char* path = getenv("NOTIFY_SOCKET");
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (path == NULL || strlen(path) >= sizeof(address.sun_path))
    return;
  memcpy(address.sun_path, path, strlen(path));
  if (path[0] == '@')
    address.sun_path[0] = '\0';
  static int fd = -1;
  if (fd < 0)
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sendto(fd, what, strlen(what), MSG_NOSIGNAL, (struct sockaddr*) &address,
         (socklen_t) (offsetof(struct sockaddr_un, sun_path) + strlen(path)));
}

int main(int argc, char** argv) {
  int64_t first = now_ns();
  if (argc != 3 && argc != 4)
    return 2;
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigprocmask(SIG_BLOCK, &signals, NULL);
  struct board* board = open_board(argv[1]);
  struct board_slot* slot = own_slot(board, argv[2]);
  int64_t left = argc == 4 ? atoi(argv[3]) : INT64_MAX;
  say("READY=1");
  arrive(board, slot, first);
  struct timespec interval = {.tv_nsec = 300000000};
  while (sigtimedwait(&signals, NULL, &interval) < 0)
    if (left > 0) {
      slot->end_monotonic = now_ns();
      say("WATCHDOG=1");
      --left;
    }
  if (argc == 3)
    slot->end_monotonic = now_ns();
  _exit(0);
}
