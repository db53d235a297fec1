// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE page_hostile

#include "bridges/web/page_conversation.hpp"

#include "tests/support/page_fixture.hpp"

using namespace rr;
using namespace rr::test;

namespace page_hostile_suite {
namespace {

std::string nested(std::string_view type, size_t depth) {
  return R"({"type":")" + std::string{type} + R"(","value":)"
         + std::string(depth, '[') + std::string(depth, ']') + '}';
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(page_hostile_tests, page_fixture)

CAF_TEST(what makes no sense is answered by an error and does nothing) {
  open();
  hear_all();
  for (const auto& text : std::vector<std::string>{
         "",
         " ",
         "{",
         "null",
         "[]",
         "7",
         "\"estop\"",
         "true",
         "{}",
         "NaN",
         R"({"type":null})",
         R"({"type":7})",
         R"({"type":["gamepad"]})",
         R"({"type":""})",
         R"({"type":"reset"})",
         R"({"type":"Gamepad"})",
         R"({"type":"gamepad","type":"estop"})",
         R"({"type":"subscribe"})",
         R"({"type":"subscribe","log":7})",
         R"({"type":"subscribe","log":{"level":"loud"}})",
         R"({"type":"subscribe","log":{"level":7}})",
         R"({"type":"subscribe","values":[]})",
         R"({"type":"subscribe","values":{"uids":"*"}})",
         R"({"type":"subscribe","values":{"uids":[7]}})",
         R"({"type":"subscribe","values":{"rate":0}})",
         R"({"type":"subscribe","values":{"rate":-1}})",
         R"({"type":"subscribe","values":{"rate":61}})",
         R"({"type":"subscribe","values":{"rate":1e308}})",
         R"({"type":"subscribe","values":{"rate":1e999}})",
         R"({"type":"subscribe","values":{"rate":NaN}})",
         R"({"type":"subscribe","values":{"rate":"10"}})",
         R"({"type":"subscribe","log":{},"values":{"rate":0}})",
         R"({"type":"gamepad"})",
         R"({"type":"gamepad","index":-1})",
         R"({"type":"gamepad","index":16})",
         R"({"type":"gamepad","index":0.5})",
         R"({"type":"gamepad","index":"0"})",
         R"({"type":"gamepad","index":18446744073709551616})",
         R"({"type":"gamepad","index":0,"lx":"1"})",
         R"({"type":"gamepad","index":0,"lx":NaN})",
         R"({"type":"gamepad","index":0,"lx":1e999})",
         R"({"type":"gamepad","index":0,"lx":[0]})",
         R"({"type":"gamepad","index":0,"btn":-1})",
         R"({"type":"gamepad","index":0,"btn":1.5})",
         R"({"type":"gamepad","index":0,"btn":99999999999999999999})",
         R"({"type":"gamepad","index":0,"seq":-1})",
         R"({"type":"gamepad","index":0,"seq":"1"})",
         R"({"type":"gamepad","index":0,"time":"now"})",
         R"({"type":"gamepad","index":0,"lx":0,"lx":1})",
         R"({"type":"take_control","id":{}})",
         R"({"type":"take_control","id":[1]})",
         R"({"type":"take_control","id":true})",
         R"({"type":"order"})",
         R"({"type":"order","process":"camera"})",
         R"({"type":"order","process":7,"what":"stop"})",
         R"({"type":"order","process":"camera","what":"kill"})",
         R"({"type":"order","process":"camera","what":null})",
         R"({"type":"request"})",
         R"({"type":"request","device":7,"param":"x","value":1})",
         R"({"type":"request","device":"a","param":7,"value":1})",
         R"({"type":"request","device":"a","param":"x"})",
         R"({"type":"request","device":"a","param":"x","value":1e999})",
         R"({"type":"take_control","id":")" + std::string(129, 'x') + "\"}",
         nested("request", 40),
         nested("estop", 30'000),
         std::string(60'000, '['),
         "{\"type\":\"estop\"" + std::string(60'000, ' ')}) {
    now += 1s;
    CAF_CHECK(say(text));
    auto told = hear_all();
    CAF_REQUIRE_EQUAL(told.size(), 1u);
    CAF_CHECK_EQUAL(told[0]["type"], "error");
    CAF_CHECK(told[0]["error"].is_string());
    CAF_CHECK_LESS(told[0]["error"].get<std::string>().size(), 200u);
  }
  CAF_CHECK(page->take(std::string("\x00\xff", 2), false, now + 2s));
  CAF_CHECK_EQUAL(json(hear()["type"]), "error");
  CAF_CHECK(stops.empty() && orders.empty() && requests.empty());
  CAF_CHECK_EQUAL(control->status().driver, "");
  CAF_CHECK_EQUAL(pads->writes, 0);
}

CAF_TEST(the id of what makes no sense is in its answer) {
  open();
  hear_all();
  say(R"({"type":"fly","id":"a1"})");
  CAF_CHECK_EQUAL(json(hear()["id"]), "a1");
  say(R"({"type":"order","id":-2.5})");
  CAF_CHECK_EQUAL(json(hear()["id"]), -2.5);
}

CAF_TEST(axes beyond their range are clamped as those of packets are) {
  open();
  CAF_CHECK(say(R"({"type":"gamepad","index":15,"lx":1e300,"btn":0})"));
  CAF_CHECK_EQUAL(pads->states[15].axes[left_x], 1.0);
  CAF_CHECK_EQUAL(control->status().counters.out_of_range, 1u);
}

CAF_TEST(the tenth that makes no sense within a second closes) {
  open();
  for (auto i = 0; i < 9; ++i)
    CAF_CHECK(say("x"));
  now += 999ms;
  CAF_CHECK(!say("x"));
}

CAF_TEST(nine a second and good ones between them close nothing) {
  open();
  for (auto i = 0; i < 100; ++i) {
    CAF_CHECK(say("x"));
    CAF_CHECK(say(R"({"type":"subscribe","log":null})"));
    now += 112ms;
    hear_all();
  }
}

CAF_TEST(an order that fails is no nonsense) {
  open();
  for (auto i = 0; i < 30; ++i)
    CAF_CHECK(say(R"({"type":"order","process":"../x","what":"stop"})"));
  for (auto& [order, done] : orders)
    done(caf::error{});
}

CAF_TEST(a client that asks without reading is overrun) {
  open();
  auto text = R"({"type":"take_control","id":")" + std::string(120, 'x')
              + "\"}";
  for (auto i = 0; i < 20'000 && !page->is_overrun(); ++i)
    say(text);
  CAF_CHECK(page->is_overrun());
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace page_hostile_suite
