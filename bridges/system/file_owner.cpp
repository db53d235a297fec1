// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/system/file_owner.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "messages/error.hpp"

namespace rr {

std::string denial_text(const std::string& path, int errno_value) {
  auto result = error_text(errno_value);
  if (errno_value != EACCES && errno_value != EPERM)
    return result;
  struct stat found {};
  if (::lstat(path.c_str(), &found) == 0 && found.st_uid != ::geteuid())
    result += ", it belongs to user " + std::to_string(found.st_uid);
  return result;
}

} // namespace rr
