// SPDX-License-Identifier: BSD-3-Clause

// usage: respawn BOARD PROGRAM
//
// The least that a program can do which starts a child again as often as it
// ends: posix_spawn and waitid in a loop. SIGTERM ends both.

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include "bench/processes/board.h"

static volatile sig_atomic_t stopping;
static volatile sig_atomic_t child;

static void stop(int signal) {
  stopping = 1;
  if (child != 0)
    kill(child, signal);
}

int main(int argc, char** argv) {
  if (argc != 3)
    return 2;
  struct sigaction action = {.sa_handler = stop};
  sigaction(SIGTERM, &action, NULL);
  char* arguments[] = {argv[2], argv[1], "0", NULL};
  extern char** environ;
  while (!stopping) {
    pid_t pid;
    errno = posix_spawn(&pid, argv[2], NULL, NULL, arguments, environ);
    if (errno != 0)
      die(argv[2]);
    child = pid;
    siginfo_t info;
    while (waitid(P_PID, (id_t) pid, &info, WEXITED) != 0)
      if (errno != EINTR)
        die("waitid");
    child = 0;
  }
  return 0;
}
