// SPDX-License-Identifier: BSD-3-Clause

// usage: sleeper BOARD INDEX
//
// Sleeps until SIGTERM, leaves the time at which it handled it, and exits.

#include <signal.h>

#include "bench/processes/board.h"

int main(int argc, char** argv) {
  int64_t first = now_ns();
  if (argc != 3)
    return 2;
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigprocmask(SIG_BLOCK, &signals, NULL);
  struct board* board = open_board(argv[1]);
  struct board_slot* slot = own_slot(board, argv[2]);
  arrive(board, slot, first);
  int signal;
  while (sigwait(&signals, &signal) != 0)
    continue;
  slot->end_monotonic = now_ns();
  _exit(0);
}
