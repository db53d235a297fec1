// SPDX-License-Identifier: BSD-3-Clause

// Has threads of another process hang: `hold_thread PID NAME` holds all threads
// of that name, each in a system call in which it waits, says `held N` and goes
// on holding them until standard input ends, or the process does. Exit code 77:
// the system does not let it.

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { cannot = 77, most_threads = 64, most_attempts = 1000 };

static void end(const char* what) {
  int code = errno == EPERM ? cannot : 1;
  perror(what);
  exit(code);
}

/// The first word of a file of a thread; empty when it is gone.
static void read_word(const char* pid, const char* tid, const char* file,
                      char* word, size_t size) {
  char path[128];
  snprintf(path, sizeof(path), "/proc/%s/task/%s/%s", pid, tid, file);
  word[0] = '\0';
  FILE* in = fopen(path, "r");
  if (!in)
    return;
  if (!fgets(word, (int) size, in))
    word[0] = '\0';
  fclose(in);
  word[strcspn(word, file[0] == 's' ? " \n" : "\n")] = '\0';
}

/// Whether a thread that is held waits in a system call: it has no lock then
/// that it would have given back.
static bool waits(const char* pid, const char* tid) {
  char call[64];
  read_word(pid, tid, "syscall", call, sizeof(call));
  return call[0] != '\0' && call[0] != '-' && strcmp(call, "running") != 0;
}

static void hold(const char* pid, const char* tid) {
  pid_t thread = (pid_t) atol(tid);
  if (ptrace(PTRACE_SEIZE, thread, 0, 0) != 0)
    end("cannot seize a thread");
  for (int i = 0; i < most_attempts; ++i) {
    int status;
    if (ptrace(PTRACE_INTERRUPT, thread, 0, 0) != 0
        || waitpid(thread, &status, __WALL) != thread || !WIFSTOPPED(status))
      end("cannot hold a thread");
    if (waits(pid, tid))
      return;
    ptrace(PTRACE_CONT, thread, 0, 0);
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
  }
  fprintf(stderr, "thread %s never waits\n", tid);
  exit(1);
}

static int hold_all(const char* pid, const char* name) {
  char path[64];
  snprintf(path, sizeof(path), "/proc/%s/task", pid);
  DIR* tasks = opendir(path);
  if (!tasks)
    end(path);
  int count = 0;
  for (struct dirent* task; (task = readdir(tasks)) && count < most_threads;) {
    char is_called[32];
    if (task->d_name[0] == '.')
      continue;
    read_word(pid, task->d_name, "comm", is_called, sizeof(is_called));
    if (strcmp(is_called, name) != 0)
      continue;
    hold(pid, task->d_name);
    ++count;
  }
  closedir(tasks);
  return count;
}

/// A thread that has ended is a zombie, and its process with it, until whoever
/// holds it knows.
static void reap(void) {
  int status;
  while (waitpid(-1, &status, __WALL | WNOHANG) > 0)
    continue;
  if (errno == ECHILD)
    exit(0);
}

int main(int argc, char** argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: hold_thread PID NAME\n");
    return 2;
  }
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGCHLD);
  sigprocmask(SIG_BLOCK, &ends, NULL);
  struct pollfd events[] = {
    {.fd = STDIN_FILENO, .events = POLLIN},
    {.fd = signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK), .events = POLLIN}};
  int count = hold_all(argv[1], argv[2]);
  printf("held %d\n", count);
  fflush(stdout);
  while (poll(events, 2, -1) >= 0 || errno == EINTR) {
    if (events[0].revents != 0)
      return 0;
    struct signalfd_siginfo info;
    if (read(events[1].fd, &info, sizeof(info)) > 0)
      reap();
  }
  return 1;
}
