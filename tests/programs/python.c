// SPDX-License-Identifier: BSD-3-Clause

// A Python interpreter that is built with the sanitizers, so that it can load a
// library that is. All of its memory is the sanitizer's, too: a library that
// writes beyond a buffer of Python's is found.

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/// The interpreter itself leaves much behind.
__attribute__((visibility("default"))) int __lsan_is_turned_off(void) {
  return 1;
}

int main(int argc, char** argv) {
  PyPreConfig config;
  PyPreConfig_InitPythonConfig(&config);
  config.allocator = PYMEM_ALLOCATOR_MALLOC;
  PyStatus status = Py_PreInitializeFromBytesArgs(&config, argc, argv);
  if (PyStatus_Exception(status))
    Py_ExitStatusException(status);
  return Py_BytesMain(argc, argv);
}
