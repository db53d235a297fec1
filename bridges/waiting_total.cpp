// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/waiting_bytes.hpp"

#include <new>

namespace rr {

struct waiting_bytes::counted_frame {
  zmq_msg_t frame;
  size_t size;
  std::shared_ptr<waiting_bytes> by;
};

bool waiting_bytes::count(zmq_msg_t* frame, size_t size) noexcept {
  std::unique_ptr<counted_frame> counted{
    new (std::nothrow) counted_frame{{}, size, shared_from_this()}};
  if (!counted)
    return false;
  zmq_msg_init(&counted->frame);
  zmq_msg_move(&counted->frame, frame);
  if (zmq_msg_init_data(frame, zmq_msg_data(&counted->frame), size, release,
                        counted.get())
      != 0) {
    zmq_msg_init(frame);
    zmq_msg_close(&counted->frame);
    return false;
  }
  // It is libzmq's now.
  static_cast<void>(counted.release());
  bytes_ += size;
  return true;
}

void waiting_bytes::release(void*, void* hint) noexcept {
  std::unique_ptr<counted_frame> counted{static_cast<counted_frame*>(hint)};
  counted->by->bytes_ -= counted->size;
  zmq_msg_close(&counted->frame);
}

} // namespace rr
