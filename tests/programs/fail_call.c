/* SPDX-License-Identifier: BSD-3-Clause */

/* A kernel that fails at the n-th call, for a program that is started with this
 * library in LD_PRELOAD. What fails when is said by the file that the variable
 * FAIL_CALL names: a `struct order` that is shared with the test, which also
 * reads there how often the call was made. The first process that has the
 * library takes the order; what it starts is spared, and knows nothing of it.
 *
 * What libc calls itself cannot be failed here. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* These stand in for the functions of libc, and are found by `dlsym`. */
#pragma GCC visibility push(default)
#pragma GCC diagnostic ignored "-Wpedantic"

enum { frame_count = 24, counted = 48 };

/* As tests/faults/kernel_case.py has it. */
struct order {
  /* Who has taken it: 0 for nobody yet. */
  _Atomic uint32_t owner;
  /* Calls count, and fail, only while this is not 0. */
  _Atomic uint32_t armed;
  _Atomic uint32_t calls;
  _Atomic uint32_t failures;
  /* From which call, counted from 1, to which they fail. */
  uint32_t first;
  uint32_t last;
  int32_t error;
  char call[20];
  /* Whose calls: "" for all, "program" for those that stand in the program
   * itself, else a part of the name of a library. */
  char caller[16];
  char only[16]; /* Of which thread; empty for all. */
  /* Of the first that failed: thread and return addresses, in the program less
   * where that begins. */
  char thread[16];
  uint64_t frames[frame_count];
  /* Calls that are counted, whether they fail or not, and how often. */
  char counted_calls[counted][20];
  _Atomic uint32_t counts[counted];
};

static struct order* order;
static uintptr_t program_begin, program_end;
static uintptr_t caller_begin, caller_end;

static int find_caller(struct dl_phdr_info* object, size_t size, void* unused) {
  (void) size;
  (void) unused;
  uintptr_t begin = UINTPTR_MAX, end = 0;
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)* part = &object->dlpi_phdr[i];
    if (part->p_type != PT_LOAD)
      continue;
    uintptr_t from = object->dlpi_addr + part->p_vaddr;
    begin = from < begin ? from : begin;
    end = from + part->p_memsz > end ? from + part->p_memsz : end;
  }
  int is_program = *object->dlpi_name == '\0' && program_end == 0;
  if (is_program) {
    program_begin = begin;
    program_end = end;
  }
  if (strcmp(order->caller, "program") == 0
        ? is_program
        : strstr(object->dlpi_name, order->caller) != NULL) {
    caller_begin = begin;
    caller_end = end;
  }
  return 0;
}

__attribute__((constructor)) static void take_order(void) {
  const char* path = getenv("FAIL_CALL");
  int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
  unsetenv("FAIL_CALL");
  unsetenv("LD_PRELOAD");
  if (fd < 0)
    return;
  struct order* found = mmap(NULL, sizeof(struct order), PROT_READ | PROT_WRITE,
                             MAP_SHARED, fd, 0);
  close(fd);
  uint32_t nobody = 0;
  if (found == MAP_FAILED
      || !atomic_compare_exchange_strong(&found->owner, &nobody,
                                         (uint32_t) getpid()))
    return;
  /* Loads what it needs, and takes memory for it, now. */
  void* frame;
  backtrace(&frame, 1);
  order = found;
  dl_iterate_phdr(find_caller, NULL);
}

static void note_failure(void) {
  void* frames[frame_count];
  int count = backtrace(frames, frame_count);
  for (int i = 0; i < count; ++i) {
    uintptr_t at = (uintptr_t) frames[i];
    order->frames[i]
      = at >= program_begin && at < program_end ? at - program_begin : at;
  }
  prctl(PR_GET_NAME, order->thread);
}

static void count(const char* call) {
  for (size_t i = 0; i < counted && *order->counted_calls[i] != '\0'; ++i)
    if (strcmp(call, order->counted_calls[i]) == 0)
      ++order->counts[i];
}

/* The error with which a call is to fail, or 0. */
static int failure_of(const char* call, const void* from) {
  if (order == NULL || order->armed == 0)
    return 0;
  uintptr_t at = (uintptr_t) from;
  if (*order->caller != '\0' && (at < caller_begin || at >= caller_end))
    return 0;
  if (*order->only != '\0') {
    char name[16] = {0};
    prctl(PR_GET_NAME, name);
    if (strcmp(name, order->only) != 0)
      return 0;
  }
  count(call);
  if (strcmp(call, order->call) != 0)
    return 0;
  uint32_t number = atomic_fetch_add(&order->calls, 1) + 1;
  if (number < order->first || number > order->last)
    return 0;
  if (atomic_fetch_add(&order->failures, 1) == 0)
    note_failure();
  return order->error;
}

