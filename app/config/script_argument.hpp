// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rr {

/// The script that a command has its interpreter read, as in
/// `["python3", "-u", "camera.py"]`, as it is written there.
/// @returns none where the program is no interpreter that is known here, or
///          where it is not certain that it reads a file: `sh -c`, `python3
///          -m`.
std::optional<std::string>
script_argument(const std::vector<std::string>& command);

/// Why an interpreter cannot read its script; empty when it can.
/// @param directory the working directory, empty for our own.
/// @param search_path where bash looks, too.
std::string script_fault(const std::vector<std::string>& command,
                         const std::string& directory,
                         std::string_view search_path);

} // namespace rr
