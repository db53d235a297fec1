// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include <caf/expected.hpp>

#include "bridges/system/file_descriptor.hpp"
#include "messages/error.hpp"

namespace rr {

/// Wakes a thread that polls its descriptor. Any thread may signal.
class wake_event {
public:
  static caf::expected<wake_event> make() {
    wake_event result;
    result.fd_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!result.fd_)
      return system_error("cannot make an event descriptor", errno);
    return result;
  }

  int descriptor() const noexcept {
    return fd_.get();
  }

  void signal() const noexcept {
    uint64_t one = 1;
    // It can only fail when it is signalled already.
    [[maybe_unused]] auto written = ::write(fd_.get(), &one, sizeof one);
  }

  void clear() const noexcept {
    uint64_t count = 0;
    [[maybe_unused]] auto got = ::read(fd_.get(), &count, sizeof count);
  }

private:
  wake_event() = default;

  file_descriptor fd_;
};

} // namespace rr
