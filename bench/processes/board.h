// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// A file in shared memory in which the programs of a benchmark meet and leave
// their times. board.py makes it, zeroed but for `expected`, and reads it: the
// layout here is its `HEADER` and `SLOT`.

#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/measure.h"

// All times are nanoseconds; zero is none.
struct board_slot {
  // Nonzero when it is this child's turn.
  _Atomic uint32_t turn;
  int32_t pid;
  // CLOCK_MONOTONIC in the first statement of main.
  int64_t first_monotonic;
  // When it ended, or handled SIGTERM.
  int64_t end_monotonic;
  int64_t end_realtime;
  // CLOCK_REALTIME when the floor program had reaped it.
  int64_t reaped_realtime;
  int64_t reserved[3];
};

struct board {
  // How many children there are; the last may be a trigger.
  uint32_t expected;
  // How many of them are there, and wait.
  _Atomic uint32_t ready;
  // When `stamp` executed the program that starts the children.
  int64_t exec_monotonic;
  int64_t exec_realtime;
  int64_t reserved[5];
  struct board_slot slots[];
};

_Static_assert(sizeof(struct board_slot) == 64, "board.py reads 64 bytes");
_Static_assert(sizeof(struct board) == 64, "board.py reads 64 bytes");

static inline void sleep_milliseconds(long count) {
  sleep_until(now_ns() + count * 1000000);
}

_Noreturn static inline void die(const char* what) {
  perror(what);
  exit(1);
}

static inline void wait_while(_Atomic uint32_t* word, uint32_t value) {
  while (atomic_load(word) == value)
    syscall(SYS_futex, word, FUTEX_WAIT, value, NULL, NULL, 0);
}

static inline void wake_all(_Atomic uint32_t* word) {
  syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

// The board of that path, with every page of it ready to be written.
static inline struct board* open_board(const char* path) {
  int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0)
    die(path);
  struct stat status;
  if (fstat(fd, &status) != 0)
    die(path);
  void* result = mmap(NULL, (size_t) status.st_size, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_POPULATE, fd, 0);
  if (result == MAP_FAILED)
    die(path);
  close(fd);
  return result;
}

// Says that the child of this slot is there.
static inline void arrive(struct board* board, struct board_slot* slot,
                          int64_t first) {
  slot->pid = getpid();
  slot->first_monotonic = first;
  atomic_fetch_add(&board->ready, 1);
  wake_all(&board->ready);
}

// Waits until every child is there, and then until the machine is quiet.
static inline void wait_for_all(struct board* board) {
  uint32_t ready;
  while ((ready = atomic_load(&board->ready)) < board->expected)
    wait_while(&board->ready, ready);
  sleep_milliseconds(300);
}

// The slot of the index that the second argument names.
static inline struct board_slot* own_slot(struct board* board,
                                          const char* text) {
  char* end;
  unsigned long index = strtoul(text, &end, 10);
  if (*end != '\0' || index >= board->expected) {
    fprintf(stderr, "%s: no such slot\n", text);
    exit(2);
  }
  return &board->slots[index];
}
