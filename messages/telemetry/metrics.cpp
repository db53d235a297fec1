// SPDX-License-Identifier: BSD-3-Clause
#include "messages/telemetry/metrics.hpp"

#include <array>
#include <string_view>

#include "messages/log/log_text.hpp"

namespace rr {

namespace {

constexpr std::string_view prefix = "robot_runtime_";

constexpr double micros = 1e-6;

enum class metric_kind { gauge, counter };

/// One number of the status, or of a part of it.
struct metric {
  /// Where it stands, as a JSON pointer.
  const char* place;
  /// Without the prefix.
  const char* name;
  metric_kind kind;
  const char* help;
  /// What it is multiplied with to be in the unit of its name.
  double factor = 1;
};

constexpr auto gauge = metric_kind::gauge;
constexpr auto counter = metric_kind::counter;

constexpr metric metrics[]{
  {"/uptime", "uptime_seconds", gauge, "Since the start of the runtime."},
  {"/latched", "latched", gauge,
   "1 while an emergency stop has to be reset by hand."},
  {"/stops/count", "emergency_stops_total", counter,
   "Emergency stops, in all runs."},
  {"/stops/worst_signal_us", "emergency_stop_worst_signal_seconds", gauge,
   "From the cause of the slowest emergency stop to its last signal.", micros},
  {"/stops/median_signal_us", "emergency_stop_median_signal_seconds", gauge,
   "The same of the last emergency stops, the median.", micros},
  {"/log/received", "log_forwarder_received_total", counter,
   "Log events that publishers have sent to the forwarder."},
  {"/log/forwarded", "log_forwarder_forwarded_total", counter,
   "Log events that were handed to the readers' socket."},
  {"/log/published", "log_published_total", counter,
   "Log events of the runtime that were published."},
  {"/log/dropped", "log_dropped_total", counter,
   "Log events of the runtime that the publisher had no room for."},
  {"/log/passed_on", "log_passed_on_total", counter,
   "Log events of other programs that the runtime's outputs have got."},
  {"/log/malformed", "log_malformed_total", counter,
   "Messages to the log that were no events."},
  {"/log/missed", "log_missed_total", counter,
   "Log events of other programs that never came."},
  {"/control/accepted", "control_accepted_total", counter,
   "Control packets that were obeyed."},
  {"/control/malformed", "control_malformed_total", counter,
   "Control packets with a wrong value."},
  {"/control/oversized", "control_oversized_total", counter,
   "Datagrams longer than any control packet."},
  {"/control/not_allowed", "control_not_allowed_total", counter,
   "Control packets of sources that may not drive."},
  {"/control/other_driver", "control_other_driver_total", counter,
   "Control packets while another source drove."},
  {"/control/duplicate", "control_duplicate_total", counter,
   "Gamepads in control packets that came twice."},
  {"/control/reordered", "control_reordered_total", counter,
   "Gamepads in control packets that a later one had overtaken."},
  {"/control/too_old", "control_too_old_total", counter,
   "Gamepads in control packets that were too long under way."},
  {"/control/unwritten", "control_unwritten_total", counter,
   "Gamepads whose buffers did not take the values."},
  {"/control/out_of_range", "control_out_of_range_total", counter,
   "Gamepads that were obeyed with an axis clamped."},
  {"/control/overruns", "control_overruns_total", counter,
   "Control packets that found the kernel's buffer full."},
  {"/control/lost", "control_lost_total", counter,
   "How often control was lost, of one gamepad or all."},
  {"/update/updates", "update_sent_total", counter, "Updates of the devices."},
  {"/update/datagrams", "update_datagrams_total", counter,
   "Datagrams of updates."},
  {"/update/skipped", "update_skipped_total", counter,
   "Updates that were due while another was late."},
  {"/update/unsent", "update_unsent_total", counter,
   "Updates that the network did not take."},
  {"/update/oversized", "update_oversized_total", counter,
   "Devices whose values an update had no room for."},
  {"/broker/calls", "broker_calls_total", counter,
   "Calls of the runtime's own service."},
  {"/broker/notifications", "broker_notifications_total", counter,
   "Notifications to the runtime's own service."},
  {"/broker/running", "broker_running", gauge,
   "Calls that are being worked on."},
  {"/broker/waiting", "broker_waiting", gauge, "Calls that wait for a worker."},
  {"/broker/answered", "broker_answered_total", counter,
   "Calls that were answered with a result."},
  {"/broker/errors", "broker_errors_total", counter,
   "Calls that were answered with an error."},
  {"/broker/timeouts", "broker_timeouts_total", counter,
   "Calls that were not done in time."},
  {"/broker/unknown_methods", "broker_unknown_methods_total", counter,
   "Calls of methods that do not exist."},
  {"/broker/late", "broker_late_total", counter,
   "Results of calls that had ended already."},
  {"/broker/unsent", "broker_unsent_total", counter,
   "Responses that could not be sent."},
  {"/broker/malformed", "broker_malformed_total", counter,
   "Payloads that were no calls."},
  {"/broker/reopened", "broker_reopened_total", counter,
   "How often the connection to the router was opened anew."},
  {"/descriptors/limit", "descriptors_limit", gauge,
   "File descriptors that the runtime may have."},
  {"/descriptors/refused_connections", "refused_connections_total", counter,
   "Connections refused because too few descriptors were left."},
  {"/web/connections", "web_connections", gauge, "Clients of the page now."},
  {"/web/websockets", "web_websockets", gauge,
   "Clients of the page that have a WebSocket."},
  {"/web/accepted", "web_accepted_total", counter,
   "Connections to the page that were let in."},
  {"/web/displaced", "web_displaced_total", counter,
   "Connections to the page that found no room, or gave theirs to others."},
  {"/web/requests", "web_requests_total", counter, "Requests to the page."},
  {"/web/refused", "web_refused_total", counter,
   "Requests that were malformed, too many, or not allowed."},
  {"/web/slow", "web_slow_total", counter,
   "Clients of the page that were too slow to send or to read."},
  {"/web/received", "web_messages_received_total", counter,
   "Messages of WebSockets from clients."},
  {"/web/malformed", "web_messages_malformed_total", counter,
   "Messages of WebSockets that made no sense."},
  {"/web/sent", "web_messages_sent_total", counter,
   "Messages of WebSockets to clients."},
};

/// Of each process, with its name as a label.
constexpr metric process_metrics[]{
  {"/ready", "process_ready", gauge, "1 while the process is ready."},
  {"/restarts", "process_restarts_total", counter,
   "Starts of the process but for the first, by itself or by a person."},
  {"/cpu", "process_cpu_seconds_total", counter,
   "Processor time of the process and all that it has started."},
  {"/resident_kib", "process_resident_bytes", gauge,
   "Memory of the process and all that it has started.", 1024},
  {"/last_exit", "process_last_exit_code", gauge,
   "How the process ended last; -N by signal N."},
};

/// What becomes of messages, by the side of the router that received them.
constexpr metric router_metrics[]{
  {"/routed", "router_routed_total", counter,
   "Messages that were handed to the other side."},
  {"/probes", "router_probes_total", counter,
   "Empty messages by which peers make themselves known."},
  {"/no_such_peer", "router_no_such_peer_total", counter,
   "Messages to peers that were not there."},
  {"/malformed", "router_malformed_total", counter,
   "Messages that could not be routed."},
  {"/loopback", "router_loopback_total", counter,
   "Messages of a peer to itself."},
  {"/would_block", "router_would_block_total", counter,
   "Messages to peers whose queue was full."},
};

constexpr std::array robot_states{"starting", "running", "stopping"};

constexpr std::array process_states{"idle",    "waiting",    "starting",
                                    "running", "restarting", "terminating",
                                    "killing", "exited",     "failed"};

/// Labels as they stand behind a name: `{process="arm"}`.
class label_text {
public:
  label_text& add(std::string_view name, std::string_view value) {
    text_ += text_.empty() ? '{' : ',';
    text_.append(name) += "=\"";
    for (auto c : value)
      if (c == '\n')
        text_ += "\\n";
      else if (c == '"' || c == '\\')
        (text_ += '\\') += c;
      else
        text_ += c;
    text_ += '"';
    return *this;
  }

