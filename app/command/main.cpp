// SPDX-License-Identifier: BSD-3-Clause
#include <exception>

#include "app/command/commands.hpp"
#include "app/command/process_wide.hpp"
#include "app/runtime/program_end.hpp"
#include "app/runtime/program_output.hpp"
#include "bridges/process/process_surroundings.hpp"
#include "bridges/system/worker_threads.hpp"

namespace {

/// What nobody has made an error of, such as a thread that the system refuses,
/// is the end of the program, and no crash.
int run(const std::vector<std::string>& args) {
  try {
    return rr::run_program(args);
  } catch (const std::exception& x) {
    rr::print_error(x.what());
    return 1;
  }
}

} // namespace

int main(int argc, char** argv) {
  rr::settle_program();
  rr::seed_identities();
  auto result = run({argv + (argc > 0), argv + argc});
  if (rr::worker_threads::abandoned() > 0)
    rr::end_with_what_is_written(result);
  return result;
}
