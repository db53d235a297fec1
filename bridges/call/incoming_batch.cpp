// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/call/incoming_batch.hpp"

#include <string>
#include <utility>

namespace rr {

reception incoming_batch::receive(channel_socket& socket, size_t limit,
                                  channel_counters& counters) {
  auto result = reception::done;
  while (size_ < limit) {
    auto& next = messages_[size_];
    result = socket.receive(next);
    if (result != reception::done)
      break;
    // A lone empty frame is a router's own probe.
    if (next.frames == 1 && next.sender.empty())
      continue;
    if (next.frames != 2)
      ++counters.malformed;
    ++size_;
  }
  counters.received += size_;
  return result;
}

void incoming_batch::hand_over(const channel_listener& listener) {
  auto count = std::exchange(size_, 0);
  for (size_t i = 0; i < count; ++i) {
    auto& [sender, payload, frames] = messages_[i];
    if (frames == 2)
      listener.received(sender.to_string_view(),
                        {payload.data<std::byte>(), payload.size()});
    else
      listener.malformed(std::to_string(frames) + " frames, expected 2");
    sender.rebuild();
    payload.rebuild();
  }
  if (count > 0 && listener.batch_ended)
    listener.batch_ended();
}

} // namespace rr
