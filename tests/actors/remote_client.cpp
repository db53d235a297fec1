// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE remote_client

#include "tests/support/remote_client_fixture.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace remote_client_suite {

CAF_TEST_FIXTURE_SCOPE(remote_client_tests, remote_client_fixture)

CAF_TEST(a call is sent to its service and answered with the result) {
  start(7);
  auto pending = call("add", {1, 2});
  auto [recipient, sent] = channel->take<rr::request>();
  CAF_CHECK_EQUAL(recipient, "calculator");
  CAF_CHECK(sent == (rr::request{7, "add", {1, 2}}));
  CAF_CHECK_EQUAL(status().in_flight, 1u);
  respond({7, std::nullopt, 3});
  CAF_CHECK(result_of(pending) == 3);
  CAF_CHECK_EQUAL(status().answered, 1u);
  CAF_CHECK_EQUAL(status().in_flight, 0u);
  CAF_CHECK_EQUAL(channel->released, 1u);
}

CAF_TEST(a remote error keeps its message and its context) {
  start();
  auto pending = call("divide");
  call_error what{"method produced an error", {{"divisor", 0}}};
  respond({1, what, nullptr});
  auto err = error_of(pending);
  CAF_CHECK(err == ec::remote_error);
  CAF_CHECK(to_call_error(err) == what);
  CAF_CHECK_EQUAL(describe(err), "divide of calculator: method produced an "
                                 "error {\"divisor\":0}");
  CAF_CHECK_EQUAL(status().errors, 1u);
}

CAF_TEST(a call times out at its very tick) {
  start();
  auto pending = call("add", {1, 2}, 5s);
  advance_time(5s - 1ns);
  consume_messages();
  CAF_CHECK(unanswered());
  advance_time(1ns);
  consume_messages();
  auto err = error_of(pending);
  CAF_CHECK(err == ec::call_timed_out);
  CAF_CHECK_EQUAL(describe(err), "add of calculator timed out after 5s");
  CAF_CHECK_EQUAL(status().timeouts, 1u);
  CAF_CHECK_EQUAL(status().in_flight, 0u);
}

CAF_TEST(calls with different time - outs each end at their own) {
  start();
  auto slow = call("a", json::array(), 10s);
  auto quick = call("b", json::array(), 1s);
  auto middle = call("c", json::array(), 3s);
  advance_time(1s);
  consume_messages();
  CAF_CHECK(error_of(quick) == ec::call_timed_out);
  CAF_CHECK(unanswered());
  advance_time(2s);
  consume_messages();
  CAF_CHECK(error_of(middle) == ec::call_timed_out);
  CAF_CHECK(unanswered());
  advance_time(7s);
  consume_messages();
  CAF_CHECK(error_of(slow) == ec::call_timed_out);
}

CAF_TEST(one timer serves all calls) {
  start();
  for (uint32_t id = 1; id <= 100; ++id) {
    auto pending = call();
    respond({id, std::nullopt, 3});
    result_of(pending);
  }
  CAF_CHECK_EQUAL(sched.clock().schedule().size(), 1u);
}

CAF_TEST(ids start over at the end and pass over those in flight) {
  start(UINT32_MAX - 2);
  auto first = call();
  auto second = call();
  auto third = call();
  respond({UINT32_MAX - 1, std::nullopt, "second"});
  CAF_CHECK(result_of(second) == "second");
  auto fourth = call();
  for (auto id : {UINT32_MAX - 2, UINT32_MAX - 1, UINT32_MAX, UINT32_MAX - 1})
    CAF_CHECK_EQUAL(channel->take<rr::request>().second.id, id);
  respond({UINT32_MAX - 1, std::nullopt, "fourth"});
  respond({UINT32_MAX, std::nullopt, "third"});
  respond({UINT32_MAX - 2, std::nullopt, "first"});
  CAF_CHECK(result_of(fourth) == "fourth");
  CAF_CHECK(result_of(third) == "third");
  CAF_CHECK(result_of(first) == "first");
}

CAF_TEST(a call fails when every id is in flight) {
  start(5, 6);
  auto first = call();
  [[maybe_unused]] auto second = call();
  auto third = call();
  CAF_CHECK(error_of(third) == ec::overloaded);
  respond({5, std::nullopt, "first"});
  CAF_CHECK(result_of(first) == "first");
  auto fourth = call();
  respond({5, std::nullopt, "fourth"});
  CAF_CHECK(result_of(fourth) == "fourth");
}

CAF_TEST(calls that wait together are flushed together) {
  start();
  for (int i = 0; i < 3; ++i)
    caf::anon_send(client, atom::notify_v, std::string{"calculator"},
                   std::string{"add"}, json_value{{1, 2}});
  consume_messages();
  CAF_CHECK_EQUAL(channel->sent.size(), 3u);
  CAF_CHECK(channel->flushed);
  CAF_CHECK_EQUAL(channel->flushes, 1u);
  call();
  CAF_CHECK(channel->flushed);
  CAF_CHECK_EQUAL(channel->flushes, 2u);
}

