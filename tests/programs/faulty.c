// SPDX-License-Identifier: BSD-3-Clause

// What a sanitizer is to find: the argument says which fault. It is there for
// the test that a fault is found in what a test starts, too.

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static int overflow(volatile int x) {
  return x + 1;
}

int main(int argc, char** argv) {
  const char* fault = argc > 1 ? argv[1] : "";
  char* volatile memory = malloc(8);
  if (strcmp(fault, "overrun") == 0)
    memory[argc + 6] = 1;
  if (strcmp(fault, "overflow") == 0)
    return overflow(INT_MAX) > 0;
  if (strcmp(fault, "leak") != 0)
    free(memory);
  memory = NULL;
  return 0;
}
