/* SPDX-License-Identifier: BSD-3-Clause */
#include "bridges/launcher/launcher.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <unistd.h>

#ifdef __GLIBC__
typedef __rlimit_resource_t resource_number;
#else
typedef int resource_number;
#endif

/* LIMITS: RESOURCE:SOFT:HARD, separated by commas. A hard limit only falls. */
static void set_inherited(const char* text) {
  while (*text != '\0') {
    char* end;
    resource_number resource = (resource_number) strtol(text, &end, 10);
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0)
      rr_fail(rr_step_limit);
    rlim_t soft = (rlim_t) strtoull(end + 1, &end, 10);
    rlim_t hard = (rlim_t) strtoull(end + 1, &end, 10);
    if (hard < limit.rlim_max)
      limit.rlim_max = hard;
    limit.rlim_cur = soft < limit.rlim_max ? soft : limit.rlim_max;
    if (setrlimit(resource, &limit) != 0)
      rr_fail(rr_step_limit);
    text = *end == ',' ? end + 1 : end;
  }
}

static void set_open_files(const char* text) {
  rlim_t count = (rlim_t) strtoull(text, NULL, 10);
  struct rlimit limit = {count, count};
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
    rr_fail(rr_step_open_files);
}

/* One that is stricter already stays. */
static void set_memory(const char* text) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_AS, &limit) != 0)
    rr_fail(rr_step_memory);
  rlim_t bytes = (rlim_t) strtoull(text, NULL, 10);
  if (bytes < limit.rlim_max)
    limit.rlim_max = bytes;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_AS, &limit) != 0)
    rr_fail(rr_step_memory);
}

static cpu_set_t read_cpus(const char* text) {
  cpu_set_t result;
  CPU_ZERO(&result);
  for (char* end; *text != '\0'; text = *end == ',' ? end + 1 : end) {
    unsigned long cpu = strtoul(text, &end, 10);
    if (end == text || cpu >= CPU_SETSIZE) {
      errno = EINVAL;
      rr_fail(rr_step_cpus);
    }
    CPU_SET(cpu, &result);
  }
  return result;
}

void rr_inherit_cpus(const char* list) {
  cpu_set_t all = read_cpus(list);
  if (sched_setaffinity(0, sizeof(all), &all) != 0)
    rr_fail(rr_step_inherited_cpus);
}

static void set_cpus(const char* text) {
  cpu_set_t wanted = read_cpus(text), got;
  CPU_ZERO(&got);
  if (sched_setaffinity(0, sizeof(wanted), &wanted) != 0
      || sched_getaffinity(0, sizeof(got), &got) != 0)
    rr_fail(rr_step_cpus);
  /* The kernel takes what there is of it, and is silent of the rest. */
  if (!CPU_EQUAL(&wanted, &got)) {
    errno = EINVAL;
    rr_fail(rr_step_cpus);
  }
}

static void set_groups(const char* text) {
  gid_t* groups = malloc((strlen(text) + 1) * sizeof(gid_t));
  if (groups == NULL)
    rr_fail(rr_step_groups);
  size_t count = 0;
  for (char* end; *text != '\0'; text = *end == ',' ? end + 1 : end)
    groups[count++] = (gid_t) strtoul(text, &end, 10);
  if (setgroups(count, groups) != 0)
    rr_fail(rr_step_groups);
  free(groups);
}

static void set_group(const char* text) {
  gid_t group = (gid_t) strtoul(text, NULL, 10);
  if (setresgid(group, group, group) != 0)
    rr_fail(rr_step_gid);
}

static void set_user(const char* text) {
  uid_t user = (uid_t) strtoul(text, NULL, 10);
  uid_t before = geteuid();
  if (setresuid(user, user, user) != 0)
    rr_fail(rr_step_uid);
  /* A step back means that it was none. */
  if (user != before && setresuid((uid_t) -1, before, (uid_t) -1) == 0) {
    errno = EPERM;
    rr_fail(rr_step_uid);
  }
}

void rr_set_limits(const struct rr_child* child) {
  /* What takes privileges goes before they do. */
  if (child->limits != NULL)
    set_inherited(child->limits);
  if (child->open_files != NULL)
    set_open_files(child->open_files);
  if (child->nice != NULL
      && setpriority(PRIO_PROCESS, 0, (int) strtol(child->nice, NULL, 10)) != 0)
    rr_fail(rr_step_nice);
  if (child->cpus != NULL)
    set_cpus(child->cpus);
  if (child->groups != NULL)
    set_groups(child->groups);
  if (child->group != NULL)
    set_group(child->group);
  if (child->user != NULL)
    set_user(child->user);
  if (child->no_new_privileges != NULL
      && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    rr_fail(rr_step_privileges);
  /* Last: nothing here is to fail for want of it. */
  if (child->memory != NULL)
    set_memory(child->memory);
}
