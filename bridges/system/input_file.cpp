// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/system/input_file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>

#include "bridges/system/file_descriptor.hpp"
#include "messages/error.hpp"
#include "messages/visible_text.hpp"

namespace rr {

namespace {

using clock = std::chrono::steady_clock;

/// Why what is not there to be read is not even opened; empty when it may be.
std::string refusal(const struct stat& status) {
  if (S_ISDIR(status.st_mode))
    return "is a directory";
  if (S_ISSOCK(status.st_mode))
    return "is a socket";
  if (S_ISBLK(status.st_mode))
    return "is a device";
  if (S_ISCHR(status.st_mode)) {
    // To open some devices is to do something, as with a watchdog's.
    auto major = gnu_dev_major(status.st_rdev);
    auto is_terminal = major == 4 || major == 5
                       || (major >= 136 && major <= 143);
    if (!is_terminal && status.st_rdev != makedev(1, 3))
      return "is a device";
  }
  return {};
}

std::string size_text(size_t bytes) {
  constexpr size_t mebibyte = size_t{1024} * 1024;
  return bytes % mebibyte == 0 ? std::to_string(bytes / mebibyte) + " MiB"
                               : std::to_string(bytes) + " bytes";
}

/// Waits for more of a pipe.
/// @returns whether there is any, or its end.
bool wait_for_more(int fd, clock::time_point deadline) {
  for (;;) {
    auto left
      = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock::now());
    if (left.count() <= 0)
      return false;
    pollfd polled{fd, POLLIN, 0};
    auto ready = ::poll(&polled, 1, static_cast<int>(left.count()));
    if (ready > 0 || (ready < 0 && errno != EINTR))
      return true;
  }
}

} // namespace

caf::expected<std::string> read_input_file(const std::string& path,
                                           size_t max_bytes,
                                           std::chrono::milliseconds patience) {
  auto what = "cannot read " + visible_path(path);
  auto fail = [&](const std::string& why) {
    return caf::make_error(ec::system_error, what + ": " + why);
  };
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0)
    return system_error(what, errno);
  if (auto why = refusal(status); !why.empty())
    return fail(why);
  file_descriptor file{
    ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  if (!file || ::fstat(file.get(), &status) != 0)
    return system_error(what, errno);
  if (auto why = refusal(status); !why.empty())
    return fail(why);
  auto deadline = clock::now() + patience;
  std::string result;
  for (char chunk[65536];;) {
    auto count = ::read(file.get(), chunk, sizeof chunk);
    if (count < 0 && errno == EAGAIN) {
      if (!wait_for_more(file.get(), deadline))
        return fail("its end did not come within "
                    + std::to_string(patience.count()) + " ms");
    } else if (count < 0 && errno != EINTR) {
      return system_error(what, errno);
    } else if (count == 0) {
      break;
    } else if (count > 0) {
      result.append(chunk, static_cast<size_t>(count));
      if (result.size() > max_bytes)
        return fail("is larger than " + size_text(max_bytes));
    }
  }
  // One with a writer has a line at least.
  if (result.empty() && S_ISFIFO(status.st_mode))
    return fail("is a FIFO that nobody writes to");
  return result;
}

} // namespace rr
