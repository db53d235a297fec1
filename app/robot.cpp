// SPDX-License-Identifier: BSD-3-Clause
#include "app/robot.hpp"

#include "app/broker.hpp"

namespace rr {

robot::robot(const options& opts, std::shared_ptr<log_output> output)
  : host_(opts, std::move(output)) {
}

caf::error robot::open() {
  for (auto step : {&host::open_context, &host::open_children,
                    &host::open_workers, &host::open_router})
    if (auto failed = (host_.*step)())
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

remote_service_actor robot::make_broker(const application_actor& root) {
  const auto& opts = host_.opts();
  broker_context context{root,
                         host_.router(),
                         &host_.cord(),
                         opts.get<std::string>("application.name"),
                         host_.emergency_exit_code(),
                         started_at_,
                         options_as_json(opts)};
  return host_.spawn_service(
    broker_identity, {}, broker_methods(host_.system(), std::move(context)));
}

} // namespace rr
