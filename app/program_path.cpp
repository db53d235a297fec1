// SPDX-License-Identifier: BSD-3-Clause
#include "app/program_path.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "messages/error.hpp"

namespace rr {

namespace {

std::string in_directory(std::string_view path, std::string_view directory) {
  if (path.starts_with('/') || directory.empty())
    return std::string{path};
  return std::string{directory} + '/' + std::string{path};
}

std::string file_fault(const std::string& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0)
    return errno == ENOENT ? "does not exist" : error_text(errno);
  if (S_ISDIR(status.st_mode))
    return "is a directory";
  if (!S_ISREG(status.st_mode)
      || ::faccessat(AT_FDCWD, path.c_str(), X_OK, AT_EACCESS) != 0)
    return "is not executable";
  return {};
}

} // namespace

bool is_directory(const std::string& path) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

std::string program_fault(const std::string& program,
                          const std::string& directory,
                          std::string_view search_path) {
  if (program.find('/') != program.npos)
    return file_fault(in_directory(program, directory));
  std::string result = "is in no directory of PATH";
  for (size_t i = 0; i <= search_path.size();) {
    auto end = std::min(search_path.find(':', i), search_path.size());
    auto part = search_path.substr(i, end - i);
    auto folder = in_directory(part.empty() ? "." : part, directory);
    auto fault = file_fault(folder + '/' + program);
    if (fault.empty())
      return {};
    if (fault == "is not executable")
      result = "is not executable in " + folder;
    i = end + 1;
  }
  return result;
}

} // namespace rr
