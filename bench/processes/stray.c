// SPDX-License-Identifier: BSD-3-Clause

// usage: stray BOARD INDEX
//
// Leaves a process behind that belongs to nobody: forked twice, in a session of
// its own, without an environment. It has the next slot. Both sleep without
// end.

#include "bench/processes/board.h"

int main(int argc, char** argv) {
  int64_t first = now_ns();
  if (argc != 3 && argc != 4)
    return 2;
  struct board* board = open_board(argv[1]);
  struct board_slot* slot = own_slot(board, argv[2]);
  if (argc == 3 && fork() == 0) {
    setsid();
    if (fork() != 0)
      _exit(0);
    char text[24];
    snprintf(text, sizeof(text), "%td", slot - board->slots + 1);
    char* arguments[] = {argv[0], argv[1], text, "left", NULL};
    char* environment[] = {NULL};
    execve("/proc/self/exe", arguments, environment);
    die("execve");
  }
  arrive(board, slot, first);
  for (;;)
    pause();
}
