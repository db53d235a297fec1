// SPDX-License-Identifier: BSD-3-Clause
// The resources that a peer may pick.
#include <unistd.h>

#include <algorithm>
#include <exception>

#include <caf/actor_registry.hpp>
#include <caf/send.hpp>

#include "actors/control_client.hpp"
#include "actors/log_subscriber.hpp"
#include "actors/spin.hpp"
#include "actors/update_subscriber.hpp"
#include "app/config/child_environment.hpp"
#include "app/peer/handler_runner.hpp"
#include "app/peer/peer.hpp"
#include "app/peer/peer_devices.hpp"
#include "app/runtime/host.hpp"
#include "app/runtime/robot_devices.hpp"
#include "bridges/control/control_link.hpp"
#include "bridges/log_stream/log_subscription.hpp"
#include "bridges/process/process_statistics.hpp"
#include "bridges/system/runtime_directory.hpp"
#include "bridges/udp/update_socket.hpp"
#include "messages/address.hpp"
#include "messages/call/remote_call.hpp"
#include "messages/name.hpp"

namespace rr {

namespace {

caf::error bad(std::string text) {
  return caf::make_error(ec::bad_configuration, std::move(text));
}

/// What a handler hears of gamepads.
class handled_gamepads final : public gamepad_writer {
public:
  explicit handled_gamepads(peer::control_handler handler)
    : handler_(std::move(handler)) {
  }

  caf::error write(uint8_t index, const gamepad_state& state) override {
    handler_(index, state, true);
    return {};
  }

