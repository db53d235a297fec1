// SPDX-License-Identifier: BSD-3-Clause
#include "actors/remote_service.hpp"

#include "actors/support/actor_turn.hpp"
#include "actors/support/channel_reports.hpp"
#include "actors/support/report_errors.hpp"
#include "messages/call/routing.hpp"

namespace rr {

namespace {

/// Calls that start before the actor looks for urgent ones again.
constexpr size_t calls_per_turn = 16;

call_error what_is_thrown() {
  try {
    throw;
  } catch (const std::exception& x) {
    return {x.what(), json::object()};
  } catch (...) {
    return {"an exception that is no std::exception", json::object()};
  }
}

/// Runs on whatever thread the method is for.
call_settled run_guarded(uint64_t ticket,
                         const remote_method::caller_function& run,
                         const json& args, const std::string& caller) {
  try {
    auto result = run(args, caller);
    if (result)
      return {ticket, std::nullopt, std::move(*result)};
    return {ticket, to_call_error(result.error()), nullptr};
  } catch (...) {
    return {ticket, what_is_thrown(), nullptr};
  }
}

/// The name of a method that may block, if there is one.
std::optional<std::string> needs_pool(const method_table& methods) {
  for (const auto& [title, method] : methods)
    if (std::holds_alternative<remote_method::blocking>(method.run))
      return title;
  return std::nullopt;
}

/// What there is to call, for people and for their tools.
json as_list(const method_table& methods) {
  auto result = json::array();
  for (const auto& [title, method] : methods)
    result.push_back({{"name", title},
                      {"least", method.args.least},
                      {"most", method.args.most},
                      {"parameters", method.parameters}});
  return result;
}

void add_list(method_table& methods) {
  methods.emplace(
    list_method,
    remote_method::at_once({}, [all = as_list(methods)](const json&) {
      return caf::expected<json>{all};
    }).as_urgent());
}

double seconds(caf::timespan span) {
  return std::chrono::duration<double>{span}.count();
}

} // namespace

remote_service_actor::behavior_type
remote_service_state::make_behavior(remote_service_settings settings,
                                    method_table methods,
                                    std::shared_ptr<job_runner> workers,
                                    const channel_opener& open, event_log log) {
  report_errors(self_, log);
  self_->set_exit_handler([this](const caf::exit_msg& why) { on_exit(why); });
  settings_ = settings;
  methods_ = std::move(methods);
  add_list(methods_);
  workers_ = std::move(workers);
  log_ = limited_log{std::move(log)};
  if (auto blocking = needs_pool(methods_); blocking && !workers_) {
    self_->quit(caf::make_error(
      ec::bad_configuration,
      "method " + *blocking + " needs worker threads, and there are none"));
    return remote_service_actor::behavior_type::make_empty_behavior();
  }
  auto channel = open(report_to(remote_service_actor{self_}, settings.limits));
  if (!channel) {
    self_->quit(channel.error());
    return remote_service_actor::behavior_type::make_empty_behavior();
  }
  channel_ = std::move(*channel);
  return {
    [this](atom::status) { return status(); },
    [this](atom::timeout) { on_timeout(); },
    [this](call_settled& fact) { on_settled(fact); },
    [this](message_received& fact) {
      on_message(fact);
      start_waiting();
    },
    [this](message_batch& facts) { on_messages(facts); },
    [this](const payload_malformed& fact) { on_malformed(fact); },
    [this](const payload_unsent& fact) { on_unsent(fact); },
  };
}

remote_service_status remote_service_state::status() const {
  auto result = counters_;
  result.running = running_.size();
  result.waiting = waiting_.size();
  result.reopened = channel_->counters().reopened;
  return result;
}

/// What methods have answered before lies in the mailbox: it still leaves.
void remote_service_state::on_exit(const caf::exit_msg& why) {
  if (!why.reason)
    return;
  if (std::exchange(ending_, true))
    self_->quit(why.reason);
  else
    self_->send_exit(remote_service_actor{self_}, why.reason);
}

void remote_service_state::on_timeout() {
  yielding_ = false;
  deadlines_.timer_fired(now());
  while (auto ticket = deadlines_.take_due(now())) {
    auto call = take_running(*ticket);
    ++counters_.timeouts;
    log_.warning(now(), "Method timed out",
                 {{"method", std::string{call->from.method}},
                  {"sender", identity_text(call->from.caller)}});
    respond(call->from,
            call_error{"method timed out",
                       {{"timeout", seconds(settings_.timeout)}}},
            nullptr);
  }
  start_waiting();
  set_timer();
}

void remote_service_state::on_settled(call_settled& fact) {
  auto call = take_running(fact.ticket);
  if (!call) {
    // One that timed out may be dropped without a word.
    if (fact.error && fact.error->message == call_dropped)
      return;
    ++counters_.late;
    log_.warning(now(), "Method answered a call that had ended", {});
    return;
  }
  settle(call->from, fact);
  start_waiting();
}

void remote_service_state::on_message(message_received& fact) {
  if (auto call = std::get_if<request>(&fact.message))
    on_call({std::move(fact.sender), call->id, call->method}, call->args);
  else if (auto told = std::get_if<notification>(&fact.message))
    on_call({std::move(fact.sender), std::nullopt, told->method}, told->args);
  else
    on_malformed({std::move(fact.sender), "a response, sent to a service"});
}

void remote_service_state::on_messages(message_batch& facts) {
  in_batch_ = true;
  for (auto& fact : facts.messages)
    on_message(fact);
  start_waiting();
  in_batch_ = false;
  channel_->flush();
}

void remote_service_state::on_unsent(const payload_unsent&) {
  ++counters_.unsent;
  log_.warning(now(), "Response could not be sent in time", {});
}

void remote_service_state::on_call(call_origin from, json& args) {
  ++(from.id ? counters_.calls : counters_.notifications);
  auto found = methods_.find(from.method);
  if (found == methods_.end()) {
    return on_unknown_method(from);
  }
  const auto& method = found->second;
  if (auto err = method.args.check(args))
    return fail(from, to_call_error(err));
  // The message ends before the call does.
  from.method = found->first;
  incoming_call call{std::move(from), &method, std::move(args)};
  if (method.urgent)
    start(std::move(call));
  else
    waiting_.push_back(std::move(call));
}

void remote_service_state::start(incoming_call call) {
  const auto& run = call.method->run;
  if (auto now = std::get_if<remote_method::caller_function>(&run))
    run_at_once(*now, call);
  else if (auto later = std::get_if<remote_method::asking_function>(&run))
    run_later(*later, call);
  else
    run_on_worker(std::get<remote_method::blocking>(run), call);
}

void remote_service_state::run_at_once(
  const remote_method::caller_function& run, incoming_call& call) {
  auto turn = actor_turn{};
  auto done = run_guarded(0, run, call.args, call.from.caller);
  settle(call.from, done);
}

void remote_service_state::run_later(const remote_method::asking_function& run,
                                     incoming_call& call) {
  auto ticket = add_running(call);
  auto turn = actor_turn{};
  auto promise = call_promise{self_->address(), ticket, call.from.caller};
  try {
    run(self_, std::move(call.args), promise);
  } catch (...) {
    promise.release();
    if (auto failed = take_running(ticket))
      fail(failed->from, what_is_thrown());
  }
}

void remote_service_state::run_on_worker(const remote_method::blocking& method,
                                         incoming_call& call) {
  auto ticket = add_running(call);
  auto job = [hdl = remote_service_actor{self_}, run = method.run, ticket,
              args = std::move(call.args),
              caller = std::move(call.from.caller)] {
    caf::anon_send(hdl, run_guarded(ticket, run, args, caller));
  };
  if (workers_->submit(std::move(job)))
    return;
  if (auto refused = take_running(ticket))
    fail(refused->from, {"the worker pool's queue is full", json::object()});
}

uint64_t remote_service_state::add_running(const incoming_call& call) {
  auto ticket = ++last_ticket_;
  auto deadline = deadline_queue::after(now(), settings_.timeout);
  auto urgent = call.method->urgent;
  running_.emplace(ticket, running_call{call.from, urgent, deadline});
  if (!urgent)
    ++busy_;
  deadlines_.add(ticket, deadline);
  set_timer();
  return ticket;
}

std::optional<remote_service_state::running_call>
remote_service_state::take_running(uint64_t ticket) {
  auto node = running_.extract(ticket);
  if (node.empty())
    return std::nullopt;
  deadlines_.remove(ticket, node.mapped().deadline);
  if (!node.mapped().urgent)
    --busy_;
  return std::move(node.mapped());
}

void remote_service_state::start_waiting() {
  for (size_t started = 0; !waiting_.empty() && busy_ < settings_.workers;
       ++started) {
    if (started == calls_per_turn) {
      // What has arrived meanwhile may be urgent.
      if (!std::exchange(yielding_, true))
        self_->send(self_, atom::timeout_v);
      return;
    }
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    start(std::move(next));
  }
}

void remote_service_state::set_timer() {
  if (auto delay = deadlines_.next_timer(now()))
    self_->delayed_send(self_, *delay, atom::timeout_v);
}

deadline_queue::time_point remote_service_state::now() const {
  return self_->clock().now();
}

remote_service_actor::behavior_type remote_service(
  remote_service_actor::stateful_pointer<remote_service_state> self,
  remote_service_settings settings, method_table methods,
  std::shared_ptr<job_runner> workers, channel_opener open, event_log log) {
  return self->state.make_behavior(settings, std::move(methods),
                                   std::move(workers), open, std::move(log));
}

} // namespace rr
