// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include <caf/error.hpp>

namespace rr {

/// Makes the directory where it is missing, with mode 0700, and its parents
/// with 0755. What is there already stays as it is, whatever it is.
/// @returns an `ec::system_error` with the path and the cause.
caf::error make_private_directory(const std::string& path);

} // namespace rr
