// SPDX-License-Identifier: BSD-3-Clause
#include "app/config/program_path.hpp"

#include <sys/stat.h>

namespace rr {

bool is_directory(const std::string& path) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

} // namespace rr
