// SPDX-License-Identifier: BSD-3-Clause
// The floor of the buffers' benchmark, in C: one function for each figure.
#include "bench/buffers/seqlock.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

static struct seqlock* shared;
static pthread_mutex_t* lock;

void floor_open(void) {
  char* memory = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    abort();
  shared = (struct seqlock*) memory;
  lock = (pthread_mutex_t*) (memory + 4096);
  pthread_mutexattr_t how;
  pthread_mutexattr_init(&how);
  pthread_mutexattr_setpshared(&how, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&how, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(lock, &how);
}

void floor_read(float* out) {
  seqlock_read(shared, out);
}

void floor_write(const float* values) {
  seqlock_write(shared, values);
}

/// The writers' lock and the clock, which the time of the last change needs.
void floor_lock_and_clock(void) {
  struct timespec now;
  pthread_mutex_lock(lock);
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  pthread_mutex_unlock(lock);
}

/// The writers' lock alone, with nothing written.
void floor_lock(void) {
  pthread_mutex_lock(lock);
  pthread_mutex_unlock(lock);
}
