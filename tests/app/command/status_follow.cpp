// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE status_follow

#include "app/command/status_follow.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace {

json running() {
  return json::parse(R"({
    "name": "rover", "state": "running", "uptime": 1.5, "latched": false,
    "processes": [{"name": "motor", "state": "running", "pid": 7,
                   "cpu": 1.0, "resident_kib": 100, "restarts": 0}],
    "log": {"published": 5}, "stops": {"count": 0}})");
}

} // namespace

CAF_TEST(a text is drawn over the last one and nothing of that stays) {
  CAF_CHECK_EQUAL(drawn_anew("a\nb\n", 24), "\x1b[H\x1b[?7l"
                                            "a\x1b[K\nb\x1b[K\n"
                                            "\x1b[J\x1b[?7h");
}

CAF_TEST(what does not fit the terminal is counted) {
  auto fits = drawn_anew("1\n2\n3\n4\n", 5);
  CAF_CHECK_NOT_EQUAL(fits.find("4\x1b[K\n"), std::string::npos);
  auto cut = drawn_anew("1\n2\n3\n4\n5\n", 5);
  CAF_CHECK_NOT_EQUAL(cut.find("3\x1b[K\n... 2 more lines\x1b[K\n\x1b[J"),
                      std::string::npos);
  CAF_CHECK_EQUAL(cut.find('4'), std::string::npos);
  CAF_CHECK_NOT_EQUAL(drawn_anew("1\n2\n3\n", 0).find('3'), std::string::npos);
  CAF_CHECK_NOT_EQUAL(drawn_anew("1\n2\n3\n", 1).find('3'), std::string::npos);
}

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
