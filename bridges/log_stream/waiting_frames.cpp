// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/log_stream/waiting_frames.hpp"

#include <algorithm>
#include <cstring>

namespace rr {

namespace {

/// libzmq copies frames of up to so many bytes itself.
constexpr size_t tiny_frame = 32;

bool is_small(const zmq::message_t& frame) noexcept {
  return frame.size() <= small_frame;
}

/// Exchanges a frame for a copy of itself; leaves it where there is no memory.
void compact(zmq::message_t& frame) noexcept {
  auto size = frame.size();
  zmq_msg_t copy;
  if (size <= tiny_frame || !is_small(frame)
      || zmq_msg_init_size(&copy, size) != 0)
    return;
  std::memcpy(zmq_msg_data(&copy), frame.data(), size);
  zmq_msg_move(frame.handle(), &copy);
}

} // namespace

void small_frame_compaction::prepare(
  std::span<zmq::message_t> message) noexcept {
  if (!samples_->has_room(1))
    std::ranges::for_each(message, compact);
  if (++messages_ % sample_interval == 0 && is_small(message.back()))
    samples_->count(message.back().handle(), 1);
}

bool large_frame_bound::admit(std::span<zmq::message_t> message) noexcept {
  size_t large = 0;
  for (auto& frame : message)
    if (!is_small(frame))
      large += frame.size();
  if (large == 0)
    return true;
  return bytes_->has_room(large)
         && std::ranges::all_of(message, [this](zmq::message_t& frame) {
              return is_small(frame)
                     || bytes_->count(frame.handle(), frame.size());
            });
}

} // namespace rr
