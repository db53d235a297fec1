// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE remote_client_answers

#include "tests/support/remote_client_fixture.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace remote_client_answers_suite {

CAF_TEST_FIXTURE_SCOPE(remote_client_answers_tests, remote_client_fixture)

CAF_TEST(a late response is counted and logged) {
  start();
  auto pending = call();
  advance_time(5s);
  consume_messages();
  error_of(pending);
  respond({1, std::nullopt, 3});
  CAF_CHECK_EQUAL(status().late, 1u);
  CAF_CHECK_EQUAL(events->count("Received late response"), 1u);
  CAF_CHECK(unanswered());
}

CAF_TEST(a duplicate response is counted and logged) {
  start();
  auto pending = call();
  respond({1, std::nullopt, 3});
  respond({1, std::nullopt, 4});
  CAF_CHECK(result_of(pending) == 3);
  CAF_CHECK_EQUAL(status().duplicate, 1u);
  CAF_CHECK_EQUAL(events->count("Received duplicate response"), 1u);
  CAF_CHECK(unanswered());
}

CAF_TEST(a response to nothing is counted and logged once a second) {
  start();
  for (uint32_t id = 1; id <= 10; ++id)
    respond({id, std::nullopt, 3});
  CAF_CHECK_EQUAL(status().unexpected, 10u);
  CAF_CHECK_EQUAL(events->count("Received unexpected response"), 1u);
  advance_time(1s);
  respond({11, std::nullopt, 3});
  CAF_CHECK_EQUAL(events->count("Received unexpected response"), 2u);
  auto last = events->events().back();
  CAF_CHECK(last.fields.back() == log_field("suppressed", 9u));
}

CAF_TEST(nobody can answer for another service) {
  start();
  auto pending = call();
  respond({1, std::nullopt, "wrong"}, "impostor");
  CAF_CHECK_EQUAL(status().unexpected, 1u);
  respond({1, std::nullopt, "right"});
  CAF_CHECK(result_of(pending) == "right");
}

CAF_TEST(what is malformed is counted and the next good response works) {
  start();
  auto pending = call();
  caf::anon_send(client, payload_malformed{"calculator", "not CBOR"});
  caf::anon_send(client,
                 message_received{"calculator", rr::request{1, "x", {}}});
  caf::anon_send(client, message_received{"calculator", notification{"x", {}}});
  consume_messages();
  CAF_CHECK_EQUAL(status().malformed, 1u);
  CAF_CHECK_EQUAL(status().unexpected, 2u);
  CAF_CHECK_EQUAL(events->count("Received malformed message"), 1u);
  respond({1, std::nullopt, 3});
  CAF_CHECK(result_of(pending) == 3);
  CAF_CHECK_EQUAL(channel->released, 4u);
}

CAF_TEST(events and errors name a service as text or in hexadecimal) {
  start();
  auto service = std::string{"\x1b[2J"};
  caf::anon_send(client, payload_malformed{service, "not CBOR"});
  caf::anon_send(client, message_received{service, notification{"x", {}}});
  respond({7, std::nullopt, 3}, service);
  consume_messages();
  CAF_REQUIRE_EQUAL(events->events().size(), 3u);
  for (const auto& event : events->events())
    CAF_CHECK((event.fields[0] == log_field{"sender", "1b5b324a"}));
  auto pending = self->request(client, caf::infinite, atom::call_v, service,
                               std::string{"add"}, json_value{json::array()},
                               caf::timespan{1s});
  consume_messages();
  advance_time(1s);
  consume_messages();
  CAF_CHECK_EQUAL(describe(error_of(pending)),
                  "add of 1b5b324a timed out after 1s");
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace remote_client_answers_suite
