// SPDX-License-Identifier: BSD-3-Clause
#include "app/command/runtime_connection.hpp"

#include <unistd.h>

#include <algorithm>
#include <optional>
#include <random>
#include <span>
#include <utility>

#include <fmt/format.h>
#include <zmq.h>

#include "app/config/option_value.hpp"
#include "bridges/zmq/first_connection.hpp"
#include "messages/call/remote_exchange.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

using clock = runtime_connection::clock;

/// Of an answer: a router lets no larger one pass, unless configured to.
constexpr auto answer_limits = cbor_limits{16'777'216};

/// What no service would take, and none would answer, is an error.
template <class Message>
caf::expected<std::vector<uint8_t>>
encode_call(const options& opts, const Message& message) {
  auto refused = [&](const std::string& why) {
    return caf::make_error(ec::malformed, as_utf8(message.method)
                                            + ": cannot be sent: " + why);
  };
  if (auto fault = fault_of(message); !fault.empty())
    return refused(fault);
  auto result = encode(message);
  auto most = opts.get<size_t>("service.max-payload");
  if (result.size() > most)
    return refused(
      fmt::format("has {} bytes, more than {}", result.size(), most));
  return result;
}

/// `<app>-cli-<pid>-<random>`, so that any number may run at once.
std::string make_identity(const options& opts) {
  return fmt::format("{}-cli-{}-{:08x}",
                     opts.get<std::string>("application.name"), ::getpid(),
                     std::random_device{}());
}

/// As ZMQ takes it, of a time of months a part.
std::chrono::milliseconds left_until(clock::time_point until) {
  using std::chrono::milliseconds;
  auto left = std::chrono::ceil<milliseconds>(until - clock::now());
  return std::clamp(left, milliseconds{0}, milliseconds{INT32_MAX});
}

/// Asks the broker whether the call that was sent before found nobody: it would
/// never be answered.
std::vector<uint8_t> whether_missed(uint32_t id, const single_call& call) {
  return encode(
    request{id, "list_services", json::array({identity_text(call.service)})});
}

/// Whether this is the answer to that question, and it found nobody.
bool says_nobody(const call_error& error) {
  auto cause = error.context.find("error");
  return cause != error.context.end() && *cause == no_such_service;
}

/// Reads one message.
/// @returns its sender and its payload, none unless it is in this form.
std::optional<std::pair<std::string, zmq::message_t>>
take_message(zmq::socket_t& socket) {
  zmq::message_t frame;
  if (!socket.recv(frame, zmq::recv_flags::dontwait))
    return std::nullopt;
  auto sender = frame.to_string();
  auto count = 1;
  while (frame.more() && socket.recv(frame))
    ++count;
  if (count != 2)
    return std::nullopt;
  return std::pair{std::move(sender), std::move(frame)};
}

} // namespace

runtime_connection::runtime_connection(const options& opts, int interruption)
  : opts_(opts),
    interruption_(interruption) {
}

caf::expected<json> runtime_connection::call(const single_call& what,
                                             caf::timespan timeout) try {
  attempt now{what, timeout, clock::now() + timeout, ++last_id_};
  auto payload = payload_of(now);
  if (!payload)
    return payload.error();
  if (!context_)
    if (auto failed = open(timeout))
      return failed;
  if (auto failed = send(now, what.service, *payload))
    return failed;
  if (what.is_notification)
    return finish(now);
  if (what.service != broker_identity)
    if (auto failed = send(now, broker_identity,
                           whether_missed(++last_id_, what)))
      return failed;
  return receive(now);
} catch (const zmq::error_t& x) {
  return caf::make_error(ec::system_error, std::string{x.what()});
}

caf::error runtime_connection::wait_until(clock::time_point when) {
  // What else comes is an answer to nothing.
  for (;;) {
    switch (wait(when)) {
      case happening::message:
        take_message(socket_);
        break;
      case happening::end:
        return has_ended();
      default:
        return {};
    }
  }
}

caf::expected<std::vector<uint8_t>>
runtime_connection::payload_of(const attempt& now) const {
  if (now.what.is_notification)
    return encode_call(opts_, notification{now.what.method, now.what.args});
  return encode_call(opts_, request{now.id, now.what.method, now.what.args});
}

