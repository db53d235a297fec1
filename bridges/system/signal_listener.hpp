// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <memory>

#include <caf/expected.hpp>

#include "bridges/system/file_descriptor.hpp"
#include "bridges/system/woken_thread.hpp"

namespace rr {

/// What a signal is to a program on the Application.
enum class signal_meaning {
  /// An orderly stop, and a forced one when it comes once more: SIGINT,
  /// SIGTERM, SIGQUIT.
  stop,
  /// The terminal has closed: an orderly stop, also when it comes more than
  /// once, as it does from a shell and from the kernel at the same time.
  hang_up,
  /// SIGHUP without a terminal.
  reload,
  /// One that nobody has asked for, and that would end the program.
  stray,
};

/// Has the signals that end a program wait for a `signal_listener`, in this
/// thread and those that it starts; before any other thread exists.
///
/// - SIGINT and SIGTERM always, whatever was done with them before.
/// - SIGHUP, SIGQUIT, and all others whose default action ends a program though
///   nothing is wrong with it (SIGUSR1, SIGALRM, SIGPWR, real-time ones, ...),
///   where that default action is what would happen: not those that are
///   ignored, have a handler, or are blocked by whoever waits for them.
///
/// Ignores those that would end or stop the program for what is an error of a
/// call: SIGPIPE, SIGXFSZ, SIGTTOU, SIGTTIN; and SIGXCPU.
/// @returns `ec::system_error` when the system refuses.
caf::error block_stop_signals();

/// What a signal means that a listener has received. Whether there is a
/// terminal is what `block_stop_signals` found.
signal_meaning meaning_of(int signal) noexcept;

/// Receives the signals that `block_stop_signals` has blocked, on a thread of
/// its own.
class signal_listener {
public:
  /// Called on the listener's thread, once for each signal, or once for several
  /// equal ones that arrived before it ran. Must not throw.
  using callback = std::function<void(int signal)>;

  /// @returns `ec::system_error` when there is no descriptor or thread left.
  static caf::expected<std::unique_ptr<signal_listener>> make(callback f);

  /// Waits for a callback that is running. Not from the callback.
  ~signal_listener() = default;

private:
  signal_listener(file_descriptor signals, callback f);

  void run() noexcept;

  file_descriptor signals_;
  callback callback_;
  woken_thread thread_;
};

} // namespace rr
