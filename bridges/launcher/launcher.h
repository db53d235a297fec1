/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef RR_LAUNCHER_H
#define RR_LAUNCHER_H

#include <stdint.h>

/* What the runtime and its launcher say to each other.
 *
 *   launcher child parent=PID [KEY=VALUE...] -- PROGRAM [ARG...]
 *
 * sets up a child and becomes its program. What it may be told, none of it
 * twice, in whatever order; each is left alone where it is not told:
 *
 *   parent=PID          the runtime's process id
 *   entrance=FILE       the cgroup.procs file of the child's control group
 *   namespace=KIND      a process-id namespace of the child's own, see below;
 *                       KIND is own, or user where that takes a user namespace
 *   directory=DIRECTORY its working directory
 *   limits=LIST         such as 7:1024:4096,1:0:0: resources as setrlimit
 *                       numbers them with a soft and a hard limit each, of
 *                       which the hard one only falls
 *   umask=OCTAL
 *   inherited-cpus=LIST the processors of before the runtime chose some of
 *                       them: first of all, for whoever else is started
 *   memory=BYTES        its address space
 *   open-files=N        the soft and the hard limit
 *   nice=N
 *   cpus=LIST           the processors it may run on, all of them or none
 *   groups=LIST         its supplementary groups; may be empty
 *   group=ID, user=ID
 *   no-new-privileges=1
 *
 * Descriptor RR_LAUNCH_PIPE says what failed, as one struct rr_launch_failure;
 * it closes when the program executes. PROGRAM is looked up in the child's
 * PATH; what the kernel refuses to execute is a failure, and never handed to a
 * shell.
 *
 * With a namespace the launcher makes two further children of the runtime, and
 * ends. The first is process 1 of the namespace and waits on RR_LAUNCH_TETHER,
 * whose other end the runtime alone holds: with its own end, and so with the
 * runtime's, everything in the namespace ends. The other becomes the program,
 * once one byte has come through RR_LAUNCH_TETHER. Before that it tells of both
 * by one struct rr_launch_members on RR_LAUNCH_PIPE, which by then it alone
 * holds. Process ids in the namespace begin at a number by chance, so that no
 * two children take each other's for their own: locks in shared memory tell
 * threads by them.
 *
 *   launcher try-namespace KIND
 *
 * exits with 0 where such a namespace can be made, else with the errno of what
 * cannot be done.
 *
 *   launcher keep-group DIRECTORY PREFIX
 *   launcher keep-cookie PREFIX
 *
 * waits on descriptor 0. One byte is a good-bye. An end without it means that
 * the runtime has died: the keeper kills everything in the control group, or
 * everything whose environment has an entry that begins with PREFIX. Who keeps
 * a group does the latter, too, and after a good-bye as well: for what somebody
 * has moved out of the group. An empty PREFIX is nobody's. */

#define RR_LAUNCH_PIPE 3
#define RR_LAUNCH_TETHER 4

/* The launcher's name, and its copies', until the program executes. */
#define RR_LAUNCHER_NAME "rr-launcher"

enum rr_launch_step {
  rr_step_parent = 1,
  rr_step_group = 2,
  rr_step_directory = 3,
  rr_step_execute = 4,
  rr_step_limit = 5,
  rr_step_namespace = 6,
  rr_step_memory = 7,
  rr_step_open_files = 8,
  rr_step_nice = 9,
  rr_step_cpus = 10,
  rr_step_groups = 11,
  rr_step_gid = 12,
  rr_step_uid = 13,
  rr_step_privileges = 14,
  rr_step_inherited_cpus = 15,
};

struct rr_launch_failure {
  int32_t step;
  int32_t error;
};

/* Process ids as the runtime sees them; told from a failure by its size. */
struct rr_launch_members {
  int32_t first;
  int32_t program;
  int32_t reserved;
};

int rr_keep_group(const char* directory, const char* prefix);

int rr_keep_cookie(const char* prefix);

/* For the launcher's own files. */

struct rr_child {
  const char* parent;
  const char* entrance;
  const char* namespace_kind;
  const char* directory;
  const char* limits;
  const char* umask;
  const char* inherited_cpus;
  const char* memory;
  const char* open_files;
  const char* nice;
  const char* cpus;
  const char* groups;
  const char* group;
  const char* user;
  const char* no_new_privileges;
};

/* Tells of a step that has failed, by errno, and ends. */
__attribute__((noreturn)) void rr_fail(enum rr_launch_step step);

/* Runs on those of the processors in the list that are there. */
void rr_inherit_cpus(const char* list);

/* Sets what the child may have and whom it is. Fails with the step. */
void rr_set_limits(const struct rr_child* child);

/* Returns in the program's process only, inside of the namespace. */
void rr_enter_namespace(const char* kind);

int rr_try_namespace(const char* kind);

#endif
