// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE status_table

#include "app/runtime/status_table.hpp"

#include <caf/test/dsl.hpp>

#include <sstream>

#include "messages/log/log_wire.hpp"

using namespace rr;

namespace status_table_suite {
namespace {

const auto now = *parse_timestamp("2026-01-02T03:04:05Z");

std::string shown(const json& status,
                  shown_counters counters = shown_counters::not_zero) {
  return status_table(status, counters, now);
}

json whole() {
  return json::parse(R"({
    "name": "rover", "state": "running", "uptime": 192.7, "latched": false,
    "held_by": [{"what": "no driver", "since": "2026-01-02T03:03:05Z"}],
    "processes": [
      {"name": "motor", "pid": 4194303, "state": "terminating", "ready": true,
       "since": "2025-12-20T23:04:05Z", "restarts": 12345678, "last_exit": -26,
       "cpu": 9.876, "resident_kib": 1048575},
      {"name": "camera", "pid": null, "state": "waiting", "ready": false,
       "since": "2026-01-02T03:03:53Z", "restarts": 0, "last_exit": null,
       "cpu": null, "resident_kib": null, "waiting_for": ["motor", "lens"]},
      {"name": "a-name-that-is-of-32-characters-", "pid": 7, "state": "running",
       "ready": false, "since": "2026-01-02T00:00:05Z", "restarts": 1,
       "last_exit": 3, "cpu": 71.0, "resident_kib": 812,
       "status_text": "calibrates"},
      {"name": "arm", "pid": null, "state": "failed", "restarts": 5,
       "last_exit": 3, "last_end": {"reason": "watchdog missed"}}],
    "endpoints": {"log_frontend": ["tcp://127.0.0.1:6001"]},
    "router": {"frontend": {"routed": 2, "loopback": 0}, "backend": {}},
    "control": {"driver": null, "accepted": 0}})");
}

} // namespace

CAF_TEST(states are coloured where they are to be and nothing else) {
  auto plain = shown(whole());
  auto coloured = status_table(whole(), shown_counters::not_zero, now, true);
  CAF_CHECK_EQUAL(plain.find('\x1b'), std::string::npos);
  for (auto part :
       {"rover: \x1b[32mrunning\x1b[0m for", "  \x1b[33mterminating\x1b[0m ",
        "  \x1b[31mfailed     \x1b[0m ", "  waiting     "})
    CAF_CHECK_NOT_EQUAL(coloured.find(part), std::string::npos);
  for (auto code : {"\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[0m"})
    for (auto i = coloured.find(code); i != std::string::npos;
         i = coloured.find(code))
      coloured.erase(i, std::string_view{code}.size());
  CAF_CHECK_EQUAL(coloured, plain);
}

CAF_TEST(everything has its place) {
  CAF_CHECK_EQUAL(
    shown(whole()),
    "rover: running for 3m12s\n"
    "  held by: no driver (for 1m00s)\n"
    "\n"
    "NAME        PID  STATE           FOR     CPU MEMORY RESTARTS  LAST END\n"
    "motor   4194303  terminating  12d04h   9.88s   1.0G 12345678  SIGVTALRM\n"
    "camera        -  waiting         12s       -      -        0  -\n"
    "    waits for motor, lens\n"
    "a-name-that-is-of-32-characters-\n"
    "              7  running       3h04m   1m11s   812K        1  exit 3\n"
    "    calibrates\n"
    "    says that it stops\n"
    "arm           -  failed            -       -      -        5  exit 3\n"
    "    watchdog missed\n"
    "\n"
    "log_frontend      tcp://127.0.0.1:6001\n"
    "\n"
    "router frontend: routed 2\n");
}

CAF_TEST(counters that are zero are shown when asked for) {
  auto text = shown(whole(), shown_counters::all);
  CAF_CHECK_NOT_EQUAL(text.find("router frontend: loopback 0, routed 2\n"),
                      std::string::npos);
  CAF_CHECK_NOT_EQUAL(text.find("control: accepted 0, driver -\n"),
                      std::string::npos);
}

CAF_TEST(no line is longer than a terminal) {
  auto status = whole();
  status["held_by"][0]["what"] = std::string(30, 'a') + " "
                                 + std::string(30, 'b') + " "
                                 + std::string(30, 'c');
  for (auto i = 0; i < 30; ++i)
    status["router"]["backend"]["counter" + std::to_string(i)] = 1'000'000;
  status["processes"][0]["name"] = "fifteen-letters";
  std::istringstream lines{shown(status)};
  for (std::string line; std::getline(lines, line);)
    CAF_CHECK_LESS_OR_EQUAL(line.size(), 80u);
}

CAF_TEST(a latched stop stands in the first line) {
  CAF_CHECK_EQUAL(
    shown({{"name", "r"}, {"state", "stopping"}, {"latched", true}}),
    "r: stopping, its emergency stop is latched\n");
}

CAF_TEST(whatever a peer sends is taken and nothing of it obeyed) {
  CAF_CHECK_EQUAL(shown({{"name", "\x1b[2J"}}), "\\x1b[2J: -\n");
  auto good = whole();
  for (const auto& [key, value] : good.items())
    for (const auto& odd :
         {json(nullptr), json(7), json("x"), json::array({1, "x", nullptr}),
          json::object({{"a", json::array()}})}) {
      auto status = good;
      status[key] = odd;
      CAF_CHECK(!shown(status).empty());
    }
  for (const auto& [key, value] : good["processes"][0].items())
    for (const auto& odd :
         {json(1e300), json("x"), json::array({nullptr}), json::object()}) {
      auto status = good;
      status["processes"][0][key] = odd;
      CAF_CHECK(!shown(status).empty());
    }
  CAF_CHECK(!shown(json::array()).empty());
}

CAF_TEST(what a containment does not keep is told and nothing else) {
  auto status = whole();
  auto lines = [&] { return shown(status); };
  status["containment"] = "control group";
  CAF_CHECK_EQUAL(lines().find("contained by"), std::string::npos);
  status["containment"] = "environment cookie (a daemon lives on)";
  CAF_CHECK_NOT_EQUAL(
    lines().find("contained by: environment cookie (a daemon lives on)\n"),
    std::string::npos);
}

} // namespace status_table_suite
