// SPDX-License-Identifier: BSD-3-Clause

// In all programs of a build with AddressSanitizer and
// UndefinedBehaviorSanitizer, and in no other. The two are libraries of their
// own with GCC, and the second's `log_path` names the first one's file: what it
// finds goes to standard error, where a test that starts the program looks for
// something else or not at all. Where UBSAN_LOG_PATH says, it is seen.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>

__attribute__((constructor)) static void report_apart(void) {
  const char* path = getenv("UBSAN_LOG_PATH");
  void* library = dlopen("libubsan.so.1", RTLD_LAZY | RTLD_NOLOAD);
  if (path == NULL || library == NULL)
    return;
  // Its own; the linker would give the other library's.
  void (*set)(const char*);
  *(void**) &set = dlsym(library, "__sanitizer_set_report_path");
  if (set != NULL)
    set(path);
}
