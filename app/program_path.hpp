// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>

namespace rr {

/// Whether a directory of that name is there.
bool is_directory(const std::string& path);

/// Why a program cannot be executed; empty when it can. It is looked up as
/// `execvp` does, in the child's own `PATH` and working directory.
/// @param directory the child's working directory, empty for our own.
/// @param search_path the child's `PATH`.
std::string program_fault(const std::string& program,
                          const std::string& directory,
                          std::string_view search_path);

} // namespace rr
