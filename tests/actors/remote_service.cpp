// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE remote_service

#include <algorithm>

#include "tests/support/bytes.hpp"
#include "tests/support/remote_service_fixture.hpp"

using namespace rr;

namespace remote_service_suite {

using rr::test::hex;
using namespace std::chrono_literals;

CAF_TEST_FIXTURE_SCOPE(remote_service_tests, remote_service_fixture)

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

CAF_TEST(a service tells its methods by itself) {
  call(1, "list_methods");
  auto list = answer().result;
  CAF_REQUIRE_EQUAL(list.size(), 10u);
  CAF_CHECK(std::ranges::is_sorted(list, {}, [](const json& each) {
    return each["name"].get<std::string>();
  }));
  CAF_CHECK(
    list[0]
    == json(
      {{"name", "block"}, {"least", 1}, {"most", 1}, {"parameters", ""}}));
  call(2, "list_methods", {"all"});
  CAF_CHECK(answer() == failed(2, {{"error", "takes 0 arguments, got 1"}}));
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

CAF_TEST(a malformed request is answered with what is wrong with it) {
  // An argument with a key that is a number.
  auto payload = hex("84 00 07 64 6563686f 81 a1 01 02");
  channel->listener.received("mallory", payload);
  channel->listener.batch_ended();
  consume_messages();
  auto [recipient, sent] = channel->take<response>();
  CAF_CHECK_EQUAL(recipient, "mallory");
  CAF_CHECK(sent
            == failed(7, {{"error",
                           "malformed CBOR at byte 10: map key is not text"}}));
  CAF_CHECK(channel->sent.empty());
  CAF_CHECK(channel->flushed);
  CAF_CHECK_EQUAL(status().malformed, 1u);
  CAF_CHECK_EQUAL(status().calls, 0u);
  CAF_CHECK_EQUAL(status().errors, 0u);
  CAF_CHECK_EQUAL(events->count("Received malformed message"), 1u);
  CAF_CHECK_EQUAL(channel->released, 1u);
}

CAF_TEST(a malformed notification or response is not answered) {
  for (auto digits : {"83 02 6161 f6", "83 01 07 f6", "ff"})
    channel->listener.received("mallory", hex(digits));
  channel->listener.batch_ended();
  consume_messages();
  CAF_CHECK(channel->sent.empty());
  CAF_CHECK_EQUAL(status().malformed, 3u);
  CAF_CHECK_EQUAL(channel->released, 3u);
}

CAF_TEST(events name a caller as text or in hexadecimal) {
  auto nobody = std::string{"\0\x1b\xff", 3};
  call(1, "fly", json::array(), nobody);
  call(2, "fail", json::array(), nobody);
  call(3, "wait", json::array(), nobody);
  advance_time(30s);
  consume_messages();
  caf::anon_send(service, payload_malformed{nobody, "not CBOR"});
  consume_messages();
  channel->refusal = caf::make_error(ec::overloaded, "too much");
  call(4, "echo", {"lost"}, nobody);
  auto all = events->events();
  for (auto name :
       {"No such method exists", "Method produced an error", "Method timed out",
        "Received malformed message", "Response could not be sent"}) {
    CAF_MESSAGE(name);
    auto event = std::find_if(all.begin(), all.end(),
                              [&](const auto& x) { return x.event == name; });
    CAF_REQUIRE(event != all.end());
    auto sender = log_field{"sender", "001bff"};
    CAF_CHECK(std::find(event->fields.begin(), event->fields.end(), sender)
              != event->fields.end());
  }
  // It is answered under its own name, and its method is told that.
  CAF_CHECK_EQUAL(channel->take<response>().first, nobody);
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

CAF_TEST(a service with methods that block needs workers) {
  auto other = sys.spawn(remote_service, remote_service_settings{}, methods(),
                         nullptr, open_fake(channel), log);
  self->monitor(other);
  consume_messages();
  CAF_CHECK(end_of(other->address()) == ec::bad_configuration);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace remote_service_suite
