// SPDX-License-Identifier: BSD-3-Clause
#include "app/runtime/robot.hpp"

#include "actors/buffer_store.hpp"
#include "actors/control_receiver.hpp"
#include "actors/update_publisher.hpp"
#include "bridges/buffer/device_snapshots.hpp"
#include "bridges/control/control_socket.hpp"
#include "bridges/control/gamepad_buffers.hpp"
#include "bridges/udp/update_sender.hpp"
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
  const auto& opts = host_.opts();
  auto sender = update_sender::make(opts.get<std::string>("update.address"),
                                    opts.get<std::string>("update.interface"));
  if (!sender)
    return std::move(sender.error());
  auto send = [out = std::shared_ptr<update_sender>{std::move(*sender)}](
                std::span<const std::vector<uint8_t>> datagrams) {
    return out->send(datagrams);
  };
  device_source source = [] { return device_update{}; };
  if (devices_)
    source = [buffers = devices_->buffers()] { return read_devices(*buffers); };
  update_settings settings{
    .interval = opts.get<caf::timespan>("update.interval"),
    .full_interval = opts.get<caf::timespan>("update.full-interval"),
    .datagram = opts.get<size_t>("update.datagram")};
  host_.add({"update publisher", stop_stage::services,
             [this, settings, source, send](caf::local_actor* parent,
                                            const application_actor&) {
               update_publisher_ = parent->spawn(update_publisher, settings,
                                                 source, datagram_sender{send},
                                                 host_.log());
               return caf::actor_cast<caf::actor>(update_publisher_);
             }});
  return {};
}

std::shared_ptr<gamepad_writer> robot::gamepads() const {
  if (types_.find("gamepad") == nullptr)
    return std::make_shared<discarding_gamepad_writer>();
  return std::make_shared<gamepad_buffers>(devices_->buffers());
}

caf::error robot::open_control() {
  const auto& opts = host_.opts();
  control_settings settings;
  settings.timeout = opts.get<caf::timespan>("control.timeout");
  settings.on_timeout
    = parse_control_timeout(opts.get<std::string>("control.on-timeout"));
  settings.max_age = opts.get<caf::timespan>("control.max-age");
  auto listener = log_control(host_.log());
  listener.emergency = [this](std::string_view why) {
    host_.cord().pull({"", why, host_.emergency_exit_code()});
  };
  control_ = std::make_shared<control_session>(settings, gamepads(), listener);
  control_socket_settings where;
  where.address = opts.get<std::string>("control.address");
  for (const auto& text :
       opts.get<std::vector<std::string>>("control.allow-from"))
    where.allow_from.push_back(*parse_network_prefix(text));
  auto open = [where, session = control_]() -> caf::expected<control_bridge> {
    auto socket = control_socket::make(where, session);
    if (!socket)
      return std::move(socket.error());
    return control_bridge{std::move(*socket)};
  };
  auto receiver = host_.system().spawn(
    control_receiver, control_, control_bridge_factory{open}, host_.log());
  auto status = host_.add_made<control_status>("control receiver",
                                               stop_stage::services, receiver);
  return status ? caf::error{} : std::move(status.error());
}

remote_service_actor robot::make_broker(const application_actor& root) {
  auto context = host_.make_broker_context(root);
  context.started_at = started_at_;
  context.control = control_;
  context.store = store_;
  context.update_publisher = update_publisher_;
  context.types = types_;
  return host_.spawn_service(broker_identity, {},
                             broker_methods(std::move(context)));
}

} // namespace rr
