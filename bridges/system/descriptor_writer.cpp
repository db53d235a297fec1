// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/system/descriptor_writer.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <string>

#include "bridges/system/rotating_file.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

/// A pipe that polls as writable takes as much as this at once.
constexpr size_t atomic_size = 4096;

constexpr int own_flags = O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY;

bool is_writable(int fd) noexcept {
  auto flags = ::fcntl(fd, F_GETFL);
  return flags >= 0 && (flags & O_ACCMODE) != O_RDONLY;
}

/// A file description of our own for the same pipe, terminal or device.
int open_again(int fd) noexcept {
  auto path = "/proc/self/fd/" + std::to_string(fd);
  if (auto own = ::open(path.c_str(), own_flags); own >= 0)
    return own;
  // After a change of user the terminal's own name is refused, this one never.
  if (::isatty(fd) != 0 && ::tcgetsid(fd) == ::getsid(0))
    return ::open("/dev/tty", own_flags);
  return -1;
}

} // namespace

descriptor_writer::descriptor_writer(wake_event wake) : room_(std::move(wake)) {
}

caf::expected<std::unique_ptr<descriptor_writer>>
descriptor_writer::make(int fd) {
  auto wake = wake_event::make();
  if (!wake)
    return std::move(wake.error());
  auto result = std::make_unique<descriptor_writer>(std::move(*wake));
  struct stat status {};
  if (!is_writable(fd) || ::fstat(fd, &status) != 0)
    return result;
  auto is_socket = S_ISSOCK(status.st_mode);
  auto has_reader = S_ISFIFO(status.st_mode) || ::isatty(fd) != 0;
  if (auto own = has_reader ? open_again(fd) : -1; own >= 0) {
    result->fd_.reset(own);
    result->target_ = target::own;
    return result;
  }
  result->fd_.reset(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
  if (!result->fd_)
    return system_error("cannot duplicate descriptor " + std::to_string(fd),
                        errno);
  result->target_ = is_socket    ? target::socket
                    : has_reader ? target::shared
                                 : target::file;
  return result;
}

bool descriptor_writer::write(std::string_view line) noexcept {
  return !given_up_ && write_line(line, true);
}

bool descriptor_writer::try_write(std::string_view line) noexcept {
  return write_line(line, false);
}

bool descriptor_writer::write_line(std::string_view line,
                                   bool may_wait) noexcept {
  if (torn_ && write_bytes("\n", may_wait) == 0)
    return false;
  auto written = write_bytes(line, may_wait);
  torn_ = written > 0 && written < line.size()
          && !(target_ == target::file && take_back(fd_.get(), written));
  return written == line.size();
}

size_t descriptor_writer::write_bytes(std::string_view bytes,
                                      bool may_wait) noexcept {
  for (size_t written = 0;;) {
    auto n = write_some(bytes.substr(written));
    if (n > 0)
      written += static_cast<size_t>(n);
    if (written == bytes.size())
      return written;
    auto error = n < 0 ? errno : 0;
    auto goes_on = n > 0 || error == EINTR
                   || (error == EAGAIN && may_wait && wait_for_room());
    if (!goes_on) {
      // Want of room is no error.
      last_error_ = error == EAGAIN ? 0 : error;
      return written;
    }
  }
}

ssize_t descriptor_writer::write_some(std::string_view bytes) noexcept {
  switch (target_) {
    case target::none:
      errno = EBADF;
      return -1;
    case target::socket:
      return ::send(fd_.get(), bytes.data(), bytes.size(),
                    MSG_DONTWAIT | MSG_NOSIGNAL);
    case target::shared: {
      pollfd room{fd_.get(), POLLOUT, 0};
      if (::poll(&room, 1, 0) == 0) {
        errno = EAGAIN;
        return -1;
      }
      return ::write(fd_.get(), bytes.data(),
                     std::min(bytes.size(), atomic_size));
    }
    case target::own:
    case target::file:
      return ::write(fd_.get(), bytes.data(), bytes.size());
  }
  return -1;
}

bool descriptor_writer::wait_for_room() noexcept {
  given_up_ = !room_.wait(fd_.get(), linger_step);
  return !given_up_;
}

void descriptor_writer::finish() noexcept {
  room_.finish(linger);
}

} // namespace rr
