/* SPDX-License-Identifier: BSD-3-Clause */

/* usage: process-tree SHAPE FOLDER [CODE]
 *
 * Processes that stand in a tree of that shape and stay. Each writes a byte to
 * the fifo `arrived` in FOLDER when it is where it belongs. All of them bear
 * FOLDER on their command lines, by which they are found: there is nothing else
 * that every shape keeps.
 *
 * Two are no shapes but tools: `exit` ends with CODE when a byte comes through
 * the fifo `go`, and `deaf` outlives SIGTERM and writes a byte for each. */

#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char** arguments;

static int open_fifo(const char* name, int flags) {
  char path[4096];
  snprintf(path, sizeof(path), "%s/%s", arguments[2], name);
  int fd = open(path, flags | O_CLOEXEC);
  if (fd < 0)
    abort();
  return fd;
}

static void arrive(void) {
  int fd = open_fifo("arrived", O_WRONLY);
  if (write(fd, "a", 1) != 1)
    abort();
  close(fd);
}

__attribute__((noreturn)) static void stay(void) {
  arrive();
  for (;;)
    pause();
}

static pid_t fork_or_abort(void) {
  pid_t pid = fork();
  if (pid < 0)
    abort();
  return pid;
}

/* Returns in a process whose parent has gone. */
static int is_orphan(void) {
  pid_t middle = fork_or_abort();
  if (middle == 0) {
    if (fork_or_abort() != 0)
      _exit(0);
    return 1;
  }
  waitpid(middle, NULL, 0);
  return 0;
}

static void plain(void) {
}

static void fork_once(void) {
  fork_or_abort();
}

static void double_fork(void) {
  is_orphan();
}

static void own_session(void) {
  if (fork_or_abort() == 0)
    setsid();
}

/* Of the whole environment, descriptors, session and folder nothing is left. */
static void bare_daemon(void) {
  if (fork_or_abort() != 0)
    return;
  setsid();
  if (fork_or_abort() != 0)
    _exit(0);
  setsid();
  for (int fd = 0; fd < 64; ++fd)
    close(fd);
  if (chdir("/") != 0)
    _exit(1);
  char* words[] = {arguments[0], "plain", arguments[2], NULL};
  char* nothing[] = {NULL};
  execve("/proc/self/exe", words, nothing);
  _exit(1);
}

static void chain(void) {
  for (int i = 1; i < 10; ++i)
    if (fork_or_abort() != 0)
      return;
}

static void fan(void) {
  for (int i = 0; i < 20; ++i)
    if (fork_or_abort() == 0)
      return;
}

static void ignores(void) {
  static const int deadly[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP};
  for (size_t i = 0; i < sizeof(deadly) / sizeof(*deadly); ++i)
    signal(deadly[i], SIG_IGN);
}

static void stopped(void) {
  arrive();
  raise(SIGSTOP);
  for (;;)
    pause();
}

/* Each SIGTERM ends it, and makes another. */
static void forks_again(void) {
  sigset_t term;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  sigprocmask(SIG_BLOCK, &term, NULL);
  arrive();
  for (int number; sigwait(&term, &number) == 0;)
    if (fork_or_abort() != 0)
      _exit(0);
}

/* One of two goes over to a group that the other has made. */
static void changes_group(void) {
  if (fork_or_abort() != 0)
    return;
  pid_t leader = fork_or_abort();
  if (leader == 0) {
    setpgid(0, 0);
    return;
  }
  setpgid(leader, leader);
  if (setpgid(0, leader) != 0)
    abort();
}

/* One without a parent goes on writing to the output. */
static void orphan_with_output(void) {
  if (!is_orphan())
    return;
  ignores();
  signal(SIGPIPE, SIG_IGN);
  arrive();
  for (;;) {
    struct timespec pause = {0, 5000000};
    nanosleep(&pause, NULL);
    ssize_t unused = write(STDOUT_FILENO, "still here\n", 11);
    (void) unused;
  }
}

static void exits(void) {
  arrive();
  char byte;
  if (read(open_fifo("go", O_RDONLY), &byte, 1) != 1)
    abort();
  _exit(atoi(arguments[3]));
}

static void on_terminate(int number) {
  (void) number;
  arrive();
}

static void deaf(void) {
  struct sigaction action = {.sa_handler = on_terminate};
  sigaction(SIGTERM, &action, NULL);
}

int main(int argc, char** argv) {
  static const struct {
    const char* name;
    void (*make)(void);
  } shapes[] = {
    {"plain", plain},
    {"fork", fork_once},
    {"double-fork", double_fork},
    {"setsid", own_session},
    {"bare-daemon", bare_daemon},
    {"chain", chain},
    {"fan", fan},
    {"ignores-sigterm", ignores},
    {"stopped", stopped},
    {"forks-again", forks_again},
    {"changes-group", changes_group},
    {"orphan-with-output", orphan_with_output},
    {"exit", exits},
    {"deaf", deaf},
  };
  arguments = argv;
  for (size_t i = 0; argc >= 3 && i < sizeof(shapes) / sizeof(*shapes); ++i)
    if (strcmp(shapes[i].name, argv[1]) == 0) {
      shapes[i].make();
      stay();
    }
  return 2;
}
