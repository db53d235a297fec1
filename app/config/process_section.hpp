// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <caf/config_value.hpp>
#include <caf/expected.hpp>

#include "app/config/child_environment.hpp"
#include "app/config/config_problem.hpp"
#include "messages/process/process.hpp"

namespace rr {

/// A value of a process section, checked by itself.
struct process_value {
  caf::config_value value;
  config_place at;
  /// Whether it is good; what is wrong has been told.
  bool good = false;
};

/// A `[process.NAME]` section while it is being read.
struct process_section {
  std::string name;
  config_place at;
  std::map<std::string, process_value, std::less<>> values;

  /// Where a key was given, else where the section begins.
  config_place place_of(std::string_view key) const {
    auto i = values.find(key);
    return i != values.end() ? i->second.at : at;
  }
};

/// Whether a directory of that name is there.
inline bool is_directory(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored);
}

using path_resolver
  = std::function<std::string(const std::string&, config_place)>;

/// Checks what cannot be told from one value alone, namely that a command is
/// there and its program exists, that the directory exists, and that `after`
/// names other processes without a cycle.
/// @param common what the environment of every child begins with.
/// @param absolute makes a path absolute by where it was given.
/// @returns the processes in the order of the sections.
std::vector<process_settings>
make_processes(const std::vector<process_section>& sections,
               const environment_map& common, const path_resolver& absolute,
               problem_list& problems);

/// Tells of names in `after` that no process has, and of every cycle.
void check_order(const std::vector<process_section>& sections,
                 problem_list& problems);

} // namespace rr
