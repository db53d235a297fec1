// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE control_session

#include "bridges/control_session.hpp"

#include <map>

#include "tests/actor_fixture.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace {

/// What a reader of the buffers would see.
class fake_writer : public gamepad_writer {
public:
  caf::error write(uint8_t index, const gamepad_state& state) override {
    ++writes;
    if (broken)
      return caf::make_error(ec::overloaded, "no turn");
    states[index] = state;
    connected[index] = true;
    return {};
  }

  caf::error neutral(uint8_t index) override {
    ++neutrals;
    if (broken)
      return caf::make_error(ec::overloaded, "no turn");
    states[index] = {};
    connected[index] = false;
    return {};
  }

  std::map<int, gamepad_state> states;
  std::map<int, bool> connected;
  int writes = 0;
  int neutrals = 0;
  bool broken = false;
};

const control_source laptop{control_source::way::udp, "127.0.0.1:4000"};
const control_source other{control_source::way::udp, "127.0.0.1:4001"};

gamepad_input stick(double lx, uint64_t buttons = 0) {
  return {0, {lx, 0.0, 0.0, 0.0}, buttons, {}, {}};
}

gamepad_input numbered(uint64_t seq, double lx = 0) {
  auto result = stick(lx);
  result.seq = seq;
  return result;
}

gamepad_input sent_at(double time) {
  auto result = stick(0.5);
  result.time = time;
  return result;
}

struct fixture {
  std::shared_ptr<fake_writer> pads = std::make_shared<fake_writer>();
  control_settings settings;
  std::vector<std::string> facts;
  control_session::time_point start{1h};
  std::unique_ptr<control_session> made;

  control_session& session() {
    if (!made)
      made = std::make_unique<control_session>(settings, pads, listener());
    return *made;
  }

  control_listener listener() {
    control_listener result;
    result.connected = [this](const control_connected& x) {
      facts.push_back((x.resumed ? "resumed " : "connected ") + x.source);
    };
    result.lost = [this](const control_lost& x) {
      facts.push_back("lost " + x.source);
    };
    result.ignored = [this](const control_ignored& x) {
      facts.push_back(std::string{to_string(x.fault)} + ' '
                      + std::to_string(x.suppressed));
    };
    result.emergency = [this](const control_lost& x) {
      facts.push_back("emergency " + x.source + ' '
                      + std::to_string(pads->neutrals));
    };
    return result;
  }

  bool send(const gamepad_input& input, control_session::clock::duration at,
            const control_source& from = laptop) {
    return session().submit(from, {input}, start + at);
  }

  double lx(int index = 0) {
    return pads->states[index].axes[left_x];
  }

  uint64_t buttons() {
    return pads->states[0].buttons;
  }

