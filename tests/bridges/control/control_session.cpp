// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE control_session

#include "bridges/control/control_session.hpp"

#include <cmath>
#include <map>

#include "messages/control/control_answer.hpp"

#include "tests/support/actor_fixture.hpp"
#include "tests/support/counted_memory.hpp"

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

gamepad_input of(uint8_t index, double lx = 0, uint64_t buttons = 0) {
  auto result = stick(lx, buttons);
  result.index = index;
  return result;
}

gamepad_input with_time(gamepad_input input, double time) {
  input.time = time;
  return input;
}

gamepad_input with(gamepad_input input, uint64_t seq,
                   std::optional<double> time = {}) {
  input.seq = seq;
  input.time = time;
  return input;
}

double seconds_of(control_session::clock::duration x) {
  return std::chrono::duration<double>(x).count();
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
      facts.push_back(
        (x.resumed ? "resumed " : "connected ") + x.source
        + (x.gamepad ? " pad " + std::to_string(*x.gamepad) : ""));
    };
    result.lost = [this](const control_lost& x) {
      auto text = "lost " + x.source;
      for (auto i = 0; i < 16; ++i)
        if ((x.gamepads >> i & 1) != 0)
          text += " pad " + std::to_string(i);
      facts.push_back(text + (x.driver_too ? "" : " alone"));
    };
    result.clamped = [this](const control_clamped& x) {
      facts.push_back("clamped " + std::to_string(x.gamepad) + ' ' + x.axis
                      + ' ' + std::to_string(x.value));
    };
    result.ignored = [this](const control_ignored& x) {
      facts.push_back(std::string{to_string(x.fault)} + ' '
                      + std::to_string(x.suppressed));
    };
    result.emergency = [this](std::string_view why) {
      facts.push_back("emergency " + std::string{why} + ' '
                      + std::to_string(pads->neutrals));
    };
    return result;
  }

  bool send(const gamepad_input& input, control_session::clock::duration at,
            const control_source& from = laptop) {
    return session().submit(from, {input}, start + at).obeyed;
  }

  void send_both(control_session::clock::duration at) {
    CAF_CHECK(
      session().submit(laptop, {of(0), of(1, 1, 1)}, start + at).obeyed);
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
  CAF_CHECK_EQUAL(facts.back(), "lost 127.0.0.1:4000 pad 0 pad 7");
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

CAF_TEST(the first driver holds control until they are silent) {
  send(stick(0.5), 0ms);
  CAF_CHECK(!send(stick(1), 400ms, other));
  CAF_CHECK_EQUAL(lx(), 0.5);
  CAF_CHECK_EQUAL(counters().other_driver, 1u);
  // Packets of others keep nothing alive.
  CAF_CHECK(send(stick(0), 500ms, other));
  CAF_CHECK_EQUAL(session().status().driver, other.name);
  CAF_CHECK(!send(stick(0), 510ms, laptop));
}

CAF_TEST(a caller is another driver even if they take the name of an address) {
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
                                                   "emergency control lost: "
                                                   "127.0.0.1:4000 is silent 0",
                                                   "lost 127.0.0.1:4000 pad "
                                                   "0"}));
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

// -- each gamepad by itself
// ----------------------------------------------------

CAF_TEST(a gamepad that packets no longer name is neutral while others go on) {
  send_both(0ms);
  for (auto at = 20ms; at <= 480ms; at += 20ms)
    CAF_CHECK(send(of(0), at));
  CAF_CHECK_EQUAL(lx(1), 1.0);
  session().expire(start + 500ms - 1ns);
  CAF_CHECK(pads->connected[1]);
  CAF_CHECK(*session().deadline() == start + 500ms);
  session().expire(start + 500ms);
  CAF_CHECK(!pads->connected[1]);
  CAF_CHECK(pads->states[1] == gamepad_state{});
  CAF_CHECK(pads->connected[0]);
  CAF_CHECK_EQUAL(facts.back(), "lost 127.0.0.1:4000 pad 1 alone");
  CAF_CHECK_EQUAL(counters().lost, 1u);
  CAF_CHECK_EQUAL(session().status().driver, laptop.name);
  // Once.
  CAF_CHECK(send(of(0), 520ms));
  CAF_CHECK_EQUAL(pads->neutrals, 1);
  CAF_CHECK(*session().deadline() == start + 1020ms);
}

