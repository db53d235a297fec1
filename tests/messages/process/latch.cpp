// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE latch

#include "messages/process/latch.hpp"

#include "messages/error.hpp"
#include "messages/json.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace latch_suite {
namespace {

const stop_latch by_child{"2026-11-29T12:00:00.000000Z",
                          "process camera exited with code 255", "camera", 255,
                          "robot"};

const stop_latch by_person{"2026-11-29T12:00:00.000000Z", "too \"hot\"\n", "",
                           77, "root"};

} // namespace

CAF_TEST(a latch is read as it was written) {
  for (const auto& x : {by_child, by_person}) {
    auto read = parse_latch(to_file(x));
    CAF_REQUIRE(read);
    CAF_CHECK((*read == x));
  }
}

CAF_TEST(a latch has the keys of the contract) {
  auto child = json::parse(to_file(by_child));
  CAF_CHECK_EQUAL(child.size(), 5u);
  for (auto key : {"time", "cause", "process", "exit_code", "user"})
    CAF_CHECK(child.contains(key));
  CAF_CHECK_EQUAL(child["exit_code"], 255);
  CAF_CHECK(!json::parse(to_file(by_person)).contains("process"));
}

CAF_TEST(a latch that is cut short at whatever byte is none) {
  auto whole = to_file(by_child);
  // But for the line's end.
  for (size_t size = 0; size + 1 < whole.size(); ++size)
    CAF_CHECK(!parse_latch(whole.substr(0, size)));
  CAF_CHECK(parse_latch(whole.substr(0, whole.size() - 1)));
}

CAF_TEST(what anybody may have written is no latch) {
  auto good = json::parse(to_file(by_child));
  for (auto key : {"time", "cause", "exit_code", "user"}) {
    auto without = good;
    without.erase(key);
    CAF_CHECK(!parse_latch(without.dump()));
    for (const auto& wrong : {json(nullptr), json::array(), json::object(),
                              json(true), json(1.5)}) {
      auto bad = good;
      bad[key] = wrong;
      CAF_CHECK(!parse_latch(bad.dump()));
    }
  }
  auto bad = good;
  bad["process"] = 1;
  CAF_CHECK(!parse_latch(bad.dump()));
  // Its lower 32 bits are the emergency-stop code.
  for (auto wrong : {int64_t{0x1'0000'00ff}, INT64_MIN}) {
    bad = good;
    bad["exit_code"] = wrong;
    CAF_CHECK(!parse_latch(bad.dump()));
  }
  bad = good;
  bad["exit_code"] = UINT64_MAX;
  CAF_CHECK(!parse_latch(bad.dump()));
  for (auto text : {"", "null", "[]", "0", "\"x\"", "{}", "\xff", "{}{}"})
    CAF_CHECK(!parse_latch(text));
  CAF_CHECK(!parse_latch(std::string(max_latch_size, '[')));
  CAF_CHECK(!parse_latch(std::string(100, '\0')));
}

CAF_TEST(text that is not UTF - 8 is written all the same) {
  auto x = by_person;
  x.cause = "caf\xe9";
  auto read = parse_latch(to_file(x));
  CAF_REQUIRE(read);
  CAF_CHECK_EQUAL(read->cause, "caf\xef\xbf\xbd");
}

CAF_TEST(a reset is read as it was written and else not ) {
  stop_reset x{"ada", "2026-11-29T13:00:00.000000Z", "too hot",
               "2026-11-29T12:00:00.000000Z"};
  auto whole = to_file(x);
  auto read = parse_reset(whole);
  CAF_REQUIRE(read);
  CAF_CHECK((*read == x));
  for (size_t size = 0; size + 1 < whole.size(); ++size)
    CAF_CHECK(!parse_reset(whole.substr(0, size)));
  CAF_CHECK(!parse_reset("{\"by\":1}"));
}

CAF_TEST(a cause says what a person needs) {
  CAF_CHECK_EQUAL(describe(stop_cause{"camera", "", 255, 17}),
                  "process camera exited with code 255");
  CAF_CHECK_EQUAL(describe(stop_cause{"camera", "", -11, 17}),
                  "process camera died by SIGSEGV");
  CAF_CHECK_EQUAL(describe(stop_cause{"camera", "", 255, 0}), "process camera");
  CAF_CHECK_EQUAL(describe(stop_cause{"", "too hot", 255}), "too hot");
  CAF_CHECK_EQUAL(describe(stop_cause{}), "unknown");
}

} // namespace latch_suite
