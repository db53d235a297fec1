// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE remote_service_answers

#include <cmath>
#include <limits>
#include <thread>

#include "actors/support/actor_turn.hpp"
#include "tests/support/remote_service_fixture.hpp"

using namespace rr;

namespace remote_service_answers_suite {
namespace {

/// What methods answer that no payload can hold, or no client takes.
struct fixture : remote_service_fixture {
  json nested(size_t depth) {
    auto result = json(1);
    for (size_t i = 0; i < depth; ++i)
      result = json::array({std::move(result)});
    return result;
  }

  /// Answers with what the method makes of it, by each way in which it can.
  response answer_with(caf::expected<json> what) {
    call(1, "wait");
    if (what)
      promises.back().answer(std::move(*what));
    else
      promises.back().fail(what.error());
    consume_messages();
    return answer();
  }

  void check_fault(const response& answer, const std::string& fault) {
    CAF_REQUIRE(answer.error);
    CAF_CHECK_EQUAL(answer.error->message, "method produced an error");
    CAF_CHECK_EQUAL(answer.error->context.value("error", ""), fault);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(remote_service_answers_tests, fixture)

CAF_TEST(a result that is no text is an error that says so) {
  check_fault(answer_with(json("caf\xe9")), "result: text is not UTF-8");
  check_fault(answer_with(json{{"a", {1, {{"b", "\xff"}}}}}),
              "result: text is not UTF-8");
  check_fault(answer_with(json{{"\xc0\x80", 1}}), "result: a key is not UTF-8");
  CAF_CHECK_EQUAL(status().errors, 3u);
  CAF_CHECK_EQUAL(status().answered, 0u);
  CAF_CHECK(answer_with(json("café")) == answered(1, "café"));
}

CAF_TEST(a result may be nested as deep as a message can hold) {
  CAF_CHECK(answer_with(nested(31)) == answered(1, nested(31)));
  check_fault(answer_with(nested(32)), "result: nesting is too deep");
  check_fault(answer_with(nested(100'000)), "result: nesting is too deep");
}

CAF_TEST(a result larger than a router lets pass is an error) {
  auto settings = remote_service_settings{2, std::chrono::seconds{30}, {}};
  settings.max_answer = 100;
  self->send_exit(service, caf::exit_reason::user_shutdown);
  service = sys.spawn(remote_service, settings, methods(), workers,
                      open_fake(channel), log);
  consume_messages();
  // Four items, of which the text has a head of two bytes.
  auto longest = json(std::string(94, 'x'));
  CAF_CHECK(answer_with(longest) == answered(1, longest));
  check_fault(answer_with(json(std::string(95, 'x'))),
              "result: has 101 bytes, more than 100");
}

CAF_TEST(byte strings and numbers that are none leave) {
  CAF_CHECK(answer_with(json::binary({1, 0xff}))
            == answered(1, json::binary({1, 0xff})));
  check_fault(answer_with(json::binary({1}, 7)),
              "result: a byte string has a subtype");
  auto infinity = std::numeric_limits<double>::infinity();
  CAF_CHECK(answer_with(json(infinity)) == answered(1, infinity));
  auto nan = answer_with(json(std::nan("")));
  CAF_CHECK(!nan.error);
  CAF_CHECK(std::isnan(nan.result.get<double>()));
}

CAF_TEST(an error keeps its words when its context cannot leave) {
  auto answer = answer_with(remote_error({"too hot", {{"place", "\xff"}}}));
  CAF_CHECK(answer
            == failed(1, {{"error", "too hot"},
                          {"context", "context: text is not UTF-8"}}));
  answer = answer_with(remote_error({"too hot", {{"trace", nested(40)}}}));
  CAF_CHECK(answer
            == failed(1, {{"error", "too hot"},
                          {"context", "context: nesting is too deep"}}));
}

CAF_TEST(the words of an error are told as far as they are text) {
  auto answer = answer_with(
    caf::make_error(ec::system_error, std::string{"no caf\xe9 left"}));
  CAF_CHECK(answer
            == failed(1, {{"error", "no caf\uFFFD left"},
                          {"context", "context: text is not UTF-8"}}));
}

CAF_TEST(an error without a context has its words alone) {
  auto bare = remote_error({"too hot", {}});
  CAF_CHECK(answer_with(bare) == failed(1, {{"error", "too hot"}}));
}

CAF_TEST(the log tells no more of a call than it needs to) {
  auto longest = std::string(100'000, 'x');
  call(1, longest);
  CAF_CHECK(answer().error->context == (json{{"method", longest}}));
  answer_with(remote_error({longest, {}}));
  CAF_CHECK_EQUAL(events->events().size(), 2u);
  for (const auto& event : events->events())
    for (const auto& field : event.fields)
      if (auto text = std::get_if<std::string>(&field.value))
        CAF_CHECK_LESS_OR_EQUAL(text->size(), 1024u);
}

CAF_TEST(an answer on its way when the service is told to end still leaves) {
  auto waits = caf::response_promise{};
  auto other = sys.spawn([&](caf::event_based_actor* who) -> caf::behavior {
    return {
      [&, who](atom::wait) -> caf::result<int32_t> {
        waits = who->make_response_promise();
        return caf::delegated<int32_t>{};
      },
      [&, who](atom::stop) {
        waits.deliver(int32_t{42});
        who->send_exit(service, caf::exit_reason::user_shutdown);
      },
    };
  });
  method_table table;
  table.emplace("ask", remote_method::by_asking(
                         {}, [other](remote_service_actor::pointer asking,
                                     const json&, const call_promise& answer) {
                           asking->request(other, caf::infinite, atom::wait_v)
                             .then([answer](int32_t x) { answer.answer(x); });
                         }));
  self->send_exit(service, caf::exit_reason::user_shutdown);
  service = sys.spawn(remote_service, remote_service_settings{}, table, nullptr,
                      open_fake(channel), log);
  consume_messages();
  call(1, "ask");
  self->send(other, atom::stop_v);
  consume_messages();
  CAF_CHECK(!channel->open);
  CAF_REQUIRE_EQUAL(channel->sent.size(), 1u);
  CAF_CHECK(answer() == answered(1, 42));
  self->send_exit(other, caf::exit_reason::user_shutdown);
  consume_messages();
}

CAF_TEST(a call that is dropped fails at once) {
  call(1, "wait");
  auto copy = std::make_unique<call_promise>(promises.back());
  promises.clear();
  consume_messages();
  CAF_CHECK(channel->sent.empty());
  copy.reset();
  consume_messages();
  check_fault(answer(), "the method has dropped the call");
  CAF_CHECK_EQUAL(status().running, 0u);
}

CAF_TEST(a call that timed out is dropped without a word) {
  call(1, "wait");
  advance_time(std::chrono::seconds{30});
  consume_messages();
  auto late = answer();
  CAF_CHECK_EQUAL(late.error->message, "method timed out");
  promises.clear();
  consume_messages();
  CAF_CHECK(channel->sent.empty());
  CAF_CHECK_EQUAL(status().late, 0u);
}

CAF_TEST(only methods that may block are no turn of an actor) {
  std::map<std::string, bool> turns;
  auto look = [&](const std::string& name) {
    return [&turns, name](const json&) -> caf::expected<json> {
      turns[name] = actor_turn::under_way();
      return json{};
    };
  };
  method_table table;
  table.emplace("now", remote_method::at_once({}, look("now")));
  table.emplace("later", remote_method::later({}, [&](json, call_promise p) {
                  turns["later"] = actor_turn::under_way();
                  p.answer(1);
                }));
  table.emplace("block", remote_method::on_worker({}, look("block")));
  self->send_exit(service, caf::exit_reason::user_shutdown);
  service = sys.spawn(remote_service, remote_service_settings{}, table, workers,
                      open_fake(channel), log);
  consume_messages();
  for (auto name : {"now", "later", "block"})
    call(1, name);
  do_work();
  CAF_CHECK((turns
             == std::map<std::string, bool>{
               {"now", true}, {"later", true}, {"block", false}}));
  CAF_CHECK(!actor_turn::under_way());
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace remote_service_answers_suite