CAF_TEST(a gamepad comes back with numbers that begin anew and shows rest) {
  send(with(of(0), 500, 70.0), 0ms);
  send(with(of(1, 1), 500, 70.0), 0ms);
  for (auto at = 20ms; at <= 600ms; at += 20ms)
    send(of(0), at);
  CAF_CHECK(!pads->connected[1]);
  CAF_CHECK(send(with(of(1, 1), 1, 2.0), 610ms));
  CAF_CHECK_EQUAL(facts.back(), "resumed 127.0.0.1:4000 pad 1");
  CAF_CHECK(pads->connected[1]);
  CAF_CHECK_EQUAL(lx(1), 0.0);
  CAF_CHECK(send(with(of(1), 2, 2.02), 630ms));
  CAF_CHECK(send(with(of(1, 1), 3, 2.04), 650ms));
  CAF_CHECK_EQUAL(lx(1), 1.0);
  // The other one never ceased, and needs no rest.
  CAF_CHECK(send(of(0, 0.5), 660ms));
  CAF_CHECK_EQUAL(lx(0), 0.5);
}

CAF_TEST(a gamepad whose number stands still is lost and stays lost) {
  for (auto at = 0ms; at < 5s; at += 20ms)
    session().submit(laptop, {of(0), with(of(1, 1, 1), 5)}, start + at);
  CAF_CHECK(pads->connected[0]);
  CAF_CHECK(!pads->connected[1]);
  CAF_CHECK_EQUAL(counters().lost, 1u);
  CAF_CHECK_EQUAL(counters().duplicate, 249u);
  auto verdict = session().submit(laptop, {of(0), with(of(1), 5)}, start + 5s);
  CAF_CHECK(verdict.obeyed);
  CAF_CHECK(verdict.fault == control_fault::duplicate);
  CAF_CHECK(verdict.gamepad == 1);
  // It lives.
  CAF_CHECK(send(with(of(1), 6), 5020ms));
  CAF_CHECK(pads->connected[1]);
}

CAF_TEST(a gamepad whose time stands still is lost and stays lost) {
  for (auto at = 0ms; at < 5s; at += 20ms)
    session().submit(laptop,
                     {with_time(of(0), 9.0 + seconds_of(at)),
                      with_time(of(1, 1, 1), 9.0)},
                     start + at);
  CAF_CHECK(pads->connected[0]);
  CAF_CHECK(!pads->connected[1]);
  CAF_CHECK_EQUAL(counters().lost, 1u);
  // Obeyed as long as it was no older than a packet may be.
  CAF_CHECK_EQUAL(counters().too_old, 250u - 13u);
}

