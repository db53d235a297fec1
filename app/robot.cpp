// SPDX-License-Identifier: BSD-3-Clause
#include "app/robot.hpp"

#include <unistd.h>

#include <csignal>
#include <iostream>

#include <caf/send.hpp>

#include "actors/buffer_store.hpp"
#include "actors/remote_service.hpp"
#include "actors/router.hpp"
#include "actors/worker_pool.hpp"
#include "app/broker.hpp"
#include "bridges/router_thread.hpp"
#include "bridges/zmq_channel.hpp"
#include "messages/address.hpp"
#include "messages/error.hpp"
#include "messages/status.hpp"

namespace rr {

namespace {

using namespace std::chrono_literals;

/// How long the actors may take to end once every child has been killed.
constexpr auto last_grace = 2s;

log_level level_of(const options& opts) {
  return *parse_log_level(opts.get<std::string>("log.level"));
}

/// A line of a child's output as a log event.
void report_line(const event_log& log, const output_line& line) {
  auto is_error = line.stream == output_stream::standard_error;
  log_fields fields{{"stream", is_error ? "stderr" : "stdout"},
                    {"process", line.process},
                    {"pid", line.pid}};
  if (line.dropped > 0)
    fields.emplace_back("dropped_bytes", line.dropped);
  log.write(is_error ? log_level::warning : log_level::info, line.text,
            std::move(fields));
}

} // namespace

robot::robot(const options& opts, catalog types,
             std::shared_ptr<log_output> output)
  : opts_(opts),
    types_(std::move(types)),
    emergency_exit_code_(
      static_cast<int>(opts.get<int64_t>("emergency-stop.exit-code"))),
    log_(std::move(output), opts.get<std::string>("application.name"),
         level_of(opts)),
    config_(opts),
    system_(config_),
    self_(system_) {
}

robot::~robot() {
  // What `open` made before it failed; after a run nothing of it is left.
  for (const auto& left : {caf::actor_cast<caf::actor>(application_),
                           caf::actor_cast<caf::actor>(router_)})
    if (left)
      self_->send_exit(left, caf::exit_reason::kill);
}

caf::error robot::open() {
  log_.info("Log publisher configured",
            {{"format", opts_.get<std::string>("log.format")},
             {"min_level", to_string(level_of(opts_))}});
  cord_.observe([this](const stop_cord_pulled& fact) { on_cord_pulled(fact); });
  // The devices before anybody who could pull the cord.
  for (auto step : {&robot::open_devices, &robot::open_children,
                    &robot::open_workers, &robot::open_router})
    if (auto failed = (this->*step)())
      return failed;
  application_ = system_.spawn(application, make_application_settings());
  auto signals
    = signal_listener::make([this](int signal) { on_signal(signal); });
  if (!signals)
    return std::move(signals.error());
  signals_ = std::move(*signals);
  return {};
}

int robot::run() {
  self_->monitor(application_);
  self_->send(application_, atom::start_v);
  auto reason = wait_for_end();
  return exit_code_of(reason, emergency_exit_code_);
}

caf::error robot::open_devices() {
  if (types_.types().empty())
    return {};
  auto devices = robot_devices::make(opts_, types_, log_);
  if (!devices)
    return std::move(devices.error());
  devices_ = std::move(*devices);
  devices_->disable_by(cord_);
  return {};
}

caf::error robot::open_children() {
  child_watcher_settings settings;
  settings.emergency_exit_code = emergency_exit_code_;
  settings.emergency_terminate_timeout
    = opts_.get<caf::timespan>("emergency-stop.terminate-timeout");
  settings.on_error = [log = log_](const caf::error& what) {
    log.error("Unhandled error",
              {{"actor", "child-watcher"}, {"error", describe(what)}});
  };
  auto children = child_watcher::make(settings, cord_,
                                      [log = log_](const output_line& x) {
                                        report_line(log, x);
                                      });
  if (!children)
    return std::move(children.error());
  children_ = std::move(*children);
  return {};
}

caf::error robot::open_workers() {
  auto workers = worker_threads::make(
    static_cast<size_t>(opts_.get<int64_t>("application.thread-pool-workers")),
    [log = log_](const caf::error& what) {
      log.error("Unhandled error",
                {{"actor", "worker-pool"}, {"error", describe(what)}});
    });
  if (!workers)
    return std::move(workers.error());
  workers_ = std::move(*workers);
  return {};
}

/// Waits until every address is bound: one that is in use is this program's
/// own error, not the end of an actor.
caf::error robot::open_router() {
  auto context = zmq_context::make(log_);
  if (!context)
    return std::move(context.error());
  zmq_ = std::move(*context);
  router_settings settings;
  settings.frontend = opts_.get<std::vector<std::string>>("router.frontend");
  settings.backend = opts_.get<std::vector<std::string>>("router.backend");
  settings.queue = static_cast<int32_t>(opts_.get<int64_t>("router.queue"));
  settings.max_message = opts_.get<int64_t>("router.max-message");
  router_ = system_.spawn(
    router,
    [this, settings](router_listener listener)
      -> caf::expected<std::unique_ptr<message_router>> {
      auto made = router_thread::make(zmq_->get(), settings, listener);
      if (!made)
        return made.error();
      return std::unique_ptr<message_router>{std::move(*made)};
    },
    log_);
  self_->monitor(router_);
  auto result = caf::error{};
  self_->request(router_, caf::infinite, atom::status_v)
    .receive(
      [this, &result](const router_status& status) {
        self_->demonitor(router_.address());
        auto address = get_connection(status.backend);
        if (address)
          backend_ = *address;
        else
          result = address.error();
      },
      [this, &result](const caf::error&) {
        self_->receive(
          [&result](caf::down_msg& msg) { result = std::move(msg.reason); });
      });
  return result;
}

application_settings robot::make_application_settings() {
  application_settings result;
  result.processes = opts_.processes();
  result.starter = children_.get();
  result.cord = &cord_;
  result.log = log_;
  result.health_interval = opts_.get<caf::timespan>("health.interval");
  result.emergency_exit_code = emergency_exit_code_;
  result.resources = make_resources();
  return result;
}

std::vector<resource_settings> robot::make_resources() {
  using maker = caf::local_actor*;
  std::vector<resource_settings> result{
    {"router", stop_stage::routing,
     [this](maker, const application_actor&) {
       return caf::actor_cast<caf::actor>(router_);
     }},
    {"worker pool", stop_stage::routing,
     [this](maker parent, const application_actor&) {
       pool_ = parent->spawn(worker_pool, workers_, log_);
       return caf::actor_cast<caf::actor>(pool_);
     }},
    {broker_identity, stop_stage::services,
     [this](maker parent, const application_actor& root) {
       return make_broker(parent, root);
     }},
  };
  // Children are gone before it and services, which use it, too.
  if (devices_)
    result.insert(result.begin(),
                  {"buffer store", stop_stage::routing,
                   [this](maker parent, const application_actor&) {
                     return make_store(parent);
                   }});
  return result;
}

caf::actor robot::make_store(caf::local_actor* parent) {
  store_ = parent->spawn(buffer_store, devices_->buffers(), devices_->names(),
                         log_);
  return caf::actor_cast<caf::actor>(store_);
}

caf::actor robot::make_broker(caf::local_actor* parent,
                              const application_actor& root) {
  remote_service_settings settings;
  settings.workers = static_cast<size_t>(opts_.get<int64_t>("service.workers"));
  settings.timeout = opts_.get<caf::timespan>("service.timeout");
  settings.limits.max_bytes
    = static_cast<size_t>(opts_.get<int64_t>("service.max-payload"));
  zmq_channel_settings channel;
  channel.address = backend_;
  channel.identity = broker_identity;
  broker_context context{root,
                         router_,
                         &cord_,
                         opts_.get<std::string>("application.name"),
                         emergency_exit_code_,
                         started_at_,
                         options_as_json(opts_),
                         store_,
                         types_};
  return caf::actor_cast<caf::actor>(parent->spawn(
    remote_service, settings, broker_methods(system_, std::move(context)),
    pool_,
    [this, channel](channel_listener listener) {
      return connect_dealer(zmq_->get(), channel, std::move(listener));
    },
    log_));
}

/// On whatever thread pulls the cord.
void robot::on_cord_pulled(const stop_cord_pulled& fact) {
  caf::anon_send<caf::message_priority::high>(application_, fact);
  caf::anon_send(caf::actor_cast<caf::actor>(self_), atom::timeout_v);
}

/// On the listener's thread. The second signal reaches the children without
/// passing a mailbox.
void robot::on_signal(int signal) {
  if (++signals_seen_ == 1) {
    caf::anon_send(application_, atom::stop_v,
                   std::string{signal == SIGINT ? "SIGINT" : "SIGTERM"});
    return;
  }
  // First of all, so that no child's end is taken for an orderly one.
  caf::anon_send<caf::message_priority::high>(application_, atom::kill_v);
  children_->kill_all();
  caf::anon_send(caf::actor_cast<caf::actor>(self_), atom::timeout_v);
}

/// Waits without end while all goes well; for a bounded time once the cord has
/// been pulled or the stop has been forced.
caf::error robot::wait_for_end() {
  auto result = caf::error{};
  auto hurry = false;
  auto ended = false;
  auto on_down = [&](caf::down_msg& msg) {
    result = std::move(msg.reason);
    ended = true;
  };
  self_->receive(on_down, [&](atom::timeout) { hurry = true; });
  if (!hurry)
    return result;
  auto grace = opts_.get<caf::timespan>("emergency-stop.terminate-timeout")
               + last_grace;
  auto deadline = std::chrono::steady_clock::now() + grace;
  while (!ended) {
    auto left = deadline - std::chrono::steady_clock::now();
    if (left <= 0s)
      abandon();
    self_->receive(
      on_down, [](atom::timeout) {},
      caf::after(std::chrono::duration_cast<caf::timespan>(left)) >> [] {});
  }
  return result;
}

/// The actors hang. The children are killed by threads that do not depend on
/// them, and what a thread cannot reach ends with this process.
void robot::abandon() {
  if (devices_)
    devices_->disable("the runtime cannot end in order");
  children_->kill_all();
  std::cerr << "robot-runtime: cannot end in order: an actor hangs\n";
  ::_exit(cord_.pulled() ? emergency_exit_code_ : 1);
}

} // namespace rr
