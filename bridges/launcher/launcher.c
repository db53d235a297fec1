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

void rr_fail(enum rr_launch_step step) {
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
    rr_fail(rr_step_group);
  close(fd);
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

/* Where the value of a key goes; NULL where there is no such key. */
static const char** find_value(struct rr_child* child, const char* word,
                               size_t length) {
  const struct {
    const char* key;
    const char** value;
  } all[] = {
    {"parent", &child->parent},
    {"entrance", &child->entrance},
    {"namespace", &child->namespace_kind},
    {"directory", &child->directory},
    {"limits", &child->limits},
    {"umask", &child->umask},
    {"inherited-cpus", &child->inherited_cpus},
    {"memory", &child->memory},
    {"open-files", &child->open_files},
    {"nice", &child->nice},
    {"cpus", &child->cpus},
    {"groups", &child->groups},
    {"group", &child->group},
    {"user", &child->user},
    {"no-new-privileges", &child->no_new_privileges},
  };
  for (size_t i = 0; i < sizeof(all) / sizeof(*all); ++i)
    if (strlen(all[i].key) == length && strncmp(all[i].key, word, length) == 0)
      return all[i].value;
  return NULL;
}

/* Reads the words up to `--`. Returns the program's, NULL where one of them is
 * none, or something is missing. */
static char** read_words(char** words, struct rr_child* child) {
  for (; *words != NULL && strcmp(*words, "--") != 0; ++words) {
    const char* end = strchr(*words, '=');
    const char** value
      = end == NULL ? NULL : find_value(child, *words, (size_t) (end - *words));
    if (value == NULL || *value != NULL)
      return NULL;
    *value = end + 1;
  }
  if (*words == NULL || words[1] == NULL || child->parent == NULL)
    return NULL;
  return words + 1;
}

/* `parent` may have died before the request that its death be ours. */
static void die_with(pid_t parent) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
    rr_fail(rr_step_parent);
  if (getppid() != parent)
    _exit(exit_failed);
}

static void run_child(const struct rr_child* child, char** program) {
  pid_t parent = (pid_t) atol(child->parent);
  fcntl(RR_LAUNCH_PIPE, F_SETFD, FD_CLOEXEC);
  die_with(parent);
  if (child->inherited_cpus != NULL)
    rr_inherit_cpus(child->inherited_cpus);
  if (child->namespace_kind != NULL) {
    rr_enter_namespace(child->namespace_kind);
    /* None can be seen from inside; process 1 looks to it. */
    parent = 0;
  }
  fill_standard_descriptors();
  if (child->entrance != NULL)
    enter_group(child->entrance);
  if (child->umask != NULL)
    umask((mode_t) strtoul(child->umask, NULL, 8));
  rr_set_limits(child);
  /* Forgotten by the kernel where the user has changed. */
  die_with(parent);
  /* As the child's own user, who may see other directories than ours. */
  if (child->directory != NULL && chdir(child->directory) != 0)
    rr_fail(rr_step_directory);
  execute(program);
  rr_fail(rr_step_execute);
}

/* The runtime blocks all of them, and ignores some. */
static void reset_signals(void) {
  for (int number = 1; number < NSIG; ++number)
    signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

int main(int argc, char** argv) {
  /* Else it is that of whatever link was executed. */
  prctl(PR_SET_NAME, RR_LAUNCHER_NAME);
  reset_signals();
  if (argc >= 3 && strcmp(argv[1], "child") == 0) {
    struct rr_child child = {0};
    char** program = read_words(argv + 2, &child);
    if (program != NULL)
      run_child(&child, program);
  }
  if (argc == 3 && strcmp(argv[1], "try-namespace") == 0)
    return rr_try_namespace(argv[2]);
  if (argc == 4 && strcmp(argv[1], "keep-group") == 0)
    return rr_keep_group(argv[2], argv[3]);
  if (argc == 3 && strcmp(argv[1], "keep-cookie") == 0)
    return rr_keep_cookie(argv[2]);
  fputs("robot-runtime-launcher is started by robot-runtime only\n", stderr);
  return exit_usage;
}
