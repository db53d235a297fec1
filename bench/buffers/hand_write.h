// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// A write in C, made by hand for one block of eight floats: of eight slots, as
// bridges/buffer/versioned_block.hpp has them.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

typedef int clock_function(clockid_t, struct timespec*);

struct hand_slot {
  _Alignas(64) _Atomic uint64_t time;
  _Atomic float values[8];
  _Atomic uint64_t stamps[8];
};

struct hand_block {
  _Atomic uint64_t published;
  _Atomic uint64_t begun;
  _Atomic uint32_t valid;
  struct hand_slot slots[8];
};

// The limits and the place of a parameter: in a table, as those of a catalog.
struct hand_parameter {
  size_t size;
  size_t place;
  float lower;
  float upper;
};

// The kernel's own, which is faster than the C library's.
static inline clock_function* find_clock(void) {
  void* kernel = dlopen("linux-vdso.so.1", RTLD_NOW | RTLD_NOLOAD);
  clock_function* result = NULL;
  if (kernel)
    *(void**) &result = dlsym(kernel, "__vdso_clock_gettime");
  return result ? result : clock_gettime;
}

static inline uint64_t hand_time(clock_function* clock) {
  struct timespec now;
  clock(CLOCK_MONOTONIC_COARSE, &now);
  return (uint64_t) now.tv_sec * 1000000000 + (uint64_t) now.tv_nsec;
}

static inline uint64_t hand_begin(struct hand_block* x) {
  uint64_t next = atomic_load_explicit(&x->published, memory_order_relaxed) + 1;
  atomic_store_explicit(&x->begun, next, memory_order_relaxed);
  atomic_thread_fence(memory_order_release);
  return next;
}

static inline void hand_publish(struct hand_block* x, uint64_t next,
                                uint64_t time) {
  atomic_store_explicit(&x->slots[next % 8].time, time, memory_order_relaxed);
  atomic_store_explicit(&x->published, next, memory_order_release);
}

// All that a write of the runtime promises, for a float in its limits.
static inline int hand_write(struct hand_block* x, pthread_mutex_t* lock,
                             clock_function* clock,
                             const struct hand_parameter* all, size_t index,
                             const void* value, size_t size) {
  const struct hand_parameter* p = &all[index];
  float number;
  if (size != p->size || size != sizeof number)
    return 1;
  memcpy(&number, value, sizeof number);
  if (!(number >= p->lower && number <= p->upper)
      || !atomic_load_explicit(&x->valid, memory_order_acquire)
      || pthread_mutex_trylock(lock) != 0)
    return 1;
  uint64_t next = hand_begin(x);
  struct hand_slot* slot = &x->slots[next % 8];
  memcpy(slot, &x->slots[(next - 1) % 8], sizeof *slot);
  atomic_store_explicit(&slot->values[p->place], number, memory_order_relaxed);
  atomic_store_explicit(&slot->stamps[index], next, memory_order_relaxed);
  hand_publish(x, next, hand_time(clock));
  pthread_mutex_unlock(lock);
  return 0;
}
