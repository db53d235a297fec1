// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

namespace rr {

/// The page robot-runtime(1), of every command, for man.
std::string program_man_page();

/// The page robot-runtime.ini(5), of every option, for man.
std::string configuration_man_page();

} // namespace rr
