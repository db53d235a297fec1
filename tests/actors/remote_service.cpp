// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE remote_service

#include "actors/remote_service.hpp"

#include "messages/work.hpp"
#include "tests/fake_channel.hpp"

#include "tests/actor_fixture.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace {

/// Keeps the work that it is given until the test has it done.
struct pool_state {
  std::vector<std::pair<work, caf::response_promise>> jobs;
};

worker_pool_actor::behavior_type
mock_pool(worker_pool_actor::stateful_pointer<pool_state> self) {
  return {
    [=](const work& job) -> caf::result<void> {
      self->state.jobs.emplace_back(job, self->make_response_promise());
      return caf::delegated<void>{};
    },
    [=](work_done& done) {
      auto jobs = std::exchange(self->state.jobs, {});
      for (auto& [job, promise] : jobs) {
        if (done.result)
          promise.deliver(done.result);
        else if (auto err = job.run())
          promise.deliver(err);
        else
          promise.deliver(caf::unit);
      }
    },
  };
}

struct fixture : actor_fixture {
  std::shared_ptr<channel_record> channel = std::make_shared<channel_record>();
  std::vector<call_promise> promises;
  std::vector<std::string> told;
  worker_pool_actor pool;
  remote_service_actor service;

  fixture() {
    pool = sys.spawn(mock_pool);
    service = sys.spawn(remote_service, remote_service_settings{2, 30s, {}},
                        methods(), pool, open_fake(channel), log);
    consume_messages();
  }

  ~fixture() {
    promises.clear();
    self->send_exit(service, caf::exit_reason::user_shutdown);
    self->send_exit(pool, caf::exit_reason::user_shutdown);
    consume_messages();
  }

  method_table methods() {
    using args_1 = argument_count;
    auto one = args_1::exactly(1);
    auto none = args_1::exactly(0);
    auto fail = [](const json&) -> caf::expected<json> {
      return remote_error({"too hot", {{"celsius", 90}}});
    };
    auto raise = [](const json&) -> caf::expected<json> {
      throw std::runtime_error("out of paper");
    };
    auto echo = [](const json& args) -> caf::expected<json> { return args[0]; };
    auto tell = [this](const json& args) -> caf::expected<json> {
      told.push_back(args[0]);
      return json{};
    };
    auto wait = [this](json, call_promise answer) {
      promises.push_back(std::move(answer));
    };
    auto raise_later = [](json, call_promise) {
      throw std::runtime_error("out of ink");
    };
    method_table result;
    result.emplace("echo", remote_method::at_once(one, echo));
    result.emplace("who", remote_method::at_once(
                            none, [](const json&, const std::string& caller) {
                              return caf::expected<json>{json(caller)};
                            }));
    result.emplace("tell", remote_method::at_once(one, tell));
    result.emplace("fail", remote_method::at_once({0, 2}, fail));
    result.emplace("raise", remote_method::at_once(none, raise));
    result.emplace("wait", remote_method::later(none, wait));
    result.emplace("raise_later", remote_method::later(none, raise_later));
    result.emplace("block", remote_method::on_worker(one, echo));
    result.emplace("block_raise", remote_method::on_worker(none, raise));
    result.emplace("ping", remote_method::at_once(one, echo).as_urgent());
    return result;
  }

  void call(uint32_t id, std::string method, json args = json::array(),
            std::string caller = "alice") {
    caf::anon_send(service, message_received{std::move(caller),
                                             rr::request{id, std::move(method),
                                                         std::move(args)}});
    consume_messages();
  }

  void do_work(caf::error refusal = {}) {
    caf::anon_send(pool, work_done{0, std::move(refusal)});
    consume_messages();
  }

  response answer() {
    return channel->take<response>().second;
  }

  remote_service_status status() {
    auto pending = self->request(service, caf::infinite, atom::status_v);
    consume_messages();
    remote_service_status result;
    pending.receive([&](const remote_service_status& x) { result = x; },
                    [](caf::error& x) { CAF_FAIL(describe(x)); });
    return result;
  }

  response failed(uint32_t id, json context) {
    return {id, call_error{"method produced an error", std::move(context)},
            nullptr};
  }
};

