// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE control_client

#include "actors/control_client.hpp"

#include "bridges/control/control_socket.hpp"
#include "messages/control/control_packet.hpp"
#include "tests/support/actor_fixture.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace control_client_suite {
namespace {

struct fixture : actor_fixture {
  std::vector<std::vector<gamepad_input>> sent;
  caf::error failure;
  control_client_actor aut;

  void start(control_client_settings settings = {}) {
    auto send = [this](const std::vector<uint8_t>& packet) {
      if (failure)
        return failure;
      auto inputs = decode_control_packet(std::as_bytes(std::span{packet}));
      CAF_REQUIRE(inputs);
      sent.push_back(std::move(*inputs));
      return caf::error{};
    };
    aut = sys.spawn(control_client, settings,
                    control_client_state::sender{send}, log);
    sched.run();
  }

  ~fixture() override {
    self->send_exit(aut, caf::exit_reason::user_shutdown);
    sched.run();
  }

  void pass(caf::timespan time) {
    advance_time(time);
    sched.run();
  }

  void tell(const gamepad_input& input) {
    self->send(aut, input);
    sched.run();
  }
};

const gamepad_input forward{0, {0.0, 1.0, 0.0, 0.0}, 3, {}, {}};

} // namespace

CAF_TEST_FIXTURE_SCOPE(control_client_tests, fixture)

CAF_TEST(nothing is sent before there is a gamepad) {
  start();
  pass(20ms);
  CAF_CHECK(sent.empty());
}

CAF_TEST(packets are sent at every interval with a number and the time) {
  start();
  tell(forward);
  pass(20ms);
  pass(20ms);
  CAF_REQUIRE_EQUAL(sent.size(), 2u);
  const auto& first = sent[0].at(0);
  const auto& second = sent[1].at(0);
  CAF_CHECK(first.axes == forward.axes);
  CAF_CHECK_EQUAL(first.buttons, 3u);
  CAF_CHECK(first.seq == 1u && second.seq == 2u);
  CAF_REQUIRE(first.time && second.time);
  CAF_CHECK(std::abs(*second.time - *first.time - 0.02) < 1e-6);
}

CAF_TEST(several gamepads go in one packet and the last input counts) {
  start();
  tell(forward);
  auto second = forward;
  second.index = 9;
  tell(second);
  tell({0, {}, 8, {}, {}});
  pass(20ms);
  CAF_REQUIRE_EQUAL(sent.size(), 1u);
  CAF_REQUIRE_EQUAL(sent[0].size(), 2u);
  CAF_CHECK_EQUAL(sent[0][0].buttons, 8u);
  CAF_CHECK_EQUAL(sent[0][1].index, 9u);
}

CAF_TEST(the first packets show rest where it is asked for) {
  start({20ms, 2});
  tell(forward);
  for (auto i = 0; i < 3; ++i)
    pass(20ms);
  CAF_REQUIRE_EQUAL(sent.size(), 3u);
  for (auto i : {0, 1})
    CAF_CHECK(sent[i][0].axes
              == (std::array<std::optional<double>, 4>{0.0, 0.0, 0.0, 0.0}));
  CAF_CHECK_EQUAL(sent[0][0].buttons, 3u);
  CAF_CHECK(sent[2][0].axes == forward.axes);
}

CAF_TEST(late packets are not bunched) {
  start();
  tell(forward);
  pass(105ms);
  CAF_CHECK_EQUAL(sent.size(), 1u);
  pass(15ms);
  CAF_CHECK_EQUAL(sent.size(), 2u);
}

CAF_TEST(what cannot be sent is reported when it begins and when it ends) {
  start();
  tell(forward);
  failure = caf::make_error(ec::system_error, "connection refused");
  pass(20ms);
  pass(20ms);
  failure = {};
  pass(20ms);
  pass(20ms);
  auto seen = events->events();
  CAF_REQUIRE_EQUAL(seen.size(), 2u);
  CAF_CHECK_EQUAL(seen[0].event, "Control interrupted");
  CAF_CHECK_EQUAL(seen[1].event, "Control sent again");
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace control_client_suite
