// SPDX-License-Identifier: BSD-3-Clause

// usage: stubborn BOARD INDEX
//
// Sleeps, and ignores SIGTERM.

#include <signal.h>

#include "bench/processes/board.h"

int main(int argc, char** argv) {
  int64_t first = now_ns();
  if (argc != 3)
    return 2;
  signal(SIGTERM, SIG_IGN);
  struct board* board = open_board(argv[1]);
  arrive(board, own_slot(board, argv[2]), first);
  for (;;)
    pause();
}
