// SPDX-License-Identifier: BSD-3-Clause

// usage: floor BOARD PROGRAM [LAST-PROGRAM]
//
// The least that a program can do which starts children, learns of their end
// and stops them all: posix_spawn, pidfd, epoll and a kill loop. Starts
// PROGRAM as every child of the board, with the board and its index as
// arguments, the last as LAST-PROGRAM. When a child exits with code 255, every
// other one is sent SIGTERM; on SIGTERM or SIGINT, every child. Ends when it
// has been stopped and no child is left, with the exit code that robot-runtime
// has: 255 or 0.

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "bench/processes/board.h"

enum { emergency_stop = 255, signal_index = UINT32_MAX };

struct child {
  pid_t pid;
  int pidfd;
};

static pid_t spawn(const char* program, const char* board, uint32_t index) {
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
  posix_spawnattr_setpgroup(&attributes, 0);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  char text[16];
  snprintf(text, sizeof(text), "%u", index);
  char* arguments[] = {(char*) program, (char*) board, text, NULL};
  pid_t result;
  extern char** environ;
  errno = posix_spawn(&result, program, NULL, &attributes, arguments, environ);
  if (errno != 0)
    die(program);
  posix_spawnattr_destroy(&attributes);
  return result;
}

static void watch(int epoll, int fd, uint32_t index) {
  struct epoll_event event = {.events = EPOLLIN, .data.u32 = index};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
    die("epoll_ctl");
}

static void terminate_all(const struct child* children, uint32_t count) {
  for (uint32_t i = 0; i < count; ++i)
    if (children[i].pid != 0)
      kill(children[i].pid, SIGTERM);
}

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4)
    return 2;
  const char* last_program = argc == 4 ? argv[3] : argv[2];
  struct board* board = open_board(argv[1]);
  uint32_t count = board->expected;
  struct child* children = calloc(count, sizeof(struct child));
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  sigaddset(&stop_signals, SIGTERM);
  sigaddset(&stop_signals, SIGINT);
  sigprocmask(SIG_BLOCK, &stop_signals, NULL);
  int signals = signalfd(-1, &stop_signals, SFD_CLOEXEC);
  if (children == NULL || epoll < 0 || signals < 0)
    die("cannot begin");
  watch(epoll, signals, signal_index);
  for (uint32_t i = 0; i < count; ++i) {
    const char* program = i + 1 == count ? last_program : argv[2];
    children[i].pid = spawn(program, argv[1], i);
    children[i].pidfd = pidfd_open(children[i].pid, 0);
    if (children[i].pidfd < 0)
      die("pidfd_open");
    watch(epoll, children[i].pidfd, i);
  }
  bool stopped = false;
  int result = 0;
  uint32_t left = count;
  while (!stopped || left > 0) {
    struct epoll_event event;
    if (epoll_wait(epoll, &event, 1, -1) != 1)
      continue;
    if (event.data.u32 == signal_index) {
      struct signalfd_siginfo info;
      if (read(signals, &info, sizeof(info)) != sizeof(info))
        die("signalfd");
      stopped = true;
      terminate_all(children, count);
      continue;
    }
    struct child* child = &children[event.data.u32];
    siginfo_t info;
    if (waitid(P_PIDFD, (id_t) child->pidfd, &info, WEXITED) != 0)
      die("waitid");
    child->pid = 0;
    if (info.si_code == CLD_EXITED && info.si_status == emergency_stop) {
      stopped = true;
      result = emergency_stop;
      terminate_all(children, count);
    }
    board->slots[event.data.u32].reaped_realtime = clock_ns(CLOCK_REALTIME);
    close(child->pidfd);
    --left;
  }
  free(children);
  return result;
}