  std::string text() const {
    return text_.empty() ? text_ : text_ + '}';
  }

private:
  std::string text_;
};

class metrics_writer {
public:
  /// Begins a metric: its values follow.
  void begin(std::string_view name, metric_kind kind, std::string_view help) {
    name_ = std::string{prefix}.append(name);
    head_ = "# HELP " + name_ + ' ' + std::string{help} + "\n# TYPE " + name_
            + (kind == counter ? " counter\n" : " gauge\n");
  }

  /// Adds a value; nothing for what is neither a number nor a boolean.
  void add(const label_text& labels, const json& value, double factor = 1) {
    std::string number;
    if (value.is_boolean())
      number = value.get<bool>() ? "1" : "0";
    else if (value.is_number_float() || (value.is_number() && factor != 1))
      log_text::append_number(number, value.get<double>() * factor);
    else if (value.is_number())
      number = value.dump();
    else
      return;
    // A metric without values is not named.
    out_ += std::exchange(head_, {});
    out_ += name_ + labels.text() + ' ' + number + '\n';
  }

  std::string take() {
    return std::move(out_);
  }

private:
  std::string out_;
  std::string name_;
  std::string head_;
};

const json& part_of(const json& whole, const char* place) {
  static const json nothing;
  auto where = json::json_pointer{place};
  return whole.contains(where) ? whole.at(where) : nothing;
}

std::string text_of(const json& value) {
  return value.is_string() ? value.get<std::string>() : std::string{};
}

/// One of many states is 1, as Prometheus has enumerations.
template <class States>
void add_states(metrics_writer& out, const label_text& labels,
                const States& states, const json& now) {
  for (const auto* each : states)
    out.add(label_text{labels}.add("state", each), now == each);
}

void add_robot(metrics_writer& out, const json& status) {
  out.begin("info", gauge, "The robot that this is of.");
  out.add(label_text{}.add("name", text_of(part_of(status, "/name"))), true);
  out.begin("state", gauge, "1 for the state of the robot, 0 for others.");
  add_states(out, {}, robot_states, part_of(status, "/state"));
  const auto& holds = part_of(status, "/held_by");
  out.begin("held", gauge, "How many things hold the robot back.");
  if (holds.is_array())
    out.add({}, holds.size());
  out.begin("held_by", gauge, "1 for each thing that holds the robot back.");
  for (const auto& each : holds)
    out.add(label_text{}.add("what", text_of(part_of(each, "/what"))), true);
}

void add_processes(metrics_writer& out, const json& processes) {
  if (!processes.is_array())
    return;
  auto labels = [](const json& process) {
    return label_text{}.add("process", text_of(part_of(process, "/name")));
  };
  out.begin("process_state", gauge,
            "1 for the state of the process, 0 for others.");
  for (const auto& each : processes)
    add_states(out, labels(each), process_states, part_of(each, "/state"));
  for (const auto& what : process_metrics) {
    out.begin(what.name, what.kind, what.help);
    for (const auto& each : processes)
      out.add(labels(each), part_of(each, what.place), what.factor);
  }
}

void add_router(metrics_writer& out, const json& router) {
  for (const auto& what : router_metrics) {
    out.begin(what.name, what.kind, what.help);
    for (const auto* side : {"/frontend", "/backend"})
      out.add(label_text{}.add("side", side + 1),
              part_of(part_of(router, side), what.place));
  }
}

} // namespace

std::string to_metrics(const json& status) {
  metrics_writer out;
  add_robot(out, status);
  add_processes(out, part_of(status, "/processes"));
  add_router(out, part_of(status, "/router"));
  for (const auto& what : metrics) {
    out.begin(what.name, what.kind, what.help);
    out.add({}, part_of(status, what.place), what.factor);
  }
  return out.take();
}

} // namespace rr
