// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE telemetry_feed

#include "bridges/telemetry/telemetry_feed.hpp"

#include "bridges/system/stop_cord.hpp"
#include "bridges/telemetry/telemetry_output.hpp"
#include "tests/support/log_dispatcher_fixture.hpp"
#include "tests/support/recording_listener.hpp"

using namespace rr;
using namespace rr::test;

namespace telemetry_feed_suite {
namespace {

using texts = std::vector<std::string>;

struct fixture {
  std::shared_ptr<telemetry_feed> feed = std::make_shared<telemetry_feed>();
  std::shared_ptr<recording_listener> first
    = std::make_shared<recording_listener>();
  int interest = 0;

  fixture() {
    feed->on_interest([this] { ++interest; });
  }

  void tell_state(uint64_t seq) {
    auto all = std::make_shared<const json>(json{{"seq", seq}});
    feed->tell_state({seq, all, all, {}});
  }

  texts past(log_level level, size_t most = 1000) {
    texts result;
    feed->with_past(level, most, [&](const auto& events) {
      for (const auto& each : events)
        result.push_back(each->event);
    });
    return result;
  }
};

control_view driven_by(std::string name) {
  control_view result;
  result.driver = std::move(name);
  return result;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(telemetry_feed_tests, fixture)

CAF_TEST(that nobody drives is told as of the start and not of 1970) {
  auto before = std::chrono::system_clock::now();
  feed = std::make_shared<telemetry_feed>();
  feed->add(first);
  CAF_REQUIRE_EQUAL(first->controls.size(), 1u);
  CAF_CHECK(first->controls[0].time >= before);
  CAF_CHECK(first->controls[0].driver.empty());
}

CAF_TEST(each listener hears each fact once and in order) {
  auto second = std::make_shared<recording_listener>();
  feed->add(first);
  feed->add(second);
  feed->tell_log(event_of("one"));
  feed->tell_log(event_of("two"));
  tell_state(1);
  feed->tell_control(driven_by("pilot"));
  feed->tell_stopped({{"", "button", 255}, 7});
  for (const auto& each : {first, second}) {
    CAF_CHECK_EQUAL(each->events, (texts{"one", "two"}));
    CAF_CHECK_EQUAL(each->states.size(), 1u);
    CAF_REQUIRE_EQUAL(each->controls.size(), 2u);
    CAF_CHECK_EQUAL(each->controls[0].driver, "");
    CAF_CHECK_EQUAL(each->controls[1].driver, "pilot");
    CAF_REQUIRE_EQUAL(each->stops.size(), 1u);
    CAF_CHECK_EQUAL(each->stops[0].signal_latency_us, 7);
  }
}

CAF_TEST(who joins while others are told takes nothing from them) {
  /// Has somebody join, and takes the memory that is free then.
  struct host : recording_listener {
    void on_log(const std::shared_ptr<const log_event>& event) override {
      recording_listener::on_log(event);
      feed->add(guest);
      for (size_t size = 16; size <= 128; size += 8)
        taken.emplace_back(size, '\0');
    }

    telemetry_feed* feed = nullptr;
    std::shared_ptr<recording_listener> guest
      = std::make_shared<recording_listener>();
    std::vector<std::vector<char>> taken;
  };
  auto inviting = std::make_shared<host>();
  inviting->feed = feed.get();
  inviting->taken.reserve(100);
  feed->add(inviting);
  feed->add(first);
  feed->tell_log(event_of("one"));
  CAF_CHECK_EQUAL(first->events, (texts{"one"}));
  CAF_CHECK(inviting->guest->events.empty());
}

CAF_TEST(who comes late is told how things are) {
  feed->add(first);
  tell_state(1);
  tell_state(2);
  feed->tell_control(driven_by("pilot"));
  feed->tell_stopped({{"", "button", 255}, 7});
  feed->tell_log(event_of("before"));
  auto late = std::make_shared<recording_listener>();
  feed->add(late);
  CAF_REQUIRE_EQUAL(late->states.size(), 1u);
  CAF_CHECK_EQUAL(late->states[0].seq, 2u);
  CAF_REQUIRE_EQUAL(late->controls.size(), 1u);
  CAF_CHECK_EQUAL(late->controls[0].driver, "pilot");
  CAF_CHECK_EQUAL(late->stops.size(), 1u);
  CAF_CHECK(late->events.empty());
}

CAF_TEST(a state that nobody kept up to date is told to nobody) {
  feed->add(first);
  tell_state(1);
  first.reset();
  auto late = std::make_shared<recording_listener>();
  feed->add(late);
  CAF_CHECK(late->states.empty());
  CAF_CHECK(!feed->has_state());
  CAF_CHECK_EQUAL(interest, 2);
}

CAF_TEST(a listener that is gone is told nothing and keeps nobody busy) {
  CAF_CHECK(!feed->is_heard());
  feed->add(first, false);
  CAF_CHECK(feed->is_heard());
  CAF_CHECK(!feed->is_asked_for_figures());
  auto second = std::make_shared<recording_listener>();
  feed->add(second);
  CAF_CHECK(feed->is_asked_for_figures());
  second.reset();
  CAF_CHECK(!feed->is_asked_for_figures());
  first.reset();
  CAF_CHECK(!feed->is_heard());
  feed->tell_log(event_of("unheard"));
  feed->tell_stopped({});
}

CAF_TEST(the last events are there by level) {
  feed->tell_log(event_of("broken", log_level::error));
  for (auto i = 0; i < 1500; ++i)
    feed->tell_log(event_of(std::to_string(i)));
  CAF_CHECK_EQUAL(past(log_level::error), texts{"broken"});
  auto all = past(log_level::info);
  CAF_REQUIRE_EQUAL(all.size(), 1000u);
  CAF_CHECK_EQUAL(all.front(), "500");
  CAF_CHECK_EQUAL(all.back(), "1499");
  CAF_CHECK_EQUAL(past(log_level::debug, 2), (texts{"1498", "1499"}));
  CAF_CHECK(past(log_level::critical).empty());
}

CAF_TEST(events take bounded memory and the rare ones stay) {
  event_memory memory{100'000};
  memory.append(event_of("broken", log_level::error));
  for (auto i = 0; i < 200; ++i)
    memory.append(event_of(std::string(10'000, 'x')));
  CAF_CHECK_LESS_OR_EQUAL(memory.bytes(), 100'000u);
  CAF_CHECK_EQUAL(memory.last(log_level::error, 9).size(), 1u);
  CAF_CHECK_GREATER(memory.last(log_level::info, 99).size(), 5u);
  memory.append(event_of(std::string(200'000, 'x')));
  CAF_CHECK_LESS_OR_EQUAL(memory.bytes(), 100'000u);
}

CAF_TEST(whoever pulls the cord waits for no kind of fact) {
  // A listener that is told of something, and pulls.
  struct puller : recording_listener {
    void on_log(const std::shared_ptr<const log_event>&) override {
      cord->pull({"", "a log line", 255});
    }
    void on_state(const telemetry_state&) override {
      cord->pull({"", "a state", 255});
    }
    void on_control(const control_view& control) override {
      if (!control.driver.empty())
        cord->pull({"", "a driver", 255});
    }
    stop_cord* cord = nullptr;
  };
  for (auto kind = 0; kind < 3; ++kind) {
    stop_cord cord;
    auto own = std::make_shared<telemetry_feed>();
    cord.observe([&](const stop_cord_pulled& x) { own->tell_stopped(x); });
    auto hears = std::make_shared<puller>();
    hears->cord = &cord;
    own->add(hears);
    if (kind == 0)
      own->tell_log(event_of("x"));
    else if (kind == 1)
      own->tell_state(
        {1, std::make_shared<json>(), std::make_shared<json>(), {}});
    else
      own->tell_control(driven_by("pilot"));
    CAF_CHECK_EQUAL(hears->stops.size(), 1u);
  }
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(telemetry_output_tests, log_dispatcher_fixture)

CAF_TEST(the dispatcher tells events of this and of other programs) {
  auto feed = std::make_shared<telemetry_feed>();
  auto heard = std::make_shared<recording_listener>();
  feed->add(heard);
  start(16);
  auto output = std::make_shared<telemetry_output>(feed, "robot");
  CAF_REQUIRE(!dispatcher->add(output));
  log.info("own");
  dispatcher->pass_on(log_event{"foreign", log_level::info, {}, "other", {}});
  dispatcher->remove(output);
  CAF_CHECK_EQUAL(heard->events, (texts{"own", "foreign"}));
}

CAF_TEST(what was lost on its way is told) {
  auto feed = std::make_shared<telemetry_feed>();
  auto heard = std::make_shared<recording_listener>();
  feed->add(heard);
  telemetry_output output{feed, "robot"};
  log_loss loss;
  loss.by_level[1] = 3;
  output.lost(loss);
  output.write(*event_of("next"));
  CAF_CHECK_EQUAL(heard->events, (texts{"Log events dropped", "next"}));
  CAF_CHECK_EQUAL(output.own_loss().count, 0u);
  CAF_CHECK_EQUAL(output.own_loss().sink, "telemetry");
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace telemetry_feed_suite
