// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "messages/process/process.hpp"

namespace rr {

/// The exit code of a child that somebody else has reaped: it has ended, and
/// nobody knows how. No child exits with it, and it is no success.
constexpr int32_t unknown_exit_code = 256;

/// What becomes of a child. Every function is called on the thread that waits
/// on the children, and must not block. First `started` or `start_failed`,
/// then, after `started`, one `exited`; nothing after `start_failed`.
struct child_listener {
  std::function<void(const process_started&)> started;
  std::function<void(const process_start_failed&)> start_failed;
  std::function<void(const process_exited&)> exited;
};

/// One child and all that it starts. Its functions may be called in any state,
/// from any thread; they return at once, and do nothing once it has ended.
class child_process {
public:
  /// Kills what is left. The listener may still be called once.
  virtual ~child_process();

  /// SIGTERM and SIGCONT to the child's process group; nothing once the stop
  /// cord has been pulled, which has sent both.
  virtual void terminate() noexcept = 0;

  /// SIGKILL to everything that the child started.
  virtual void kill() noexcept = 0;
};

/// Starts children.
class child_starter {
public:
  virtual ~child_starter();

  /// Starts a child; what becomes of it is the listener's to hear, a failed
  /// start included. Once the stop cord has been pulled every start fails.
  virtual std::unique_ptr<child_process>
  start(process_settings settings, child_listener listener) = 0;

  /// Hands over what children have written so far, a second at most: what one
  /// that has ended has written is not lost. From any thread.
  virtual void flush_output() noexcept = 0;

  /// How many children live now. From any thread.
  virtual size_t count() const noexcept = 0;
};

} // namespace rr