caf::error runtime_connection::open(caf::timespan timeout) {
  auto context = zmq_context::make();
  if (!context)
    return context.error();
  context_ = std::move(*context);
  first_connection_settings settings;
  settings.addresses = opts_.get<std::vector<std::string>>("router.frontend");
  settings.timeout = timeout;
  settings.interruption = interruption_;
  settings.make = [&](zmq::context_t& zmq) -> caf::expected<zmq::socket_t> {
    zmq::socket_t result{zmq, zmq::socket_type::dealer};
    // Each its own: to a router, two of one identity are one.
    result.set(zmq::sockopt::routing_id, make_identity(opts_));
    result.set(zmq::sockopt::probe_router, true);
    result.set(zmq::sockopt::linger, 0);
    return result;
  };
  auto connection = connect_to_first(context_->get(), settings);
  if (!connection)
    return with_advice(connection.error());
  if (connection->address.empty())
    return caf::make_error(ec::system_error, "interrupted");
  address_ = std::move(connection->address);
  socket_ = std::move(connection->socket);
  if (interruption_ < 0)
    return {};
  constexpr auto events = "inproc://end-of-the-connection";
  if (zmq_socket_monitor(socket_.handle(), events, ZMQ_EVENT_DISCONNECTED) != 0)
    throw zmq::error_t{};
  monitor_ = zmq::socket_t{context_->get(), zmq::socket_type::pair};
  monitor_.set(zmq::sockopt::linger, 0);
  monitor_.connect(events);
  return {};
}

caf::error runtime_connection::send(const attempt& now,
                                    const std::string& service,
                                    const std::vector<uint8_t>& payload) {
  socket_.set(zmq::sockopt::sndtimeo,
              static_cast<int>(left_until(now.until).count()));
  if (socket_.send(zmq::buffer(service), zmq::send_flags::sndmore)
      && socket_.send(zmq::buffer(payload)))
    return {};
  return timed_out(now, "could not be sent to");
}

/// The result that the response brings, whatever else may come before it.
caf::expected<json> runtime_connection::receive(const attempt& now) {
  const auto& call = now.what;
  for (;;) {
    auto what = wait(now.until);
    if (what == happening::end)
      return has_ended();
    if (what != happening::message)
      return timed_out(now, "no answer from");
    auto message = take_message(socket_);
    if (!message
        || (message->first != call.service
            && message->first != broker_identity))
      continue;
    const auto& [sender, frame] = *message;
    auto decoded
      = decode(std::as_bytes(std::span{frame.data<char>(), frame.size()}),
               answer_limits);
    if (!decoded)
      return caf::make_error(
        ec::malformed,
        fmt::format("{}: the answer of {} is no answer: {}", call.method,
                    identity_text(sender), describe(decoded.error())));
    auto answer = std::get_if<response>(&*decoded);
    if (!answer)
      continue;
    if (sender == call.service && answer->id == now.id) {
      if (answer->error)
        return remote_error(std::move(*answer->error), call.method);
      return std::move(answer->result);
    }
    if (sender == broker_identity && answer->id == now.id + 1 && answer->error
        && says_nobody(*answer->error))
      return caf::make_error(ec::remote_error,
                             fmt::format("{}: no service holds the address {}; "
                                         "robot-runtime call list_services "
                                         "tells who is there",
                                         call.method,
                                         identity_text(call.service)));
  }
}

/// Waits until what was sent has left.
caf::expected<json> runtime_connection::finish(const attempt& now) {
  socket_.set(zmq::sockopt::linger,
              static_cast<int>(left_until(now.until).count()));
  monitor_.close();
  socket_.close();
  context_.reset();
  if (left_until(now.until).count() == 0)
    return timed_out(now, "could not be sent to");
  return json{};
}

/// What has come before the end counts first.
runtime_connection::happening
runtime_connection::wait(clock::time_point until) {
  std::vector<zmq::pollitem_t> items{{socket_.handle(), 0, ZMQ_POLLIN, 0}};
  if (interruption_ >= 0) {
    items.push_back({monitor_.handle(), 0, ZMQ_POLLIN, 0});
    items.push_back({nullptr, interruption_, ZMQ_POLLIN, 0});
  }
  for (;;) {
    auto left = left_until(until);
    auto ready = zmq_poll(items.data(), static_cast<int>(items.size()),
                          static_cast<long>(left.count()));
    if (ready < 0 && zmq_errno() != EINTR)
      throw zmq::error_t{};
    if (ready > 0 && items.size() == 3 && items[2].revents != 0)
      return happening::interruption;
    if (ready > 0)
      return items[0].revents != 0 ? happening::message : happening::end;
    if (left.count() == 0)
      return happening::nothing;
  }
}

caf::error runtime_connection::timed_out(const attempt& now,
                                         std::string_view what) const {
  return caf::make_error(ec::call_timed_out,
                         fmt::format("{}: {} {} at {} within {}; "
                                     "--timeout=DURATION waits longer",
                                     now.what.method, what, now.what.service,
                                     address_, render_duration(now.timeout)));
}

caf::error runtime_connection::has_ended() const {
  return caf::make_error(ec::system_error,
                         "the runtime at " + address_
                           + " has ended; robot-runtime explain tells why");
}

caf::error with_advice(const caf::error& what) {
  constexpr auto is_hung = "; does its process hang? --timeout=DURATION "
                           "waits longer";
  constexpr auto is_absent
    = "; robot-runtime run starts one, and --config-file "
      "says of which robot";
  return caf::make_error(
    static_cast<ec>(what.code()),
    describe(what) + (what == ec::call_timed_out ? is_hung : is_absent));
}

} // namespace rr
