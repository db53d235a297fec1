// SPDX-License-Identifier: BSD-3-Clause

// usage: trigger BOARD INDEX
//
// Waits until every child is there, leaves the time, and at once exits with
// the code that is an emergency stop.

#include "bench/processes/board.h"

int main(int argc, char** argv) {
  int64_t first = now_ns();
  if (argc != 3)
    return 2;
  struct board* board = open_board(argv[1]);
  struct board_slot* slot = own_slot(board, argv[2]);
  arrive(board, slot, first);
  wait_for_all(board);
  slot->end_monotonic = now_ns();
  _exit(255);
}
