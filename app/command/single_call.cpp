// SPDX-License-Identifier: BSD-3-Clause
#include "app/command/single_call.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <random>

#include <fmt/format.h>
#include <zmq.hpp>

#include "app/command/command_output.hpp"
#include "app/config/exit_code.hpp"
#include "app/config/option_value.hpp"
#include "bridges/zmq/first_connection.hpp"
#include "bridges/zmq/zmq_context.hpp"
#include "messages/call/remote_exchange.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

using clock = std::chrono::steady_clock;

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

std::chrono::milliseconds left_until(clock::time_point until) {
  auto left
    = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now());
  return std::max(left, std::chrono::milliseconds{0});
}

constexpr uint32_t call_id = 1;
constexpr uint32_t question_id = 2;

/// Asks the broker whether the call that was sent before found nobody: it would
/// never be answered.
std::vector<uint8_t> whether_missed(const single_call& call) {
  return encode(request{question_id, "list_services",
                        json::array({identity_text(call.service)})});
}

/// Whether this is the answer to that question, and it found nobody.
bool says_nobody(const call_error& error) {
  auto cause = error.context.find("error");
  return cause != error.context.end() && *cause == no_such_service;
}

/// A DEALER at the first frontend that answers. From its making on the call's
/// time runs, connecting included.
class caller {
public:
  caller(const single_call& call, caf::timespan timeout)
    : call_(call),
      timeout_(timeout),
      until_(clock::now() + timeout) {
  }

  caf::error open(const options& opts) {
    auto context = zmq_context::make();
    if (!context)
      return context.error();
    context_ = std::move(*context);
    first_connection_settings settings;
    settings.addresses = opts.get<std::vector<std::string>>("router.frontend");
    settings.timeout = timeout_;
    settings.make = [&](zmq::context_t& zmq) -> caf::expected<zmq::socket_t> {
      zmq::socket_t result{zmq, zmq::socket_type::dealer};
      // Each its own: to a router, two of one identity are one.
      result.set(zmq::sockopt::routing_id, make_identity(opts));
      result.set(zmq::sockopt::probe_router, true);
      result.set(zmq::sockopt::linger, 0);
      return result;
    };
    auto connection = connect_to_first(context_->get(), settings);
    if (!connection)
      return connection.error();
    address_ = std::move(connection->address);
    socket_ = std::move(connection->socket);
    return {};
  }

  caf::error send(const std::string& service,
                  const std::vector<uint8_t>& payload) {
    socket_.set(zmq::sockopt::sndtimeo,
                static_cast<int>(left_until(until_).count()));
    if (socket_.send(zmq::buffer(service), zmq::send_flags::sndmore)
        && socket_.send(zmq::buffer(payload)))
      return {};
    return timed_out("could not be sent to");
  }

  /// The result that the response brings, whatever else may come before it.
  caf::expected<json> receive() {
    for (;;) {
      auto left = left_until(until_);
      if (left.count() == 0)
        break;
      socket_.set(zmq::sockopt::rcvtimeo, static_cast<int>(left.count()));
      zmq::message_t frame;
      if (!socket_.recv(frame))
        break;
      auto sender = frame.to_string();
      auto count = 1;
      while (frame.more() && socket_.recv(frame))
        ++count;
      if (count != 2 || (sender != call_.service && sender != broker_identity))
        continue;
      auto message = decode(
        std::as_bytes(std::span{frame.data<const char>(), frame.size()}),
        answer_limits);
      if (!message)
        return message.error();
      auto answer = std::get_if<response>(&*message);
      if (!answer)
        continue;
      if (sender == call_.service && answer->id == call_id) {
        if (answer->error)
          return remote_error(std::move(*answer->error), call_.method);
        return std::move(answer->result);
      }
      if (sender == broker_identity && answer->id == question_id
          && answer->error && says_nobody(*answer->error))
        return caf::make_error(
          ec::remote_error,
          fmt::format("{}: no service holds the address {}", call_.method,
                      identity_text(call_.service)));
    }
    return timed_out("no answer from");
  }

  /// Waits until what was sent has left.
  caf::expected<json> finish() {
    socket_.set(zmq::sockopt::linger,
                static_cast<int>(left_until(until_).count()));
    socket_.close();
    context_.reset();
    if (left_until(until_).count() == 0)
      return timed_out("could not be sent to");
    return json{};
  }

private:
  caf::error timed_out(std::string_view what) const {
    return caf::make_error(ec::call_timed_out,
                           fmt::format("{}: {} {} at {} within {}",
                                       call_.method, what, call_.service,
                                       address_, render_duration(timeout_)));
  }

  const single_call& call_;
  caf::timespan timeout_;
  clock::time_point until_;
  std::string address_;
  std::unique_ptr<zmq_context> context_;
  zmq::socket_t socket_;
};

} // namespace

option_needs single_call_needs() {
  return {
    {"router.frontend", "client.timeout", "application.runtime-directory"}};
}

caf::expected<json> call_once(const command_arguments& given,
                              const single_call& call) {
  const auto& opts = given.opts();
  auto payload = call.is_notification
                   ? encode_call(opts, notification{call.method, call.args})
                   : encode_call(opts,
                                 request{call_id, call.method, call.args});
  if (!payload)
    return payload.error();
  try {
    caller self{call, given.timeout()};
    if (auto failed = self.open(opts))
      return failed;
    if (auto failed = self.send(call.service, *payload))
      return failed;
    if (call.is_notification)
      return self.finish();
    if (call.service != broker_identity)
      if (auto failed = self.send(broker_identity, whether_missed(call)))
        return failed;
    return self.receive();
  } catch (const zmq::error_t& x) {
    return caf::make_error(ec::system_error, std::string{x.what()});
  }
}

int call_and_print(const command_arguments& given, const single_call& call,
                   std::string (*text_of)(const json& result)) {
  auto until = clock::now() + given.timeout();
  auto result = call_once(given, call);
  if (!result)
    return run_time_error(result.error());
  return text_of ? print(text_of(*result), {.until = until})
                 : int{exit_success};
}

} // namespace rr
