// SPDX-License-Identifier: BSD-3-Clause

// usage: phoenix BOARD INDEX
//
// Each of its lives takes the next slot of the board, leaves the time of its
// first instruction, and ends after a while, having left that time. The last
// one sleeps until SIGTERM.

#include "bench/processes/board.h"

int main(int argc, char** argv) {
  int64_t first = now_ns();
  if (argc != 3)
    return 2;
  struct board* board = open_board(argv[1]);
  uint32_t life = atomic_fetch_add(&board->ready, 1);
  if (life >= board->expected)
    die("there is no slot left");
  struct board_slot* slot = &board->slots[life];
  slot->pid = getpid();
  slot->first_monotonic = first;
  if (life + 1 == board->expected)
    pause();
  // Whoever started it has time to sleep again.
  sleep_milliseconds(5);
  slot->end_monotonic = now_ns();
  _exit(0);
}
