// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/call/channel_socket.hpp"

#include <cerrno>

#include "bridges/zmq/zmq_context.hpp"
#include "bridges/zmq/zmq_endpoint.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

/// Milliseconds.
constexpr int linger = 200;

caf::error introduce(void* socket, const std::string& identity) {
  int on = 1;
  zmq_setsockopt(socket, ZMQ_PROBE_ROUTER, &on, sizeof on);
  if (!identity.empty()
      && zmq_setsockopt(socket, ZMQ_ROUTING_ID, identity.data(),
                        identity.size())
           != 0)
    return caf::make_error(ec::bad_configuration,
                           "identity " + identity
                             + ": must have 1 to 255 bytes");
  return caf::none;
}

} // namespace

caf::expected<channel_socket>
channel_socket::connect(void* context, int type,
                        const zmq_channel_settings& settings) {
  auto socket = socket_ptr{zmq_socket(context, type)};
  if (!socket)
    return zmq_error("cannot make a socket for", settings.address, zmq_errno());
  zmq_setsockopt(socket.get(), ZMQ_LINGER, &linger, sizeof linger);
  if (type == ZMQ_DEALER)
    if (auto err = introduce(socket.get(), settings.identity))
      return err;
  if (auto err = apply(socket.get(), settings.options))
    return err;
  if (auto cause = connect_zmq(socket.get(), settings.address); cause != 0) {
    auto err = zmq_error("cannot connect to", settings.address, cause);
    if (cause == EINVAL || cause == EPROTONOSUPPORT)
      return caf::make_error(ec::bad_configuration, describe(err));
    return err;
  }
  return channel_socket{std::move(socket)};
}

int channel_socket::events() const noexcept {
  int result = 0;
  size_t size = sizeof result;
  return zmq_getsockopt(socket_.get(), ZMQ_EVENTS, &result, &size) == 0 ? result
                                                                        : 0;
}

int channel_socket::descriptor() const noexcept {
  int result = -1;
  size_t size = sizeof result;
  return zmq_getsockopt(socket_.get(), ZMQ_FD, &result, &size) == 0 ? result
                                                                    : -1;
}

transmission channel_socket::send(std::string_view recipient,
                                  std::span<const std::byte> payload) noexcept {
  auto sent = zmq_send(socket_.get(), recipient.data(), recipient.size(),
                       ZMQ_SNDMORE | ZMQ_DONTWAIT);
  if (sent >= 0)
    sent = zmq_send(socket_.get(), payload.data(), payload.size(),
                    ZMQ_DONTWAIT);
  if (sent >= 0)
    return transmission::done;
  return zmq_errno() == EAGAIN ? transmission::full : transmission::refused;
}

reception channel_socket::receive(incoming& message) {
  message.frames = 0;
  if (zmq_msg_recv(message.sender.handle(), socket_.get(), ZMQ_DONTWAIT) < 0) {
    auto closed = zmq_errno() == ETERM || zmq_errno() == ENOTSOCK;
    return closed ? reception::closed : reception::nothing;
  }
  message.frames = 1;
  zmq::message_t surplus;
  auto more = message.sender.more();
  while (more) {
    auto& frame = message.frames == 1 ? message.payload : surplus;
    if (zmq_msg_recv(frame.handle(), socket_.get(), ZMQ_DONTWAIT) < 0)
      break;
    ++message.frames;
    more = frame.more();
  }
  return reception::done;
}

} // namespace rr
