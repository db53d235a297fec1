// SPDX-License-Identifier: BSD-3-Clause
#include "tests/simulation/fake_core.hpp"

#include <algorithm>

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include "actors/buffer_store.hpp"
#include "actors/control_receiver.hpp"
#include "actors/log_forwarder.hpp"
#include "actors/log_publisher.hpp"
#include "actors/log_subscriber.hpp"
#include "actors/router.hpp"
#include "actors/run_recorder.hpp"
#include "actors/update_publisher.hpp"
#include "actors/update_subscriber.hpp"
#include "app/runtime/hold_watch.hpp"
#include "messages/error.hpp"

namespace rr::simulation {

namespace {

using namespace std::chrono_literals;

class quiet_router : public message_router {
public:
  const std::vector<std::string>& frontend_endpoints() const noexcept override {
    return none_;
  }

  const std::vector<std::string>& backend_endpoints() const noexcept override {
    return none_;
  }

  router_counters counters() const noexcept override {
    return {};
  }

private:
  std::vector<std::string> none_;
};

class quiet_relay : public log_relay {
public:
  const std::vector<std::string>& frontend_endpoints() const noexcept override {
    return none_;
  }

  const std::vector<std::string>& backend_endpoints() const noexcept override {
    return none_;
  }

  log_forwarder_counters counters() const noexcept override {
    return {};
  }

private:
  std::vector<std::string> none_;
};

struct quiet_publishing : log_publishing {
  log_publisher_status status() const override {
    return {};
  }
};

struct quiet_subscription : log_subscription {
  log_subscriber_status status() const override {
    return {};
  }
};

device_type motor() {
  device_type result;
  result.name = "motor";
  result.device_id = 13;
  parameter speed;
  speed.name = "speed";
  speed.type = *parse_value_type("double");
  speed.writeable = true;
  result.parameters = {speed};
  return result;
}

caf::error planted() {
  return caf::make_error(ec::system_error, "planted");
}

} // namespace

/// A disk that is done when it is told to be.
class fake_core::keeper : public record_keeper {
public:
  keeper(std::shared_ptr<size_t> recorded,
         std::shared_ptr<std::function<void()>> written)
    : recorded_(std::move(recorded)),
      written_(std::move(written)) {
  }

  void begin() override {
    // nop
  }

  void know(std::vector<std::string>) override {
    // nop
  }

  void keep(process_end) override {
    // nop
  }

  void keep(robot_stopped) override {
    ++*recorded_;
  }

  void finish(std::function<void()> done) override {
    *written_ = std::move(done);
  }

  stop_statistics stops() const override {
    return {};
  }

private:
  std::shared_ptr<size_t> recorded_;
  std::shared_ptr<std::function<void()>> written_;
};

/// A socket that hears of the air what it is told to.
class fake_core::reception : public update_source {
public:
  explicit reception(std::shared_ptr<air> from) : from_(std::move(from)) {
  }

  ~reception() override {
    from_->listener = {};
  }