response answered(uint32_t id, json result) {
  return {id, std::nullopt, std::move(result)};
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(remote_service_tests, fixture)

CAF_TEST(a call is answered to its caller) {
  call(7, "echo", {"hello"});
  auto [recipient, sent] = channel->take<response>();
  CAF_CHECK_EQUAL(recipient, "alice");
  CAF_CHECK(sent == answered(7, "hello"));
  CAF_CHECK_EQUAL(status().answered, 1u);
  CAF_CHECK_EQUAL(channel->released, 1u);
}

CAF_TEST(a method is told who calls and answers before the next message) {
  caf::anon_send(service,
                 message_received{"bob", rr::request{7, "who", json::array()}});
  self->send_exit(service, caf::exit_reason::user_shutdown);
  consume_messages();
  CAF_CHECK(channel->take<response>()
            == std::pair(std::string{"bob"}, answered(7, "bob")));
}

CAF_TEST(two callers may use one id) {
  call(7, "wait", json::array(), "alice");
  call(7, "wait", json::array(), "bob");
  promises.at(1).answer("for bob");
  promises.at(0).answer("for alice");
  consume_messages();
  CAF_CHECK(channel->take<response>()
            == std::pair(std::string{"bob"}, answered(7, "for bob")));
  CAF_CHECK(channel->take<response>()
            == std::pair(std::string{"alice"}, answered(7, "for alice")));
}

CAF_TEST(an unknown method is answered with its name) {
  call(1, "fly");
  auto expected = response{
    1, call_error{"no such method exists", {{"method", "fly"}}}, nullptr};
  CAF_CHECK(answer() == expected);
  CAF_CHECK_EQUAL(status().unknown_methods, 1u);
  CAF_CHECK_EQUAL(channel->released, 1u);
}

CAF_TEST(a wrong number of arguments is an error of the method) {
  call(1, "echo");
  CAF_CHECK(answer() == failed(1, {{"error", "takes 1 argument, got 0"}}));
  call(2, "fail", {1, 2, 3});
  CAF_CHECK(answer()
            == failed(2, {{"error", "takes 0 to 2 arguments, got 3"}}));
  CAF_CHECK_EQUAL(channel->released, 2u);
}

CAF_TEST(an error keeps its context) {
  call(1, "fail");
  CAF_CHECK(answer() == failed(1, {{"celsius", 90}, {"error", "too hot"}}));
  CAF_CHECK_EQUAL(status().errors, 1u);
}

CAF_TEST(an exception is an error wherever it is thrown) {
  call(1, "raise");
  CAF_CHECK(answer() == failed(1, {{"error", "out of paper"}}));
  call(2, "raise_later");
  CAF_CHECK(answer() == failed(2, {{"error", "out of ink"}}));
  call(3, "block_raise");
  do_work();
  CAF_CHECK(answer() == failed(3, {{"error", "out of paper"}}));
  call(4, "echo", {"fine"});
  CAF_CHECK(answer() == answered(4, "fine"));
  CAF_CHECK_EQUAL(channel->released, 4u);
}

CAF_TEST(answers to calls that came together are flushed together) {
  message_batch batch;
  for (uint32_t id = 1; id <= 3; ++id)
    batch.messages.push_back({"alice", rr::request{id, "echo", {"x"}}});
  caf::anon_send(service, std::move(batch));
  consume_messages();
  CAF_CHECK_EQUAL(channel->sent.size(), 3u);
  CAF_CHECK(channel->flushed);
  CAF_CHECK_EQUAL(channel->flushes, 1u);
  call(4, "echo", {"x"});
  CAF_CHECK(channel->flushed);
}

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

CAF_TEST(a method that blocks runs in the worker pool) {
  call(1, "block", {"done"});
  CAF_CHECK(channel->sent.empty());
  CAF_CHECK_EQUAL(status().running, 1u);
  do_work();
  CAF_CHECK(answer() == answered(1, "done"));
  CAF_CHECK_EQUAL(status().running, 0u);
}

CAF_TEST(a method that the worker pool refuses fails) {
  call(1, "block", {"done"});
  do_work(caf::make_error(ec::overloaded, "the queue is full"));
  CAF_CHECK(answer() == failed(1, {{"error", "the queue is full"}}));
  call(2, "echo", {"fine"});
  CAF_CHECK(answer() == answered(2, "fine"));
}

CAF_TEST(a notification is never answered) {
  auto notify = [this](std::string method, json args) {
    caf::anon_send(service,
                   message_received{"alice", notification{std::move(method),
                                                          std::move(args)}});
    consume_messages();
  };
  notify("tell", {"news"});
  notify("fly", json::array());
  notify("tell", json::array());
  notify("raise", json::array());
  notify("wait", json::array());
  promises.at(0).answer("nobody listens");
  notify("wait", json::array());
  advance_time(30s);
  consume_messages();
  CAF_CHECK(told == std::vector<std::string>{"news"});
  CAF_CHECK(channel->sent.empty());
  CAF_CHECK_EQUAL(status().notifications, 6u);
  CAF_CHECK_EQUAL(status().calls, 0u);
  CAF_CHECK_EQUAL(channel->released, 6u);
}

CAF_TEST(what is malformed is counted and logged once and dropped) {
  for (int i = 0; i < 10; ++i)
    caf::anon_send(service, payload_malformed{"mallory", "not CBOR"});
  caf::anon_send(service, message_received{"mallory", answered(1, 2)});
  consume_messages();
  CAF_CHECK_EQUAL(status().malformed, 11u);
  CAF_CHECK_EQUAL(events->count("Received malformed message"), 1u);
  CAF_CHECK_EQUAL(channel->released, 11u);
  call(1, "echo", {"fine"});
  CAF_CHECK(answer() == answered(1, "fine"));
}

CAF_TEST(a response that cannot be sent is counted) {
  channel->refusal = caf::make_error(ec::overloaded, "too much");
  call(1, "echo", {"lost"});
  CAF_CHECK_EQUAL(status().unsent, 1u);
  channel->refusal = {};
  caf::anon_send(service, payload_unsent{0});
  call(2, "echo", {"fine"});
  CAF_CHECK(answer() == answered(2, "fine"));
  CAF_CHECK_EQUAL(status().unsent, 2u);
}

CAF_TEST(the end of the service ends its channel and promises go nowhere) {
  call(1, "wait");
  call(2, "block", {1});
  call(3, "wait");
  self->send_exit(service, caf::exit_reason::user_shutdown);
  consume_messages();
  CAF_CHECK(!channel->open);
  promises.at(0).answer("too late");
  do_work();
  CAF_CHECK(channel->sent.empty());
}

CAF_TEST(a service with methods that block needs a worker pool) {
  auto other = sys.spawn(remote_service, remote_service_settings{}, methods(),
                         worker_pool_actor{}, open_fake(channel), log);
  self->monitor(other);
  consume_messages();
  CAF_CHECK(end_of(other->address()) == ec::bad_configuration);
}

CAF_TEST_FIXTURE_SCOPE_END()
