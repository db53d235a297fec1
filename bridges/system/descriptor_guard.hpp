// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>

#include "bridges/system/rate_limit.hpp"

namespace rr {

/// Keeps this process from running out of descriptors, however many
/// connections its peers open.
///
/// Each connection costs a descriptor, and libzmq 4.3.4 takes all it can get.
/// When none is left, it aborts the process (`ipc`) or spins (`tcp`). Hence,
/// while a guard lives,
/// - the process may have as many descriptors as its hard limit lets it, up to
///   `most_descriptors`;
/// - three quarters of them are for connections. One more is closed as soon as
///   it is accepted: the rest is for children, files and new sockets.
///
/// There is one at most. It is made before, and ends after, whatever accepts
/// connections. It guards what is accepted by `accept`: libzmq has no hook of
/// its own that comes so early, so the program `robot-runtime` puts it in the
/// place of the C library's `accept4` (app/command/process_wide.cpp). No
/// library does.
class descriptor_guard {
public:
  /// The soft limit is not raised beyond it: the table of descriptors is the
  /// kernel's memory, and a robot that needs more has a fault.
  static constexpr uint64_t most_descriptors = 65'536;

  /// Connections were refused.
  /// @param count since the last call.
  using refusal_callback = std::function<void(uint64_t count)>;

  /// @param on_refusal called once a second at most, on the thread that
  ///        accepts: must neither block nor throw. May be empty.
  explicit descriptor_guard(refusal_callback on_refusal);

  descriptor_guard(const descriptor_guard&) = delete;
  descriptor_guard& operator=(const descriptor_guard&) = delete;

  /// Restores the soft limit.
  ~descriptor_guard();

  /// The soft limit that this process was started with: the one for its
  /// children, of which some still use `select`, or a table of all descriptors.
  uint64_t inherited_limit() const noexcept {
    return inherited_;
  }

  /// The soft limit now.
  uint64_t limit() const noexcept {
    return limit_;
  }

  /// Connections refused since the start, of all guards. From any thread.
  static uint64_t refused() noexcept;

  /// Accepts a connection as `accept4` does, or refuses it: then the error is
  /// `ECONNABORTED`, as of a peer that went away.
  static int accept(int listener, void* address, void* size,
                    int flags) noexcept;

private:
  void report() noexcept;

  refusal_callback on_refusal_;
  uint64_t inherited_ = 0;
  uint64_t limit_ = 0;
  std::mutex mutex_;
  rate_limit reports_;
};

} // namespace rr
