// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE broker

#include "app/runtime/broker.hpp"

#include <algorithm>

#include "actors/remote_service.hpp"
#include "tests/support/fake_channel.hpp"

#include "tests/support/application_fixture.hpp"

using namespace rr;

namespace broker_suite {
namespace {

/// The broker's service of an Application with one process that runs.
struct fixture : application_fixture {
  std::shared_ptr<channel_record> channel = std::make_shared<channel_record>();
  remote_service_actor service;

  fixture() {
    process("camera");
    start();
    started("camera");
    broker_context context;
    context.root = app;
    context.cord = &cord;
    service = sys.spawn(remote_service, remote_service_settings{},
                        broker_methods(std::move(context)),
                        std::shared_ptr<job_runner>{}, open_fake(channel), log);
    sched.run();
  }

  ~fixture() override {
    self->send_exit(service, caf::exit_reason::user_shutdown);
    sched.run();
    service = nullptr;
  }

  void call(uint32_t id, std::string method) {
    caf::anon_send(service,
                   message_received{
                     "alice", rr::request{id, std::move(method), {"camera"}}});
  }

  /// The state of the process that the next answer tells.
  std::pair<uint32_t, std::string> answer() {
    auto [caller, message] = channel->take<response>();
    return {message.id, message.result.value("state", "none")};
  }
};

/// The same with nothing but a stop cord.
struct emergency_fixture : actor_fixture {
  stop_cord cord;
  std::vector<stop_cause> causes;
  method_table methods;

  emergency_fixture() {
    cord.observe(
      [this](const stop_cord_pulled& fact) { causes.push_back(fact.cause); });
    broker_context context;
    context.cord = &cord;
    methods = broker_methods(std::move(context));
  }

  std::string cause_of(const json& args, const std::string& caller) {
    const auto& stop = methods.at("emergency_stop");
    std::get<remote_method::caller_function>(stop.run)(args, caller);
    CAF_REQUIRE_EQUAL(causes.size(), 1u);
    return causes[0].cause;
  }
};

using numbered_state = std::pair<uint32_t, std::string>;

} // namespace

CAF_TEST_FIXTURE_SCOPE(broker_tests, fixture)

CAF_TEST(orders reach a process as they came whoever has the processor) {
  call(1, "restart_process");
  call(2, "stop_process");
  while (sched.prioritize(service))
    sched.run_once();
  std::reverse(sched.jobs.begin(), sched.jobs.end());
  sched.run();
  terminated("camera");
  started("camera");
  CAF_CHECK((answer() == numbered_state{1, "running"}));
  terminated("camera");
  CAF_CHECK((answer() == numbered_state{2, "exited"}));
  CAF_CHECK_EQUAL(starter.started.size(), 2u);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(broker_emergency_tests, emergency_fixture)

CAF_TEST(the reason of an emergency stop is cut between two characters) {
  auto reason = std::string(1023, 'x');
  CAF_CHECK_EQUAL(cause_of({reason + "\xe2\x82\xac"}, "alice"), reason);
}

CAF_TEST(an emergency stop without a reason names its caller for people) {
  CAF_CHECK_EQUAL(cause_of(json::array(), "\x1b[2J"),
                  "remote call by 1b5b324a");
}

CAF_TEST(a reason that says nothing is none) {
  CAF_CHECK_EQUAL(cause_of({""}, "alice"), "remote call by alice");
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST(an option is known by its name in the Python runtime) {
  broker_context context;
  context.options = options_as_json(options::read(
    {"--health.interval=90s", "--control.address=udp://127.0.0.1:9",
     "--service.options={ LINGER = 5 }"},
    {{"HOME", "/nowhere"}}));
  auto all = context.options;
  auto methods = broker_methods(std::move(context));
  auto get = [&](const json& args) {
    const auto& method = methods.at("get_option");
    auto result = std::get<remote_method::caller_function>(method.run)(args,
                                                                       "alice");
    return result ? *result : json("error: " + describe(result.error()));
  };
  for (auto [name, own] : std::map<std::string, std::string>{
         {"router_frontend", "router_frontend"},
         {"router_backend", "router_backend"},
         {"log_frontend", "log_frontend"},
         {"log_backend", "log_backend"},
         {"log_level", "log_level"},
         {"log_format", "log_format"},
         {"control_addr", "control_address"},
         {"update_addr", "update_address"},
         {"update_interval", "update_interval"},
         {"dev_catalog", "device_catalog"},
         {"dev_name", "device_names"},
         {"dev_names", "device_names"},
         {"client_option", "client_options"},
         {"service_option", "service_options"},
         {"service_workers", "service_workers"},
         {"service_timeout", "service_timeout"},
         {"thread_pool_workers", "application_thread_pool_workers"},
         {"health_check_interval", "health_interval"},
         {"debug", "application_debug"},
       }) {
    CAF_MESSAGE(name);
    CAF_REQUIRE(all.contains(own));
    CAF_CHECK(get({name}) == all[own]);
  }
  CAF_CHECK_EQUAL(get({"control_addr"}), "udp://127.0.0.1:9");
  CAF_CHECK_EQUAL(get({"health_check_interval"}), 90);
  CAF_CHECK(get({"service_option"}) == json({{"LINGER", 5}}));
  // The map of all has each of them once.
  CAF_CHECK(get(json::array()) == all);
  CAF_CHECK(!all.contains("control_addr"));
  CAF_CHECK(get({"exec_module"}).is_string());
  CAF_CHECK(get({""}).get<std::string>().starts_with("error: "));
}

} // namespace broker_suite
