/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef RR_LAUNCHER_H
#define RR_LAUNCHER_H

#include <stdint.h>

/* What the runtime and its launcher say to each other.
 *
 *   launcher child PARENT ENTRANCE DIRECTORY LIMITS UMASK PROGRAM [ARG...]
 *
 * sets up a child and becomes its program. PARENT is the runtime's process id,
 * ENTRANCE the cgroup.procs file of the child's control group or empty,
 * DIRECTORY its working directory or empty, LIMITS a list such as
 * 7:1024:4096,1:0:0 of resources as setrlimit numbers them with a soft and a
 * hard limit each, where they are not the runtime's own, UMASK in octal or
 * empty for the runtime's own. Descriptor RR_LAUNCH_PIPE says what failed, as
 * one struct rr_launch_failure; it closes when the program executes. PROGRAM is
 * looked up in the child's PATH; what the kernel refuses to execute is a
 * failure, and never handed to a shell.
 *
 *   launcher keep-group DIRECTORY
 *   launcher keep-cookie PREFIX
 *
 * waits on descriptor 0. One byte is a good-bye. An end without it means that
 * the runtime has died: the keeper kills everything in the control group, or
 * everything whose environment has an entry that begins with PREFIX. */

#define RR_LAUNCH_PIPE 3

enum rr_launch_step {
  rr_step_parent = 1,
  rr_step_group = 2,
  rr_step_directory = 3,
  rr_step_execute = 4,
  rr_step_limit = 5,
};

struct rr_launch_failure {
  int32_t step;
  int32_t error;
};

int rr_keep_group(const char* directory);

int rr_keep_cookie(const char* prefix);

#endif
