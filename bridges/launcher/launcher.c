/* SPDX-License-Identifier: BSD-3-Clause */
#include "bridges/launcher/launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
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

/* LIMITS: RESOURCE:SOFT:HARD, separated by commas. A hard limit only falls. */
static void set_limits(const char* text) {
  while (*text != '\0') {
    char* end;
    int resource = (int) strtol(text, &end, 10);
    struct rlimit limit;
    if (getrlimit((__rlimit_resource_t) resource, &limit) != 0)
      fail(rr_step_limit);
    rlim_t soft = (rlim_t) strtoull(end + 1, &end, 10);
    rlim_t hard = (rlim_t) strtoull(end + 1, &end, 10);
    if (hard < limit.rlim_max)
      limit.rlim_max = hard;
    limit.rlim_cur = soft < limit.rlim_max ? soft : limit.rlim_max;
    if (setrlimit((__rlimit_resource_t) resource, &limit) != 0)
      fail(rr_step_limit);
    text = *end == ',' ? end + 1 : end;
  }
}

/* The next entry of PATH, and the program in it; an empty entry is the working
 * directory. Returns what is left of PATH, NULL when that was the last. */
static const char* next_candidate(const char* search_path, const char* program,
                                  char* candidate, size_t size) {
  const char* end = strchrnul(search_path, ':');
  int length = (int) (end - search_path);
  int written = snprintf(candidate, size, "%.*s%s%s", length, search_path,
                         length == 0 ? "" : "/", program);
  if (written < 0 || (size_t) written >= size)
    *candidate = '\0';
  return *end == ':' ? end + 1 : NULL;
}

/* As `execvp`, but for one thing: what the kernel refuses to execute is an
 * error, and never handed to a shell. Returns only with one, in `errno`. */
static void execute(char** argv) {
  if (*argv[0] == '\0') {
    errno = ENOENT;
    return;
  }
  if (strchr(argv[0], '/') != NULL) {
    execve(argv[0], argv, environ);
    return;
  }
  const char* rest = getenv("PATH");
  if (rest == NULL)
    rest = "/bin:/usr/bin";
  int refused = 0;
  while (rest != NULL) {
    char candidate[PATH_MAX];
    rest = next_candidate(rest, argv[0], candidate, sizeof(candidate));
    if (*candidate == '\0')
      continue;
    execve(candidate, argv, environ);
    switch (errno) {
      case EACCES:
        refused = 1;
        break;
      case ENOENT:
      case ENOTDIR:
      case ENAMETOOLONG:
      case ESTALE:
      case ENODEV:
      case ETIMEDOUT:
        break;
      default:
        return;
    }
  }
  errno = refused ? EACCES : ENOENT;
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
  set_limits(argv[5]);
  if (*argv[6] != '\0')
    umask((mode_t) strtoul(argv[6], NULL, 8));
  execute(argv + 7);
  fail(rr_step_execute);
  return exit_failed;
}

int main(int argc, char** argv) {
  if (argc >= 8 && strcmp(argv[1], "child") == 0)
    return run_child(argv);
  if (argc == 3 && strcmp(argv[1], "keep-group") == 0)
    return rr_keep_group(argv[2]);
  if (argc == 3 && strcmp(argv[1], "keep-cookie") == 0)
    return rr_keep_cookie(argv[2]);
  fputs("robot-runtime-launcher is started by robot-runtime only\n", stderr);
  return exit_usage;
}
