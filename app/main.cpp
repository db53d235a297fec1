// SPDX-License-Identifier: BSD-3-Clause
#include <unistd.h>

#include <iostream>

#include "app/commands.hpp"
#include "bridges/worker_threads.hpp"

int main(int argc, char** argv) {
  auto result = rr::run_program({argv + 1, argv + argc});
  if (rr::worker_threads::abandoned() > 0) {
    std::cout.flush();
    ::_exit(result);
  }
  return result;
}
