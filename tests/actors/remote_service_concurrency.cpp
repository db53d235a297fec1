// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE remote_service_concurrency

#include <algorithm>

#include <caf/event_based_actor.hpp>
#include <caf/response_promise.hpp>

#include "tests/support/remote_service_fixture.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace remote_service_concurrency_suite {

CAF_TEST_FIXTURE_SCOPE(remote_service_concurrency_tests, remote_service_fixture)

CAF_TEST(a promise answers later and once) {
  call(1, "wait");
  CAF_CHECK(channel->sent.empty());
  CAF_CHECK_EQUAL(status().running, 1u);
  promises[0].answer("first");
  promises[0].answer("second");
  promises[0].fail(caf::make_error(ec::malformed, "third"));
  consume_messages();
  CAF_CHECK(answer() == answered(1, "first"));
  CAF_CHECK(channel->sent.empty());
  CAF_CHECK_EQUAL(status().late, 2u);
  CAF_CHECK_EQUAL(status().running, 0u);
  CAF_CHECK_EQUAL(channel->released, 1u);
}

CAF_TEST(a promise may fail with a context) {
  call(1, "wait");
  promises[0].fail(remote_error({"stuck", {{"joint", 3}}}));
  consume_messages();
  CAF_CHECK(answer() == failed(1, {{"error", "stuck"}, {"joint", 3}}));
}

CAF_TEST(a promise never fulfilled times out and frees its place) {
  call(1, "wait");
  call(2, "wait");
  call(3, "wait");
  CAF_CHECK_EQUAL(promises.size(), 2u);
  advance_time(30s - 1ns);
  consume_messages();
  CAF_CHECK(channel->sent.empty());
  advance_time(1ns);
  consume_messages();
  auto timed_out = call_error{"method timed out", {{"timeout", 30.0}}};
  CAF_CHECK(answer() == (response{1, timed_out, nullptr}));
  CAF_CHECK(answer() == (response{2, timed_out, nullptr}));
  CAF_REQUIRE_EQUAL(promises.size(), 3u);
  CAF_CHECK_EQUAL(status().timeouts, 2u);
  promises[2].answer("third");
  promises[0].answer("too late");
  consume_messages();
  CAF_CHECK(answer() == answered(3, "third"));
  CAF_CHECK(channel->sent.empty());
  CAF_CHECK_EQUAL(status().late, 1u);
  CAF_CHECK_EQUAL(channel->released, 3u);
}

CAF_TEST(no more calls run at once than there are workers) {
  for (uint32_t id = 1; id <= 5; ++id)
    call(id, "wait");
  call(6, "echo", {"in its turn"});
  CAF_CHECK_EQUAL(promises.size(), 2u);
  CAF_CHECK_EQUAL(status().waiting, 4u);
  CAF_CHECK_EQUAL(channel->released, 0u);
  for (size_t i = 0; i < 5; ++i) {
    CAF_REQUIRE(i < promises.size());
    CAF_CHECK(promises.size() <= i + 2);
    promises[i].answer(i);
    consume_messages();
  }
  for (uint32_t id = 1; id <= 4; ++id)
    CAF_CHECK_EQUAL(answer().id, id);
  CAF_CHECK(answer() == answered(6, "in its turn"));
  CAF_CHECK_EQUAL(answer().id, 5u);
  CAF_CHECK_EQUAL(status().waiting, 0u);
  CAF_CHECK_EQUAL(channel->released, 6u);
}

CAF_TEST(an urgent method is answered while every worker is busy) {
  for (uint32_t id = 1; id <= 5; ++id)
    call(id, id % 2 == 0 ? "wait" : "block",
         id % 2 == 0 ? json::array() : json{1});
  call(6, "ping", {"quick"});
  CAF_CHECK(answer() == answered(6, "quick"));
  CAF_CHECK(channel->sent.empty());
}

CAF_TEST(an urgent call is answered before those that came with it) {
  message_batch batch;
  for (uint32_t id = 1; id <= 31; ++id)
    batch.messages.push_back({"alice", rr::request{id, "echo", {id}}});
  batch.messages.push_back({"alice", rr::request{32, "ping", {"quick"}}});
  caf::anon_send(service, batch);
  consume_messages();
  CAF_CHECK(answer() == answered(32, "quick"));
  for (uint32_t id = 1; id <= 31; ++id)
    CAF_CHECK(answer() == answered(id, id));
}