CAF_TEST(numbers and times that run backwards or in a circle are refused) {
  auto which = 0;
  auto input_of = [&](uint64_t i) {
    auto time = seconds_of(20ms);
    switch (which) {
      case 0:
        return with(of(1, 1), 10'000 - i);
      case 1:
        return with(of(1, 1), 1 + i % 3);
      case 2:
        return with_time(of(1, 1), 9.0 - time * static_cast<double>(i));
      case 3:
        return with_time(of(1, 1), 9.0 + time * static_cast<double>(i % 3));
      default:
        // A queue that fills up: each one was under way for longer.
        return with_time(of(1, 1), 9.0 + time / 4 * static_cast<double>(i));
    }
  };
  for (; which < 5; ++which) {
    auto from = 100s * which;
    for (uint64_t i = 0; i < 500; ++i)
      session().submit(laptop, {of(0), input_of(i)},
                       start + from + 20ms * static_cast<int>(i));
    CAF_CHECK(!pads->connected[1]);
    CAF_CHECK_EQUAL(counters().lost, static_cast<uint64_t>(1 + 2 * which));
    session().expire(start + from + 50s);
  }
}

CAF_TEST(a sender that was restarted within the timeout is obeyed after it) {
  send(with(of(0), 1'000'000, 5000.0), 0ms);
  uint64_t refused = 0;
  for (uint64_t i = 1; i < 100; ++i)
    refused += !send(with(of(0), i, 3.0 + 0.02 * static_cast<double>(i)),
                     20ms * static_cast<int>(i));
  CAF_CHECK_EQUAL(refused, 24u);
  CAF_CHECK(pads->connected[0]);
  CAF_CHECK_EQUAL(counters().lost, 1u);
}

CAF_TEST(a clock that jumps back costs the timeout and no more) {
  for (auto i = 0; i < 100; ++i)
    send(with_time(of(0), (i < 10 ? 4000.0 : 400.0) + 0.02 * i), 20ms * i);
  CAF_CHECK_EQUAL(counters().lost, 1u);
  CAF_CHECK_EQUAL(counters().too_old, 24u);
  CAF_CHECK(pads->connected[0]);
}

CAF_TEST(a time without measure is no overflow) {
  for (auto time : {1e308, -1e308, 1e308, 0.0})
    send(with_time(of(0), time), 0ms);
  CAF_CHECK_EQUAL(counters().accepted, 2u);
  CAF_CHECK_EQUAL(counters().too_old, 2u);
}

CAF_TEST(counters of 32 and 64 bits may begin anew at their end) {
  for (auto last : {uint64_t{UINT32_MAX}, uint64_t{UINT64_MAX}}) {
    auto at = last == UINT32_MAX ? 0ms : 10s;
    CAF_CHECK(send(with(of(0), last - 1), at));
    CAF_CHECK(send(with(of(0), last), at + 1ms));
    // One is lost by the way.
    CAF_CHECK(send(with(of(0), 1), at + 2ms));
    CAF_CHECK(!send(with(of(0), 0), at + 3ms));
    CAF_CHECK(!send(with(of(0), last), at + 4ms));
    CAF_CHECK(send(with(of(0), 2), at + 5ms));
    session().expire(start + at + 5s);
  }
  // A number that is large was simply left out to.
  CAF_CHECK(send(with(of(0), 7), 20s));
  CAF_CHECK(send(with(of(0), UINT32_MAX), 20001ms));
}

CAF_TEST(sixteen gamepads fall silent each at its own time) {
  std::vector<gamepad_input> all;
  for (uint8_t i = 0; i < gamepad_count; ++i)
    all.push_back(of(i, 1, 1));
  // One more is left out of each.
  for (auto round = 0; round < 16; ++round) {
    session().submit(laptop, all, start + 20ms * round);
    all.pop_back();
  }
  for (auto round = 0; round < 16; ++round) {
    auto at = start + 500ms + 20ms * round;
    CAF_CHECK(*session().deadline() == at);
    session().expire(at - 1ns);
    CAF_CHECK(pads->connected[15 - round]);
    session().expire(at);
    CAF_CHECK(!pads->connected[15 - round]);
    CAF_CHECK(pads->states[15 - round] == gamepad_state{});
    CAF_CHECK_EQUAL(pads->neutrals, round + 1);
  }
  CAF_CHECK(!session().deadline());
  CAF_CHECK_EQUAL(counters().lost, 16u);
  CAF_CHECK_EQUAL(facts.back(), "lost 127.0.0.1:4000 pad 0");
}

CAF_TEST(one gamepad that ceases is an emergency) {
  settings.on_timeout = control_timeout::emergency_stop;
  send_both(0ms);
  send(of(0), 400ms);
  session().expire(start + 500ms);
  CAF_REQUIRE_EQUAL(facts.size(), 3u);
  CAF_CHECK_EQUAL(facts[1], "emergency control lost: gamepad 1 of "
                            "127.0.0.1:4000 is absent or refused 0");
  CAF_CHECK_EQUAL(facts[2], "lost 127.0.0.1:4000 pad 1 alone");
  CAF_CHECK(!pads->connected[1]);
  CAF_CHECK_EQUAL(
    std::string{describe_loss("a:1", 0xffff, false).data()},
    "control lost: gamepad 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, "
    "15 of a:1 is absent or refused");
}

CAF_TEST(nothing is allocated before the stop for what is lost) {
  settings.on_timeout = control_timeout::emergency_stop;
  // Longer than what a string has room for in itself.
  const control_source driver{control_source::way::call, std::string(100, 'd')};
  for (auto driver_too : {false, true}) {
    size_t at_stop = 0;
    auto told = listener();
    told.emergency = [&](std::string_view) { at_stop = test::allocations(); };
    control_session aut{settings, pads, told};
    aut.submit(driver, {of(0), of(1)}, start);
    if (!driver_too)
      aut.submit(driver, {of(0)}, start + 400ms);
    auto before = test::allocations();
    CAF_CHECK_NOT_EQUAL(before, 0u);
    aut.expire(start + 500ms);
    CAF_CHECK_EQUAL(at_stop - before, 0u);
  }
}

CAF_TEST(one gamepad that ceases keeps its state where that is wanted) {
  settings.on_timeout = control_timeout::none;
  send_both(0ms);
  send(of(0), 400ms);
  session().expire(start + 500ms);
  CAF_CHECK_EQUAL(facts.back(), "lost 127.0.0.1:4000 pad 1 alone");
  CAF_CHECK_EQUAL(lx(1), 1.0);
  // Once, and it needs no rest.
  session().expire(start + 600ms);
  CAF_CHECK_EQUAL(counters().lost, 1u);
  CAF_CHECK(send(of(1, 0.5), 610ms));
  CAF_CHECK_EQUAL(lx(1), 0.5);
}

CAF_TEST(one gamepad that cannot be made neutral is tried again) {
  send_both(0ms);
  send(of(0), 490ms);
  pads->broken = true;
  session().expire(start + 500ms);
  CAF_CHECK(*session().deadline() == start + 510ms);
  pads->broken = false;
  // Though its driver goes on, or another begins.
  send(of(0), 505ms);
  CAF_CHECK_EQUAL(lx(1), 1.0);
  session().expire(start + 510ms);
  CAF_CHECK_EQUAL(lx(1), 0.0);
  CAF_CHECK(pads->connected[0]);
}

CAF_TEST(a gamepad that could not be made neutral is not forgotten) {
  send(of(1, 1), 0ms);
  pads->broken = true;
  session().expire(start + 500ms);
  pads->broken = false;
  send(of(0), 501ms, other);
  CAF_CHECK_EQUAL(lx(1), 1.0);
  session().expire(start + 510ms);
  CAF_CHECK_EQUAL(lx(1), 0.0);
}

CAF_TEST(a packet of no gamepad is a sign of life of its driver alone) {
  CAF_CHECK(session().submit(laptop, {}, start).obeyed);
  // Whoever has none to drive with takes control from nobody.
  CAF_CHECK_EQUAL(session().status().driver, "");
  CAF_CHECK(!session().deadline());
  send(of(0, 1), 0ms);
  for (auto at = 0ms; at <= 800ms; at += 400ms)
    CAF_CHECK(session().submit(laptop, {}, start + at).obeyed);
  CAF_CHECK(!pads->connected[0]);
  CAF_CHECK_EQUAL(session().status().driver, laptop.name);
  CAF_CHECK(!session().submit(other, {}, start + 900ms).obeyed);
  session().expire(start + 1300ms);
  CAF_CHECK_EQUAL(session().status().driver, "");
  CAF_CHECK_EQUAL(facts.back(), "lost 127.0.0.1:4000");
}

CAF_TEST(whoever is refused hears of it) {
  auto first = session().submit(laptop, {of(0)}, start);
  CAF_CHECK(first.obeyed && first.connected && !first.fault);
  CAF_CHECK(!session().submit(laptop, {of(0)}, start + 1ms).connected);
  auto refused = session().submit(other, {of(0)}, start + 2ms);
  CAF_CHECK(!refused.obeyed);
  CAF_CHECK_EQUAL(describe_refusal(refused),
                  "the robot obeys another driver, 127.0.0.1:4000");
  // One that comes twice by the way is none.
  send(with(of(0), 5), 3ms);
  CAF_CHECK(!session().submit(laptop, {with(of(0), 5)}, start + 4ms).fault);
}

CAF_TEST(axes out of range are counted and told once) {
  auto raw = of(1);
  set_axis(raw, left_x, -127);
  set_axis(raw, left_y, 3);
  for (auto at = 0ms; at < 3s; at += 20ms)
    session().submit(laptop, {of(0), raw}, start + at);
  CAF_CHECK_EQUAL(facts, (std::vector<std::string>{
                           "connected 127.0.0.1:4000",
                           "clamped 1 lx -127.000000",
                         }));
  CAF_CHECK_EQUAL(counters().out_of_range, 150u);
  CAF_CHECK_EQUAL(lx(1), -std::sqrt(0.5));
  // Another driver is told of it, too.
  session().expire(start + 10s);
  session().submit(other, {raw}, start + 10s);
  CAF_CHECK_EQUAL(facts.back(), "clamped 1 lx -127.000000");
}

CAF_TEST(threads that come in another order turn no time back) {
  send(of(0), 100ms);
  send(of(0), 90ms);
  session().expire(start + 600ms - 1ns);
  CAF_CHECK(pads->connected[0]);
  session().expire(start + 600ms);
  CAF_CHECK(!pads->connected[0]);
}

CAF_TEST_FIXTURE_SCOPE_END()
