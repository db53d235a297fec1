// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

namespace rr {

/// The configuration file that is read where none is named: `robot.ini` in
/// `etc/robot-runtime` of the prefix that the running program is installed
/// under, `/etc/robot-runtime` under `/usr`. It need not be there.
std::string installed_config_file();

/// The same for a program at this path.
std::string installed_config_file(const std::string& program);

} // namespace rr
