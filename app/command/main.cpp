// SPDX-License-Identifier: BSD-3-Clause
#include <unistd.h>

#include <exception>
#include <new>
#include <string_view>

#include "app/command/commands.hpp"
#include "app/command/process_wide.hpp"
#include "app/runtime/program_end.hpp"
#include "app/runtime/program_output.hpp"
#include "bridges/process/process_surroundings.hpp"
#include "bridges/system/worker_threads.hpp"

namespace {

/// What nobody has made an error of, such as a thread that the system refuses,
/// is the end of the program, and no crash.
int run(int argc, char** argv) {
  try {
    rr::settle_program();
    rr::seed_identities();
    return rr::run_program({argv + (argc > 0), argv + argc});
  } catch (const std::bad_alloc&) {
    constexpr std::string_view text = "robot-runtime: out of memory\n";
    [[maybe_unused]] auto n = ::write(STDERR_FILENO, text.data(), text.size());
    return 1;
  } catch (const std::exception& x) {
    rr::print_error(x.what());
    return 1;
  }
}

} // namespace

int main(int argc, char** argv) {
  auto result = run(argc, argv);
  if (rr::worker_threads::abandoned() > 0)
    rr::end_with_what_is_written(result);
  return result;
}
