// SPDX-License-Identifier: BSD-3-Clause
#include "actors/remote_client.hpp"

#include "actors/support/channel_reports.hpp"
#include "actors/support/report_errors.hpp"
#include "messages/call/routing.hpp"

namespace rr {

namespace {

/// The ticket of what is no call: ids have 32 bits.
constexpr uint64_t no_call = UINT64_MAX;

std::string name_of(const std::string& service, const std::string& method) {
  return method + " of " + identity_text(service);
}

/// Why a call has no result.
caf::error no_result(ec code, const std::string& service,
                     const std::string& method, const std::string& why) {
  return caf::make_error(code, name_of(service, method) + why);
}

} // namespace

remote_client_state::~remote_client_state() {
  for (auto& [id, call] : in_flight_)
    call.promise.deliver(no_result(ec::client_ended, call.service, call.method,
                                   ": the client has ended"));
}

remote_client_actor::behavior_type
remote_client_state::make_behavior(remote_client_settings settings,
                                   const channel_opener& open, event_log log) {
  report_errors(self_, log);
  settings_ = settings;
  next_id_ = settings.first_id;
  log_ = limited_log{std::move(log)};
  auto channel = open(report_to(remote_client_actor{self_}, settings.limits));
  if (!channel) {
    self_->quit(channel.error());
    return remote_client_actor::behavior_type::make_empty_behavior();
  }
  channel_ = std::move(*channel);
  return {
    [this](atom::call, std::string& service, std::string& method,
           json_value& args, caf::timespan timeout) {
      return call(service, method, args.value, timeout);
    },
    [this](atom::notify, const std::string& service, std::string& method,
           json_value& args) { return notify(service, method, args.value); },
    [this](atom::status) { return status(); },
    [this](atom::timeout) { on_timeout(); },
    [this](atom::tick) { flush(); },
    [this](message_received& fact) { on_message(fact); },
    [this](message_batch& facts) {
      for (auto& fact : facts.messages)
        on_message(fact);
    },
    [this](const payload_malformed& fact) { on_malformed(fact); },
    [this](const payload_unsent& fact) { on_unsent(fact); },
  };
}

caf::result<json_value>
remote_client_state::call(std::string& service, std::string& method, json& args,
                          caf::timespan timeout) {
  if (channel_->addressed_by() == message_channel::addressing::topic)
    return no_result(ec::no_answers, service, method,
                     ": no answer can come back");
  auto id = free_id();
  if (!id)
    return no_result(ec::overloaded, service, method,
                     ": too many calls in flight");
  request message{*id, std::move(method), std::move(args)};
  if (auto err = encode_call(service, message))
    return err;
  ++counters_.calls;
  if (auto err = send(service, message.method, message.id))
    return err;
  auto deadline = deadline_queue::after(now(), timeout);
  auto promise = self_->make_response_promise<json_value>();
  deadlines_.add(message.id, deadline);
  in_flight_.emplace(message.id, call_in_flight{std::move(service),
                                                std::move(message.method),
                                                timeout, deadline, promise});
  set_timer();
  return promise;
}

caf::result<void> remote_client_state::notify(const std::string& service,
                                              std::string& method, json& args) {
  notification message{std::move(method), std::move(args)};
  if (auto err = encode_call(service, message))
    return err;
  ++counters_.notifications;
  if (auto err = send(service, message.method, no_call))
    return err;
  return caf::unit;
}

remote_client_status remote_client_state::status() const {
  auto result = counters_;
  result.in_flight = in_flight_.size();
  result.reopened = channel_->counters().reopened;
  return result;
}

void remote_client_state::on_timeout() {
  deadlines_.timer_fired(now());
  while (auto id = deadlines_.take_due(now())) {
    auto call = take(static_cast<uint32_t>(*id), outcome::timed_out);
    ++counters_.timeouts;
    call.promise.deliver(
      no_result(ec::call_timed_out, call.service, call.method,
                " timed out after " + caf::deep_to_string(call.timeout)));
  }
  set_timer();
}

void remote_client_state::on_message(message_received& fact) {
  channel_->release(1);
  if (auto answer = std::get_if<response>(&fact.message)) {
    on_response(fact.sender, *answer);
    return;
  }
  ++counters_.unexpected;
  log_.warning(now(), "Received a call as a client",
               {{"sender", identity_text(fact.sender)}});
}

void remote_client_state::on_malformed(const payload_malformed& fact) {
  channel_->release(1);
  ++counters_.malformed;
  log_.warning(now(), "Received malformed message",
               {{"sender", identity_text(fact.sender)}, {"error", fact.why}});
}

void remote_client_state::on_unsent(const payload_unsent& fact) {
  ++counters_.unsent;
  auto id = static_cast<uint32_t>(fact.ticket);
  if (fact.ticket == no_call || !in_flight_.contains(id))
    return;
  auto call = take(id, outcome::none);
  call.promise.deliver(no_result(ec::overloaded, call.service, call.method,
                                 ": could not be sent in time"));
}

void remote_client_state::on_response(const std::string& sender,
                                      response& answer) {
  auto found = in_flight_.find(answer.id);
  auto named = channel_->addressed_by()
               == message_channel::addressing::identity;
  if (found == in_flight_.end() || (named && found->second.service != sender)) {
    on_stray_response(sender, answer.id);
    return;
  }
  auto call = take(answer.id, outcome::answered);
  if (answer.error) {
    ++counters_.errors;
    call.promise.deliver(remote_error(std::move(*answer.error),
                                      name_of(call.service, call.method)));
  } else {
    ++counters_.answered;
    call.promise.deliver(json_value{std::move(answer.result)});
  }
}

void remote_client_state::on_stray_response(const std::string& sender,
                                            uint32_t id) {
  log_fields fields{{"sender", identity_text(sender)}, {"id", id}};
  const auto& ended = ended_[id % ended_.size()];
  auto how = ended.id == id && !in_flight_.contains(id) ? ended.how
                                                        : outcome::none;
  if (how == outcome::timed_out) {
    ++counters_.late;
    log_.warning(now(), "Received late response", std::move(fields));
  } else if (how == outcome::answered) {
    ++counters_.duplicate;
    log_.warning(now(), "Received duplicate response", std::move(fields));
  } else {
    ++counters_.unexpected;
    log_.warning(now(), "Received unexpected response", std::move(fields));
  }
}

std::optional<uint32_t> remote_client_state::free_id() {
  auto first = settings_.first_id;
  auto last = settings_.last_id;
  if (in_flight_.size() > last - first)
    return std::nullopt;
  for (;;) {
    auto id = next_id_;
    next_id_ = id == last ? first : id + 1;
    if (!in_flight_.contains(id))
      return id;
  }
}

remote_client_state::call_in_flight remote_client_state::take(uint32_t id,
                                                              outcome how) {
  auto node = in_flight_.extract(id);
  deadlines_.remove(id, node.mapped().deadline);
  ended_[id % ended_.size()] = {id, how};
  return std::move(node.mapped());
}

/// No service takes what is refused here: its silence would be all there is.
template <class Message>
caf::error remote_client_state::encode_call(const std::string& service,
                                            const Message& message) {
  auto refused = [&](const std::string& why) {
    return caf::make_error(ec::malformed,
                           as_utf8(name_of(service, message.method))
                             + ": cannot be sent: " + why);
  };
  if (auto fault = fault_of(message); !fault.empty())
    return refused(fault);
  buffer_.clear();
  encode(message, buffer_);
  if (buffer_.size() > settings_.max_call)
    return refused("has " + std::to_string(buffer_.size())
                   + " bytes, more than " + std::to_string(settings_.max_call));
  return caf::none;
}

caf::error remote_client_state::send(const std::string& service,
                                     const std::string& method,
                                     uint64_t ticket) {
  auto by_topic = channel_->addressed_by()
                  == message_channel::addressing::topic;
  auto more = flush_due_ || !self_->mailbox().empty();
  auto err = channel_->send(by_topic ? method : service,
                            std::as_bytes(std::span{buffer_}), ticket, more);
  if (err)
    ++counters_.unsent;
  if (more && !std::exchange(flush_due_, true))
    self_->send(self_, atom::tick_v);
  return err;
}

/// Comes after the calls that wait in the mailbox already: one for them all.
void remote_client_state::flush() {
  flush_due_ = false;
  channel_->flush();
}

void remote_client_state::set_timer() {
  if (auto delay = deadlines_.next_timer(now()))
    self_->delayed_send(self_, *delay, atom::timeout_v);
}

deadline_queue::time_point remote_client_state::now() const {
  return self_->clock().now();
}

remote_client_actor::behavior_type
remote_client(remote_client_actor::stateful_pointer<remote_client_state> self,
              remote_client_settings settings, channel_opener open,
              event_log log) {
  return self->state.make_behavior(settings, open, std::move(log));
}

} // namespace rr
