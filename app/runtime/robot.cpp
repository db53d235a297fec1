// SPDX-License-Identifier: BSD-3-Clause
#include "app/runtime/robot.hpp"

#include <cstdlib>

#include "actors/buffer_store.hpp"
#include "app/config/version.hpp"
#include "app/runtime/hold_sources.hpp"
#include "app/runtime/hold_watch.hpp"
#include "app/runtime/robot_black_box.hpp"
#include "app/runtime/robot_latch.hpp"
#include "app/runtime/status_teller.hpp"
#include "bridges/buffer/device_snapshots.hpp"
#include "bridges/control/gamepad_buffers.hpp"
#include "bridges/record/run_history.hpp"
#include "bridges/web/foxglove_conversation.hpp"
#include "messages/call/routing.hpp"
#include "messages/error.hpp"
#include "messages/telemetry/metrics.hpp"

namespace rr {

robot::robot(const options& opts, catalog types,
             std::shared_ptr<log_dispatcher> log)
  : types_(std::move(types)),
    log_(log),
    host_(opts, std::move(log)) {
}

robot::~robot() {
  if (telemetry_)
    telemetry_->close();
  end_watch();
  // One that could not be opened has no end that anybody would look into; it
  // has to end before what it uses all the same.
  if (black_box_)
    black_box_->finish(0, black_box_patience);
}

caf::error robot::open() {
  // Before anybody who could pull the cord.
  for (auto step :
       {&robot::open_telemetry, &robot::open_state, &robot::open_devices,
        &robot::open_latch, &robot::open_watch})
    if (auto failed = (this->*step)())
      return failed;
  for (auto step : {&host::guard_descriptors, &host::open_context,
                    &host::open_log_forwarder, &host::open_log_publisher,
                    &host::open_log_reader})
    if (auto failed = (host_.*step)())
      return failed;
  auto run = describe_this_run(std::string{version}, host_.opts().file());
  if (auto failed = host_.open_records(
        state_, run, [holds = holds_](std::string_view what, bool held) {
          holds->set(what, held);
        }))
    return failed;
  if (auto failed = open_black_box(run))
    return failed;
  for (auto step :
       {&host::open_children, &host::open_workers, &host::open_router})
    if (auto failed = (host_.*step)())
      return failed;
  for (const auto& process : host_.opts().processes())
    host_.supervise(process);
  if (reread_)
    host_.reread_by(reread_);
  for (auto step : {&robot::open_updates, &robot::open_control,
                    &robot::open_holds, &robot::open_web})
    if (auto failed = (this->*step)())
      return failed;
  host_.add({broker_identity, stop_stage::services,
             [this](caf::local_actor*, const application_actor& root) {
               broker_ = host_.spawn_broker(broker_methods(context_of(root)));
               return caf::actor_cast<caf::actor>(broker_);
             }});
  host_.add({"emergency service", stop_stage::services,
             [this](caf::local_actor*, const application_actor& root) {
               auto methods
                 = emergency_methods(host_.make_broker_context(root));
               return caf::actor_cast<caf::actor>(
                 host_.spawn_emergency_service(std::move(methods)));
             }});
  if (telemetry_)
    telemetry_->watch_status(
      host_, [this](const application_actor& root) { return context_of(root); },
      [this] { return broker_; });
  if (web_server_)
    host_.add({"status teller", stop_stage::services,
               [this](caf::local_actor* parent, const application_actor& root) {
                 auto teller = caf::actor_cast<caf::actor>(
                   parent->spawn(status_teller, context_of(root), broker_));
                 caf::anon_send(web_server_, atom::open_v, teller);
                 return teller;
               }});
  return host_.open_application();
}

int robot::run() {
  watch_->add(host_);
  // Now that readers of the log hear of it, and nothing can fail any more.
  if (state_)
    tell_of_reset(*state_, host_.log());
  auto result = host_.run();
  end_watch();
  return result;
}

/// Nobody listens without a page and a black box but who asks what holds the
/// robot back.
caf::error robot::open_telemetry() {
  const auto& opts = host_.opts();
  host_observers all;
  if (!opts.get<std::string>("web.address").empty()
      || opts.get<caf::timespan>("record.keep") > caf::timespan{0}) {
    auto app = opts.get<std::string>("application.name");
    telemetry_ = std::make_unique<robot_telemetry>();
    if (auto failed = telemetry_->hear(*log_, *holds_, app))
      return failed;
    all = telemetry_->observers(app);
  }
  all.moved = [bell = hold_bell_,
               others = std::move(all.moved)](const process_moved& x) {
    bell->moved(x);
    if (others)
      others(x);
  };
  host_.observe(std::move(all));
  return {};
}

/// A stop that could never be latched would be no stop.
caf::error robot::open_state() {
  auto latches = host_.opts().get<bool>("emergency-stop.latch");
  auto opened = state_directory::make(
    host_.opts().get<std::string>("application.state-directory"));
  auto failed = opened ? (*opened)->try_write() : std::move(opened.error());
  if (failed && latches)
    return caf::make_error(ec::system_error,
                           "an emergency stop could not be latched: "
                             + describe(failed));
  if (failed)
    host_.log().warning("State directory cannot be used",
                        {{"error", describe(failed)}});
  if (opened)
    state_ = std::move(*opened);
  return {};
}

caf::error robot::open_latch() {
  // Before it is shared.
  holds_->observe(
    [log = host_.log(), is_over = is_over_](const hold& each, bool held) {
      if (*is_over)
        return;
      log.write(held ? log_level::warning : log_level::info,
                held ? "Robot held" : "Robot released", {{"what", each.what}});
    });
  if (devices_)
    devices_->show(*holds_);
  auto latches = host_.opts().get<bool>("emergency-stop.latch");
  return latch_emergencies(host_, latches ? state_ : nullptr, holds_);
}

void robot::end_watch() {
  *is_over_ = true;
  if (control_)
    control_->obey_while({});
  if (watch_)
    watch_->end();
}

/// At once, for the robot is enabled: others count on its heartbeat.
caf::error robot::open_watch() {
  std::function<void()> beat;
  if (devices_)
    beat = [this] { devices_->beat(); };
  auto watch = runtime_watch::start({
    .interval = host_.opts().get<caf::timespan>("emergency-stop.heartbeat"),
    .patience
    = host_.opts().get<caf::timespan>("emergency-stop.heartbeat-timeout"),
    .log = host_.log(),
    .beat = std::move(beat),
    .begin_anew =
      [this] {
        if (devices_)
          devices_->begin_anew();
        if (auto session = watched_session_.load())
          session->begin_anew(control_session::clock::now());
      },
    .hold = [holds = holds_](std::string_view what,
                             bool held) { holds->set(what, held); },
    .environment = [](const char* name) { return std::getenv(name); },
  });
  if (!watch)
    return std::move(watch.error());
  watch_ = std::move(*watch);
  auto ring = [this] {
    if (telemetry_)
      telemetry_->ring();
  };
  host_.at_phases(
    [this, ring] {
      watch_->tell_running();
      ring();
    },
    [this, ring] {
      watch_->tell_stopping();
      ring();
    },
    [this, ring](bool begins) {
      watch_->tell_reloading(begins);
      ring();
    });
  return {};
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

caf::error robot::open_black_box(const run_start& run) {
  auto made = make_black_box(host_.opts(), run, devices_.get(), host_.log());
  if (!made)
    return std::move(made.error());
  black_box_ = std::move(*made);
  if (!black_box_)
    return {};
  host_.add_flight_recorder(black_box_);
  telemetry_->feed()->add(black_box_, false);
  host_.at_end([this](int exit_code) {
    // Then it has heard of all that was told.
    telemetry_->end_log(*log_);
    black_box_->finish(exit_code, black_box_patience);
  });
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
  control_->obey_while([watch = watch_.get()] { return watch->is_in_time(); });
  watched_session_ = control_.get();
  return {};
}

caf::error robot::open_holds() {
  hold_for_unsafe(*holds_, types_);
  if (!state_)
    holds_->set("the state directory cannot be used", true);
  hold_watch_settings settings;
  settings.updates = update_publisher_;
  settings.holds = holds_;
  settings.log = host_.log();
  settings.bell = hold_bell_;
  settings.looks = {look_at_log(log_), look_at_descriptors()};
  // What no gamepad is written to needs nobody who drives.
  if (types_.find("gamepad") != nullptr)
    settings.looks.push_back(look_at_driver(control_));
  if (devices_)
    settings.looks.push_back(
      look_at_devices(devices_->buffers(), devices_->names()));
  host_.add(
    {"hold watch", stop_stage::services,
     [settings](caf::local_actor* parent, const application_actor& root) {
       auto own = settings;
       own.root = root;
       return parent->spawn(hold_watch, std::move(own));
     }});
  return {};
}

/// What is said by WebSocket: with the page, and with tools.
std::vector<web_protocol> robot::web_protocols() {
  auto page = telemetry_->services_of_page(host_, control_, devices_.get());
  foxglove_settings tools;
  tools.name = host_.opts().get<std::string>("application.name");
  tools.session = std::to_string(
    std::chrono::system_clock::now().time_since_epoch().count());
  tools.feed = page.feed;
  tools.devices = page.devices;
  auto result = foxglove_protocols(std::move(tools));
  result.push_back(page_protocol(std::move(page)));
  return result;
}

/// Who tells it of the runtime's status is made with the Application.
caf::error robot::open_web() {
  if (host_.opts().get<std::string>("web.address").empty())
    return {};
  auto page = host_.open_web(web_protocols(), to_metrics);
  if (!page)
    return std::move(page.error());
  web_server_ = std::move(*page);
  return {};
}

broker_context robot::context_of(const application_actor& root) {
  auto context = host_.make_broker_context(root);
  context.started_at = started_at_;
  context.control = control_;
  context.holds = holds_;
  context.store = store_;
  context.update_publisher = update_publisher_;
  context.web_server = web_server_;
  context.types = types_;
  return context;
}

} // namespace rr
