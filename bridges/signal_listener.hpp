// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <memory>
#include <thread>

#include <caf/expected.hpp>

#include "bridges/file_descriptor.hpp"

namespace rr {

/// Blocks SIGINT and SIGTERM in this thread and those that it starts, so that
/// they wait for a `signal_listener`, and ignores SIGPIPE. Before any other
/// thread exists.
/// @returns `ec::system_error` when the system refuses.
caf::error block_stop_signals();

/// Receives SIGINT and SIGTERM on a thread of its own. They must be blocked in
/// every thread.
class signal_listener {
public:
  /// Called on the listener's thread, once for each signal, or once for several
  /// equal ones that arrived before it ran. Must not throw.
  using callback = std::function<void(int signal)>;

  /// @returns `ec::system_error` when there is no descriptor or thread left.
  static caf::expected<std::unique_ptr<signal_listener>> make(callback f);

  signal_listener(const signal_listener&) = delete;
  signal_listener& operator=(const signal_listener&) = delete;

  /// Waits for a callback that is running. Not from the callback.
  ~signal_listener();

private:
  signal_listener(file_descriptor signals, file_descriptor end, callback f);

  void run() noexcept;

  file_descriptor signals_;
  file_descriptor end_;
  callback callback_;
  std::thread thread_;
};

} // namespace rr