CAF_TEST(a notification is sent and not answered) {
  start();
  self->send(client, atom::notify_v, std::string{"calculator"},
             std::string{"clear"}, json_value{json::array()});
  consume_messages();
  auto [recipient, sent] = channel->take<notification>();
  CAF_CHECK_EQUAL(recipient, "calculator");
  CAF_CHECK(sent == (notification{"clear", json::array()}));
  CAF_CHECK_EQUAL(status().notifications, 1u);
  CAF_CHECK(unanswered());
}

CAF_TEST(over topics a notification goes to its method and a call fails) {
  channel->addressed_by = message_channel::addressing::topic;
  start();
  self->send(client, atom::notify_v, std::string{"anyone"},
             std::string{"update"}, json_value{json::array()});
  consume_messages();
  CAF_CHECK_EQUAL(channel->take<notification>().first, "update");
  auto pending = call();
  CAF_CHECK(error_of(pending) == ec::no_answers);
  CAF_CHECK(channel->sent.empty());
}

CAF_TEST(with a single peer an answer needs no sender) {
  channel->addressed_by = message_channel::addressing::single_peer;
  start();
  auto pending = call();
  respond({1, std::nullopt, 3}, "");
  CAF_CHECK(result_of(pending) == 3);
}

CAF_TEST(a call that cannot be sent fails at once) {
  start();
  channel->refusal = caf::make_error(ec::overloaded, "too much");
  auto pending = call();
  CAF_CHECK(error_of(pending) == ec::overloaded);
  CAF_CHECK_EQUAL(status().in_flight, 0u);
  CAF_CHECK_EQUAL(status().unsent, 1u);
  auto err = request_error(client, atom::notify_v, std::string{"calculator"},
                           std::string{"clear"}, json_value{json::array()});
  CAF_CHECK(err == ec::overloaded);
}

CAF_TEST(what no service takes fails at once) {
  start();
  auto deep = json(1);
  for (auto i = 0; i < 40; ++i)
    deep = json::array({deep});
  std::vector<std::pair<std::string, json>> calls{
    {"add", {"caf\xe9"}}, {"add", {deep}}, {"add", {{{"\xff", 1}}}},
    {"add", 7},           {"\xff", {1}},   {"add", {std::string(1048576, 'x')}},
  };
  for (auto& [method, args] : calls) {
    auto pending = call(method, args);
    auto what = error_of(pending);
    CAF_CHECK(what == ec::malformed);
    CAF_CHECK(describe(what).find(" of calculator: cannot be sent: ")
              != std::string::npos);
    auto told = self->request(client, caf::infinite, atom::notify_v,
                              std::string{"calculator"}, method,
                              json_value{args});
    consume_messages();
    told.receive([] { CAF_FAIL("unexpected success"); },
                 [](caf::error& x) { CAF_CHECK(x == ec::malformed); });
  }
  CAF_CHECK(channel->sent.empty());
  CAF_CHECK_EQUAL(status().in_flight, 0u);
  auto pending = call("add", {1, 2});
  respond({channel->take<rr::request>().second.id, std::nullopt, 3});
  CAF_CHECK(result_of(pending) == 3);
}

CAF_TEST(a call that could not leave in time fails alone) {
  start();
  auto first = call("first");
  auto second = call("second");
  caf::anon_send(client, payload_unsent{channel->sent.front().ticket});
  consume_messages();
  auto err = error_of(first);
  CAF_CHECK(err == ec::overloaded);
  CAF_CHECK_EQUAL(describe(err),
                  "first of calculator: could not be sent in time");
  respond({2, std::nullopt, 3});
  CAF_CHECK(result_of(second) == 3);
}

CAF_TEST(the end of the client fails every call in flight) {
  start();
  auto first = call();
  auto second = call();
  self->send_exit(client, caf::exit_reason::user_shutdown);
  consume_messages();
  CAF_CHECK(error_of(first) == ec::client_ended);
  CAF_CHECK(error_of(second) == ec::client_ended);
  CAF_CHECK(!channel->open);
}

CAF_TEST(a client that cannot open its channel quits with the error) {
  auto no_channel
    = [](channel_listener) -> caf::expected<std::unique_ptr<message_channel>> {
    return caf::make_error(ec::system_error, "no more sockets");
  };
  client = sys.spawn(remote_client, remote_client_settings{},
                     channel_opener{no_channel}, log);
  self->monitor(client);
  consume_messages();
  CAF_CHECK(end_of(client->address()) == ec::system_error);
}

CAF_TEST(payloads are decoded on the thread of the channel) {
  start();
  auto pending = call();
  auto good = encode(response{1, std::nullopt, 3});
  channel->listener.received("calculator", std::as_bytes(std::span{"x"}));
  channel->listener.malformed("1 frames, expected 2");
  channel->listener.received("calculator", std::as_bytes(std::span{good}));
  channel->listener.received("calculator", std::as_bytes(std::span{good}));
  channel->listener.batch_ended();
  consume_messages();
  CAF_CHECK(result_of(pending) == 3);
  CAF_CHECK_EQUAL(status().malformed, 2u);
  CAF_CHECK_EQUAL(status().duplicate, 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace remote_client_suite
