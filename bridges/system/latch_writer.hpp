// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <thread>

#include <caf/expected.hpp>

#include "messages/process/stop.hpp"

namespace rr {

/// What is to be done once after an emergency stop, and before the process
/// ends. Each is called on the writer's thread, and may block.
struct latch_tasks {
  using time_point = std::chrono::system_clock::time_point;

  /// Tells the network, three times: first of all, and twice after the latch.
  std::function<void(const stop_cord_pulled&, time_point)> tell;
  /// Writes the latch. Empty where stops are not latched.
  std::function<caf::error(const stop_cord_pulled&, time_point)> write;
  /// Tells of the latch: no error once it is written.
  std::function<void(const stop_cord_pulled&, time_point, const caf::error&)>
    done;
};

/// Does what follows an emergency stop on a thread of its own, which is there
/// before: neither the thread that pulls the cord nor an actor waits for a
/// disk. A disk that hangs keeps its thread and nobody else.
class latch_writer {
public:
  /// Between two notices.
  static constexpr std::chrono::milliseconds notice_interval{10};

  /// How long its end waits for what has begun.
  static constexpr std::chrono::milliseconds last_patience{500};

  /// @returns `ec::system_error` when there is no thread left.
  static caf::expected<std::unique_ptr<latch_writer>> make(latch_tasks tasks);

  latch_writer(const latch_writer&) = delete;
  latch_writer& operator=(const latch_writer&) = delete;

  /// Finishes, and leaves the thread behind if that is in vain: what its tasks
  /// use must then be their own.
  ~latch_writer();

  /// Has the tasks done, once: for the observer of a cord.
  void begin(const stop_cord_pulled& fact) noexcept;

  /// Waits until what has begun is done. From any thread, any number of times.
  /// @returns whether nothing is left to do.
  bool finish(std::chrono::milliseconds patience) noexcept;

private:
  struct shared;

  explicit latch_writer(std::shared_ptr<shared> state);

  std::shared_ptr<shared> state_;
  std::thread thread_;
};

} // namespace rr
