// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/system/recent_time.hpp"

#include <dlfcn.h>

#include <initializer_list>

namespace rr {

// Of use at once, also to what is made before the line below is run.
constinit clock_function* recent_clock = ::clock_gettime;

namespace {

[[maybe_unused]] const bool found = [] {
  // It is loaded in every process, under this name on all common machines.
  auto* kernel = ::dlopen("linux-vdso.so.1", RTLD_NOW | RTLD_NOLOAD);
  if (!kernel)
    return false;
  for (auto* name : {"__vdso_clock_gettime", "__kernel_clock_gettime"})
    if (auto* symbol = ::dlsym(kernel, name)) {
      recent_clock = reinterpret_cast<clock_function*>(symbol);
      return true;
    }
  return false;
}();

} // namespace

} // namespace rr
