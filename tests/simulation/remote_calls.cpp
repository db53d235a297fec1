// SPDX-License-Identifier: BSD-3-Clause
#include "tests/simulation/remote_calls.hpp"

#include <array>

#include <caf/send.hpp>

#include "actors/call_relay.hpp"
#include "actors/remote_client.hpp"
#include "actors/remote_service.hpp"
#include "app/runtime/broker.hpp"
#include "messages/call/outgoing_call.hpp"
#include "messages/call/routing.hpp"
#include "messages/error.hpp"

namespace rr::simulation {

namespace {

using namespace std::chrono_literals;

/// Of what an error is that whoever calls can make sense of.
constexpr auto error_category = caf::detail::error_factory<ec>::category;

constexpr auto client_patience = 300ms;
constexpr auto broker_patience = 500ms;

/// The first of them are about a process.
constexpr std::array<const char*, 11> methods{
  "start_process", "stop_process",   "restart_process", "ping",
  "status",        "get_option",     "list_uids",       "list_services",
  "nonsense",      "emergency_stop", "stop_robot"};
constexpr size_t methods_of_processes = 3;
constexpr size_t calm_methods = 9;

/// The ends of the network.
constexpr size_t broker_end = 0;
constexpr size_t client_end = 1;
constexpr size_t own_client_end = 2;

/// By what a detail names the caller, beside the method.
constexpr uint16_t callers = 16;

/// Whom a loss ends instead.
constexpr uint16_t lost_client = 3;
constexpr uint16_t lost_own_client = 4;

} // namespace

/// One end: what is sent by it goes to the other.
class remote_calls::channel : public message_channel {
public:
  channel(std::shared_ptr<network> all, size_t end, remote_calls& judge)
    : all_(std::move(all)),
      end_(end),
      judge_(judge) {
  }

  ~channel() override {
    (*all_)[end_].listener = {};
  }

  caf::error send(std::string_view recipient,
                  std::span<const std::byte> payload, uint64_t, bool) override {
    if (end_ == broker_end)
      judge_.on_answer(recipient, payload);
    for (auto& to : *all_)
      if (to.name == recipient)
        to.packets.push_back(
          {(*all_)[end_].name, {payload.begin(), payload.end()}});
    return {};
  }

  void release(size_t) override {
    // nop
  }

  addressing addressed_by() const noexcept override {
    return addressing::identity;
  }

