// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/log_stream/waiting_total.hpp"

#include <new>

namespace rr {

struct waiting_total::counted_frame {
  zmq_msg_t frame;
  size_t amount;
  std::shared_ptr<waiting_total> by;
};

bool waiting_total::count(zmq_msg_t* frame, size_t amount) noexcept {
  std::unique_ptr<counted_frame> counted{
    new (std::nothrow) counted_frame{{}, amount, shared_from_this()}};
  if (!counted)
    return false;
  auto* inner = &counted->frame;
  zmq_msg_init(inner);
  zmq_msg_move(inner, frame);
  if (zmq_msg_init_data(frame, zmq_msg_data(inner), zmq_msg_size(inner),
                        release, counted.get())
      != 0) {
    zmq_msg_init(frame);
    zmq_msg_close(inner);
    return false;
  }
  // It is libzmq's now.
  static_cast<void>(counted.release());
  total_ += amount;
  return true;
}

void waiting_total::release(void*, void* hint) noexcept {
  std::unique_ptr<counted_frame> counted{static_cast<counted_frame*>(hint)};
  counted->by->total_ -= counted->amount;
  zmq_msg_close(&counted->frame);
}

} // namespace rr
