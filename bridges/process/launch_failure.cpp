// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/process/launch_failure.hpp"

#include <cerrno>

#include "bridges/process/program_file.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

/// Why the kernel did not execute a program: its error, where that says all, or
/// what is wrong with the file.
std::string execution_fault(const watched_child& child, int error) {
  if (error == ETXTBSY)
    return "it is being written: " + error_text(error);
  auto fault = inspect_program(child.program, child.directory,
                               child.search_path);
  auto says_less = [&](std::string_view text) {
    return fault.text.starts_with(text);
  };
  if (fault && !says_less("does not exist") && !says_less("is not executable")
      && !says_less("is in no directory of PATH"))
    return "it " + fault.text;
  if (error == ENOEXEC)
    return "it is in no format that this system executes: " + error_text(error);
  return error_text(error);
}

std::string list_text(const std::vector<int32_t>& numbers) {
  std::string result;
  for (auto x : numbers)
    result += (result.empty() ? "[" : ", ") + std::to_string(x);
  return result + ']';
}

/// What the launcher could not do about one of the child's limits; empty for
/// another step.
std::string limit_fault(const limit_settings& limits, int32_t step) {
  switch (step) {
    case rr_step_memory:
      return "set memory-max to " + std::to_string(limits.memory_max);
    case rr_step_open_files:
      return "set open-files to " + std::to_string(limits.open_files);
    case rr_step_nice:
      return "set nice to " + std::to_string(limits.nice);
    case rr_step_cpus:
      return "set cpu-affinity to " + list_text(limits.cpu_affinity);
    case rr_step_inherited_cpus:
      return "run on the processors of the runtime's own start";
    case rr_step_groups:
      return "get the groups of user " + limits.user;
    case rr_step_gid:
      return "become group "
             + (limits.group.empty() ? "of user " + limits.user : limits.group);
    case rr_step_uid:
      return "become user " + limits.user;
    case rr_step_privileges:
      return "give up new privileges";
    case rr_step_namespace:
      return "make a process namespace";
    default:
      return {};
  }
}

} // namespace

caf::error start_failure(const std::string& name, const std::string& why) {
  return caf::make_error(ec::start_failed, "cannot start " + name + ": " + why);
}

caf::error start_failure(const std::string& name, const caf::error& why) {
  return start_failure(name, describe(why));
}

caf::error launch_error(const watched_child& child,
                        const rr_launch_failure& why) {
  auto cause = ": " + error_text(why.error);
  auto failed = [](std::string text) {
    return caf::make_error(ec::start_failed, std::move(text));
  };
  if (auto what = limit_fault(child.limits, why.step); !what.empty())
    return start_failure(child.name, "cannot " + what + cause);
  switch (why.step) {
    case rr_step_parent:
      return failed("cannot bind " + child.name + " to the runtime" + cause);
    case rr_step_group:
      return failed("cannot enter the control group of " + child.name + cause);
    case rr_step_directory:
      return failed("cannot change directory to " + child.directory + cause);
    case rr_step_limit:
      return failed("cannot set the limits of " + child.name + cause);
    default:
      return failed("cannot execute " + child.program + ": "
                    + execution_fault(child, why.error));
  }
}

} // namespace rr
