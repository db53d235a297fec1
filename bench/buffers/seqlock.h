// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// The floor: a sequence lock as one writes it by hand, for eight floats. A
// reader spins while a writer is at it, and for ever when the writer died.

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

struct seqlock {
  _Atomic uint64_t sequence;
  float values[8];
};

static inline void seqlock_read(struct seqlock* x, float* out) {
  for (;;) {
    uint64_t before = atomic_load_explicit(&x->sequence, memory_order_acquire);
    memcpy(out, x->values, sizeof(x->values));
    atomic_thread_fence(memory_order_acquire);
    uint64_t after = atomic_load_explicit(&x->sequence, memory_order_relaxed);
    if (before == after && before % 2 == 0)
      return;
  }
}

static inline void seqlock_write(struct seqlock* x, const float* values) {
  uint64_t before = atomic_load_explicit(&x->sequence, memory_order_relaxed);
  atomic_store_explicit(&x->sequence, before + 1, memory_order_relaxed);
  atomic_thread_fence(memory_order_release);
  memcpy(x->values, values, sizeof(x->values));
  atomic_store_explicit(&x->sequence, before + 2, memory_order_release);
}
