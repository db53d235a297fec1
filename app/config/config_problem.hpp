// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rr {

/// Where a value was given.
struct config_place {
  enum class source : uint8_t { file, environment, command_line };
  source from = source::file;
  /// Of a file; 0 for the whole of it.
  size_t line = 0;
};

/// One thing that is wrong with the configuration.
struct config_problem {
  /// `FILE:LINE`, `FILE`, `command line` or `environment`.
  std::string where;
  /// Empty where it is about the whole file or command line.
  std::string group;
  /// Empty where it is about a whole section.
  std::string key;
  /// What is wrong, the value, what was expected; with a suggestion where a
  /// known name is near.
  std::string text;
  bool is_warning = false;
  config_place::source from = config_place::source::file;
  /// Whether the file as a whole could not be read.
  bool is_whole_file = false;
  /// Whether it is right for another user, or in other surroundings.
  bool is_forbidden = false;
};

/// `WHERE: [group] key: text`, after `warning: ` when it is one.
std::string to_string(const config_problem& problem);

/// `"PATH" FAULT`: what is wrong with a path, or with an address that may hold
/// one. What cannot be seen in it is made visible.
std::string about_path(std::string_view path, std::string_view fault);

/// Whether anything but warnings is there.
bool any_error(const std::vector<config_problem>& problems) noexcept;

/// Collects problems.
class problem_list {
public:
  /// The name that problems in a file are told with.
  void file(std::string path) {
    file_ = std::move(path);
  }

  void error(config_place at, std::string_view group, std::string_view key,
             std::string text);

  void warning(config_place at, std::string_view group, std::string_view key,
               std::string text);

  /// An error of what another user might do, or this one in other
  /// surroundings.
  void forbidden(config_place at, std::string_view group, std::string_view key,
                 std::string text);

  /// A place as problems name it.
  std::string where(config_place at) const;

  /// Whether an error was told of that place.
  bool has(config_place at) const noexcept;

  /// What was collected: the file's by line, then the environment's, then the
  /// command line's.
  std::vector<config_problem> take();

private:
  struct item {
    config_place at;
    config_problem problem;
  };

  void add(config_place at, std::string_view group, std::string_view key,
           std::string text, bool is_warning);

  std::string file_;
  std::vector<item> items_;
};

} // namespace rr
