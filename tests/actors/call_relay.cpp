// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE call_relay

#include "actors/call_relay.hpp"

#include <caf/send.hpp>

#include "actors/remote_client.hpp"
#include "actors/support/actor_turn.hpp"
#include "tests/support/fake_channel.hpp"

#include "tests/support/actor_fixture.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace call_relay_suite {
namespace {

struct fixture : actor_fixture {
  std::shared_ptr<channel_record> channel = std::make_shared<channel_record>();
  remote_client_actor client;
  call_relay_actor relay;
  /// What every answer was, in its order.
  std::vector<std::string> answers;

  fixture() {
    client = sys.spawn(remote_client, remote_client_settings{},
                       open_fake(channel), log);
    relay = sys.spawn(call_relay, client, log);
    sched.run();
  }

  ~fixture() override {
    end(caf::actor_cast<caf::actor>(relay));
    end(caf::actor_cast<caf::actor>(client));
  }

  void end(const caf::actor& who) {
    self->send_exit(who, caf::exit_reason::user_shutdown);
    sched.run();
  }

  void call(const std::string& method) {
    auto note = [this](const caf::expected<json>& x) {
      answers.push_back(x ? x->dump() : describe(x.error()));
    };
    caf::anon_send(
      relay, outgoing_call{
               "arm", method, {1}, 5s, std::make_shared<pending_answer>(note)});
    sched.run();
  }

  void notify(const std::string& method) {
    caf::anon_send(relay, outgoing_call{"arm", method, {1}, 5s, nullptr});
    sched.run();
  }

  void respond(rr::response answer) {
    caf::anon_send(client, message_received{"arm", std::move(answer)});
    sched.run();
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(call_relay_tests, fixture)

CAF_TEST(calls and notifications leave in their order) {
  call("first");
  notify("second");
  call("third");
  CAF_CHECK_EQUAL(channel->take<rr::request>().second.method, "first");
  CAF_CHECK_EQUAL(channel->take<rr::notification>().second.method, "second");
  CAF_CHECK_EQUAL(channel->take<rr::request>().second.method, "third");
}

CAF_TEST(whoever called is told the result) {
  call("position");
  respond(
    rr::response{channel->take<rr::request>().second.id, std::nullopt, 17});
  CAF_REQUIRE_EQUAL(answers.size(), 1u);
  CAF_CHECK_EQUAL(answers[0], "17");
}

CAF_TEST(whoever called is told the error of the remote) {
  call("position");
  respond(rr::response{channel->take<rr::request>().second.id,
                       call_error{"too hot", nullptr}, nullptr});
  CAF_REQUIRE_EQUAL(answers.size(), 1u);
  CAF_CHECK_EQUAL(answers[0], "position of arm: too hot");
}

CAF_TEST(whoever is told is in the turn of an actor) {
  std::vector<bool> turns;
  auto ask = [&](const std::string& method) {
    auto note = [&](const caf::expected<json>&) {
      turns.push_back(actor_turn::under_way());
    };
    caf::anon_send(
      relay, outgoing_call{
               "arm", method, {1}, 5s, std::make_shared<pending_answer>(note)});
    sched.run();
    return channel->take<rr::request>().second.id;
  };
  respond({ask("good"), std::nullopt, 1});
  respond({ask("bad"), call_error{"no", json::object()}, nullptr});
  CAF_CHECK((turns == std::vector<bool>{true, true}));
}

CAF_TEST(a call times out) {
  call("position");
  sched.advance_time(5s);
  sched.run();
  CAF_REQUIRE_EQUAL(answers.size(), 1u);
  CAF_CHECK(answers[0].starts_with("position of arm timed out"));
}

CAF_TEST(a call whose client ends is told so once) {
  call("position");
  end(caf::actor_cast<caf::actor>(client));
  CAF_CHECK_EQUAL(answers.size(), 1u);
  CAF_CHECK_EQUAL(answers.at(0), "position of arm: the client has ended");
  end(caf::actor_cast<caf::actor>(relay));
  CAF_CHECK_EQUAL(answers.size(), 1u);
}

CAF_TEST(a call whose relay ends is told so once) {
  call("position");
  end(caf::actor_cast<caf::actor>(relay));
  CAF_REQUIRE_EQUAL(answers.size(), 1u);
  CAF_CHECK_EQUAL(answers[0], "the client has ended");
  respond(
    rr::response{channel->take<rr::request>().second.id, std::nullopt, 17});
  CAF_CHECK_EQUAL(answers.size(), 1u);
}

CAF_TEST(a call that comes after the end of the client is told so) {
  end(caf::actor_cast<caf::actor>(client));
  call("position");
  CAF_REQUIRE_EQUAL(answers.size(), 1u);
  CAF_CHECK_EQUAL(answers[0], "the client has ended");
}

CAF_TEST(a call that comes after the end is told so) {
  end(caf::actor_cast<caf::actor>(relay));
  call("position");
  CAF_REQUIRE_EQUAL(answers.size(), 1u);
  CAF_CHECK_EQUAL(answers[0], "the client has ended");
}

CAF_TEST(a notification that cannot be sent is logged) {
  channel->refusal = caf::make_error(ec::overloaded, "too much waits");
  notify("beep");
  auto last = events->events().back();
  CAF_CHECK_EQUAL(last.event, "Notification could not be sent");
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace call_relay_suite
