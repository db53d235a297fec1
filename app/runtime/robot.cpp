// SPDX-License-Identifier: BSD-3-Clause
#include "app/runtime/robot.hpp"

#include "actors/buffer_store.hpp"
#include "bridges/buffer/device_snapshots.hpp"
#include "bridges/control/gamepad_buffers.hpp"
#include "messages/call/routing.hpp"

namespace rr {

robot::robot(const options& opts, catalog types,
             std::shared_ptr<log_dispatcher> log)
  : types_(std::move(types)),
    host_(opts, std::move(log)) {
}

caf::error robot::open() {
  // Before anybody who could pull the cord.
  if (auto failed = open_devices())
    return failed;
  for (auto step : {&host::guard_descriptors, &host::open_context,
                    &host::open_log_forwarder, &host::open_log_publisher,
                    &host::open_log_reader, &host::open_children,
                    &host::open_workers, &host::open_router})
    if (auto failed = (host_.*step)())
      return failed;
  for (const auto& process : host_.opts().processes())
    host_.supervise(process);
  for (auto step : {&robot::open_updates, &robot::open_control})
    if (auto failed = (this->*step)())
      return failed;
  host_.add({broker_identity, stop_stage::services,
             [this](caf::local_actor*, const application_actor& root) {
               return caf::actor_cast<caf::actor>(make_broker(root));
             }});
  return host_.open_application();
}

int robot::run() {
  if (host_.opts().get<bool>("emergency-stop.latch"))
    host_.log().warning("Emergency stop is not latched",
                        {{"reason", "emergency-stop.latch is not built yet: "
                                    "after a stop the robot starts again "
                                    "without a reset"}});
  if (devices_)
    devices_->beat_while_alive(host_);
  auto result = host_.run();
  if (devices_)
    devices_->stop_beating();
  return result;
}

caf::error robot::open_devices() {
  if (types_.types().empty())
    return {};
  auto devices = robot_devices::make(host_.opts(), types_, host_.log());
  if (!devices)
    return std::move(devices.error());
  devices_ = std::move(*devices);
  devices_->disable_by(host_);
  // Children are gone before it and services, which use it, too.
  host_.add({"buffer store", stop_stage::routing,
             [this](caf::local_actor* parent, const application_actor&) {
               store_ = parent->spawn(buffer_store, devices_->buffers(),
                                      devices_->names(), host_.log());
               return caf::actor_cast<caf::actor>(store_);
             }});
  return {};
}

/// Also without devices: listeners take silence for a dead robot.
caf::error robot::open_updates() {
  std::function<device_update()> source = [] { return device_update{}; };
  if (devices_)
    source = [buffers = devices_->buffers()] { return read_devices(*buffers); };
  auto publisher = host_.open_updates(std::move(source));
  if (!publisher)
    return std::move(publisher.error());
  update_publisher_ = std::move(*publisher);
  return {};
}

std::shared_ptr<gamepad_writer> robot::gamepads() const {
  if (types_.find("gamepad") == nullptr)
    return std::make_shared<discarding_gamepad_writer>();
  return std::make_shared<gamepad_buffers>(devices_->buffers());
}

caf::error robot::open_control() {
  auto control = host_.open_control(gamepads());
  if (!control)
    return std::move(control.error());
  control_ = std::move(control->session);
  return {};
}

remote_service_actor robot::make_broker(const application_actor& root) {
  auto context = host_.make_broker_context(root);
  context.started_at = started_at_;
  context.control = control_;
  context.store = store_;
  context.update_publisher = update_publisher_;
  context.types = types_;
  return host_.spawn_broker(broker_methods(std::move(context)));
}

} // namespace rr
