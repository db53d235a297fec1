/* SPDX-License-Identifier: BSD-3-Clause */
#include "bridges/launcher/launcher.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* How often what does not die at once is killed again: about ten seconds. */
enum { attempts = 5000, pause_us = 2000 };

static void pause_briefly(void) {
  struct timespec pause = {0, pause_us * 1000L};
  nanosleep(&pause, NULL);
}

/* Whether the runtime died without a good-bye. */
static int runtime_died(void) {
  static const int ignored[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE};
  for (size_t i = 0; i < sizeof(ignored) / sizeof(*ignored); ++i)
    signal(ignored[i], SIG_IGN);
  if (chdir("/") != 0)
    return 0;
  char byte;
  ssize_t count;
  do {
    count = read(STDIN_FILENO, &byte, 1);
  } while (count < 0 && errno == EINTR);
  return count == 0;
}

/* Removes a control group and those below it. */
static int remove_groups(const char* path) {
  if (rmdir(path) == 0 || errno == ENOENT)
    return 1;
  DIR* directory = opendir(path);
  if (directory == NULL)
    return errno == ENOENT;
  for (struct dirent* x; (x = readdir(directory)) != NULL;) {
    char below[PATH_MAX];
    if (x->d_type != DT_DIR || x->d_name[0] == '.')
      continue;
    int length = snprintf(below, sizeof(below), "%s/%s", path, x->d_name);
    if (length > 0 && (size_t) length < sizeof(below))
      remove_groups(below);
  }
  closedir(directory);
  return rmdir(path) == 0 || errno == ENOENT;
}

static int end_group(const char* directory) {
  char path[PATH_MAX];
  int length = snprintf(path, sizeof(path), "%s/cgroup.kill", directory);
  if (length < 0 || (size_t) length >= sizeof(path))
    return 0;
  for (int i = 0; i < attempts; ++i) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd >= 0) {
      ssize_t unused = write(fd, "1", 1);
      (void) unused;
      close(fd);
    }
    if (remove_groups(directory))
      return 1;
    pause_briefly();
  }
  return 0;
}

static int is_marked(const char* pid, const char* prefix) {
  char path[64];
  snprintf(path, sizeof(path), "/proc/%.20s/environ", pid);
  FILE* file = fopen(path, "re");
  if (file == NULL)
    return 0;
  char* entry = NULL;
  size_t capacity = 0;
  int found = 0;
  while (!found && getdelim(&entry, &capacity, '\0', file) > 0)
    found = strncmp(entry, prefix, strlen(prefix)) == 0;
  free(entry);
  fclose(file);
  return found;
}

/* Kills every process that is marked, through a descriptor that is opened
 * before the look at it: the number may be another's by then.
 * Returns how many there were. */
static int kill_marked(const char* prefix) {
  DIR* directory = opendir("/proc");
  if (directory == NULL)
    return 0;
  int count = 0;
  for (struct dirent* x; (x = readdir(directory)) != NULL;) {
    if (x->d_name[0] < '1' || x->d_name[0] > '9')
      continue;
    int fd = (int) syscall(SYS_pidfd_open, (pid_t) atol(x->d_name), 0);
    if (fd < 0)
      continue;
    if (is_marked(x->d_name, prefix)) {
      syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0);
      ++count;
    }
    close(fd);
  }
  closedir(directory);
  return count;
}

/* Returns whether nobody is left. */
static int end_marked(const char* prefix) {
  /* That would be everybody. */
  if (*prefix == '\0')
    return 1;
  /* Twice none: one look may miss what is being forked. The runtime waits. */
  int clean = 0;
  for (int i = 0; i < attempts && clean < 2; ++i) {
    if (i > 0)
      pause_briefly();
    clean = kill_marked(prefix) == 0 ? clean + 1 : 0;
  }
  return clean == 2;
}

int rr_keep_group(const char* directory, const char* prefix) {
  int gone = !runtime_died() || end_group(directory);
  return !(end_marked(prefix) && gone);
}

int rr_keep_cookie(const char* prefix) {
  return runtime_died() && !end_marked(prefix);
}
