// SPDX-License-Identifier: BSD-3-Clause
#include "app/runtime/robot_telemetry.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include <caf/event_based_actor.hpp>

#include "app/config/record_options.hpp"
#include "app/runtime/host.hpp"
#include "app/runtime/run_ends.hpp"
#include "app/runtime/status_text.hpp"
#include "app/runtime/status_watch.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

using answer = page_services::answer;

/// Has an actor of its own wait for the answer: the server's thread does not.
template <class Order>
void ask_root(caf::actor_system& system, const application_actor& root,
              Order order, answer done) {
  system.spawn([root, order = std::move(order),
                done = std::move(done)](caf::event_based_actor* self) {
    self->request(root, caf::infinite, order)
      .then(
        [done](const process_status& now) {
          done(json{{"status", status_as_json(now)}});
        },
        [done](caf::error& what) { done(std::move(what)); });
  });
}

/// The device that is meant, of those that are there.
caf::expected<buffer_handle> find_device(buffer_registry& buffers,
                                         const device_names& names,
                                         const std::string& text) {
  auto reference = parse_device(text, names);
  if (!reference)
    return std::move(reference.error());
  auto key = resolve_device(*reference, buffers.types());
  if (!key)
    return std::move(key.error());
  auto all = buffers.valid();
  auto found = std::ranges::find(all, *key, &buffer_handle::key);
  if (found == all.end())
    return caf::make_error(ec::unknown_device, text + " is not there");
  return std::move(*found);
}

/// As `buffers write` does.
caf::expected<json> request_value(buffer_registry& buffers,
                                  const device_names& names,
                                  const page_request& what) {
  auto device = find_device(buffers, names, what.device);
  if (!device)
    return std::move(device.error());
  auto fit = device->buffer().hold(what.parameter, what.value, {});
  if (!fit)
    return std::move(fit.error());
  device->report(what.parameter, *fit);
  return json{{"clamped", *fit == value_fit::clamped}};
}

/// On a worker's thread.
/// @param job returns what the answer is.
template <class Job>
void do_later(job_runner& workers, Job job, const answer& done) {
  auto work = [job = std::move(job), done] {
    try {
      done(job());
    } catch (const std::exception& x) {
      done(caf::make_error(ec::system_error, x.what()));
    }
  };
  if (!workers.submit(std::move(work)))
    done(caf::make_error(ec::overloaded,
                         "too many jobs wait for the threads of "
                         "application.thread-pool-workers"));
}

/// Whoever writes to a buffer waits for its turn.
auto requester(std::shared_ptr<job_runner> workers,
               const robot_devices* devices) {
  auto buffers = devices ? devices->buffers() : nullptr;
  auto names = devices ? devices->names() : device_names{};
  return [workers = std::move(workers), buffers,
          names](const page_request& what, answer done) {
    if (!buffers)
      return done(
        caf::make_error(ec::unknown_device, what.device
                                              + " is not there: this robot "
                                                "has no device.catalog"));
    do_later(
      *workers, [=] { return request_value(*buffers, names, what); }, done);
  };
}

caf::expected<json> explain(const std::string& state,
                            const std::string& records, size_t last) {
  auto history = read_runs(state);
  if (!history)
    return std::move(history.error());
  return json{{"ends", ends_as_json(*history, last, find_records_in(records))}};
}

/// It reads files.
auto explainer(std::shared_ptr<job_runner> workers, const options& opts) {
  return [workers = std::move(workers),
          state = opts.get<std::string>("application.state-directory"),
          records = records_directory(opts)](const page_explanation& what,
                                             answer done) {
    do_later(
      *workers, [=, last = what.last] { return explain(state, records, last); },
      done);
  };
}

/// A call's head as an event.
std::shared_ptr<const log_event> event_of(const routed_call& call,
                                          const std::string& app) {
  log_event result;
  result.event = "Call routed";
  result.level = log_level::debug;
  result.timestamp = std::chrono::system_clock::now();
  result.app = app;
  result.fields = {{"form", to_string(call.form)},
                   {"from", call.from},
                   {"to", call.to},
                   {"bytes", call.size}};
  if (call.form != call_form::notification)
    result.fields.emplace_back("id", call.id);
  if (!call.method.empty())
    result.fields.emplace_back("method", call.method);
  append_suppressed(result.fields, call.suppressed);
  return std::make_shared<const log_event>(std::move(result));
}

} // namespace

robot_telemetry::robot_telemetry() {
  feed_->on_interest([bell = bell_] { bell->ring_for_listener(); });
}

caf::error robot_telemetry::hear(log_dispatcher& log, hold_list& holds,
                                 const std::string& app) {
  holds.observe([bell = bell_](const hold&, bool) { bell->ring(); });
  output_ = std::make_shared<telemetry_output>(feed_, app);
  return log.add(output_);
}

host_observers robot_telemetry::observers(const std::string& app) const {
  return {
    .moved = [bell = bell_](const process_moved& x) { bell->moved(x); },
    .shown = [feed = feed_](const control_view& x) { feed->tell_control(x); },
    .pulled
    = [feed = feed_](const stop_cord_pulled& x) { feed->tell_stopped(x); },
    .routed =
      [feed = feed_, app](const routed_call& x) noexcept {
        try {
          feed->tell_call(event_of(x, app));
        } catch (const std::exception&) {
          // Out of memory: it is left out.
        }
      }};
}

/// By whatever thread.
void robot_telemetry::give(caf::actor_system& system, const order_desk& desk,
                           const page_order& order, answer done) {
  auto root = desk.get();
  if (!root)
    return done(caf::make_error(ec::robot_stopping,
                                "the robot takes no orders now: it is just "
                                "starting, or stopping"));
  switch (order.what) {
    case page_order::kind::start:
      return ask_root(system, root, start_process{order.process},
                      std::move(done));
    case page_order::kind::stop:
      return ask_root(system, root, stop_process{order.process},
                      std::move(done));
    case page_order::kind::restart:
      return ask_root(system, root, restart_process{order.process},
                      std::move(done));
  }
}

void robot_telemetry::watch_status(
  host& owner,
  std::function<status_sources(const application_actor& root)> whom,
  std::function<remote_service_actor()> broker) const {
  auto make = [this, &owner, whom = std::move(whom),
               broker = std::move(broker)](caf::local_actor* parent,
                                           const application_actor& root) {
    desk_->set(root);
    status_watch_settings settings;
    settings.whom = whom(root);
    settings.broker = broker();
    settings.feed = feed_;
    settings.bell = bell_;
    settings.log = owner.log();
    return parent->spawn(status_watch, std::move(settings));
  };
  owner.add({"status watch", stop_stage::services, std::move(make)});
}

page_services
robot_telemetry::services_of_page(host& owner,
                                  std::shared_ptr<control_session> control,
                                  const robot_devices* devices) const {
  page_services result;
  result.feed = feed_;
  result.control = std::move(control);
  if (devices)
    result.devices = std::make_shared<device_readings>(
      devices->buffers(), devices->state(), devices->names());
  result.stop = [&owner](std::string_view reason,
                         stop_cord::clock::time_point read) {
    owner.cord().pull({"", reason, owner.emergency_exit_code()}, read);
    return owner.cord().signal_latency_us();
  };
  result.order = [&system = owner.system(),
                  desk = desk_](const page_order& order, answer done) {
    give(system, *desk, order, std::move(done));
  };
  result.request = requester(owner.workers(), devices);
  result.explain = explainer(owner.workers(), owner.opts());
  return result;
}

void robot_telemetry::close() {
  desk_->set({});
}

} // namespace rr
