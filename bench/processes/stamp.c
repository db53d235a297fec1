// SPDX-License-Identifier: BSD-3-Clause

// usage: stamp BOARD PROGRAM [ARGUMENT...]
//
// Leaves the time, and at once executes the program.

#include "bench/processes/board.h"

int main(int argc, char** argv) {
  if (argc < 3)
    return 2;
  struct board* board = open_board(argv[1]);
  board->exec_realtime = clock_ns(CLOCK_REALTIME);
  board->exec_monotonic = now_ns();
  execv(argv[2], argv + 2);
  die(argv[2]);
}
