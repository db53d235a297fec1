// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE page_conversation

#include "bridges/web/page_conversation.hpp"

#include "messages/error.hpp"
#include "tests/support/page_fixture.hpp"

using namespace rr;
using namespace rr::test;

namespace page_conversation_suite {
namespace {

using texts = std::vector<std::string>;

texts texts_of(const json& events) {
  texts result;
  for (const auto& each : events)
    result.push_back(each["event"]);
  return result;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(page_conversation_tests, page_fixture)

CAF_TEST(the state is told whole and then by changes without gaps) {
  auto box = std::make_shared<recording_listener>();
  feed->add(box);
  tell_state(7, {{"state", "starting"}},
             {{"name", "rover"}, {"state", "starting"}});
  open();
  CAF_CHECK_EQUAL(hear("state").dump(),
                  R"({"seq":1,"state":{"name":"rover","state":"starting"},)"
                  R"("type":"state"})");
  tell_state(8, {{"state", "running"}});
  tell_state(9, {{"latched", true}});
  CAF_CHECK_EQUAL(hear("state").dump(),
                  R"({"changes":{"state":"running"},"seq":2,"type":"state"})");
  CAF_CHECK_EQUAL(json(hear("state")["seq"]), 3);
  CAF_CHECK(hear("state").is_null());
}

CAF_TEST(nothing of the rest is told before the state) {
  open();
  say(R"({"type":"subscribe","id":1,"log":{}})");
  feed->tell_log(event_of("late"));
  CAF_CHECK_EQUAL(json(hear()["type"]), "done");
  now += 1s;
  CAF_CHECK(hear().is_null());
  CAF_CHECK(!page->deadline());
  tell_state(1, {}, {{"state", "running"}});
  CAF_CHECK_EQUAL(json(hear()["type"]), "state");
  CAF_CHECK_EQUAL(json(hear()["type"]), "control");
  hear_all();
  now += 1s;
  CAF_CHECK_EQUAL(json(hear()["type"]), "log");
}

CAF_TEST(a client that does not read is overrun by what is never left out) {
  open();
  auto big = std::string(100'000, 'x');
  for (uint64_t i = 1; i <= 11; ++i) {
    CAF_CHECK(!page->is_overrun());
    tell_state(i, {{"x", big}}, json::object());
  }
  tell_state(12, {{"x", big}});
  CAF_CHECK(page->is_overrun());
  hear_all();
  CAF_CHECK(!page->is_overrun());
}

CAF_TEST(control is told at first and the latest of what moves) {
  open_informed();
  CAF_CHECK_EQUAL(
    hear().dump(),
    R"({"driver":null,"gamepads":{},"type":"control","you":false})");
  control->submit(laptop, {stick(0.25)}, now);
  CAF_CHECK(hear().is_null());
  CAF_REQUIRE(page->deadline());
  CAF_CHECK(*page->deadline() == now + 50ms);
  control->submit(laptop, {stick(0.5, 1)}, now + 20ms);
  now += 50ms;
  auto told = hear();
  CAF_CHECK_EQUAL(told["driver"], laptop.name);
  CAF_CHECK_EQUAL(told["you"], false);
  CAF_CHECK_EQUAL(told["gamepads"]["0"]["lx"], 0.5);
  CAF_CHECK_EQUAL(told["gamepads"]["0"]["btn"], 1);
  CAF_CHECK_EQUAL(told["gamepads"]["0"]["connected"], true);
  CAF_CHECK(hear().is_null());
}

CAF_TEST(the log is told from before and then live in batches) {
  feed->tell_log(event_of("too low", log_level::debug));
  for (auto i = 0; i < 3; ++i)
    feed->tell_log(event_of("before " + std::to_string(i)));
  open_informed();
  feed->tell_log(event_of("before 3", log_level::error));
  hear_all();
  CAF_CHECK(say(R"({"type":"subscribe","id":1,"log":{"level":"info"}})"));
  CAF_CHECK_EQUAL(hear().dump(), R"({"id":1,"type":"done"})");
  auto past = hear();
  CAF_CHECK_EQUAL(past["type"], "log");
  CAF_CHECK_EQUAL(past["missed"], 0);
  CAF_CHECK_EQUAL(texts_of(past["events"]),
                  (texts{"before 0", "before 1", "before 2", "before 3"}));
  wakes = 0;
  feed->tell_log(event_of("one"));
  feed->tell_log(event_of("two"));
  CAF_CHECK_EQUAL(wakes, 1);
  CAF_CHECK(hear().is_null());
  CAF_CHECK(*page->deadline() == now + 50ms);
  feed->tell_log(event_of("low", log_level::debug));
  now += 50ms;
  CAF_CHECK_EQUAL(texts_of(hear()["events"]), (texts{"one", "two"}));
  CAF_CHECK(say(R"({"type":"subscribe","log":null})"));
  feed->tell_log(event_of("three"));
  now += 50ms;
  CAF_CHECK_EQUAL(hear().dump(), R"({"type":"done"})");
  CAF_CHECK(hear().is_null());
}

CAF_TEST(of a log that is not read the last is told and the rest counted) {
  open_informed();
  say(R"({"type":"subscribe","log":{}})");
  hear_all();
  for (auto i = 0; i < 2500; ++i)
    feed->tell_log(event_of(std::to_string(i)));
  CAF_CHECK(!page->is_overrun());
  hear();
  now += 50ms;
  auto first = hear();
  CAF_CHECK_EQUAL(first["missed"], 1500);
  CAF_CHECK_EQUAL(first["events"][0]["event"], "1500");
  uint64_t count = first["events"].size();
  for (const auto& each : hear_all()) {
    CAF_CHECK_EQUAL(each["missed"], 0);
    count += each["events"].size();
  }
  CAF_CHECK_EQUAL(count, 1000u);
  // Large ones are bounded by their bytes.
  for (auto i = 0; i < 100; ++i)
    feed->tell_log(event_of(std::string(60'000, 'x')));
  hear();
  now += 50ms;
  CAF_CHECK_GREATER(json(hear()["missed"]).get<int>(), 80);
}

CAF_TEST(a gamepad drives as a source of its own and alone) {
  open_informed();
  hear_all();
  auto pad = [](int seq, double lx) {
    return json{{"type", "gamepad"}, {"index", 0}, {"lx", lx},
                {"btn", 2},          {"seq", seq}, {"time", seq * 0.02}}
      .dump();
  };
  CAF_CHECK(say(pad(1, 0.5)));
  CAF_CHECK_EQUAL(pads->states[0].axes[left_x], 0.5);
  CAF_CHECK_EQUAL(pads->states[0].buttons, 2u);
  CAF_CHECK_EQUAL(control->status().driver, "web:127.0.0.1:5000");
  now += 50ms;
  auto told = hear();
  CAF_CHECK_EQUAL(told["you"], true);
  // Numbers are checked as those of packets are.
  CAF_CHECK(say(pad(1, 1)));
  CAF_CHECK_EQUAL(control->status().counters.duplicate, 1u);
  CAF_CHECK_EQUAL(pads->states[0].axes[left_x], 0.5);
  CAF_CHECK(!control->submit(laptop, {stick(1)}, now).obeyed);
  // It is not answered, refused or not.
  CAF_CHECK(hear().is_null());
  // Its end is a silence, and no more.
  page.reset();
  CAF_CHECK_EQUAL(pads->neutrals, 0);
  control->expire(now + 500ms);
  CAF_CHECK_EQUAL(pads->neutrals, 1);
  CAF_CHECK_EQUAL(control->status().driver, "");
}

CAF_TEST(control is taken over by an act of its own) {
  open_informed();
  hear_all();
  control->submit(laptop, {stick(0.5)}, now);
  say(R"({"type":"gamepad","index":0,"lx":0,"btn":0})");
  CAF_CHECK_EQUAL(control->status().driver, laptop.name);
  say(R"({"type":"take_control","id":"t"})");
  CAF_CHECK_EQUAL(hear().dump(), R"({"id":"t","type":"done"})");
  CAF_CHECK_EQUAL(control->status().driver, "web:127.0.0.1:5000");
  CAF_CHECK(!control->submit(laptop, {stick(1)}, now).obeyed);
  control->close();
  say(R"({"type":"take_control","id":2})");
  auto refused = hear();
  CAF_CHECK_EQUAL(refused["type"], "error");
  CAF_CHECK_EQUAL(refused["id"], 2);
}

CAF_TEST(a stop is told before all else that waits and its order answered) {
  open();
  tell_state(1, {}, {{"state", "running"}});
  say(R"({"type":"subscribe","log":{}})");
  CAF_CHECK(page->is_urgent(R"({"type":"estop"})", true));
  CAF_CHECK(page->is_urgent(R"({"type":"\u0065s\u0074op"})", true));
  CAF_CHECK(!page->is_urgent(R"({"type":"order","process":"\u00e9"})", true));
  CAF_CHECK(!page->is_urgent(R"({"type":"order"})", true));
  say(R"({"type":"estop","id":3,"reason":"the arm is loose"})");
  CAF_CHECK_EQUAL(stops, texts{"the arm is loose"});
  CAF_CHECK_EQUAL(hear().dump(),
                  R"({"cause":"the arm is loose","exit_code":255,)"
                  R"("signal_latency_us":42,"type":"stopped"})");
  CAF_CHECK_EQUAL(json(hear()["type"]), "done");
  CAF_CHECK_EQUAL(hear().dump(),
                  R"({"id":3,"signal_latency_us":42,"type":"done"})");
  say(R"({"type":"estop"})");
  CAF_CHECK_EQUAL(stops[1], "the page, by web:127.0.0.1:5000");
  CAF_CHECK_EQUAL(json(hear("done")["signal_latency_us"]), 42);
  // Who comes later is told, too.
  open();
  CAF_CHECK_EQUAL(json(hear()["type"]), "stopped");
}

CAF_TEST(an order to stop is obeyed whatever else is wrong with it) {
  open();
  for (auto text :
       {R"({"type":"estop","id":[]})", R"({"type":"estop","id":{}})",
        R"({"type":"estop","reason":7})",
        R"({"type":"estop","reason":null,"x":[[]]})"})
    CAF_CHECK(say(text));
  CAF_CHECK_EQUAL(stops.size(), 4u);
  say(json{{"type", "estop"}, {"reason", std::string(5000, 'x')}}.dump());
  CAF_CHECK_EQUAL(stops.back().size(), 1024u);
}

CAF_TEST(an order is answered once it is done) {
  open();
  hear_all();
  say(R"({"type":"order","id":4,"process":"camera","what":"restart"})");
  CAF_REQUIRE_EQUAL(orders.size(), 1u);
  CAF_CHECK_EQUAL(orders[0].first.process, "camera");
  CAF_CHECK(orders[0].first.what == page_order::kind::restart);
  CAF_CHECK(hear().is_null());
  wakes = 0;
  orders[0].second(json{{"status", {{"state", "running"}}}});
  CAF_CHECK_EQUAL(wakes, 1);
  CAF_CHECK_EQUAL(hear().dump(),
                  R"({"id":4,"status":{"state":"running"},"type":"done"})");
  say(R"({"type":"order","id":5,"process":"lidar","what":"stop"})");
  orders[1].second(caf::make_error(ec::unknown_process, "no such process"));
  CAF_CHECK_EQUAL(hear().dump(),
                  R"({"error":"no such process","id":5,"type":"error"})");
}

CAF_TEST(a request is handed on as it is and its error told) {
  open();
  hear_all();
  say(R"({"type":"request","id":5,"device":"left","param":"duty_cycle",)"
      R"("value":[1,{"a":null}]})");
  CAF_REQUIRE_EQUAL(requests.size(), 1u);
  CAF_CHECK_EQUAL(requests[0].first.device, "left");
  CAF_CHECK_EQUAL(requests[0].first.parameter, "duty_cycle");
  CAF_CHECK_EQUAL(requests[0].first.value.dump(), R"([1,{"a":null}])");
  requests[0].second(json{{"clamped", true}});
  CAF_CHECK_EQUAL(hear().dump(), R"({"clamped":true,"id":5,"type":"done"})");
}

CAF_TEST(why the robot has stopped is answered once it is known) {
  open();
  hear_all();
  say(R"({"type":"explain","id":5})");
  say(R"({"type":"explain","id":6,"last":8})");
  CAF_REQUIRE_EQUAL(explanations.size(), 2u);
  CAF_CHECK_EQUAL(explanations[0].first.last, 1u);
  CAF_CHECK_EQUAL(explanations[1].first.last, 8u);
  explanations[1].second(json{{"ends", json::array()}});
  CAF_CHECK_EQUAL(hear().dump(), R"({"ends":[],"id":6,"type":"done"})");
  explanations[0].second(caf::make_error(ec::system_error, "no such folder"));
  CAF_CHECK_EQUAL(hear().dump(),
                  R"({"error":"no such folder","id":5,"type":"error"})");
  for (auto last : {"0", "9", "-1", "1.0", "\"1\"", "null", "1e99"}) {
    say(R"({"type":"explain","last":)" + std::string{last} + '}');
    CAF_CHECK_EQUAL(json(hear()["error"]),
                    "last: expected a number from 1 to 8");
  }
  CAF_CHECK_EQUAL(explanations.size(), 2u);
}

CAF_TEST(answers that come after the end of the connection are let go) {
  open();
  say(R"({"type":"order","process":"camera","what":"stop"})");
  page.reset();
  orders[0].second(json::object());
}

CAF_TEST(orders that wait are bounded) {
  open();
  hear_all();
  for (auto i = 0; i < 64; ++i)
    say(R"({"type":"order","process":"camera","what":"stop"})");
  CAF_CHECK(hear().is_null());
  say(R"({"type":"order","id":9,"process":"camera","what":"stop"})");
  CAF_CHECK_EQUAL(json(hear()["type"]), "error");
  CAF_CHECK_EQUAL(orders.size(), 64u);
  orders[0].second(json::object());
  say(R"({"type":"order","process":"camera","what":"stop"})");
  CAF_CHECK_EQUAL(orders.size(), 65u);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace page_conversation_suite
