// SPDX-License-Identifier: BSD-3-Clause
#include "app/config/installed_file.hpp"

#include <filesystem>

namespace rr {

std::string installed_config_file() {
  std::error_code failed;
  auto program = std::filesystem::read_symlink("/proc/self/exe", failed);
  return installed_config_file(failed ? RR_INSTALLED_PROGRAM
                                      : program.string());
}

std::string installed_config_file(const std::string& program) {
  auto prefix = std::filesystem::path{program}.parent_path().parent_path();
  // As the GNU directories have it. An absolute folder replaces the prefix.
  if (prefix == "/usr")
    prefix = "/";
  return (prefix / RR_SYSCONF_DIRECTORY / "robot-runtime" / "robot.ini")
    .string();
}

} // namespace rr
