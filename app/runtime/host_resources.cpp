// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <random>

#include <caf/send.hpp>
#include <fmt/format.h>

#include "actors/log_forwarder.hpp"
#include "actors/log_publisher.hpp"
#include "actors/log_subscriber.hpp"
#include "actors/router.hpp"
#include "actors/support/report_errors.hpp"
#include "app/runtime/child_output.hpp"
#include "app/runtime/host.hpp"
#include "app/runtime/program_output.hpp"
#include "bridges/call/router_thread.hpp"
#include "bridges/log_stream/log_publishing.hpp"
#include "bridges/log_stream/log_relay_thread.hpp"
#include "bridges/log_stream/log_subscription.hpp"
#include "messages/address.hpp"
#include "messages/call/routing.hpp"
#include "messages/log/log_wire.hpp"

namespace rr {

namespace {

/// Where this process's own events reach its forwarder.
constexpr auto log_inside = "inproc://log-backend";

/// How long a program waits at its start for the forwarder of another.
constexpr auto forwarder_patience = std::chrono::seconds{1};

/// Bytes of an event of another program, beyond which it is not written here:
/// what waits to be written stays small.
constexpr size_t max_passed_on = 65'536;

/// Fields of such an event that are written.
constexpr size_t max_fields = 256;

/// Has this program's outputs write what another program has published. As
/// bulk: no event of the runtime is lost for it.
void pass_on(log_dispatcher& outputs, const nlohmann::json& published) {
  auto event = as_log_event(published);
  event.is_bulk = true;
  if (auto count = event.fields.size(); count > max_fields) {
    event.fields.erase(event.fields.begin() + max_fields, event.fields.end());
    event.fields.emplace_back("fields_left_out", count - max_fields);
  }
  outputs.pass_on(std::move(event));
}

/// Where this process's own services reach its router: what they answer last
/// is there at once, and so leaves before the router ends.
constexpr auto router_inside = "inproc://router-backend";

/// An identity that nobody outside can guess.
std::string make_secret() {
  std::random_device random;
  return fmt::format("broker-{:08x}{:08x}", random(), random());
}

} // namespace

caf::error host::guard_descriptors() {
  descriptors_ = std::make_unique<descriptor_guard>([log = log_](uint64_t n) {
    log.warning("Connections refused",
                {{"count", n},
                 {"cause", "too few descriptors are left (ulimit -n)"}});
  });
  return {};
}

caf::error host::open_context() {
  auto context = zmq_context::make(log_);
  if (!context)
    return std::move(context.error());
  zmq_ = std::move(*context);
  return {};
}

caf::error host::open_log_forwarder() {
  log_forwarder_settings settings;
  settings.frontend = opts_.get<std::vector<std::string>>("log.frontend");
  settings.backend = opts_.get<std::vector<std::string>>("log.backend");
  settings.inside = log_inside;
  log_forwarder_ = system_.spawn(
    rr::log_forwarder,
    [this, settings](log_failure_listener listener)
      -> caf::expected<std::unique_ptr<log_relay>> {
      auto made = log_relay_thread::make(zmq_->get(), settings, listener);
      if (!made)
        return made.error();
      watched_.push_back((*made)->witness());
      return std::unique_ptr<log_relay>{std::move(*made)};
    },
    log_);
  auto status = add_made<log_forwarder_status>(
    "log forwarder", stop_stage::log_forwarding, log_forwarder_);
  return status ? caf::error{} : std::move(status.error());
}

caf::error host::open_log_publisher() {
  log_publication_settings settings;
  auto backend
    = get_connection(opts_.get<std::vector<std::string>>("log.backend"));
  if (!backend)
    return std::move(backend.error());
  settings.address = log_forwarder_ ? log_inside : *backend;
  // What is published before another program's forwarder is there is lost.
  if (!log_forwarder_)
    settings.patience = forwarder_patience;
  settings.app = opts_.get<std::string>("application.name");
  settings.queue = opts_.get<int32_t>("log.queue");
  log_publisher_ = system_.spawn(
    rr::log_publisher,
    [this, settings](log_failure_listener listener) {
      return publish_log(outputs_, zmq_->get(), settings, std::move(listener));
    },
    log_);
  auto status = add_made<log_publisher_status>(
    "log publisher", stop_stage::log_publishing, log_publisher_);
  if (!status)
    return std::move(status.error());
  const auto* format = prints_to_journal(opts_)                     ? "journal"
                       : output_format(opts_) == log_format::pretty ? "pretty"
                                                                    : "json";
  log_.info("Log publisher configured",
            {{"format", format}, {"min_level", to_string(level_of(opts_))}});
  return {};
}

caf::error host::open_log_reader() {
  auto own = first_status<log_publisher_status>(self_, log_publisher_);
  if (!own)
    return std::move(own.error());
  log_receiver_settings settings;
  settings.address = std::string{log_inside}.append(readers_inside);
  settings.level = level_of(opts_);
  settings.own_source = own->source;
  settings.limits.max_bytes = max_passed_on;
  log_reader_ = system_.spawn(
    rr::log_subscriber,
    [this, settings](log_failure_listener listener) {
      auto handler = [out = outputs_](log_level, const nlohmann::json& event) {
        pass_on(*out, event);
      };
      return subscribe_log(zmq_->get(), settings, handler, std::move(listener));
    },
    log_);
  auto status = add_made<log_subscriber_status>(
    "log reader", stop_stage::log_publishing, log_reader_);
  return status ? caf::error{} : std::move(status.error());
}

caf::error host::open_children() {
  child_watcher_settings settings;
  if (descriptors_)
    settings.descriptor_limit = descriptors_->inherited_limit();
  settings.emergency_exit_code = emergency_exit_code_;
  settings.emergency_terminate_timeout
    = opts_.get<caf::timespan>("emergency-stop.terminate-timeout");
  settings.bound_memory = std::ranges::any_of(
    opts_.processes(), [](const auto& x) { return x.limits.memory_max != 0; });
  // All that there is comes from whoever has executed this program.
  settings.reap_inherited = true;
  settings.notify_directory
    = opts_.get<std::string>("application.runtime-directory");
  settings.on_error = [log = log_](const caf::error& what) {
    report_error(log, "child-watcher", what);
  };
  auto children
    = child_watcher::make(settings, cord_,
                          [log = log_.as_bulk(), out = outputs_,
                           app = opts_.get<std::string>("application.name"),
                           recent = recent_output_](const output_line& x) {
                            if (recent)
                              recent->take(x);
                            report_line(log, *out, app, x);
                          });
  if (!children)
    return std::move(children.error());
  children_ = std::move(*children);
  return {};
}

caf::error host::open_workers() {
  auto workers = worker_threads::make(
    opts_.get<size_t>("application.thread-pool-workers"));
  if (!workers)
    return std::move(workers.error());
  workers_ = std::move(*workers);
  return {};
}

/// An address that is in use is this program's own error, not the end of an
/// actor.
caf::error host::open_router() {
  router_settings settings;
  settings.frontend = opts_.get<std::vector<std::string>>("router.frontend");
  settings.backend = opts_.get<std::vector<std::string>>("router.backend");
  settings.inside = router_inside;
  broker_ = {broker_identity, make_secret(), emergency_method, make_secret()};
  settings.reserved = broker_;
  settings.queue = opts_.get<int32_t>("router.queue");
  settings.max_message = opts_.get<int64_t>("router.max-message");
  router_ = system_.spawn(
    rr::router,
    [this, settings, routed = observers_.routed](router_listener listener)
      -> caf::expected<std::unique_ptr<message_router>> {
      listener.routed = routed;
      auto made = router_thread::make(zmq_->get(), settings, listener,
                                      services_);
      if (!made)
        return made.error();
      watched_.push_back((*made)->witness());
      return std::unique_ptr<message_router>{std::move(*made)};
    },
    log_);
  auto status = add_made<router_status>("router", stop_stage::routing, router_);
  if (!status)
    return std::move(status.error());
  frontend_ = status->frontend;
  backend_ = {router_inside};
  return {};
}

broker_context host::make_broker_context(const application_actor& root) {
  broker_context result;
  result.root = root;
  result.router = router_;
  result.log_forwarder = log_forwarder_;
  result.log_publisher = log_publisher_;
  result.log_reader = log_reader_;
  result.recorder = recorder_;
  result.flight_recorder = flight_recorder_;
  result.cord = &cord_;
  result.name = opts_.get<std::string>("application.name");
  result.emergency_exit_code = emergency_exit_code_;
  result.descriptor_limit = descriptors_ ? descriptors_->limit() : 0;
  result.options = options_as_json(opts_);
  result.services = services_;
  return result;
}

void host::add_living(std::string name, stop_stage stage, caf::actor handle,
                      bool may_end) {
  made_.push_back(handle);
  add({std::move(name), stage,
       [handle](caf::local_actor*, const application_actor&) { return handle; },
       may_end});
}

} // namespace rr
