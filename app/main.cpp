// SPDX-License-Identifier: BSD-3-Clause
#include <unistd.h>

#include "app/command_output.hpp"
#include "app/commands.hpp"
#include "bridges/worker_threads.hpp"

int main(int argc, char** argv) {
  rr::occupy_standard_descriptors();
  auto result = rr::run_program({argv + 1, argv + argc});
  if (rr::worker_threads::abandoned() > 0)
    ::_exit(result);
  return result;
}
