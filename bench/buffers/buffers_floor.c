// SPDX-License-Identifier: BSD-3-Clause
// The floor of the buffers' benchmark, in C: one function for each figure.
#include "bench/buffers/hand_write.h"
#include "bench/buffers/seqlock.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static struct seqlock* shared;
static pthread_mutex_t* lock;
static struct hand_block* block;
static clock_function* clock_now;
static struct hand_parameter parameters[8];

void floor_open(void) {
  char* memory = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    abort();
  shared = (struct seqlock*) memory;
  block = (struct hand_block*) (memory + 1024);
  block->valid = 1;
  lock = (pthread_mutex_t*) (memory + 4096);
  clock_now = find_clock();
  for (size_t i = 0; i < 8; ++i)
    parameters[i] = (struct hand_parameter){sizeof(float), i, -1, 1};
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

void floor_hand_write(size_t index, const void* value, size_t size) {
  if (hand_write(block, lock, clock_now, parameters, index, value, size) != 0)
    abort();
}

/// Maps an object, looks at its first byte, and lets go of it.
void floor_map(const char* path) {
  int file = open(path, O_RDWR | O_CLOEXEC);
  struct stat status;
  if (file < 0 || fstat(file, &status) != 0)
    abort();
  size_t size = (size_t) status.st_size;
  char* memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (memory == MAP_FAILED || *(volatile char*) memory != 'r')
    abort();
  munmap(memory, size);
  close(file);
}

/// The writers' lock alone, with nothing written.
void floor_lock(void) {
  pthread_mutex_lock(lock);
  pthread_mutex_unlock(lock);
}
