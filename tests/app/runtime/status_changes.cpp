// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE status_changes

#include "app/runtime/status_changes.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace status_changes_suite {
namespace {

json running() {
  return json::parse(R"({
    "name": "rover", "state": "running", "uptime": 1.5, "latched": false,
    "processes": [{"name": "motor", "state": "running", "pid": 7,
                   "cpu": 1.0, "resident_kib": 100, "restarts": 0}],
    "log": {"published": 5}, "stops": {"count": 0}})");
}

} // namespace

CAF_TEST(what moves all the time is no change) {
  auto before = running();
  auto after = before;
  after["uptime"] = 2.5;
  after["log"]["published"] = 6;
  after["processes"][0]["cpu"] = 1.5;
  after["processes"][0]["resident_kib"] = 200;
  CAF_CHECK_EQUAL(lasting_part(before), lasting_part(after));
}

CAF_TEST(every other part of a status is a change) {
  auto before = lasting_part(running());
  for (auto path :
       {"/state", "/latched", "/processes/0/pid", "/processes/0/state",
        "/processes/0/restarts", "/stops/count"}) {
    auto after = running();
    after[json::json_pointer{path}] = "other";
    CAF_CHECK_NOT_EQUAL(before, lasting_part(after));
  }
}

CAF_TEST(what is no status at all is taken) {
  for (auto text :
       {"null", "[]", R"({"processes": 1})", R"({"processes": [1, null]})"})
    CAF_CHECK_EQUAL(lasting_part(json::parse(text)), json::parse(text));
}

CAF_TEST(figures of another status replace those of the same process alone) {
  auto now = running();
  now["state"] = "stopping";
  now["uptime"] = 9.5;
  now["log"]["published"] = 9;
  now["processes"][0]["cpu"] = 9.0;
  now["processes"][0]["restarts"] = 1;
  auto shown = with_figures_of(now, running());
  CAF_CHECK_EQUAL(shown["state"], "stopping");
  CAF_CHECK_EQUAL(shown["uptime"], 1.5);
  CAF_CHECK_EQUAL(shown["log"]["published"], 5);
  CAF_CHECK_EQUAL(shown["processes"][0]["cpu"], 1.0);
  CAF_CHECK_EQUAL(shown["processes"][0]["restarts"], 1);
  now["processes"][0]["pid"] = 8;
  CAF_CHECK_EQUAL(json(with_figures_of(now, running())["processes"][0]["cpu"]),
                  9.0);
  now["new"] = 1;
  CAF_CHECK_EQUAL(json(with_figures_of(now, running())["new"]), 1);
}

CAF_TEST(changes merged into what was make what is) {
  auto values = std::vector<json>{
    running(), json::object(), json::parse(R"({"a": {"b": {"c": 1}}})"),
    json::parse(R"({"a": {"b": {"d": [1, null]}, "e": "x"}, "state": 1})"),
    json::parse(R"({"a": [{"b": null}], "processes": []})")};
  for (const auto& before : values)
    for (const auto& after : values) {
      auto merged = before;
      merged.merge_patch(changes_between(before, after));
      CAF_CHECK_EQUAL(merged, after);
      CAF_CHECK_EQUAL(changes_between(before, after).empty(), before == after);
    }
}

CAF_TEST(only what has changed is told and what became null is removed) {
  auto before = json::parse(R"({"control": {"driver": "a", "lost": 1}})");
  auto after = json::parse(R"({"control": {"driver": null, "lost": 1}})");
  auto changes = changes_between(before, after);
  CAF_CHECK_EQUAL(changes.dump(), R"({"control":{"driver":null}})");
  before.merge_patch(changes);
  CAF_CHECK_EQUAL(changes_between(before, after), json::object());
}

} // namespace status_changes_suite
