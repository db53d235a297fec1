// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <unistd.h>

#include <utility>

namespace rr {

/// Owns one file descriptor and closes it at its end.
class file_descriptor {
public:
  file_descriptor() noexcept = default;

  explicit file_descriptor(int fd) noexcept : fd_(fd) {
  }

  file_descriptor(file_descriptor&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)) {
  }

  file_descriptor& operator=(file_descriptor&& other) noexcept {
    reset(std::exchange(other.fd_, -1));
    return *this;
  }

  ~file_descriptor() {
    reset();
  }

  /// -1 when there is none.
  int get() const noexcept {
    return fd_;
  }

  explicit operator bool() const noexcept {
    return fd_ >= 0;
  }

  void reset(int fd = -1) noexcept {
    if (auto old = std::exchange(fd_, fd); old >= 0)
      ::close(old);
  }

private:
  int fd_ = -1;
};

} // namespace rr
