// SPDX-License-Identifier: BSD-3-Clause
#include "app/runtime/status_text.hpp"

#include "messages/log/log_event.hpp"
#include "messages/record/record_line.hpp"

namespace rr {

namespace {

template <class T>
json or_null(const caf::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

json or_null(const std::string& text) {
  return text.empty() ? json(nullptr) : json(text);
}

/// Those that are set; null where none is.
json status_as_json(const limit_status& limits) {
  auto result = json(nullptr);
  if (limits.memory_max != 0) {
    result["memory_max"] = limits.memory_max;
    result["memory_by"] = or_null(limits.memory_by);
  }
  if (limits.open_files != 0)
    result["open_files"] = limits.open_files;
  if (limits.nice != 0)
    result["nice"] = limits.nice;
  if (!limits.cpu_affinity.empty())
    result["cpu_affinity"] = limits.cpu_affinity;
  if (!limits.user.empty())
    result["user"] = limits.user;
  if (!limits.group.empty())
    result["group"] = limits.group;
  return result;
}

json seconds_or_null(const caf::optional<caf::timespan>& span) {
  return span ? json(std::chrono::duration<double>(*span).count())
              : json(nullptr);
}

json counters_as_json(const direction_counters& x) {
  return {{"routed", x.routed},
          {"probes", x.probes},
          {"no_such_peer", x.no_such_peer},
          {"malformed", x.malformed},
          {"loopback", x.loopback},
          {"would_block", x.would_block}};
}

json status_as_json(const remote_service_status& service) {
  return {{"calls", service.calls},
          {"notifications", service.notifications},
          {"running", service.running},
          {"waiting", service.waiting},
          {"answered", service.answered},
          {"errors", service.errors},
          {"timeouts", service.timeouts},
          {"unknown_methods", service.unknown_methods},
          {"late", service.late},
          {"unsent", service.unsent},
          {"malformed", service.malformed},
          {"reopened", service.reopened}};
}

json status_as_json(const control_status& control) {
  const auto& x = control.counters;
  return {{"driver",
           control.driver.empty() ? json(nullptr) : json(control.driver)},
          {"accepted", x.accepted},
          {"malformed", x.malformed},
          {"oversized", x.oversized},
          {"not_allowed", x.not_allowed},
          {"other_driver", x.other_driver},
          {"duplicate", x.duplicate},
          {"reordered", x.reordered},
          {"too_old", x.too_old},
          {"unwritten", x.unwritten},
          {"out_of_range", x.out_of_range},
          {"overruns", x.overruns},
          {"lost", x.lost}};
}

json status_as_json(const update_status& update) {
  return {{"updates", update.updates},
          {"datagrams", update.datagrams},
          {"skipped", update.skipped},
          {"unsent", update.unsent},
          {"oversized", update.oversized}};
}

json status_as_json(const web_status& web) {
  return {{"address", web.address},
          {"connections", web.connections},
          {"websockets", web.websockets},
          {"accepted", web.accepted},
          {"displaced", web.displaced},
          {"requests", web.requests},
          {"refused", web.refused},
          {"slow", web.slow},
          {"received", web.received},
          {"malformed", web.malformed},
          {"sent", web.sent}};
}

json holds_as_json(const std::vector<hold>& holds) {
  auto result = json::array();
  for (const auto& each : holds)
    result.push_back(
      {{"what", each.what}, {"since", format_timestamp(each.since)}});
  return result;
}

json last_end_as_json(const last_end& end) {
  return {{"time", format_timestamp(end.time)},
          {"ran", as_seconds(end.ran)},
          {"exit_code", or_null(end.exit_code)},
          {"reason", end.reason}};
}

} // namespace

json status_as_json(const process_status& process) {
  return {{"name", process.name},
          {"pid", or_null(process.pid)},
          {"state", to_string(process.state)},
          {"restarts", process.restarts},
          {"last_exit", or_null(process.last_exit)},
          {"last_end", process.last_end ? last_end_as_json(*process.last_end)
                                        : json(nullptr)},
          {"cpu", process.cpu ? json(as_seconds(*process.cpu)) : json(nullptr)},
          {"resident_kib", or_null(process.resident_kib)},
          {"containment", or_null(process.containment)},
          {"limits", status_as_json(process.limits)},
          {"ready", process.ready},
          {"since", format_timestamp(process.since)},
          {"waiting_for", process.waiting_for},
          {"status_text", process.status_text},
          {"startup",
           {{"began", seconds_or_null(process.startup.began)},
            {"ready", seconds_or_null(process.startup.ready)},
            {"after", process.startup.after}}}};
}

json status_as_json(const runtime_status& runtime) {
  auto processes = json::array();
  for (const auto& process : runtime.robot.processes)
    processes.push_back(status_as_json(process));
  const auto& router = runtime.router;
  const auto& log = runtime.forwarder;
  json result{{"name", runtime.name},
              {"state", runtime.robot.state},
              {"uptime", std::chrono::duration<double>(runtime.uptime).count()},
              {"latched", runtime.robot.latched},
              {"held_by", holds_as_json(runtime.held_by)},
              {"containment", or_null(runtime.robot.containment)},
              {"processes", processes},
              {"endpoints",
               {{"router_frontend", router.frontend},
                {"router_backend", router.backend},
                {"log_frontend", log.frontend},
                {"log_backend", log.backend}}},
              {"router",
               {{"frontend", counters_as_json(router.counters.frontend)},
                {"backend", counters_as_json(router.counters.backend)}}},
              {"log",
               {{"received", log.counters.received},
                {"forwarded", log.counters.forwarded},
                {"published", runtime.publisher.published},
                {"dropped", runtime.publisher.dropped},
                {"source", runtime.publisher.source},
                {"passed_on", runtime.reader.received},
                {"malformed", runtime.reader.malformed},
                {"missed", runtime.reader.missed}}},
              {"control", status_as_json(runtime.control)},
              {"update", runtime.update ? status_as_json(*runtime.update)
                                        : json(nullptr)},
              {"stops", status_as_json(runtime.stops)},
              {"last_record", or_null(runtime.last_record)},
              {"broker", status_as_json(runtime.broker)},
              {"descriptors",
               {{"limit", runtime.descriptor_limit},
                {"refused_connections", runtime.refused_connections}}}};
  if (runtime.web)
    result["web"] = status_as_json(*runtime.web);
  return result;
}

} // namespace rr