CAF_TEST(an urgent call passes those that wait to run back to back) {
  call(1, "wait");
  call(2, "wait");
  for (uint32_t id = 3; id <= 102; ++id)
    call(id, "echo", {id});
  CAF_CHECK_EQUAL(status().waiting, 100u);
  promises.at(0).answer("done");
  caf::anon_send(service,
                 message_received{"alice", rr::request{103, "ping", {0}}});
  consume_messages();
  CAF_REQUIRE_EQUAL(channel->sent.size(), 102u);
  std::vector<uint32_t> order;
  while (!channel->sent.empty())
    order.push_back(answer().id);
  auto urgent = std::find(order.begin(), order.end(), 103u) - order.begin();
  CAF_CHECK_LESS_OR_EQUAL(urgent, 20);
  order.erase(order.begin() + urgent);
  order.erase(order.begin());
  CAF_CHECK(std::is_sorted(order.begin(), order.end()));
  CAF_CHECK_EQUAL(channel->released, 102u);
}

CAF_TEST(a method that blocks runs on a worker) {
  call(1, "block", {"done"});
  CAF_CHECK(channel->sent.empty());
  CAF_CHECK_EQUAL(status().running, 1u);
  do_work();
  CAF_CHECK(answer() == answered(1, "done"));
  CAF_CHECK_EQUAL(status().running, 0u);
}

CAF_TEST(methods that block are answered when they are done) {
  call(1, "block", {"first"});
  call(2, "block", {"second"});
  auto jobs = std::exchange(workers->jobs, {});
  CAF_REQUIRE_EQUAL(jobs.size(), 2u);
  jobs[1]();
  consume_messages();
  CAF_CHECK(answer() == answered(2, "second"));
  CAF_CHECK(channel->sent.empty());
  jobs[0]();
  consume_messages();
  CAF_CHECK(answer() == answered(1, "first"));
}

CAF_TEST(methods for which the workers have no room fail) {
  message_batch batch;
  workers->full = true;
  for (uint32_t id = 1; id <= 100; ++id)
    batch.messages.push_back({"alice", rr::request{id, "block", {"done"}}});
  caf::anon_send(service, batch);
  consume_messages();
  for (uint32_t id = 1; id <= 100; ++id)
    CAF_CHECK(answer()
              == failed(id, {{"error", "the worker pool's queue is full"}}));
  workers->full = false;
  CAF_CHECK_EQUAL(status().running, 0u);
  CAF_CHECK_EQUAL(channel->released, 100u);
  call(101, "block", {"fine"});
  do_work();
  CAF_CHECK(answer() == answered(101, "fine"));
}

CAF_TEST(a method that blocks and times out keeps its worker) {
  call(1, "block", {"late"});
  advance_time(30s);
  consume_messages();
  auto timed_out = answer();
  CAF_REQUIRE(timed_out.error);
  CAF_CHECK_EQUAL(timed_out.error->message, "method timed out");
  CAF_CHECK_EQUAL(workers->jobs.size(), 1u);
  do_work();
  CAF_CHECK(channel->sent.empty());
  CAF_CHECK_EQUAL(status().late, 1u);
}

CAF_TEST(a method asks other actors in the order of the calls) {
  std::vector<std::string> asked;
  auto waits = caf::response_promise{};
  auto other = sys.spawn([&](caf::event_based_actor* who) -> caf::behavior {
    return {
      [&, who](const std::string& question) -> caf::result<int32_t> {
        asked.push_back(question);
        if (question == "bad")
          return caf::make_error(ec::system_error, "no idea");
        waits = who->make_response_promise();
        return caf::delegated<int32_t>{};
      },
      [&](atom::tick) { waits.deliver(int32_t{42}); },
    };
  });
  method_table table;
  table.emplace(
    "ask",
    remote_method::by_asking(
      argument_count::exactly(1), [other](remote_service_actor::pointer asking,
                                          json args, call_promise answer) {
        asking->request(other, caf::infinite, args[0].get<std::string>())
          .then([answer](int32_t x) { answer.answer(x); },
                [answer](const caf::error& what) { answer.fail(what); });
      }));
  self->send_exit(service, caf::exit_reason::user_shutdown);
  service = sys.spawn(remote_service, remote_service_settings{}, table, nullptr,
                      open_fake(channel), log);
  consume_messages();
  message_batch batch;
  batch.messages.push_back({"alice", rr::request{1, "ask", {"good"}}});
  batch.messages.push_back({"alice", rr::request{2, "ask", {"bad"}}});
  batch.messages.push_back({"alice", rr::request{3, "ask", {7}}});
  caf::anon_send(service, batch);
  consume_messages();
  CAF_CHECK((asked == std::vector<std::string>{"good", "bad"}));
  CAF_CHECK_EQUAL(answer().id, 3u);
  CAF_CHECK(answer() == failed(2, {{"error", "no idea"}}));
  self->send(other, atom::tick_v);
  consume_messages();
  CAF_CHECK(answer() == answered(1, 42));
  self->send_exit(other, caf::exit_reason::user_shutdown);
  consume_messages();
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace remote_service_concurrency_suite
