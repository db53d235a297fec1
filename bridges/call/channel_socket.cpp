// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/call/channel_socket.hpp"

#include <cerrno>
#include <utility>

#include "bridges/zmq/zmq_context.hpp"
#include "bridges/zmq/zmq_endpoint.hpp"
#include "messages/call/routing.hpp"
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
                           "identity " + identity_text(identity)
                             + ": must have 1 to 255 bytes");
  return caf::none;
}

} // namespace

caf::expected<channel_socket>
channel_socket::open(zmq::context_t& context, zmq::socket_type type,
                     const zmq_channel_settings& settings) try {
  channel_socket result;
  result.socket_ = zmq::socket_t{context, type};
  if (auto err = result.configure(type, settings))
    return err;
  if (auto err = result.attach(settings))
    return err;
  return result;
} catch (const zmq::error_t& x) {
  return zmq_error("cannot make a socket for", settings.address, x.num());
}

caf::error channel_socket::configure(zmq::socket_type type,
                                     const zmq_channel_settings& settings) {
  socket_.set(zmq::sockopt::linger, linger);
  if (type == zmq::socket_type::dealer)
    if (auto err = introduce(socket_.handle(), settings.identity))
      return err;
  if (type == zmq::socket_type::sub) {
    if (settings.topics.empty())
      socket_.set(zmq::sockopt::subscribe, "");
    for (const auto& topic : settings.topics)
      socket_.set(zmq::sockopt::subscribe, topic);
  }
  return apply(socket_.handle(), settings.options);
}

caf::error channel_socket::attach(const zmq_channel_settings& settings) {
  if (settings.binds) {
    auto binding = zmq_binding::make(socket_, settings.address);
    if (!binding)
      return std::move(binding.error());
    binding_ = std::make_unique<zmq_binding>(std::move(*binding));
    return caf::none;
  }
  auto cause = connect_zmq(socket_.handle(), settings.address);
  if (cause == 0)
    return caf::none;
  auto err = zmq_error("cannot connect to", settings.address, cause);
  if (cause == EINVAL || cause == EPROTONOSUPPORT)
    return caf::make_error(ec::bad_configuration, describe(err));
  return err;
}

int channel_socket::events() const noexcept {
  int result = 0;
  size_t size = sizeof result;
  return zmq_getsockopt(socket_.handle(), ZMQ_EVENTS, &result, &size) == 0
           ? result
           : 0;
}

int channel_socket::descriptor() const noexcept {
  int result = -1;
  size_t size = sizeof result;
  return zmq_getsockopt(socket_.handle(), ZMQ_FD, &result, &size) == 0 ? result
                                                                       : -1;
}

transmission channel_socket::send(std::string_view recipient,
                                  std::span<const std::byte> payload) noexcept {
  auto sent = zmq_send(socket_.handle(), recipient.data(), recipient.size(),
                       ZMQ_SNDMORE | ZMQ_DONTWAIT);
  if (sent >= 0)
    sent = zmq_send(socket_.handle(), payload.data(), payload.size(),
                    ZMQ_DONTWAIT);
  if (sent >= 0)
    return transmission::done;
  return zmq_errno() == EAGAIN ? transmission::full : transmission::refused;
}

reception channel_socket::receive(incoming& message) {
  message.frames = 0;
  if (zmq_msg_recv(message.sender.handle(), socket_.handle(), ZMQ_DONTWAIT)
      < 0) {
    auto closed = zmq_errno() == ETERM || zmq_errno() == ENOTSOCK;
    return closed ? reception::closed : reception::nothing;
  }
  message.frames = 1;
  zmq::message_t surplus;
  auto more = message.sender.more();
  while (more) {
    auto& frame = message.frames == 1 ? message.payload : surplus;
    if (zmq_msg_recv(frame.handle(), socket_.handle(), ZMQ_DONTWAIT) < 0)
      break;
    ++message.frames;
    more = frame.more();
  }
  return reception::done;
}

} // namespace rr
