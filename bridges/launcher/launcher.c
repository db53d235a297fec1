/* SPDX-License-Identifier: BSD-3-Clause */
#include "bridges/launcher/launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* Below 4, so that it can never be taken for an emergency stop. */
enum { exit_failed = 1, exit_usage = 2 };

static void fail(enum rr_launch_step step) {
  struct rr_launch_failure failure = {(int32_t) step, errno};
  ssize_t unused = write(RR_LAUNCH_PIPE, &failure, sizeof(failure));
  (void) unused;
  _exit(exit_failed);
}

/* A runtime without standard output must not give its children a first file
 * that they take for it. */
static void fill_standard_descriptors(void) {
  for (int fd = 0; fd <= 2; ++fd)
    if (fcntl(fd, F_GETFD) < 0)
      (void) open("/dev/null", O_RDWR);
}

static void enter_group(const char* entrance) {
  int fd = open(entrance, O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, "0", 1) != 1)
    fail(rr_step_group);
  close(fd);
}

static void limit_descriptors(const char* soft) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
    fail(rr_step_limit);
  limit.rlim_cur = (rlim_t) strtoull(soft, NULL, 10);
  if (limit.rlim_cur > limit.rlim_max)
    limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
    fail(rr_step_limit);
}

static int run_child(char** argv) {
  fcntl(RR_LAUNCH_PIPE, F_SETFD, FD_CLOEXEC);
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
    fail(rr_step_parent);
  /* It may have died before the request. */
  if (getppid() != (pid_t) atol(argv[2]))
    _exit(exit_failed);
  fill_standard_descriptors();
  if (*argv[3] != '\0')
    enter_group(argv[3]);
  if (*argv[4] != '\0' && chdir(argv[4]) != 0)
    fail(rr_step_directory);
  if (*argv[5] != '\0')
    limit_descriptors(argv[5]);
  execvp(argv[6], argv + 6);
  fail(rr_step_execute);
  return exit_failed;
}

int main(int argc, char** argv) {
  if (argc >= 7 && strcmp(argv[1], "child") == 0)
    return run_child(argv);
  if (argc == 3 && strcmp(argv[1], "keep-group") == 0)
    return rr_keep_group(argv[2]);
  if (argc == 3 && strcmp(argv[1], "keep-cookie") == 0)
    return rr_keep_cookie(argv[2]);
  fputs("robot-runtime-launcher is started by robot-runtime only\n", stderr);
  return exit_usage;
}
