// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/system/private_directory.hpp"

#include <cerrno>
#include <sys/stat.h>

#include "messages/error.hpp"

namespace rr {

namespace {

constexpr mode_t private_mode = 0700;

constexpr mode_t parent_mode = 0755;

} // namespace

caf::error make_private_directory(const std::string& path) {
  auto make = [](const std::string& part, mode_t mode) -> caf::error {
    if (::mkdir(part.c_str(), mode) == 0 || errno == EEXIST)
      return caf::none;
    auto cause = errno;
    // Where nothing may be made, what is there already still serves.
    struct stat status {};
    if (::lstat(part.c_str(), &status) == 0)
      return caf::none;
    return system_error("cannot create " + part, cause);
  };
  for (auto i = path.find('/', 1); i != std::string::npos;
       i = path.find('/', i + 1))
    if (auto error = make(path.substr(0, i), parent_mode))
      return error;
  return make(path, private_mode);
}

} // namespace rr