  update_reception status() const override {
    return {};
  }

private:
  std::shared_ptr<air> from_;
};

fake_core::fake_core(caf::actor_system& system, robot_view robot)
  : holds(std::make_shared<hold_list>()),
    system_(system),
    robot_(robot) {
  open_log();
  open_recorder();
  open_router();
  open_store();
  open_updates();
  open_update_reader();
  open_control();
}

void fake_core::close() {
  *written_ = {};
  tell_end_ = [](const std::string&) {};
  for (auto& each : parts_)
    caf::anon_send_exit(each.handle, caf::exit_reason::kill);
  parts_.clear();
  update_reader_ = nullptr;
  control->on_lost({});
}

template <class Failure>
std::function<void()>
fake_core::failing(std::shared_ptr<bridge_record<Failure>> record) {
  return [record] {
    // There is none before the actor has made it.
    if (record->listener)
      record->listener({planted()});
  };
}

void fake_core::observe(const std::string& name, const caf::actor& handle) {
  ++living_;
  handle->attach_functor([this, name](const caf::error& reason) {
    --living_;
    auto found = std::ranges::find(parts_, name, &part::name);
    if (found != parts_.end() && !found->touched
        && reason == caf::exit_reason::user_shutdown)
      tell_end_(name);
  });
}

void fake_core::add(std::string name, stop_stage stage, caf::actor handle) {
  if (tell_end_)
    observe(name, handle);
  parts_.push_back({std::move(name), stage, std::move(handle)});
}

void fake_core::open_log() {
  using record = bridge_record<log_failed>;
  auto in_forwarder = std::make_shared<record>();
  log_forwarder = system_.spawn(
    rr::log_forwarder,
    [in_forwarder](log_failure_listener listener)
      -> caf::expected<std::unique_ptr<log_relay>> {
      in_forwarder->listener = std::move(listener);
      return std::unique_ptr<log_relay>{std::make_unique<quiet_relay>()};
    },
    robot_.log);
  parts_.push_back({"log forwarder", stop_stage::log_forwarding,
                    caf::actor_cast<caf::actor>(log_forwarder),
                    failing(in_forwarder)});
  auto in_publisher = std::make_shared<record>();
  log_publisher = system_.spawn(
    rr::log_publisher,
    [in_publisher](log_failure_listener listener)
      -> caf::expected<std::unique_ptr<log_publishing>> {
      in_publisher->listener = std::move(listener);
      return std::unique_ptr<log_publishing>{
        std::make_unique<quiet_publishing>()};
    },
    robot_.log);
  parts_.push_back({"log publisher", stop_stage::log_publishing,
                    caf::actor_cast<caf::actor>(log_publisher),
                    failing(in_publisher)});
  auto in_reader = std::make_shared<record>();
  log_reader = system_.spawn(
    rr::log_subscriber,
    [in_reader](log_failure_listener listener)
      -> caf::expected<std::unique_ptr<log_subscription>> {
      in_reader->listener = std::move(listener);
      return std::unique_ptr<log_subscription>{
        std::make_unique<quiet_subscription>()};
    },
    robot_.log);
  parts_.push_back({"log reader", stop_stage::log_publishing,
                    caf::actor_cast<caf::actor>(log_reader),
                    failing(in_reader)});
}

void fake_core::open_router() {
  auto in_router = std::make_shared<bridge_record<router_failed>>();
  router = system_.spawn(
    rr::router,
    [in_router](router_listener listener)
      -> caf::expected<std::unique_ptr<message_router>> {
      in_router->listener = std::move(listener.failed);
      return std::unique_ptr<message_router>{std::make_unique<quiet_router>()};
    },
    robot_.log);
  parts_.push_back({"router", stop_stage::routing,
                    caf::actor_cast<caf::actor>(router), failing(in_router)});
}

void fake_core::open_recorder() {
  recorder_ = system_.spawn(run_recorder,
                            std::shared_ptr<record_keeper>{
                              std::make_shared<keeper>(recorded_, written_)},
                            robot_.log);
  add("run recorder", stop_stage::recording,
      caf::actor_cast<caf::actor>(recorder_));
}

void fake_core::open_updates() {
  auto source = [] {
    return device_update{{"13", {{"speed", 1.5}}}, {"14", {{"speed", 2}}}};
  };
  auto send = [to = air_](std::span<const std::vector<uint8_t>> datagrams) {
    if (to->is_down)
      return planted();
    for (const auto& each : datagrams)
      to->datagrams.push_back(each);
    // The system keeps so many for whoever reads too slowly.
    while (to->datagrams.size() > 8)
      to->datagrams.pop_front();
    return caf::error{};
  };
  updates = system_.spawn(update_publisher,
                          update_settings{.interval = 500ms,
                                          .full_interval = 2s,
                                          .datagram = whole_datagram},
                          device_source{source}, datagram_sender{send},
                          robot_.log);
  add("update publisher", stop_stage::services,
      caf::actor_cast<caf::actor>(updates));
}

/// As a program has that listens. There may be no such network.
void fake_core::open_update_reader() {
  auto open = [this](update_listener listener)
    -> caf::expected<std::unique_ptr<update_source>> {
    if (robot_.world.no_network)
      return planted();
    air_->listener = std::move(listener);
    return std::unique_ptr<update_source>{std::make_unique<reception>(air_)};
  };
  auto handler = [this](const std::string&, const device_update& update) {
    if (update_reader_ended_ || update.empty())
      robot_.judge.accuse(promise::released, "an update is heard");
  };
  update_reader_ = system_.spawn(update_subscriber,
                                 update_subscriber_state::opener{open},
                                 update_handler{handler}, robot_.log);
  update_reader_->attach_functor([this](const caf::error&) {
    update_reader_ended_ = true;
    if (air_->listener.received)
      robot_.judge.accuse(promise::released, "an actor's socket is left");
  });
  add("update subscriber", stop_stage::services,
      caf::actor_cast<caf::actor>(update_reader_));
}

void fake_core::open_control() {
  control_settings settings;
  settings.timeout = 300ms;
  settings.on_timeout = robot_.world.on_control_timeout;
  auto listener = log_control(robot_.log);
  listener.emergency = [cord = &robot_.cord](std::string_view why) {
    cord->pull({"", why, 255, 0, failsafe_cause::driver_silent});
  };
  control = std::make_shared<control_session>(
    settings, std::make_shared<discarding_gamepad_writer>(),
    std::move(listener));
  auto open = [this]() -> caf::expected<control_bridge> {
    auto made = control_bridge{std::make_shared<int>(0)};
    control_thread_ = made;
    return made;
  };
  auto receiver = system_.spawn(control_receiver, control,
                                control_bridge_factory{open}, robot_.log);
  auto fail = [receiver] {
    caf::anon_send(receiver, control_failed{planted()});
  };
  parts_.push_back({"control receiver", stop_stage::services,
                    caf::actor_cast<caf::actor>(receiver), fail});
}

void fake_core::open_store() {
  buffer_registry_settings settings;
  settings.shared = false;
  settings.types = catalog{{motor()}};
  settings.log = robot_.log;
  store = system_.spawn(buffer_store,
                        std::make_shared<buffer_registry>(std::move(settings)),
                        device_names{}, robot_.log);
  add("buffer store", stop_stage::routing, caf::actor_cast<caf::actor>(store));
}

std::vector<resource_settings> fake_core::resources() {
  std::vector<resource_settings> result;
  for (const auto& each : parts_)
    observe(each.name, each.handle);
  for (const auto& each : parts_)
    result.push_back(
      {each.name, each.stage,
       [handle = each.handle](caf::local_actor*, const application_actor&) {
         return handle;
       }});
  result.push_back(
    {"hold watch", stop_stage::services,
     [this](caf::local_actor* parent, const application_actor& root) {
       hold_watch_settings settings;
       settings.root = root;
       settings.log = robot_.log;
       settings.updates = updates;
       settings.holds = holds;
       auto made = parent->spawn(hold_watch, settings);
       add("hold watch", stop_stage::services, made);
       return made;
     }});
  return result;
}

} // namespace rr::simulation
