// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE process_commands

#include <chrono>
#include <cstring>
#include <memory>

#include "tests/integration/program.hpp"
#include "tests/support/commands_fixture.hpp"
#include "tests/support/zmq_peer.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace rr::test;
using namespace std::chrono_literals;

namespace process_commands_suite {
namespace {

using clock_type = std::chrono::steady_clock;

} // namespace

CAF_TEST_FIXTURE_SCOPE(process_commands_tests, commands_fixture)

CAF_TEST(an address that nobody holds is told at once) {
  auto robot = start_robot();
  auto before = clock_type::now();
  auto tool = run({"call", "ping", "--address=nobody", "--timeout=60s"});
  CAF_CHECK_EQUAL(tool->wait(), 1);
  CAF_CHECK(clock_type::now() - before < 20s);
  CAF_CHECK_EQUAL(tool->errors(), "robot-runtime: ping: no service holds the "
                                  "address nobody; robot-runtime call "
                                  "list_services tells who is there\n");
  auto event = robot->wait_for_event("Router failed to route message");
  CAF_REQUIRE(!event.is_null());
  CAF_CHECK_EQUAL(event["recipient_id"], "nobody");
  CAF_CHECK(contains(event["sender_id"], "robot-cli-"));
  stop(*robot);
}

CAF_TEST(the services that are connected are listed while they are) {
  auto robot = start_robot();
  zmq::context_t context;
  auto backend = folder.ipc("run/service.sock");
  auto listed = [&](const std::string& identity) {
    auto tool = run({"call", "list_services"});
    CAF_CHECK_EQUAL(tool->wait(), 0);
    auto all = program::json::parse(tool->output(), nullptr, false);
    CAF_REQUIRE(all.is_array());
    for (const auto& each : all)
      if (each["identity"] == identity)
        return each["since"].get<std::string>().size() > 20;
    return false;
  };
  CAF_CHECK(listed("broker-service"));
  {
    zmq_peer arm{context, backend, "arm-service"};
    CAF_CHECK(eventually([&] { return listed("arm-service"); }));
  }
  CAF_CHECK(eventually([&] { return !listed("arm-service"); }));
  CAF_CHECK(listed("broker-service"));
  // One that has not introduced itself is called all the same.
  zmq_peer shy{context, backend, "shy-service", {.probe = false}};
  std::unique_ptr<program> tool;
  frames request;
  CAF_REQUIRE(eventually([&] {
    tool = run({"call", "ping", "--address=shy-service", "--timeout=1s"});
    request = shy.receive(500ms);
    return request.size() == 2;
  }));
  CAF_CHECK_EQUAL(tool->wait(), 1);
  CAF_CHECK(contains(tool->errors(), "no answer from shy-service"));
  stop(*robot);
}

CAF_TEST(what is no answer is told with whose it is) {
  auto robot = start_robot();
  zmq::context_t context;
  zmq_peer arm{context, folder.ipc("run/service.sock"), "arm-service"};
  std::unique_ptr<program> tool;
  frames request;
  CAF_REQUIRE(eventually([&] {
    tool = run({"call", "ping", "--address=arm-service"});
    request = arm.receive(500ms);
    return request.size() == 2;
  }));
  CAF_REQUIRE(arm.send({request[0], "\xff"}));
  CAF_CHECK_EQUAL(tool->wait(), 1);
  CAF_CHECK(contains(tool->errors(), "ping: the answer of arm-service is no "
                                     "answer: malformed CBOR at byte 0: "));
  stop(*robot);
}

CAF_TEST(a process is stopped and started and restarted by a command) {
  auto robot = start_robot();
  auto order = [&](const std::string& what) {
    auto tool = run({what, "camera"});
    CAF_CHECK_EQUAL(tool->wait(), 0);
    CAF_CHECK_EQUAL(tool->errors(), "");
    return program::json::parse(tool->output(), nullptr, false);
  };
  auto stopped = order("stop");
  CAF_CHECK_EQUAL(stopped["state"], "exited");
  auto started = order("start");
  CAF_CHECK_EQUAL(started["state"], "running");
  auto restarted = order("restart");
  CAF_CHECK_EQUAL(restarted["restarts"], 2);
  auto wrong = run({"start", "cam"});
  CAF_CHECK_EQUAL(wrong->wait(), 1);
  CAF_CHECK(contains(wrong->errors(), "no process is named cam"));
  CAF_CHECK_EQUAL(run({"restart"})->wait(), 2);
  stop(*robot);
}

CAF_TEST(a stop that names anything is no stop of the robot) {
  auto robot = start_robot();
  for (auto words : {std::vector<std::string>{"stop", "cam"},
                     {"stop", ""},
                     {"stop", "--", "cam"},
                     {"stop", "--", "--cam"}}) {
    // All of the configuration's options stand before the name.
    auto all = arguments({"stop"});
    all.insert(all.end(), words.begin() + 1, words.end());
    program tool{all};
    CAF_CHECK_EQUAL(tool.wait(), 1);
    CAF_CHECK(contains(tool.errors(), "no process is named"));
  }
  CAF_CHECK_EQUAL(run({"stop", "--timeout", "5s"})->wait(), 2);
  CAF_CHECK_EQUAL(run({"call", "ping"})->wait(), 0);
  stop(*robot);
}

CAF_TEST(what belongs to an option is no name of a process) {
  auto robot = start_robot();
  auto all = arguments({"stop"});
  auto file = all[1].substr(all[1].find('=') + 1);
  all[1] = "--config-file";
  all.insert(all.begin() + 2, file);
  program tool{all};
  CAF_CHECK_EQUAL(tool.wait(), 0);
  CAF_CHECK_EQUAL(tool.errors(), "");
  CAF_CHECK_EQUAL(robot->wait(), 0);
}

CAF_TEST(stop without a name stops the robot in order) {
  auto robot = start_robot();
  CAF_CHECK_EQUAL(run({"stop"})->wait(), 0);
  CAF_CHECK_EQUAL(robot->wait(), 0);
  auto event = robot->wait_for_event("Application is exiting");
  CAF_CHECK(contains(event["reason"], "remote call by robot-cli-"));
  CAF_CHECK_EQUAL(robot->count("Terminated process"), 1u);
  CAF_CHECK(robot->wait_until_nothing_is_left());
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace process_commands_suite
