// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/log_stream/log_receiver.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "bridges/zmq/socket_options.hpp"
#include "bridges/zmq/zmq_context.hpp"
#include "bridges/zmq/zmq_endpoint.hpp"
#include "messages/error.hpp"
#include "messages/log/log_wire.hpp"

namespace rr {

namespace {

/// Bytes of a frame; beyond it the connection is closed and made anew. Larger
/// than what a forwarder lets through.
constexpr int64_t max_message = 4'194'304;

/// Bytes of a number as CBOR, at most.
constexpr size_t max_number = 9;

/// What a topic begins with; `warn` is for both spellings of `warning`.
std::string prefix_of(log_level level) {
  return level == log_level::warning ? "warn" : std::string{to_string(level)};
}

} // namespace

caf::expected<zmq::socket_t>
log_receiver::make_socket(zmq::context_t& context,
                          const log_receiver_settings& settings) {
  zmq::socket_t result{context, zmq::socket_type::sub};
  auto options = socket_options{{"LINGER", int64_t{0}},
                                {"MAXMSGSIZE", max_message},
                                {"RCVHWM", int64_t{settings.queue}}};
  if (auto error = rr::apply(result.handle(), options))
    return error;
  for (auto level : {log_level::debug, log_level::info, log_level::warning,
                     log_level::error, log_level::critical})
    if (level >= settings.level)
      result.set(zmq::sockopt::subscribe, prefix_of(level));
  return result;
}

caf::expected<std::unique_ptr<log_receiver>>
log_receiver::connect(zmq::context_t& context,
                      const log_receiver_settings& settings) try {
  auto socket = make_socket(context, settings);
  if (!socket)
    return std::move(socket.error());
  if (auto cause = connect_zmq(socket->handle(), settings.address); cause != 0)
    return zmq_error("cannot connect to", settings.address, cause);
  return std::make_unique<log_receiver>(std::move(*socket), settings);
} catch (const zmq::error_t& x) {
  return zmq_error("cannot connect to", settings.address, x.num());
}

log_receiver::log_receiver(zmq::socket_t socket,
                           const log_receiver_settings& settings)
  : socket_(std::move(socket)),
    limits_(settings.limits),
    frames_(3) {
  // As `encode_log_event` writes it: the text, and the next key.
  if (!settings.own_source.empty())
    own_end_ = settings.own_source + "\x63seq";
}

/// By its bytes: most events are the program's own, and need not be decoded.
bool log_receiver::is_own(std::string_view payload) const noexcept {
  if (own_end_.empty())
    return false;
  auto last = payload.substr(
    payload.size() - std::min(payload.size(), own_end_.size() + max_number));
  return last.find(own_end_) != last.npos;
}

int log_receiver::descriptor() const {
  return socket_.get(zmq::sockopt::fd);
}

size_t log_receiver::receive(size_t limit, const log_event_handler& handler) {
  for (size_t messages = 0; messages < limit; ++messages) {
    size_t count = 0;
    auto more = true;
    while (more) {
      // What is too much is overwritten, one by one.
      auto& frame = frames_[std::min<size_t>(count, 2)];
      if (!socket_.recv(frame, zmq::recv_flags::dontwait))
        return messages;
      more = frame.more();
      ++count;
    }
    take(frames_, count, handler);
  }
  return limit;
}

log_subscriber_status log_receiver::status() const noexcept {
  return {received_.get(), malformed_.get(), missed_.get()};
}

void log_receiver::take(const std::vector<zmq::message_t>& frames, size_t count,
                        const log_event_handler& handler) {
  if (count != 2) {
    malformed_.increment();
    return;
  }
  const auto& payload = frames[1];
  if (is_own({payload.data<char>(), payload.size()}))
    return;
  auto event = decode_log_event({payload.data<std::byte>(), payload.size()},
                                limits_);
  if (!event) {
    malformed_.increment();
    return;
  }
  received_.increment();
  missed_.add(gaps_.take(*event));
  handler(level_of(*event), *event);
}

} // namespace rr
