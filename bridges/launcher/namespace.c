/* SPDX-License-Identifier: BSD-3-Clause */
#include "bridges/launcher/launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int write_text(const char* path, const char* text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0)
    return -1;
  ssize_t written = write(fd, text, strlen(text));
  int cause = errno;
  close(fd);
  errno = cause;
  return written == (ssize_t) strlen(text) ? 0 : -1;
}

/* Whoever is inside is the same user and group as outside. */
static int map_ids(uid_t user, gid_t group) {
  char users[64], groups[64];
  snprintf(users, sizeof(users), "%lu %lu 1", (unsigned long) user,
           (unsigned long) user);
  snprintf(groups, sizeof(groups), "%lu %lu 1", (unsigned long) group,
           (unsigned long) group);
  if (write_text("/proc/self/setgroups", "deny") != 0
      || write_text("/proc/self/uid_map", users) != 0)
    return -1;
  return write_text("/proc/self/gid_map", groups);
}

static int leave_namespace(const char* kind) {
  uid_t user = geteuid();
  gid_t group = getegid();
  if (strcmp(kind, "user") != 0)
    return unshare(CLONE_NEWPID);
  if (unshare(CLONE_NEWUSER | CLONE_NEWPID) != 0)
    return -1;
  return map_ids(user, group);
}

/* A copy of this process. Of the parent's, with `flags` CLONE_PARENT. */
static pid_t copy(unsigned long flags) {
  return (pid_t) syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
}

/* Where the numbers begin by which processes and threads are known inside.
 * `mixed` differs from one launcher to the next. */
static int begin_numbers(unsigned long mixed) {
  static const unsigned long least = 1000, spans[] = {3900000, 30000};
  for (size_t i = 0; i < sizeof(spans) / sizeof(*spans); ++i) {
    char number[32];
    snprintf(number, sizeof(number), "%lu", least + mixed % spans[i]);
    if (write_text("/proc/sys/kernel/ns_last_pid", number) == 0)
      return 0;
    /* Where the machine has fewer numbers. */
    if (errno != EINVAL)
      return -1;
  }
  return -1;
}

static unsigned long mix(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  unsigned long long x = (unsigned long long) now.tv_nsec
                         + (unsigned long long) now.tv_sec * 1000000007ULL
                         + (unsigned long long) getpid()
                             * 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 31)) * 0xbf58476d1ce4e5b9ULL;
  return (unsigned long) (x >> 20);
}

/* Process 1: it reaps whom nobody else does, and ends everything with itself.
 * No signal of those inside ends it, and of others SIGKILL alone. */
_Noreturn static void keep_namespace(void) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_NAME, "rr-namespace");
  signal(SIGCHLD, SIG_IGN);
  /* Readers of what the program writes wait for the end of all writers. */
  if (dup2(RR_LAUNCH_TETHER, 0) < 0)
    _exit(1);
  syscall(SYS_close_range, 1, ~0U, 0);
  if (chdir("/") != 0)
    _exit(1);
  struct pollfd tether = {0, 0, 0};
  while (poll(&tether, 1, -1) <= 0 || tether.revents == 0)
    continue;
  _exit(0);
}

/* Makes process 1 and has it say where numbers begin.
 * Returns its id, or -1. */
static pid_t make_first(unsigned long flags) {
  unsigned long mixed = mix();
  int said[2];
  if (pipe2(said, O_CLOEXEC) != 0)
    return -1;
  pid_t first = copy(flags);
  if (first == 0) {
    /* The runtime waits for its end, which is the program's to make. */
    if (flags != 0)
      close(RR_LAUNCH_PIPE);
    int failed = begin_numbers(mixed) == 0 ? 0 : errno;
    ssize_t unused = write(said[1], &failed, sizeof(failed));
    (void) unused;
    if (failed != 0 || flags == 0)
      _exit(0);
    keep_namespace();
  }
  close(said[1]);
  int failed = EIO;
  if (first > 0 && read(said[0], &failed, sizeof(failed)) < 0)
    failed = errno;
  close(said[0]);
  if (first > 0 && failed != 0) {
    errno = failed;
    return -1;
  }
  return first;
}

/* Reads as many bytes as there are to come; returns how many did. */
static ssize_t read_whole(int fd, void* to, size_t size) {
  ssize_t count;
  do {
    count = read(fd, to, size);
  } while (count < 0 && errno == EINTR);
  return count;
}

/* Hands on to the runtime what the launcher says, and waits for its word: none
 * comes of a runtime that has died. */
static void wait_for_admission(int launcher) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
    rr_fail(rr_step_parent);
  struct rr_launch_members members;
  char byte;
  if (read_whole(launcher, &members, sizeof(members)) != sizeof(members)
      || write(RR_LAUNCH_PIPE, &members, sizeof(members)) != sizeof(members)
      || read_whole(RR_LAUNCH_TETHER, &byte, 1) != 1)
    _exit(1);
  close(RR_LAUNCH_TETHER);
}

void rr_enter_namespace(const char* kind) {
  if (leave_namespace(kind) != 0)
    rr_fail(rr_step_namespace);
  struct rr_launch_members members = {0, 0, 0};
  members.first = make_first(CLONE_PARENT);
  if (members.first < 0)
    rr_fail(rr_step_namespace);
  int told[2];
  if (pipe2(told, O_CLOEXEC) != 0)
    rr_fail(rr_step_namespace);
  members.program = copy(CLONE_PARENT);
  if (members.program < 0)
    rr_fail(rr_step_namespace);
  if (members.program == 0) {
    close(told[1]);
    wait_for_admission(told[0]);
    close(told[0]);
    return;
  }
  /* Before the program can execute: else it might end while the pipe that is
   * to close at its execution is open here. */
  close(RR_LAUNCH_PIPE);
  ssize_t unused = write(told[1], &members, sizeof(members));
  (void) unused;
  _exit(0);
}

int rr_try_namespace(const char* kind) {
  if (leave_namespace(kind) != 0)
    return errno;
  pid_t first = make_first(0);
  if (first < 0)
    return errno;
  while (waitpid(first, NULL, 0) < 0 && errno == EINTR)
    continue;
  return 0;
}