  control_counters counters() {
    return session().status().counters;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(control_session_tests, fixture)

CAF_TEST(a packet is written at once and needs no rest the first time) {
  CAF_CHECK(!session().deadline());
  CAF_CHECK(send(stick(1, 2), 0ms));
  CAF_CHECK_EQUAL(lx(), 1.0);
  CAF_CHECK_EQUAL(buttons(), 2u);
  CAF_CHECK(pads->connected[0]);
  CAF_CHECK_EQUAL(session().status().driver, laptop.name);
  CAF_CHECK(*session().deadline() == start + 500ms);
  CAF_CHECK_EQUAL(facts,
                  (std::vector<std::string>{"connected 127.0.0.1:4000"}));
}

CAF_TEST(an absent axis keeps its value) {
  send(stick(0.5), 0ms);
  gamepad_input other;
  other.axes[left_y] = 0.25;
  send(other, 10ms);
  CAF_CHECK_EQUAL(lx(), 0.5);
  CAF_CHECK_EQUAL(pads->states[0].axes[left_y], 0.25);
}

CAF_TEST(silence makes every gamepad neutral at the exact deadline) {
  auto second = stick(0.5);
  second.index = 7;
  session().submit(laptop, {stick(1, 1), second}, start);
  session().expire(start + 500ms - 1ns);
  CAF_CHECK_EQUAL(pads->neutrals, 0);
  session().expire(start + 500ms);
  CAF_CHECK_EQUAL(pads->neutrals, 2);
  CAF_CHECK(!pads->connected[0] && !pads->connected[7]);
  CAF_CHECK(pads->states[0] == gamepad_state{});
  CAF_CHECK(pads->states[7] == gamepad_state{});
  CAF_CHECK(!session().deadline());
  CAF_CHECK_EQUAL(counters().lost, 1u);
  session().expire(start + 2s);
  CAF_CHECK_EQUAL(pads->neutrals, 2);
  CAF_CHECK_EQUAL(facts.back(), "lost 127.0.0.1:4000");
}

CAF_TEST(packets keep control and push the deadline) {
  for (auto at = 0ms; at < 5s; at += 499ms)
    CAF_CHECK(send(stick(1), at));
  CAF_CHECK_EQUAL(counters().lost, 0u);
}

CAF_TEST(a packet that comes at the deadline comes too late) {
  send(stick(1), 0ms);
  CAF_CHECK(send(stick(1), 500ms));
  CAF_CHECK_EQUAL(counters().lost, 1u);
  CAF_CHECK_EQUAL(lx(), 0.0);
  CAF_CHECK_EQUAL(facts.back(), "resumed 127.0.0.1:4000");
}

CAF_TEST(after a silence axes wait for rest and buttons do not) {
  send(stick(1), 0ms);
  session().expire(start + 500ms);
  CAF_CHECK(send(stick(1, 4), 600ms));
  CAF_CHECK_EQUAL(lx(), 0.0);
  CAF_CHECK_EQUAL(buttons(), 4u);
  CAF_CHECK(pads->connected[0]);
  send(stick(0.11), 610ms);
  CAF_CHECK_EQUAL(lx(), 0.0);
  send(stick(0.1), 620ms);
  CAF_CHECK_EQUAL(lx(), 0.1);
  send(stick(1), 630ms);
  CAF_CHECK_EQUAL(lx(), 1.0);
}

CAF_TEST(a stick held over a silence is not at rest for being absent) {
  send(stick(1), 0ms);
  session().expire(start + 500ms);
  send({0, {}, 0, {}, {}}, 600ms);
  send({0, {1.0, {}, {}, {}}, 0, {}, {}}, 610ms);
  CAF_CHECK_EQUAL(lx(), 0.0);
}

CAF_TEST(every gamepad waits for a rest of its own) {
  send(stick(1), 0ms);
  session().expire(start + 500ms);
  send(stick(0), 600ms);
  auto second = stick(0.5);
  second.index = 1;
  send(second, 610ms);
  CAF_CHECK_EQUAL(lx(1), 0.0);
  send(stick(0.5), 620ms);
  CAF_CHECK_EQUAL(lx(0), 0.5);
}

CAF_TEST(the first driver holds control until he is silent) {
  send(stick(0.5), 0ms);
  CAF_CHECK(!send(stick(1), 400ms, other));
  CAF_CHECK_EQUAL(lx(), 0.5);
  CAF_CHECK_EQUAL(counters().other_driver, 1u);
  // Packets of others keep nothing alive.
  CAF_CHECK(send(stick(0), 500ms, other));
  CAF_CHECK_EQUAL(session().status().driver, other.name);
  CAF_CHECK(!send(stick(0), 510ms, laptop));
}

CAF_TEST(a caller is another driver even if he takes the name of an address) {
  send(stick(0.5), 0ms);
  CAF_CHECK(!send(stick(1), 1ms, {control_source::way::call, laptop.name}));
}

CAF_TEST(duplicates and reordered packets are dropped and keep nothing alive) {
  CAF_CHECK(send(numbered(5, 0.5), 0ms));
  CAF_CHECK(!send(numbered(5, 0.6), 100ms));
  CAF_CHECK(!send(numbered(4, 0.7), 200ms));
  CAF_CHECK_EQUAL(lx(), 0.5);
  CAF_CHECK(*session().deadline() == start + 500ms);
  CAF_CHECK(send(numbered(7, 0.8), 300ms));
  CAF_CHECK_EQUAL(lx(), 0.8);
  CAF_CHECK_EQUAL(counters().duplicate, 1u);
  CAF_CHECK_EQUAL(counters().reordered, 1u);
  CAF_CHECK_EQUAL(counters().accepted, 2u);
}

CAF_TEST(packets without a number are obeyed beside those with one) {
  send(numbered(5), 0ms);
  CAF_CHECK(send(stick(0.25), 10ms));
  CAF_CHECK_EQUAL(lx(), 0.25);
}

CAF_TEST(numbers are counted for each gamepad and begin anew with a session) {
  auto second = numbered(1);
  second.index = 1;
  send(numbered(5), 0ms);
  CAF_CHECK(send(second, 1ms));
  CAF_CHECK(send(numbered(1), 600ms));
}

CAF_TEST(what was under way for too long is dropped though clocks disagree) {
  auto behind = 1000.0;
  CAF_CHECK(send(sent_at(behind), 0ms));
  CAF_CHECK(send(sent_at(behind + 0.1), 340ms));
  CAF_CHECK(!send(sent_at(behind + 0.1), 360ms));
  CAF_CHECK_EQUAL(counters().too_old, 1u);
  // A faster one makes all others older.
  CAF_CHECK(send(sent_at(behind + 0.6), 400ms));
  CAF_CHECK(!send(sent_at(behind + 0.51), 570ms));
  CAF_CHECK(*session().deadline() == start + 900ms);
}

CAF_TEST(clocks of different speeds stay together) {
  // The sender's clock loses 100 ppm: 360 ms within the hour.
  for (auto at = 0s; at < 3600s; ++at) {
    auto sent = std::chrono::duration<double>(at).count() * (1 - 100e-6);
    settings.timeout = 2s;
    CAF_CHECK(send(sent_at(sent), at));
  }
  CAF_CHECK_EQUAL(counters().too_old, 0u);
}

CAF_TEST(an emergency stop comes before anything else) {
  settings.on_timeout = control_timeout::emergency_stop;
  session().expire(start + 1h);
  CAF_CHECK(facts.empty());
  send(stick(1), 1h);
  session().expire(start + 1h + 500ms);
  CAF_CHECK_EQUAL(facts, (std::vector<std::string>{"connected 127.0.0.1:4000",
                                                   "emergency 127.0.0.1:4000 0",
                                                   "lost 127.0.0.1:4000"}));
  CAF_CHECK_EQUAL(lx(), 0.0);
}

CAF_TEST(axes that one driver did not send are not those of another) {
  CAF_CHECK(send(stick(0.8), 0ms));
  // At rest as far as he says, and then not.
  gamepad_input part;
  part.axes[left_y] = 0.0;
  CAF_CHECK(send(part, 1s, other));
  part.axes[left_y] = 0.5;
  CAF_CHECK(send(part, 1010ms, other));
  CAF_CHECK_EQUAL(lx(), 0.0);
  CAF_CHECK_EQUAL(pads->states[0].axes[left_y], 0.5);
}

CAF_TEST(a new session measures age by its own packets) {
  CAF_CHECK(send(sent_at(100), 0ms));
  // Another clock, or a slower network: nothing is older than the first.
  CAF_CHECK(send(sent_at(90), 1s));
  CAF_CHECK(!send(sent_at(89.7), 1s));
}

CAF_TEST(on - timeout none keeps the state and lets another driver in) {
  settings.on_timeout = control_timeout::none;
  send(stick(1), 0ms);
  session().expire(start + 500ms);
  CAF_CHECK_EQUAL(lx(), 1.0);
  CAF_CHECK(pads->connected[0]);
  CAF_CHECK(send(stick(0.5), 600ms, other));
  CAF_CHECK_EQUAL(lx(), 0.5);
}

CAF_TEST(a gamepad that cannot be made neutral is tried again) {
  send(stick(1), 0ms);
  pads->broken = true;
  session().expire(start + 500ms);
  CAF_CHECK_EQUAL(lx(), 1.0);
  CAF_CHECK(*session().deadline() == start + 510ms);
  pads->broken = false;
  session().expire(start + 510ms);
  CAF_CHECK_EQUAL(lx(), 0.0);
  CAF_CHECK(!session().deadline());
  CAF_CHECK_EQUAL(counters().unwritten, 1u);
}

CAF_TEST(the end makes all neutral and obeys nobody any more) {
  send(stick(1), 0ms);
  session().close();
  CAF_CHECK_EQUAL(lx(), 0.0);
  CAF_CHECK(!pads->connected[0]);
  CAF_CHECK(!send(stick(1), 10ms));
  CAF_CHECK_EQUAL(lx(), 0.0);
  CAF_CHECK(!session().deadline());
}

CAF_TEST(faults are told once a second and counted always) {
  for (auto i = 0; i < 10; ++i)
    session().refuse("a", control_fault::malformed, "no map", start);
  session().refuse("a", control_fault::oversized, {}, start);
  session().refuse("a", control_fault::malformed, "no map", start + 1s);
  CAF_CHECK_EQUAL(facts, (std::vector<std::string>{"malformed 0", "oversized 0",
                                                   "malformed 9"}));
  CAF_CHECK_EQUAL(counters().malformed, 11u);
  CAF_CHECK_EQUAL(counters().oversized, 1u);
}

CAF_TEST(a deadline that begins wakes whoever keeps it) {
  auto woken = 0;
  session().on_deadline([&] { ++woken; });
  send(stick(0), 0ms);
  send(stick(0), 10ms);
  CAF_CHECK_EQUAL(woken, 1);
  session().expire(start + 510ms);
  send(stick(0), 600ms);
  CAF_CHECK_EQUAL(woken, 2);
  session().on_deadline({});
}

CAF_TEST_FIXTURE_SCOPE_END()
