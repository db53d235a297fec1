// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE actor_runner

#include "actors/support/actor_runner.hpp"

#include "tests/support/actor_fixture.hpp"

using namespace rr;

namespace actor_runner_suite {
namespace {

struct fixture : actor_fixture {
  actor_runner runner{sys};
  std::vector<std::string> handled;
  caf::actor next;

  /// Notes what it is told; `more` has it tell itself something, `wake` the
  /// next one, and `end` ends it.
  caf::actor spawn_listener() {
    auto result = sys.spawn([this](caf::event_based_actor* listener) {
      return caf::behavior{[this, listener](const std::string& what) {
        handled.push_back(what);
        if (what == "more")
          listener->send(listener, std::string{"later"});
        else if (what == "wake")
          listener->send(next, std::string{"woken"});
        else if (what == "end")
          listener->quit();
      }};
    });
    sched.run();
    return result;
  }

  void check_handled(std::vector<std::string> expected) {
    CAF_CHECK_EQUAL(handled, expected);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(actor_runner_tests, fixture)

CAF_TEST(an idle actor handles a message on the thread that brings it) {
  auto listener = spawn_listener();
  runner.deliver(listener, std::string{"one"});
  check_handled({"one"});
  CAF_CHECK(!sched.has_job());
  runner.deliver(listener, std::string{"two"});
  check_handled({"one", "two"});
}

CAF_TEST(an actor that has work already is left to the workers) {
  auto listener = spawn_listener();
  caf::anon_send(listener, std::string{"first"});
  runner.deliver(listener, std::string{"second"});
  check_handled({});
  sched.run();
  check_handled({"first", "second"});
}

CAF_TEST(one message is handled and the rest left to the workers) {
  auto listener = spawn_listener();
  runner.deliver(listener, std::string{"more"});
  check_handled({"more"});
  CAF_CHECK(sched.has_job());
  sched.run();
  check_handled({"more", "later"});
}

CAF_TEST(whom the actor wakes runs on a worker) {
  auto listener = spawn_listener();
  next = spawn_listener();
  runner.deliver(listener, std::string{"wake"});
  check_handled({"wake"});
  sched.run();
  check_handled({"wake", "woken"});
}

CAF_TEST(an actor may end on the thread and what follows is dropped) {
  auto listener = spawn_listener();
  self->monitor(listener);
  runner.deliver(listener, std::string{"end"});
  CAF_CHECK_EQUAL(end_of(listener.address()), caf::error{});
  runner.deliver(listener, std::string{"nobody"});
  check_handled({"end"});
}

CAF_TEST(whom the actor wakes hears of it when the actor is idle) {
  caf::actor listener;
  listener = spawn_listener();
  // It answers at once, on the thread that runs it.
  next = sys.spawn([&](caf::event_based_actor* other) {
    return caf::behavior{[&, other](const std::string& what) {
      handled.push_back(what);
      actor_runner::deliver_from(*other, [&] {
        other->send(listener, std::string{"answer"});
      });
      handled.push_back("sent");
    }};
  });
  sched.run();
  runner.deliver(listener, std::string{"wake"});
  check_handled({"wake"});
  sched.run_once();
  check_handled({"wake", "woken", "answer", "sent"});
  CAF_CHECK(!sched.has_job());
}

CAF_TEST(what an actor with more to do sends waits for a worker) {
  auto listener = spawn_listener();
  auto sender = sys.spawn([&](caf::event_based_actor* other) {
    return caf::behavior{[&, other](const std::string& what) {
      actor_runner::deliver_from(*other, [&] { other->send(listener, what); });
      handled.push_back("sent");
    }};
  });
  sched.run();
  caf::anon_send(sender, std::string{"one"});
  caf::anon_send(sender, std::string{"two"});
  sched.run_once();
  check_handled({"sent"});
  sched.run();
  check_handled({"sent", "sent", "one", "two"});
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace actor_runner_suite
