// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "bridges/process/program_file.hpp"

namespace rr {

/// Whether a directory of that name is there.
bool is_directory(const std::string& path);

} // namespace rr
