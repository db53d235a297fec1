// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/web/web_record.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "messages/error.hpp"
#include "messages/visible_text.hpp"

namespace rr {

bool is_record_name(std::string_view name) noexcept {
  constexpr std::string_view known = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "abcdefghijklmnopqrstuvwxyz"
                                     "0123456789._-";
  return name.size() <= 200 && name.ends_with(".mcap") && name.front() != '.'
         && name.find_first_not_of(known) == name.npos;
}

caf::expected<web_record> open_record(const std::string& folder,
                                      const std::string& name) {
  auto what = "cannot read " + visible_path(folder + '/' + name);
  file_descriptor directory{
    ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!directory)
    return system_error(what, errno);
  // A FIFO would have its opener wait.
  web_record result;
  result.file.reset(
    ::openat(directory.get(), name.c_str(),
             O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat status {};
  if (!result.file || ::fstat(result.file.get(), &status) != 0)
    return system_error(what, errno);
  if (!S_ISREG(status.st_mode))
    return caf::make_error(ec::system_error, what + ": is no regular file");
  result.size = static_cast<uint64_t>(status.st_size);
  return result;
}

std::string read_record(const web_record& record, size_t max) {
  std::string result(max, '\0');
  auto got = ::read(record.file.get(), result.data(), result.size());
  result.resize(static_cast<size_t>(std::max<ssize_t>(got, 0)));
  return result;
}

} // namespace rr
