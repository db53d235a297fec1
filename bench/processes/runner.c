// SPDX-License-Identifier: BSD-3-Clause

// usage: runner BOARD INDEX
//
// Ends when it is its turn, as in a relay race: when every child is there, the
// first of them waits a little, hands on the turn, waits until the next one
// sleeps, leaves the time, and at once exits with code 0. So every exit has
// the machine to itself.

#include "bench/processes/board.h"

int main(int argc, char** argv) {
  int64_t first = now_ns();
  if (argc != 3)
    return 2;
  struct board* board = open_board(argv[1]);
  struct board_slot* slot = own_slot(board, argv[2]);
  arrive(board, slot, first);
  if (slot == board->slots)
    wait_for_all(board);
  else
    wait_while(&slot->turn, 0);
  sleep_milliseconds(10);
  if (slot + 1 < board->slots + board->expected) {
    atomic_store(&slot[1].turn, 1);
    wake_all(&slot[1].turn);
  }
  sleep_milliseconds(5);
  slot->end_monotonic = now_ns();
  slot->end_realtime = clock_ns(CLOCK_REALTIME);
  _exit(0);
}
