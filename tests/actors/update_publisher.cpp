// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE update_publisher

#include "actors/update_publisher.hpp"

#include "tests/support/actor_fixture.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace update_publisher_suite {
namespace {

struct fixture : actor_fixture {
  device_update devices{{"7", {{"duty", 0.5}, {"on", true}}},
                        {"8", {{"angle", 1}}}};
  /// What has been sent, one for each tick.
  std::vector<device_update> sent;
  caf::error failure;
  std::function<void()> while_sending;
  update_publisher_actor aut;

  fixture() {
    start({});
  }

  void start(const update_settings& settings) {
    if (aut)
      self->send_exit(aut, caf::exit_reason::user_shutdown);
    auto source = [this] { return devices; };
    auto send = [this](std::span<const std::vector<uint8_t>> datagrams) {
      if (while_sending)
        while_sending();
      if (failure)
        return failure;
      device_update all;
      for (const auto& datagram : datagrams) {
        auto part = decode_update(std::as_bytes(std::span{datagram}));
        CAF_REQUIRE(part);
        all.insert(all.end(), part->begin(), part->end());
      }
      sent.push_back(std::move(all));
      return caf::error{};
    };
    aut = sys.spawn(update_publisher, settings, device_source{source},
                    datagram_sender{send}, log);
    sched.run();
  }

  ~fixture() override {
    self->send_exit(aut, caf::exit_reason::user_shutdown);
    sched.run();
  }

  /// Lets time pass, and everything happen that is due then.
  void pass(caf::timespan time) {
    advance_time(time);
    sched.run();
  }

  update_status status() {
    update_status result;
    auto pending = self->request(aut, caf::infinite, atom::status_v);
    sched.run();
    pending.receive([&](const update_status& x) { result = x; },
                    [](caf::error& x) { CAF_FAIL(describe(x)); });
    return result;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(update_publisher_tests, fixture)

CAF_TEST(the first update comes after one interval and has everything) {
  pass(99ms);
  CAF_CHECK(sent.empty());
  pass(1ms);
  CAF_REQUIRE_EQUAL(sent.size(), 1u);
  CAF_CHECK(sent[0] == devices);
}

CAF_TEST(an update has every device and of it what has changed) {
  pass(100ms);
  devices[0].values["duty"] = 0.75;
  pass(100ms);
  pass(100ms);
  CAF_REQUIRE_EQUAL(sent.size(), 3u);
  CAF_CHECK(sent[1]
            == (device_update{{"7", {{"duty", 0.75}}}, {"8", json::object()}}));
  CAF_CHECK(sent[2]
            == (device_update{{"7", json::object()}, {"8", json::object()}}));
}

CAF_TEST(every full interval all parameters are sent) {
  for (auto i = 0; i < 41; ++i)
    pass(100ms);
  CAF_REQUIRE_EQUAL(sent.size(), 41u);
  for (size_t i = 0; i < sent.size(); ++i)
    CAF_CHECK_EQUAL(sent[i] == devices, i % 20 == 0);
}

CAF_TEST(a device that comes is told whole and one that goes is told no more) {
  pass(100ms);
  devices.erase(devices.begin());
  devices.push_back({"9", {{"x", 1}}});
  pass(100ms);
  CAF_CHECK(sent.back()
            == (device_update{{"8", json::object()}, {"9", {{"x", 1}}}}));
}

CAF_TEST(late ticks are skipped and counted and never bunched) {
  pass(100ms);
  pass(350ms);
  CAF_CHECK_EQUAL(sent.size(), 2u);
  CAF_CHECK_EQUAL(status().skipped, 2u);
  // The grid stays.
  pass(49ms);
  CAF_CHECK_EQUAL(sent.size(), 2u);
  pass(1ms);
  CAF_CHECK_EQUAL(sent.size(), 3u);
}

CAF_TEST(a network that is down is reported once when it goes and comes) {
  pass(100ms);
  failure = caf::make_error(ec::system_error, "network is unreachable");
  pass(100ms);
  pass(100ms);
  CAF_CHECK_EQUAL(events->events().size(), 1u);
  failure = {};
  pass(100ms);
  pass(100ms);
  auto seen = events->events();
  CAF_REQUIRE_EQUAL(seen.size(), 2u);
  CAF_CHECK_EQUAL(seen[0].event, "Updates interrupted");
  CAF_CHECK(seen[0].level == log_level::warning);
  CAF_CHECK_EQUAL(seen[1].event, "Updates resumed");
  // Whoever missed something has it all again.
  CAF_REQUIRE_EQUAL(sent.size(), 3u);
  CAF_CHECK(sent[1] == devices);
  CAF_CHECK_EQUAL(status().unsent, 2u);
  CAF_CHECK_EQUAL(status().updates, 3u);
}

CAF_TEST(without devices an empty update is sent at every interval) {
  devices.clear();
  for (auto i = 0; i < 30; ++i)
    pass(100ms);
  CAF_REQUIRE_EQUAL(sent.size(), 30u);
  for (const auto& update : sent)
    CAF_CHECK(update.empty());
  CAF_CHECK_EQUAL(status().updates, 30u);
  CAF_CHECK_EQUAL(status().datagrams, 30u);
}

CAF_TEST(what an update has no room for is told once and follows) {
  start({100ms, 2s, largest_datagram});
  devices.clear();
  for (auto i = 0; i < 6; ++i)
    devices.push_back({std::to_string(i), {{"x", std::string(30'000, 'x')}}});
  std::map<std::string, int> told;
  for (auto i = 0; i < 3; ++i) {
    pass(100ms);
    CAF_REQUIRE_EQUAL(sent.size(), i + 1u);
    CAF_CHECK_EQUAL(sent.back().size(), 6u);
    for (const auto& [uid, values] : sent.back())
      told[uid] += !values.empty();
  }
  for (const auto& [uid, times] : told)
    CAF_CHECK_EQUAL(times, 1);
  CAF_CHECK_EQUAL(status().oversized, 4u + 2u);
  auto seen = events->events();
  CAF_REQUIRE_EQUAL(seen.size(), 4u);
  CAF_CHECK_EQUAL(seen[0].event, "Device left out of updates");
  CAF_CHECK(seen[0].level == log_level::warning);
  CAF_CHECK(seen[0].fields[0] == (log_field{"uid", "2"}));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace update_publisher_suite
