// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include <zmq.hpp>

#include "bridges/log_stream/waiting_total.hpp"

namespace rr {

// What a frame costs in memory while it waits for a reader depends on its size:
// libzmq hands over one of up to `small_frame` bytes as a part of the 8 KiB
// that it has read at once, all of which stay as long as the frame does. A
// larger one has memory of its own.

/// In bytes.
inline constexpr size_t small_frame = 4096;

/// Has small frames that wait for a reader keep no more memory than their own,
/// by copying them. That costs time, and so it is done only while a reader
/// lags.
class small_frame_compaction {
public:
  /// For each message, before it is sent.
  void prepare(std::span<zmq::message_t> message) noexcept;

private:
  /// One message of so many is followed until libzmq lets go of it: to follow
  /// each would cost as much as to copy it.
  static constexpr uint64_t sample_interval = 128;

  /// A reader lags while more of the followed messages wait than that.
  static constexpr size_t most_samples = 8;

  uint64_t messages_ = 0;
  std::shared_ptr<waiting_total> samples_
    = std::make_shared<waiting_total>(most_samples);
};

/// Bounds how many bytes of large frames wait for readers in all: the sockets
/// of libzmq bound only how many messages there are, of whatever size.
class large_frame_bound {
public:
  explicit large_frame_bound(size_t most_bytes)
    : bytes_(std::make_shared<waiting_total>(most_bytes)) {
  }

  /// Counts the large frames of a message until libzmq lets go of them.
  /// @returns false when too much waits already: the message is to be dropped.
  bool admit(std::span<zmq::message_t> message) noexcept;

private:
  /// Frames that wait outlive the relay.
  std::shared_ptr<waiting_total> bytes_;
};

} // namespace rr
