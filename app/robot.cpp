// SPDX-License-Identifier: BSD-3-Clause
#include "app/robot.hpp"

#include "actors/control_receiver.hpp"
#include "app/broker.hpp"
#include "bridges/control_socket.hpp"

namespace rr {

robot::robot(const options& opts, std::shared_ptr<log_output> output)
  : host_(opts, std::move(output)) {
}

caf::error robot::open() {
  for (auto step : {&host::open_context, &host::open_children,
                    &host::open_workers, &host::open_router})
    if (auto failed = (host_.*step)())
      return failed;
  if (auto failed = open_control())
    return failed;
  host_.add({broker_identity, stop_stage::services,
             [this](caf::local_actor*, const application_actor& root) {
               return caf::actor_cast<caf::actor>(make_broker(root));
             }});
  return host_.open_application();
}

int robot::run() {
  return host_.run();
}

/// An address that is in use is this program's own error, not the end of an
/// actor.
caf::error robot::open_control() {
  const auto& opts = host_.opts();
  control_settings settings;
  settings.timeout = opts.get<caf::timespan>("control.timeout");
  settings.on_timeout
    = parse_control_timeout(opts.get<std::string>("control.on-timeout"));
  settings.max_age = opts.get<caf::timespan>("control.max-age");
  auto listener = log_control(host_.log());
  listener.emergency = [this](const control_lost& fact) {
    host_.cord().pull({"", "control lost: " + fact.source + " is silent",
                       host_.emergency_exit_code()});
  };
  control_ = std::make_shared<control_session>(
    settings, std::make_shared<discarding_gamepad_writer>(), listener);
  control_socket_settings where;
  where.address = opts.get<std::string>("control.address");
  for (const auto& text :
       opts.get<std::vector<std::string>>("control.allow-from"))
    where.allow_from.push_back(*parse_network_prefix(text));
  auto socket = control_socket::make(where, control_);
  if (!socket)
    return std::move(socket.error());
  // The actor takes it out: nobody else may keep it alive.
  auto bridge = std::make_shared<control_bridge>(std::move(*socket));
  host_.add(
    {"control receiver", stop_stage::services,
     [this, bridge](caf::local_actor* parent, const application_actor&) {
       auto make = [bridge]() -> caf::expected<control_bridge> {
         return std::exchange(*bridge, nullptr);
       };
       return caf::actor_cast<caf::actor>(
         parent->spawn(control_receiver, control_, control_bridge_factory{make},
                       host_.log()));
     }});
  return {};
}

remote_service_actor robot::make_broker(const application_actor& root) {
  const auto& opts = host_.opts();
  broker_context context{root,
                         host_.router(),
                         &host_.cord(),
                         opts.get<std::string>("application.name"),
                         host_.emergency_exit_code(),
                         started_at_,
                         control_,
                         options_as_json(opts)};
  return host_.spawn_service(
    broker_identity, {}, broker_methods(host_.system(), std::move(context)));
}

} // namespace rr
