// SPDX-License-Identifier: BSD-3-Clause
// What of a host speaks to other programs: calls, updates, control.
#include <algorithm>

#include "actors/call_relay.hpp"
#include "actors/control_receiver.hpp"
#include "actors/remote_client.hpp"
#include "actors/remote_service.hpp"
#include "actors/update_publisher.hpp"
#include "app/runtime/host.hpp"
#include "bridges/call/zmq_channel.hpp"
#include "bridges/control/control_socket.hpp"
#include "bridges/udp/udp_channel.hpp"
#include "bridges/udp/update_sender.hpp"
#include "messages/address.hpp"
#include "messages/call/routing.hpp"

namespace rr {

namespace {

/// While nobody sees that a driver falls silent, gamepads stay as they were.
/// Its thread may wait for the lock of one.
constexpr auto control_bound = std::chrono::seconds{1};

/// The value of an option that is a map of ZMQ socket options.
socket_options socket_options_of(const options& opts, std::string_view name) {
  socket_options result;
  for (const auto& [option, value] : opts.get<caf::settings>(name))
    if (auto number = caf::get_if<int64_t>(&value))
      result.emplace(option, *number);
    else
      result.emplace(option, caf::get<std::string>(value));
  return result;
}

/// For people, as in `client arm-camera`.
std::string title(const std::string& role, const remote_node& node) {
  return node.name().empty() ? role : role + ' ' + node.name();
}

/// The log of one of several clients or services, whose events say which.
event_log log_of(const event_log& log, const std::string& role,
                 const remote_node& node) {
  return node.name().empty() ? log : log.with({{role, node.name()}});
}

} // namespace

caf::expected<call_relay_actor> host::open_client(const remote_node& node) {
  remote_client_settings settings;
  settings.limits.max_bytes = opts_.get<size_t>("router.max-message");
  settings.max_call = opts_.get<size_t>("service.max-payload");
  auto log = log_of(log_, "client", node);
  auto client = system_.spawn(remote_client, settings,
                              opener(node, frontend_, "client"), log);
  auto status = add_made<remote_client_status>(title("client", node),
                                               stop_stage::services, client);
  if (!status)
    return std::move(status.error());
  auto relay = system_.spawn(call_relay, client, log);
  add_living(title("call relay", node), stop_stage::services,
             caf::actor_cast<caf::actor>(relay));
  return relay;
}

caf::error host::open_service(method_table methods, const remote_node& node) {
  auto service = spawn_service(std::move(methods),
                               opener(node, backend_, "service"),
                               log_of(log_, "service", node));
  auto status = add_made<remote_service_status>(title("service", node),
                                                stop_stage::services, service);
  return status ? caf::error{} : std::move(status.error());
}

remote_service_actor host::spawn_broker(method_table methods) {
  return spawn_inside(std::move(methods), broker_.secret);
}

/// No option keeps a person from stopping, whatever the reason.
remote_service_actor host::spawn_emergency_service(method_table methods) {
  return spawn_inside(std::move(methods), broker_.urgent_secret,
                      cbor_limits{}.max_bytes);
}

remote_service_actor host::spawn_inside(method_table methods,
                                        const std::string& identity,
                                        size_t least_payload) {
  return spawn_service(std::move(methods),
                       dealer({.address = *get_connection(backend_),
                               .identity = identity,
                               .options = {}}),
                       log_, least_payload);
}

/// @param least_payload bytes that `service.max-payload` does not refuse.
remote_service_actor host::spawn_service(method_table methods,
                                         channel_opener open, event_log log,
                                         size_t least_payload) {
  remote_service_settings settings;
  settings.workers = opts_.get<size_t>("service.workers");
  settings.timeout = opts_.get<caf::timespan>("service.timeout");
  settings.limits.max_bytes = std::max(opts_.get<size_t>("service.max-payload"),
                                       least_payload);
  settings.max_answer = opts_.get<size_t>("router.max-message");
  return system_.spawn(remote_service, settings, std::move(methods), workers_,
                       std::move(open), std::move(log));
}

caf::expected<update_publisher_actor>
host::open_updates(std::function<device_update()> source, bool may_end) {
  auto sender = update_sender::make(opts_.get<std::string>("update.address"),
                                    opts_.get<std::string>("update.interface"));
  if (!sender)
    return std::move(sender.error());
  auto send = [out = std::shared_ptr<update_sender>{std::move(*sender)}](
                std::span<const std::vector<uint8_t>> datagrams) {
    return out->send(datagrams);
  };
  update_settings settings{
    .interval = opts_.get<caf::timespan>("update.interval"),
    .full_interval = opts_.get<caf::timespan>("update.full-interval"),
    .datagram = opts_.get<size_t>("update.datagram")};
  auto publisher = system_.spawn(update_publisher, settings, std::move(source),
                                 datagram_sender{send}, log_);
  auto status = add_made<update_status>(
    "update publisher", stop_stage::services, publisher, may_end);
  if (!status)
    return std::move(status.error());
  return publisher;
}

caf::expected<host::opened_control>
host::open_control(std::shared_ptr<gamepad_writer> writer, bool may_end) {
  control_settings settings;
  settings.timeout = opts_.get<caf::timespan>("control.timeout");
  settings.on_timeout
    = parse_control_timeout(opts_.get<std::string>("control.on-timeout"));
  settings.max_age = opts_.get<caf::timespan>("control.max-age");
  auto listener = log_control(log_);
  listener.shown = observers_.shown;
  listener.emergency = [this](std::string_view why) {
    cord_.pull(
      {"", why, emergency_exit_code_, 0, failsafe_cause::driver_silent});
  };
  opened_control result;
  result.session = std::make_shared<control_session>(
    settings, std::move(writer), std::move(listener));
  control_socket_settings where;
  where.address = opts_.get<std::string>("control.address");
  for (const auto& text :
       opts_.get<std::vector<std::string>>("control.allow-from"))
    where.allow_from.push_back(*parse_network_prefix(text));
  auto open = [this, where,
               session = result.session]() -> caf::expected<control_bridge> {
    auto socket = control_socket::make(where, session);
    if (!socket)
      return std::move(socket.error());
    auto witness = (*socket)->witness();
    witness.bound = control_bound;
    watched_.push_back(std::move(witness));
    return control_bridge{std::move(*socket)};
  };
  result.receiver = system_.spawn(control_receiver, result.session,
                                  control_bridge_factory{open}, log_);
  auto status = add_made<control_status>(
    "control receiver", stop_stage::services, result.receiver, may_end);
  if (!status)
    return std::move(status.error());
  return result;
}

channel_opener host::dealer(zmq_channel_settings settings) {
  return [this, settings = std::move(settings)](channel_listener listener) {
    return connect_dealer(zmq_->get(), settings, std::move(listener));
  };
}

/// @param router where the one of the options is.
/// @param role `client` or `service`.
channel_opener host::opener(const remote_node& node,
                            const std::vector<std::string>& router,
                            const std::string& role) {
  auto is_default = node == remote_node{};
  zmq_channel_settings settings;
  settings.address = node.by() == remote_node::kind::router
                       ? *get_connection(router)
                       : node.address();
  settings.identity = is_default ? opts_.get<std::string>("application.name")
                                     + '-' + role
                                 : node.identity();
  settings.options = socket_options_of(opts_, role + ".options");
  // They say what the default one is called.
  if (!is_default)
    for (auto option : {"IDENTITY", "ROUTING_ID"})
      settings.options.erase(option);
  settings.topics = node.topics();
  settings.binds = node.binds();
  switch (node.by()) {
    case remote_node::kind::router:
    case remote_node::kind::dealer:
      return dealer(std::move(settings));
    case remote_node::kind::publisher:
      return [this, settings](channel_listener listener) {
        return connect_publisher(zmq_->get(), settings, std::move(listener));
      };
    case remote_node::kind::subscriber:
      return [this, settings](channel_listener listener) {
        return connect_subscriber(zmq_->get(), settings, std::move(listener));
      };
    case remote_node::kind::udp:
      break;
  }
  return [settings](channel_listener listener) {
    return settings.binds
             ? bind_udp_channel(settings.address, std::move(listener))
             : connect_udp(settings.address, std::move(listener));
  };
}

} // namespace rr