  channel_counters counters() const override {
    return {};
  }

private:
  std::shared_ptr<network> all_;
  size_t end_;
  remote_calls& judge_;
};

remote_calls::remote_calls(caf::actor_system& system, robot_view robot,
                           fake_core& core, operators& orders)
  : system_(system),
    robot_(robot),
    core_(core),
    orders_(orders),
    network_(std::make_shared<network>(3)) {
  (*network_)[broker_end].name = broker_identity;
  (*network_)[client_end].name = "client";
  (*network_)[own_client_end].name = "robot-client";
  client_ = system.spawn<caf::hidden>(remote_client, remote_client_settings{},
                                      opener(client_end), robot.log);
  caller_ = system.spawn<caf::hidden>(
    [](caf::event_based_actor*) { return caf::behavior{[](int32_t) {}}; });
  own_client_ = system.spawn(remote_client, remote_client_settings{},
                             opener(own_client_end), robot.log);
  relay_ = system.spawn(call_relay, own_client_, robot.log);
}

channel_opener remote_calls::opener(size_t end) {
  return [this, end](channel_listener listener)
           -> caf::expected<std::unique_ptr<message_channel>> {
    (*network_)[end].listener = std::move(listener);
    return std::unique_ptr<message_channel>{
      std::make_unique<channel>(network_, end, *this)};
  };
}

std::vector<resource_settings> remote_calls::resources() {
  auto add = [this](std::string name, caf::actor handle) {
    core_.add(name, stop_stage::services, handle);
    return resource_settings{
      name, stop_stage::services,
      [handle](caf::local_actor*, const application_actor&) { return handle; }};
  };
  return {broker(), add("client", caf::actor_cast<caf::actor>(own_client_)),
          add("call relay", caf::actor_cast<caf::actor>(relay_))};
}

resource_settings remote_calls::broker() {
  auto make = [this](caf::local_actor*, const application_actor& root) {
    broker_context context;
    context.root = root;
    context.router = core_.router;
    context.log_forwarder = core_.log_forwarder;
    context.log_publisher = core_.log_publisher;
    context.log_reader = core_.log_reader;
    context.recorder = core_.recorder();
    context.cord = &robot_.cord;
    context.name = "robot";
    context.control = core_.control;
    context.options = json{{"name", "robot"}};
    context.store = core_.store;
    context.update_publisher = core_.updates;
    context.holds = core_.holds;
    remote_service_settings settings;
    settings.workers = 2;
    settings.timeout = broker_patience;
    auto made = system_.spawn(remote_service, settings,
                              broker_methods(std::move(context)),
                              std::shared_ptr<job_runner>{}, opener(broker_end),
                              robot_.log);
    made->attach_functor([this](const caf::error&) { broker_ended_ = true; });
    auto result = caf::actor_cast<caf::actor>(made);
    core_.add("broker", stop_stage::services, result);
    return result;
  };
  return {"broker", stop_stage::services, make};
}

// -- what may happen ----------------------------------------------------------

void remote_calls::add_choices(std::vector<weighted_choice>& result) const {
  auto ends = static_cast<uint16_t>(network_->size());
  for (uint16_t end = 0; end < ends; ++end) {
    if ((*network_)[end].packets.empty())
      continue;
    result.push_back({{step_kind::deliver, end}, 20});
    if (auto weight = robot_.world.weight(step_kind::lose); weight > 0)
      result.push_back({{step_kind::lose, end}, weight});
  }
  auto weight = robot_.world.weight(step_kind::call);
  if (weight == 0)
    return;
  auto subjects = static_cast<uint16_t>(robot_.world.processes.size() + 1);
  auto turn = static_cast<size_t>(robot_.clock.now().time_since_epoch().count()
                                  / 1'000'000);
  auto by = static_cast<uint16_t>(turn % 3 * callers);
  auto count = static_cast<uint16_t>(methods.size());
  for (uint16_t i = 0; i < count; ++i) {
    auto whom = i < methods_of_processes ? subjects : uint16_t{1};
    for (uint16_t who = 0; who < whom; ++who)
      if (i < calm_methods || weight > 6)
        result.push_back(
          {{step_kind::call, who, static_cast<uint16_t>(i + by)}, weight});
  }
  if (robot_.world.weight(step_kind::lose) > 6)
    for (auto which : {lost_client, lost_own_client})
      result.push_back({{step_kind::lose, which}, 1});
}

std::optional<choice> remote_calls::calm_step() const {
  auto ends = static_cast<uint16_t>(network_->size());
  for (uint16_t end = 0; end < ends; ++end)
    if (!(*network_)[end].packets.empty())
      return choice{step_kind::deliver, end};
  return std::nullopt;
}

bool remote_calls::apply(const choice& step) {
  if (step.kind == step_kind::call) {
    auto method = static_cast<uint16_t>(step.detail % callers);
    auto by = static_cast<uint16_t>(step.detail / callers);
    if (method >= methods.size() || by > 2
        || step.subject > robot_.world.processes.size())
      return false;
    begin(step.subject, method, static_cast<caller>(by));
    return true;
  }
  if (step.kind != step_kind::deliver && step.kind != step_kind::lose)
    return false;
  if (step.subject == lost_client || step.subject == lost_own_client) {
    if (step.kind != step_kind::lose)
      return false;
    const auto& whom = step.subject == lost_client ? client_ : own_client_;
    caf::anon_send_exit(whom, caf::exit_reason::unhandled_exception);
    return true;
  }
  if (step.subject >= network_->size()
      || (*network_)[step.subject].packets.empty())
    return false;
  if (step.kind == step_kind::deliver)
    deliver(step.subject);
  (*network_)[step.subject].packets.pop_front();
  return true;
}

void remote_calls::begin(uint16_t subject, uint16_t method, caller by) {
  const auto& processes = robot_.world.processes;
  auto args = json::array();
  if (method < methods_of_processes) {
    auto name = subject < processes.size() ? processes[subject].name
                                           : std::string{"nobody"};
    orders_.note_foreign_order(name);
    args.push_back(name);
  }
  if (by == caller::client)
    begin_by_client(methods[method], std::move(args));
  else
    begin_by_relay(methods[method], std::move(args), by == caller::relay);
}

/// @returns what is to be called at the end of a call that begins.
std::function<void()> remote_calls::count_end(const std::string& method) {
  auto& made = calls_.emplace_back(call{method, 0});
  ++waiting_;
  return [this, &made] {
    if (++made.ends > 1)
      robot_.judge.accuse(promise::answered_once,
                          made.what + ": the call has ended twice");
    else
      --waiting_;
  };
}

void remote_calls::begin_by_client(std::string method, json args) {
  auto end = count_end(method);
  auto self = static_cast<caf::event_based_actor*>(
    caf::actor_cast<caf::abstract_actor*>(caller_));
  // It speaks outside of its turn, when it is nowhere.
  self->context(nullptr);
  self
    ->request(client_, caf::infinite, atom::call_v,
              std::string{broker_identity}, std::move(method),
              json_value{std::move(args)}, caf::timespan{client_patience})
    .then([end](const json_value&) { end(); },
          [end](const caf::error&) { end(); });
}

/// @param waits for an answer.
void remote_calls::begin_by_relay(std::string method, json args, bool waits) {
  outgoing_call order{broker_identity, method, std::move(args), client_patience,
                      nullptr};
  if (waits)
    order.answer = std::make_shared<pending_answer>(
      [this, method, end = count_end(method)](const caf::expected<json>& said) {
        if (!said && said.error().category() != error_category)
          robot_.judge.accuse(promise::answered_once,
                              method + ": " + describe(said.error()));
        end();
      });
  caf::anon_send(relay_, std::move(order));
}

void remote_calls::deliver(uint16_t direction) {
  auto& to = (*network_)[direction];
  // Nobody is there any more.
  if (!to.listener.received)
    return;
  const auto& next = to.packets.front();
  auto listener = to.listener;
  if (direction == broker_end)
    on_delivered(next);
  listener.received(next.sender, next.payload);
  listener.batch_ended();
}

// -- what is true of it -------------------------------------------------------

void remote_calls::on_delivered(const packet& what) {
  auto message = decode(what.payload, {});
  if (!message)
    return;
  if (auto asked = std::get_if<request>(&*message))
    owed_[{what.sender, asked->id}] = robot_.clock.now();
}

void remote_calls::on_answer(std::string_view recipient,
                             std::span<const std::byte> payload) {
  auto message = decode(payload, {});
  auto answer = message ? std::get_if<response>(&*message) : nullptr;
  if (!answer || owed_.erase({std::string{recipient}, answer->id}) == 0)
    robot_.judge.accuse(promise::answered_once,
                        "the broker answers what is not open");
}

void remote_calls::judge() {
  auto latest = robot_.clock.now() - broker_patience - robot_.world.slack
                - 10ms;
  if (broker_ended_)
    return;
  for (const auto& [which, since] : owed_)
    if (since < latest)
      robot_.judge.accuse(promise::answered_once,
                          "the broker does not answer request "
                            + std::to_string(which.second) + " of "
                            + which.first);
}

std::string remote_calls::unanswered() const {
  for (const auto& each : calls_)
    if (each.ends == 0)
      return each.what;
  return {};
}

void remote_calls::close() {
  caf::anon_send_exit(client_, caf::exit_reason::kill);
  caf::anon_send_exit(caller_, caf::exit_reason::kill);
  client_ = nullptr;
  own_client_ = nullptr;
  relay_ = nullptr;
  for (auto& each : *network_)
    each.listener = {};
}

} // namespace rr::simulation
