// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace rr {

/// What only the robot itself can tell.
struct completion_source {
  std::function<std::vector<std::string>()> processes;
  std::function<std::vector<std::string>()> devices;
};

/// In the place of a word: the names of files, or of folders, as the shell
/// knows them.
inline constexpr std::string_view any_file = ":files";
inline constexpr std::string_view any_folder = ":folders";

/// What may stand in the place of the last word of a command line, as the
/// tables of commands and options have it. One that ends in `=` or `.` is only
/// a beginning.
/// @param words behind the program's name; the last one may be empty.
std::vector<std::string> complete(const std::vector<std::string>& words,
                                  const completion_source& source);

/// The script that completes by it, for bash.
std::string_view bash_completion() noexcept;

/// The same for zsh.
std::string_view zsh_completion() noexcept;

} // namespace rr