static void* find_next(void** slot, const char* name) {
  if (*slot == NULL)
    *slot = dlsym(RTLD_NEXT, name);
  return *slot;
}

#define NEXT(name)                                                             \
  static void* slot;                                                           \
  __typeof__(&name) next = (__typeof__(&name)) find_next(&slot, #name)

/* A call that says by `failed`, and by errno, that it has failed. */
#define CALL_AS(what, result, failed, name, parameters, arguments)             \
  result name parameters {                                                     \
    NEXT(name);                                                                \
    int error = failure_of(what, __builtin_return_address(0));                 \
    if (error == 0)                                                            \
      return next arguments;                                                   \
    errno = error;                                                             \
    return failed;                                                             \
  }

#define CALL(result, name, parameters, arguments)                              \
  CALL_AS(#name, result, -1, name, parameters, arguments)

/* A call that returns its error. */
#define CALL_RETURNING(name, parameters, arguments)                            \
  int name parameters {                                                        \
    NEXT(name);                                                                \
    int error = failure_of(#name, __builtin_return_address(0));                \
    return error == 0 ? next arguments : error;                                \
  }

CALL(int, bind, (int fd, const struct sockaddr* to, socklen_t size),
     (fd, to, size))
CALL(int, clone,
     (int (*function)(void*), void* stack, int flags, void* argument, ...),
     (function, stack, flags, argument))
CALL(int, epoll_create1, (int flags), (flags))
CALL(int, epoll_wait, (int fd, struct epoll_event* to, int count, int timeout),
     (fd, to, count, timeout))
CALL(int, eventfd, (unsigned int count, int flags), (count, flags))
CALL(int, fdatasync, (int fd), (fd))
CALL(int, flock, (int fd, int operation), (fd, operation))
CALL(int, fsync, (int fd), (fd))
CALL(int, ftruncate, (int fd, off_t size), (fd, size))
CALL(int, linkat, (int d, const char* a, int e, const char* b, int flags),
     (d, a, e, b, flags))
CALL(int, mkdir, (const char* path, mode_t mode), (path, mode))
CALL(int, pipe2, (int ends[2], int flags), (ends, flags))
CALL(int, poll, (struct pollfd * fds, nfds_t count, int timeout),
     (fds, count, timeout))
CALL(ssize_t, recvmsg, (int fd, struct msghdr* to, int flags), (fd, to, flags))
CALL(int, recvmmsg,
     (int fd, struct mmsghdr* to, unsigned int count, int flags,
      struct timespec* timeout),
     (fd, to, count, flags, timeout))
CALL(int, rename, (const char* from, const char* to), (from, to))
CALL_AS("rename", int, -1, renameat,
        (int d, const char* from, int e, const char* to), (d, from, e, to))
CALL(ssize_t, send, (int fd, const void* from, size_t size, int flags),
     (fd, from, size, flags))
CALL(int, sendmmsg,
     (int fd, struct mmsghdr* from, unsigned int count, int flags),
     (fd, from, count, flags))
CALL(int, signalfd, (int fd, const sigset_t* signals, int flags),
     (fd, signals, flags))
CALL(int, socket, (int domain, int type, int protocol),
     (domain, type, protocol))
CALL(int, socketpair, (int domain, int type, int protocol, int ends[2]),
     (domain, type, protocol, ends))
CALL_AS("mmap", void*, MAP_FAILED, mmap,
        (void* at, size_t size, int access, int flags, int fd, off_t offset),
        (at, size, access, flags, fd, offset))
CALL_AS("open", DIR*, NULL, opendir, (const char* path), (path))
CALL_RETURNING(posix_fallocate, (int fd, off_t from, off_t size),
               (fd, from, size))
CALL_RETURNING(pthread_create,
               (pthread_t * thread, const pthread_attr_t* how,
                void* (*function)(void*), void* argument),
               (thread, how, function, argument))

/* Only what makes the kernel take memory can fail. */
int epoll_ctl(int epoll, int operation, int fd, struct epoll_event* event) {
  NEXT(epoll_ctl);
  int can_fail = operation == EPOLL_CTL_ADD;
  int error = can_fail ? failure_of("epoll_ctl", __builtin_return_address(0))
                       : 0;
  if (error == 0)
    return next(epoll, operation, fd, event);
  errno = error;
  return -1;
}

/* Only what waits can be interrupted. */
int waitid(idtype_t type, id_t id, siginfo_t* info, int options) {
  NEXT(waitid);
  int can_fail = (options & WNOHANG) == 0;
  int error = can_fail ? failure_of("waitid", __builtin_return_address(0)) : 0;
  if (error == 0)
    return next(type, id, info, options);
  errno = error;
  return -1;
}

/* What has an error depends on what is behind a descriptor: nothing but memory
 * is behind that of an event, a timer or a signal. */
static int data_failure(int fd, const char* of_file, const char* of_pipe,
                        const void* from) {
  struct stat info;
  if (order == NULL || order->armed == 0 || fstat(fd, &info) != 0
      || (info.st_mode & S_IFMT) == 0)
    return 0;
  if (S_ISFIFO(info.st_mode))
    return failure_of(of_pipe, from);
  return S_ISSOCK(info.st_mode) ? 0 : failure_of(of_file, from);
}

#define DATA_CALL(name, of_file, of_pipe, parameters, arguments)               \
  ssize_t name parameters {                                                    \
    NEXT(name);                                                                \
    int cause = errno;                                                         \
    int error = data_failure(fd, of_file, of_pipe,                             \
                             __builtin_return_address(0));                     \
    errno = error == 0 ? cause : error;                                        \
    return error == 0 ? next arguments : -1;                                   \
  }

DATA_CALL(read, "read-file", "read-pipe", (int fd, void* to, size_t size),
          (fd, to, size))
DATA_CALL(pread, "read-file", "read-pipe",
          (int fd, void* to, size_t size, off_t at), (fd, to, size, at))
DATA_CALL(write, "write-file", "write-pipe",
          (int fd, const void* from, size_t size), (fd, from, size))
DATA_CALL(pwrite, "write-file", "write-pipe",
          (int fd, const void* from, size_t size, off_t at),
          (fd, from, size, at))

/* Calls with as many arguments as the caller has found necessary. */

static mode_t mode_of(int flags, va_list rest) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0;
}

int open(const char* path, int flags, ...) {
  NEXT(open);
  va_list rest;
  va_start(rest, flags);
  mode_t mode = mode_of(flags, rest);
  va_end(rest);
  int error = failure_of("open", __builtin_return_address(0));
  if (error == 0)
    return next(path, flags, mode);
  errno = error;
  return -1;
}

int openat(int directory, const char* path, int flags, ...) {
  NEXT(openat);
  va_list rest;
  va_start(rest, flags);
  mode_t mode = mode_of(flags, rest);
  va_end(rest);
  int error = failure_of("open", __builtin_return_address(0));
  if (error == 0)
    return next(directory, path, flags, mode);
  errno = error;
  return -1;
}

/* Only the copy of a descriptor takes one. */
int fcntl(int fd, int command, ...) {
  NEXT(fcntl);
  va_list rest;
  va_start(rest, command);
  void* argument = va_arg(rest, void*);
  va_end(rest);
  int error = command == F_DUPFD || command == F_DUPFD_CLOEXEC
                ? failure_of("dup", __builtin_return_address(0))
                : 0;
  if (error == 0)
    return next(fd, command, argument);
  errno = error;
  return -1;
}

long syscall(long number, ...) {
  NEXT(syscall);
  va_list rest;
  va_start(rest, number);
  long x[6];
  for (int i = 0; i < 6; ++i)
    x[i] = va_arg(rest, long);
  va_end(rest);
  int error = number == SYS_pidfd_open
                ? failure_of("pidfd_open", __builtin_return_address(0))
                : 0;
  if (error == 0)
    return next(number, x[0], x[1], x[2], x[3], x[4], x[5]);
  errno = error;
  return -1;
}

/* Memory, which others need before a constructor has run; a sanitizer has its
 * own. */
#ifndef KEEP_MEMORY

void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* memory, size_t size);
void* __libc_memalign(size_t alignment, size_t size);

#  define MEMORY_CALL(name, parameters, arguments)                             \
    void* name parameters {                                                    \
      if (failure_of("malloc", __builtin_return_address(0)) == 0)              \
        return __libc_##name arguments;                                        \
      errno = ENOMEM;                                                          \
      return NULL;                                                             \
    }

MEMORY_CALL(malloc, (size_t size), (size))
MEMORY_CALL(calloc, (size_t count, size_t size), (count, size))
MEMORY_CALL(realloc, (void* memory, size_t size), (memory, size))
MEMORY_CALL(memalign, (size_t alignment, size_t size), (alignment, size))

void* aligned_alloc(size_t alignment, size_t size) {
  return memalign(alignment, size);
}

int posix_memalign(void** to, size_t alignment, size_t size) {
  void* result = memalign(alignment, size);
  if (result == NULL)
    return ENOMEM;
  *to = result;
  return 0;
}
#endif
