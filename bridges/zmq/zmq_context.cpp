// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/zmq/zmq_context.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

/// Threads that move bytes between sockets and peers. One saturates the
/// network of a robot; more cost order and wake-ups.
constexpr int io_threads = 1;

} // namespace

caf::error zmq_error(std::string_view what, std::string_view address,
                     int errno_value) {
  std::string text{what};
  if (!address.empty())
    text.append(" ").append(address);
  text += ": ";
  text += as_cause(zmq_strerror(errno_value));
  return system_error_about(std::move(text), address, errno_value);
}

caf::expected<std::unique_ptr<zmq_context>> zmq_context::make(event_log log) {
  try {
    return std::unique_ptr<zmq_context>{new zmq_context{std::move(log)}};
  } catch (const zmq::error_t& x) {
    return zmq_error("cannot make a ZMQ context", "", x.num());
  }
}

zmq_context::zmq_context(event_log log)
  : log_(std::move(log)),
    context_(io_threads) {
  context_.set(zmq::ctxopt::blocky, 0);
}

zmq_context::~zmq_context() {
  context_.close();
  log_.debug("ZMQ context terminated");
}

} // namespace rr
