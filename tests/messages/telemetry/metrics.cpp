// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE metrics

#include "messages/telemetry/metrics.hpp"

#include <regex>
#include <set>
#include <sstream>

#include <caf/test/dsl.hpp>

using namespace rr;

namespace metrics_suite {
namespace {

json robot() {
  return json::parse(R"({
    "name": "arm", "state": "running", "uptime": 2.5, "latched": false,
    "held_by": [{"what": "device left is not there", "since": "t"}],
    "processes": [
      {"name": "motor", "state": "running", "ready": true, "restarts": 2,
       "cpu": 0.25, "resident_kib": 100, "last_exit": -9},
      {"name": "eye", "state": "failed", "ready": false, "restarts": 0,
       "cpu": null, "resident_kib": null, "last_exit": null}],
    "router": {"frontend": {"routed": 7}, "backend": {"routed": 8}},
    "log": {"dropped": 3, "source": "x"}, "update": null,
    "control": {"driver": "x", "accepted": 18446744073709551615},
    "stops": {"count": 1, "worst_signal_us": 250, "median_signal_us": null}
  })");
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> result;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);)
    result.push_back(line);
  return result;
}

bool has(const json& status, const std::string& line) {
  auto lines = lines_of(to_metrics(status));
  return std::ranges::find(lines, line) != lines.end();
}

} // namespace

CAF_TEST(a robot is told in seconds and bytes) {
  auto status = robot();
  for (auto line :
       {"robot_runtime_info{name=\"arm\"} 1",
        "robot_runtime_uptime_seconds 2.5", "robot_runtime_latched 0",
        "robot_runtime_state{state=\"running\"} 1",
        "robot_runtime_state{state=\"stopping\"} 0", "robot_runtime_held 1",
        "robot_runtime_held_by{what=\"device left is not there\"} 1",
        "robot_runtime_emergency_stops_total 1",
        "robot_runtime_emergency_stop_worst_signal_seconds 0.00025",
        "robot_runtime_log_dropped_total 3",
        "robot_runtime_control_accepted_total 18446744073709551615",
        "robot_runtime_router_routed_total{side=\"frontend\"} 7",
        "robot_runtime_router_routed_total{side=\"backend\"} 8"}) {
    CAF_MESSAGE(line);
    CAF_CHECK(has(status, line));
  }
}

CAF_TEST(each process is a label) {
  auto status = robot();
  for (auto line :
       {"robot_runtime_process_state{process=\"motor\",state=\"running\"} 1",
        "robot_runtime_process_state{process=\"motor\",state=\"failed\"} 0",
        "robot_runtime_process_state{process=\"eye\",state=\"failed\"} 1",
        "robot_runtime_process_ready{process=\"motor\"} 1",
        "robot_runtime_process_restarts_total{process=\"motor\"} 2",
        "robot_runtime_process_cpu_seconds_total{process=\"motor\"} 0.25",
        "robot_runtime_process_resident_bytes{process=\"motor\"} 102400.0",
        "robot_runtime_process_last_exit_code{process=\"motor\"} -9"}) {
    CAF_MESSAGE(line);
    CAF_CHECK(has(status, line));
  }
}

CAF_TEST(what there is none of is neither a value nor a name) {
  auto text = to_metrics(robot());
  for (auto name : {"cpu_seconds_total{process=\"eye\"}",
                    "emergency_stop_median_signal_seconds",
                    "robot_runtime_update", "robot_runtime_web"})
    CAF_CHECK_EQUAL(text.find(name), std::string::npos);
}

CAF_TEST(names and texts of others are escaped) {
  auto status = robot();
  status["name"] = "a\"b\\c\nd";
  CAF_CHECK(has(status, R"(robot_runtime_info{name="a\"b\\c\nd"} 1)"));
}

CAF_TEST(every metric has its help and type once and before its values) {
  std::regex value{
    R"(([a-z_]+)(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [-0-9.e+]+)"};
  std::set<std::string> names;
  std::string now;
  std::string type;
  for (const auto& line : lines_of(to_metrics(robot()))) {
    std::istringstream words{line};
    std::string hash, word, name;
    std::smatch found;
    if (line.starts_with("# HELP ")) {
      words >> hash >> word >> now;
      CAF_CHECK(names.insert(now).second);
      CAF_CHECK(line.ends_with('.'));
    } else if (line.starts_with("# TYPE ")) {
      words >> hash >> word >> name >> type;
      CAF_CHECK_EQUAL(name, now);
      CAF_CHECK_EQUAL(type == "counter", name.ends_with("_total"));
    } else {
      CAF_REQUIRE(std::regex_match(line, found, value));
      CAF_CHECK_EQUAL(found[1].str(), now);
    }
  }
  CAF_CHECK_GREATER(names.size(), 15u);
}

CAF_TEST(a status of another shape gives what it has) {
  for (auto text : {"{}", "null", "[]", "17", R"({"processes": {"a": 1}})",
                    R"({"processes": [null, 1, {}, {"name": 3}]})",
                    R"({"router": [], "log": {"dropped": "x"}})",
                    R"({"held_by": [1, {"what": null}], "state": 5})"}) {
    auto made = to_metrics(json::parse(text));
    CAF_CHECK(made.starts_with("# HELP robot_runtime_info"));
    CAF_CHECK(made.ends_with('\n'));
  }
}

} // namespace metrics_suite
