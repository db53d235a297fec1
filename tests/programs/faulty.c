// SPDX-License-Identifier: BSD-3-Clause

// What a sanitizer is to find: the argument says which fault. It is there for
// the test that a fault is found in what a test starts, too.

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static int overflow(volatile int x) {
  return x + 1;
}

static int shared = 0;

static void* increment(void* unused) {
  ++shared;
  return unused;
}

static int race(void) {
  pthread_t other;
  if (pthread_create(&other, NULL, increment, NULL) != 0)
    return 0;
  ++shared;
  pthread_join(other, NULL);
  return shared;
}

int main(int argc, char** argv) {
  const char* fault = argc > 1 ? argv[1] : "";
  char* volatile memory = malloc(8);
  if (strcmp(fault, "overrun") == 0)
    memory[argc + 6] = 1;
  if (strcmp(fault, "overflow") == 0)
    return overflow(INT_MAX) > 0;
  if (strcmp(fault, "race") == 0)
    return race() > 2;
  if (strcmp(fault, "leak") != 0)
    free(memory);
  memory = NULL;
  return 0;
}
