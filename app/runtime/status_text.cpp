// SPDX-License-Identifier: BSD-3-Clause
#include "app/runtime/status_text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace rr {

namespace {

template <class T>
json or_null(const caf::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
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

/// A value without quotes; control characters escaped, `-` for null.
std::string plain(const json& value) {
  if (value.is_null())
    return "-";
  auto text = value.dump(-1, ' ', true, json::error_handler_t::replace);
  return value.is_string() ? text.substr(1, text.size() - 2) : text;
}

std::string plain(const json& object, const char* key) {
  auto found = object.find(key);
  return found == object.end() ? "-" : plain(*found);
}

std::string process_lines(const json& processes) {
  auto width = size_t{4};
  for (const auto& process : processes)
    width = std::max(width, plain(process, "name").size());
  auto result = fmt::format("{:{}}  {:>8}  {:12}  {:>8}  {:>9}\n", "NAME",
                            width, "PID", "STATE", "RESTARTS", "LAST EXIT");
  for (const auto& process : processes)
    result += fmt::format("{:{}}  {:>8}  {:12}  {:>8}  {:>9}\n",
                          plain(process, "name"), width, plain(process, "pid"),
                          plain(process, "state"), plain(process, "restarts"),
                          plain(process, "last_exit"));
  return result;
}

} // namespace

json status_as_json(const process_status& process) {
  return {{"name", process.name},
          {"pid", or_null(process.pid)},
          {"state", to_string(process.state)},
          {"restarts", process.restarts},
          {"last_exit", or_null(process.last_exit)}};
}

json status_as_json(const runtime_status& runtime) {
  auto processes = json::array();
  for (const auto& process : runtime.robot.processes)
    processes.push_back(status_as_json(process));
  const auto& router = runtime.router;
  const auto& log = runtime.forwarder;
  return {{"name", runtime.name},
          {"state", runtime.robot.state},
          {"uptime", std::chrono::duration<double>(runtime.uptime).count()},
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
          {"update",
           runtime.update ? status_as_json(*runtime.update) : json(nullptr)},
          {"broker", status_as_json(runtime.broker)},
          {"descriptors",
           {{"limit", runtime.descriptor_limit},
            {"refused_connections", runtime.refused_connections}}}};
}

std::string status_as_text(const json& status) {
  auto seconds = status.value("uptime", 0.0);
  auto result = fmt::format("{}: {} for {:.0f} s\n", plain(status, "name"),
                            plain(status, "state"), seconds);
  auto part = [&](const char* name) {
    auto found = status.find(name);
    return found != status.end() ? *found : json{};
  };
  if (auto all = part("processes"); all.is_array() && !all.empty())
    result += "\n" + process_lines(all);
  if (auto all = part("endpoints"); all.is_object()) {
    result += "\n";
    for (const auto& [name, addresses] : all.items())
      for (const auto& address : addresses)
        result += fmt::format("{:16}  {}\n", name, plain(address));
  }
  auto add_counters = [&](const std::string& whose, const json& counters) {
    for (const auto& [counter, value] : counters.items())
      result += fmt::format("{} {}  {}\n", whose, counter, plain(value));
  };
  if (auto sides = part("router"); sides.is_object()) {
    result += "\n";
    for (const auto& [side, counters] : sides.items())
      add_counters("router " + side, counters);
  }
  for (auto group : {"log", "control", "update", "broker", "descriptors"})
    if (auto counters = part(group); counters.is_object()) {
      result += "\n";
      add_counters(group, counters);
    }
  return result;
}

} // namespace rr