  caf::error neutral(uint8_t index) override {
    handler_(index, {}, false);
    return {};
  }

private:
  peer::control_handler handler_;
};

} // namespace

/// Adds an actor that has just been made.
template <class Status, class Handle>
counting_resource<Status> peer::add(const counting_resource<Status>& resource,
                                    const char* name, const Handle& made) {
  resource.set_actor(caf::actor_cast<caf::actor>(made));
  auto status = host_->add_made<Status>(name, stop_stage::services, made, true);
  if (!status)
    fail(std::move(status.error()));
  return resource;
}

// -- remote calls -------------------------------------------------------------

void peer::serve(method_table methods, const remote_node& node) {
  auto same = [&](const auto& x) { return x.first == node; };
  if (std::any_of(services_.begin(), services_.end(), same))
    return fail(bad("serve: a program has one service"
                    + (node.name().empty() ? "" : ' ' + node.name())));
  for (auto& [name, method] : methods)
    method = watched(std::move(method));
  auto ping = [](const json&) -> caf::expected<json> { return json("pong"); };
  methods.try_emplace("ping", remote_method::at_once({}, ping).as_urgent());
  services_.emplace_back(node, std::move(methods));
}

remote_caller peer::client(const remote_node& node) {
  for (const auto& [known, caller] : clients_)
    if (known == node)
      return caller;
  auto relay = host_->open_client(node);
  if (!relay)
    fail(std::move(relay.error()));
  auto made = remote_caller{relay ? *relay : call_relay_actor{},
                            opts_.get<caf::timespan>("client.timeout")};
  return clients_.emplace_back(node, std::move(made)).second;
}

/// A method whose error may be an emergency stop. One that answers later has
/// `peer::emergency_stop`.
remote_method peer::watched(remote_method method) {
  auto watch = [this](remote_method::caller_function run) {
    return [this, run = std::move(run)](const json& args,
                                        const std::string& caller) {
      auto result = run(args, caller);
      if (!result && result.error() == ec::emergency_stop)
        emergency_stop(describe(result.error()));
      return result;
    };
  };
  if (auto now = std::get_if<remote_method::caller_function>(&method.run))
    *now = watch(std::move(*now));
  else if (auto worker = std::get_if<remote_method::blocking>(&method.run))
    worker->run = watch(std::move(worker->run));
  return method;
}

bool peer::take_runtime_directory() {
  if (directory_)
    return true;
  auto directory = runtime_directory::make(
    opts_.get<std::string>("application.runtime-directory"));
  if (directory)
    directory_ = std::move(*directory);
  else
    fail(std::move(directory.error()));
  return directory.engaged();
}

void peer::route() {
  if (take_runtime_directory())
    fail(host_->open_router());
}

// -- clocks -------------------------------------------------------------------

peer_resource peer::spin(caf::timespan interval, periodic function) {
  return add_spin(interval, std::move(function), false);
}

peer_resource peer::spin(periodic function) {
  return spin(std::chrono::seconds{1}, std::move(function));
}

peer_resource peer::spin_on_worker(caf::timespan interval, periodic function) {
  return add_spin(interval, std::move(function), true);
}

peer_resource peer::add_spin(caf::timespan interval, periodic function,
                             bool on_worker) {
  if (interval.count() <= 0) {
    fail(bad("spin: expected an interval above zero"));
    return {};
  }
  auto result = std::make_shared<peer_resource>();
  // Its actor begins before it can be told to end.
  auto unless_ended = [result, function = std::move(function)] {
    return result->ended() ? caf::error{} : function();
  };
  *result
    = own("spin", stop_stage::services,
          [this, interval, unless_ended, on_worker](caf::local_actor* parent) {
            return caf::actor_cast<caf::actor>(parent->spawn(
              rr::spin, log(), unless_ended, interval,
              on_worker ? host_->workers() : std::shared_ptr<job_runner>{}));
          });
  return *result;
}

executor peer::worker() {
  return make_serial_executor(host_->workers());
}

// -- the log ------------------------------------------------------------------

void peer::publish_log() {
  if (host_->log_publisher())
    return;
  // First, so that nothing is in both.
  auto prints = !under_runtime() && ::isatty(STDOUT_FILENO) != 0;
  if (!prints)
    outputs_->remove(printed_);
  auto failed = host_->open_log_publisher();
  if (!failed)
    return;
  fail(std::move(failed));
  if (!prints)
    fail(outputs_->add(printed_));
}

void peer::forward_log() {
  if (take_runtime_directory())
    fail(host_->open_log_forwarder());
}

counting_resource<log_subscriber_status>
peer::subscribe_log(log_level level, log_handler handler, executor where) {
  counting_resource<log_subscriber_status> result;
  auto address
    = get_connection(opts_.get<std::vector<std::string>>("log.frontend"));
  if (!address) {
    fail(std::move(address.error()));
    return result;
  }
  log_receiver_settings settings;
  settings.address = *address;
  settings.level = level;
  auto take
    = handler_runner{"log subscriber", std::move(where), result, log()}.around(
      std::move(handler));
  auto subscriber = host_->system().spawn(
    log_subscriber,
    [this, settings, take](log_failure_listener listener) {
      return rr::subscribe_log(host_->zmq(), settings, take,
                               std::move(listener));
    },
    log());
  return add(result, "log subscriber", subscriber);
}

// -- devices ------------------------------------------------------------------

counting_resource<update_reception>
peer::subscribe_updates(update_handler handler, executor where) {
  counting_resource<update_reception> result;
  auto take = handler_runner{"update subscriber", std::move(where), result,
                             log()}
                .around(std::move(handler));
  auto open = [address = opts_.get<std::string>("update.address"),
               interface = opts_.get<std::string>("update.interface")](
                update_listener listener) {
    return update_socket::make(address, interface, std::move(listener));
  };
  auto subscriber = host_->system().spawn(update_subscriber,
                                          update_subscriber_state::opener{open},
                                          std::move(take), log());
  return add(result, "update subscriber", subscriber);
}

counting_resource<update_status>
peer::publish_updates(std::function<device_update()> source) {
  counting_resource<update_status> result;
  auto publisher = host_->open_updates(std::move(source), true);
  if (publisher)
    result.set_actor(caf::actor_cast<caf::actor>(*publisher));
  else
    fail(std::move(publisher.error()));
  return result;
}

device_buffers peer::buffers() {
  auto source = open_devices(opts_, *host_, devices_);
  if (!source)
    fail(std::move(source.error()));
  return device_buffers{source ? std::move(*source) : nullptr};
}

// -- control ------------------------------------------------------------------

gamepad_driver peer::drive(drive_settings settings) {
  gamepad_driver result;
  if (!(settings.rate >= 1 && settings.rate <= 10'000)) {
    fail(bad("drive: expected a rate from 1 to 10000 a second"));
    return result;
  }
  control_client_settings how;
  how.interval = std::chrono::duration_cast<caf::timespan>(
    std::chrono::duration<double>{1 / settings.rate});
  how.rest_packets = settings.rest_packets;
  auto heard = settings.heard ? std::move(settings.heard)
                              : [](const control_answer&) {};
  auto link = control_link::make(settings.address.empty()
                                   ? opts_.get<std::string>("control.address")
                                   : settings.address,
                                 std::move(heard),
                                 control_link::patience(how.interval));
  if (!link) {
    fail(std::move(link.error()));
    return result;
  }
  auto send = [to = std::shared_ptr<control_link>{std::move(*link)}](
                const std::vector<uint8_t>& packet) {
    return to->send(packet);
  };
  auto client = host_->system().spawn(
    control_client, how, control_client_state::sender{send}, log());
  auto made = caf::actor_cast<caf::actor>(client);
  host_->add_living("control client", stop_stage::services, made, true);
  result.set_actor(made);
  return result;
}

caf::error peer::send_gamepads(const std::vector<gamepad_input>& inputs) {
  for (const auto& input : inputs)
    if (auto wrong = check(input))
      return wrong;
  std::lock_guard guard{control_mutex_};
  if (!control_) {
    auto made = control_link::make(
      opts_.get<std::string>("control.address"), [](const control_answer&) {},
      control_link::patience({}));
    if (!made)
      return std::move(made.error());
    control_ = std::move(*made);
  }
  return control_->send(
    encode(notification{"update_gamepads", encode_control(inputs)}));
}

counting_resource<control_status> peer::receive_control(control_handler handler,
                                                        executor where) {
  counting_resource<control_status> result;
  auto writer = std::make_shared<handled_gamepads>(
    handler_runner{"control receiver", std::move(where), result, log()}.around(
      std::move(handler)));
  auto control = host_->open_control(std::move(writer), true);
  if (control)
    result.set_actor(caf::actor_cast<caf::actor>(control->receiver));
  else
    fail(std::move(control.error()));
  return result;
}

// -- processes, and actors of one's own ---------------------------------------

peer_resource peer::supervise(process_settings process) {
  auto known = [this](const std::string& name) {
    return std::any_of(children_.begin(), children_.end(),
                       [&](const auto& x) { return x.name == name; });
  };
  auto wrong = std::string{};
  if (!is_name(process.name))
    wrong = "expected a name of a-z, 0-9 and -, at most 32 characters";
  else if (known(process.name))
    wrong = "there is a process of that name";
  else if (process.command.empty() || process.command[0].empty())
    wrong = "expected a command";
  else if (process.terminate_timeout.count() < 0)
    wrong = "expected a terminate_timeout of zero or above";
  for (const auto& other : process.after)
    if (wrong.empty() && !known(other))
      wrong = "comes after " + other + ", which is not there yet";
  if (!wrong.empty()) {
    fail(bad("supervise " + process.name + ": " + wrong));
    return {};
  }
  if (process.environment.empty())
    process.environment
      = child_environment(common_environment(options::own_environment(),
                                             opts_.values(), opts_.file()),
                          {}, process.name, {});
  children_.push_back(process);
  return peer_resource{
    [this, name = process.name] { host_->order(stop_process{name}); }};
}

peer_resource
peer::own(std::string name, stop_stage stage,
          std::function<caf::actor(caf::local_actor* parent)> make) {
  peer_resource result;
  host_->add({std::move(name), stage,
              [result, make = std::move(make)](caf::local_actor* parent,
                                               const application_actor&) {
                auto made = make(parent);
                result.set_actor(made);
                return made;
              },
              true});
  return result;
}

caf::expected<peer_health> peer::health() const {
  auto statistics = read_process_statistics();
  if (!statistics)
    return std::move(statistics.error());
  return peer_health{.thread_count = statistics->thread_count,
                     .actor_count = host_->system().registry().running(),
                     .process_count = host_->process_count(),
                     .resident_kib = statistics->resident_kib};
}

} // namespace rr
