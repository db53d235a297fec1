// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE emergency_calls

#include "actors/remote_client.hpp"
#include "actors/remote_service.hpp"
#include "tests/support/fake_channel.hpp"
#include "tests/support/fake_workers.hpp"

#include "tests/support/application_fixture.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace emergency_calls_suite {
namespace {

/// An Application with a client, and a service with workers, each of which has
/// calls in flight.
struct fixture : application_fixture {
  std::shared_ptr<channel_record> asking = std::make_shared<channel_record>();
  std::shared_ptr<channel_record> serving = std::make_shared<channel_record>();
  std::shared_ptr<fake_workers> threads = std::make_shared<fake_workers>();
  std::vector<call_promise> promises;
  remote_client_actor client;
  remote_service_actor service;

  fixture() {
    settings.resources = resources();
    start();
    for (uint32_t id = 1; id <= 7; ++id)
      caf::anon_send(service,
                     message_received{"alice",
                                      rr::request{id, id % 2 ? "wait" : "block",
                                                  json::array()}});
    sched.run();
    CAF_REQUIRE_EQUAL(promises.size(), 3u);
    CAF_REQUIRE_EQUAL(threads->jobs.size(), 2u);
  }

  ~fixture() override {
    promises.clear();
    threads->jobs.clear();
    client = nullptr;
    service = nullptr;
  }

  std::vector<resource_settings> resources() {
    using parent = caf::local_actor*;
    return {
      {"service", stop_stage::services,
       [this](parent owner, const application_actor&) {
         service = owner->spawn(remote_service,
                                remote_service_settings{5, 30s, {}}, methods(),
                                threads, open_fake(serving), log);
         return caf::actor_cast<caf::actor>(service);
       }},
      {"client", stop_stage::services,
       [this](parent owner, const application_actor&) {
         client = owner->spawn(remote_client, remote_client_settings{},
                               open_fake(asking), log);
         return caf::actor_cast<caf::actor>(client);
       }},
    };
  }

  method_table methods() {
    method_table result;
    auto none = argument_count::exactly(0);
    result.emplace("wait",
                   remote_method::later(none, [this](json, call_promise x) {
                     promises.push_back(std::move(x));
                   }));
    result.emplace("block", remote_method::on_worker(
                              none, [](const json&) -> caf::expected<json> {
                                return json("done");
                              }));
    return result;
  }

  auto call(const std::string& method) {
    auto pending = self->request(client, caf::infinite, atom::call_v,
                                 std::string{"calculator"}, method,
                                 json_value{json::array()}, caf::timespan{1h});
    sched.run();
    return pending;
  }

  template <class Pending>
  caf::error error_of(Pending& pending) {
    caf::error result;
    pending.receive([](const json_value&) { CAF_FAIL("an answer"); },
                    [&](caf::error& what) { result = std::move(what); });
    return result;
  }

  /// @param raise what stops the robot.
  template <class Raise>
  void check_stop(Raise raise) {
    auto first = call("add");
    auto second = call("subtract");
    CAF_CHECK_EQUAL(asking->sent.size(), 2u);
    raise();
    sched.run();
    CAF_CHECK(error_of(first) == ec::client_ended);
    CAF_CHECK(error_of(second) == ec::client_ended);
    CAF_CHECK(!asking->open);
    CAF_CHECK(!serving->open);
    auto reason = end_of(app->address());
    CAF_CHECK(reason == ec::emergency_stop);
    CAF_CHECK_EQUAL(exit_code_of(reason, 255), 255);
    CAF_CHECK_EQUAL(events->count("Received emergency stop"), 1u);
    CAF_CHECK_EQUAL(events->count("Application is exiting"), 1u);
    // What the methods answer now goes nowhere.
    for (auto& promise : promises)
      promise.answer("too late");
    threads->do_all();
    sched.run();
    CAF_CHECK(serving->sent.empty());
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(emergency_calls_tests, fixture)

CAF_TEST(the cord ends calls in flight with an error and the robot with 255) {
  check_stop([this] { cord.pull({"", "operator", 255}); });
}

CAF_TEST(a service that raises an emergency stop ends all calls in flight) {
  check_stop([this] {
    self->send_exit(service, caf::make_error(ec::emergency_stop, "hot"));
  });
}

CAF_TEST(a client that raises an emergency stop ends all calls in flight) {
  check_stop([this] {
    self->send_exit(client, caf::make_error(ec::emergency_stop, "hot"));
  });
}

CAF_TEST(an emergency stop from elsewhere ends all calls in flight) {
  check_stop([this] {
    self->send_exit(app, caf::make_error(ec::emergency_stop, "hot"));
  });
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace emergency_calls_suite
