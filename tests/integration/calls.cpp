// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE calls

#include <csignal>
#include <memory>
#include <set>

#include "messages/call/remote_call.hpp"
#include "messages/error.hpp"
#include "tests/integration/program.hpp"
#include "tests/support/commands_fixture.hpp"
#include "tests/support/zmq_peer.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace rr::test;
using namespace std::chrono_literals;

namespace calls_suite {
namespace {

struct fixture : commands_fixture {
  program::json null = nullptr;

  fixture() {
    configuration
      = "[router]\nfrontend = [\"ipc://RUNTIME/rpc.sock\"]\n"
        "[log]\nfrontend = [\"ipc://RUNTIME/log-frontend.sock\"]\n"
        "[process.camera]\ncommand = [\"/bin/sleep\", \"1000\"]\n"
        "[process.slow]\ncommand = [\"/bin/sh\", \"-c\", "
        "\"trap '' TERM; echo ready; while :; do sleep 0.05; done\"]\n"
        "terminate-timeout = 1s\n";
  }

  /// What a command prints, as JSON; it must succeed.
  program::json result_of(std::vector<std::string> words) {
    auto tool = run(std::move(words));
    CAF_CHECK_EQUAL(tool->wait(), 0);
    CAF_CHECK_EQUAL(tool->errors(), "");
    return program::json::parse(tool->output(), nullptr, false);
  }

  /// What a command says when it fails with that exit code, in one line.
  std::string failure_of(std::vector<std::string> words, int exit_code) {
    auto tool = run(std::move(words));
    CAF_CHECK_EQUAL(tool->wait(), exit_code);
    CAF_CHECK_EQUAL(tool->output(), "");
    auto text = tool->errors();
    CAF_CHECK_EQUAL(std::count(text.begin(), text.end(), '\n'), 1);
    return text;
  }

  program::json state_of(const std::string& process) {
    auto status = result_of({"call", "status"});
    for (const auto& each : status["processes"])
      if (each["name"] == process)
        return each["state"];
    return nullptr;
  }

  void stop(program& robot) {
    robot.signal(SIGTERM);
    robot.signal(SIGTERM);
    robot.wait();
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(calls_tests, fixture)

CAF_TEST(the broker answers what it is asked) {
  auto robot = start_robot();
  CAF_CHECK_EQUAL(result_of({"call", "ping"}), "pong");
  CAF_CHECK_EQUAL(result_of({"call", "get_option", "\"health_interval\""}), 60);
  CAF_CHECK(result_of({"call", "get_option"}).is_object());
  auto status = result_of({"call", "status"});
  CAF_CHECK_EQUAL(status["name"], "robot");
  CAF_CHECK_EQUAL(status["processes"][0]["name"], "camera");
  auto same = result_of({"status", "--format=json"});
  CAF_CHECK_EQUAL(same["state"], "running");
  stop(*robot);
}

CAF_TEST(what goes wrong in a call is one line and exit code 1) {
  auto robot = start_robot();
  CAF_CHECK(
    contains(failure_of({"call", "nothing"}, 1), "no such method exists"));
  CAF_CHECK(contains(failure_of({"call", "get_option", "\"nope\""}, 1),
                     "no such option"));
  CAF_CHECK(contains(
    failure_of({"call", "ping", "--address=nobody", "--timeout=100ms"}, 1),
    "no service holds the address nobody"));
  stop(*robot);
}

CAF_TEST(a call that no service would take fails at once) {
  auto robot = start_robot();
  auto nested = std::string(40, '[') + std::string(40, ']');
  CAF_CHECK(contains(failure_of({"call", "get_option", nested}, 1),
                     "cannot be sent: args: nesting is too deep"));
  stop(*robot);
}

CAF_TEST(bad usage of a call is one line and exit code 2) {
  CAF_CHECK(contains(failure_of({"call"}, 2), "no method"));
  CAF_CHECK(contains(failure_of({"call", "ping", "nonsense"}, 2), "not JSON"));
  CAF_CHECK(contains(failure_of({"call", "ping", "--timeout=soon"}, 2),
                     "expected a duration"));
  CAF_CHECK(contains(failure_of({"call", "--adress=x", "ping"}, 2),
                     "did you mean \"address\"?"));
  for (auto words : {std::vector<std::string>{"caf\xe9"},
                     {"caf\xe9", "--notification"},
                     {"ping", "\"caf\xe9\""},
                     {"ping", "--address=caf\xe9"}}) {
    words.insert(words.begin(), "call");
    CAF_CHECK(contains(failure_of(words, 2), "caf\\xe9"));
  }
}

CAF_TEST(what a terminal would obey is shown and not obeyed) {
  CAF_CHECK(contains(failure_of({"call", "ping", "\x1b[31m"}, 2),
                     "call: \\x1b[31m is not JSON"));
  auto robot = start_robot();
  CAF_CHECK(contains(failure_of({"call", "\x1b[31m"}, 1),
                     "robot-runtime: \\x1b[31m: "));
  stop(*robot);
}

CAF_TEST(without a runtime the address that was tried is told) {
  for (const auto& words :
       {std::vector<std::string>{"call", "ping"}, {"status"}, {"estop"}})
    CAF_CHECK(contains(failure_of(words, 1),
                       (folder.path() / "run/rpc.sock").string()));
}

CAF_TEST(a process is stopped and started and restarted by name) {
  auto robot = start_robot();
  auto stopped = result_of({"call", "stop_process", "\"camera\""});
  CAF_CHECK_EQUAL(stopped["state"], "exited");
  CAF_CHECK_EQUAL(stopped["last_exit"], -15);
  CAF_CHECK_EQUAL(stopped["pid"], null);
  auto started = result_of({"call", "start_process", "\"camera\""});
  CAF_CHECK_EQUAL(started["state"], "running");
  auto anew = result_of({"call", "restart_process", "\"camera\""});
  CAF_CHECK_EQUAL(anew["restarts"], 2);
  CAF_CHECK(contains(failure_of({"call", "start_process", "\"cam\""}, 1),
                     "no process is named cam"));
  stop(*robot);
}

CAF_TEST(twenty calls at once and a slow one each get their own answer) {
  auto robot = start_robot();
  auto slow = run({"call", "stop_process", "\"slow\""});
  std::vector<std::unique_ptr<program>> tools;
  for (auto i = 0; i < 19; ++i)
    tools.push_back(run({"call", "get_option",
                         i % 2 == 0 ? "\"router_queue\"" : "\"log_level\""}));
  for (size_t i = 0; i < tools.size(); ++i) {
    CAF_CHECK_EQUAL(tools[i]->wait(), 0);
    CAF_CHECK_EQUAL(tools[i]->output(), i % 2 == 0 ? "100000\n" : "\"info\"\n");
  }
  CAF_CHECK_EQUAL(slow->wait(), 0);
  auto killed = program::json::parse(slow->output());
  CAF_CHECK_EQUAL(killed["last_exit"], -9);
  stop(*robot);
}

CAF_TEST(a stop that comes while a restart ends the process counts) {
  configuration += "[process.a]\ncommand = [\"/bin/sh\", \"-c\", \"trap 'echo "
                   "ending; sleep 1; exit 0' TERM; echo listening; while :; do "
                   "sleep 0.05; done\"]\nterminate-timeout = 20s\n";
  auto robot = start_robot();
  CAF_REQUIRE(!robot->wait_for_event("listening").is_null());
  auto restart = run({"call", "restart_process", "\"a\"", "--timeout=20s"});
  CAF_REQUIRE(!robot->wait_for_event("ending").is_null());
  auto stopped = result_of({"call", "stop_process", "\"a\"", "--timeout=20s"});
  CAF_CHECK_EQUAL(stopped["state"], "exited");
  CAF_CHECK_EQUAL(restart->wait(), 0);
  auto restarted = program::json::parse(restart->output(), nullptr, false);
  CAF_CHECK_EQUAL(restarted["state"], "running");
  CAF_CHECK_EQUAL(state_of("a"), "exited");
  stop(*robot);
}

CAF_TEST(of a thousand orders at once the last one counts) {
  auto robot = start_robot();
  zmq::context_t context;
  for (auto last : {"stop_process", "restart_process"}) {
    zmq_peer caller{context, "ipc://" + folder.file("run/rpc.sock"),
                    std::string{"caller-"} + last};
    constexpr auto count = uint32_t{1000};
    const char* orders[] = {"start_process", "restart_process", "stop_process"};
    for (uint32_t i = 0; i < count; ++i) {
      auto method = i + 1 == count ? last : orders[i * i % 7 % 3];
      auto payload = encode(rr::request{i, method, {"camera"}});
      CAF_REQUIRE(caller.send(
        {"broker-service", std::string{payload.begin(), payload.end()}}));
    }
    std::set<uint32_t> answered;
    program::json status;
    while (answered.size() < count) {
      auto message = caller.receive(20s);
      CAF_REQUIRE_EQUAL(message.size(), 2u);
      auto answer = decode(std::as_bytes(std::span{message[1]}), {});
      CAF_REQUIRE(answer);
      auto& response = std::get<rr::response>(*answer);
      answered.insert(response.id);
      if (response.id == count - 1)
        status = response.result;
    }
    auto expected = last == std::string{"stop_process"} ? "exited" : "running";
    CAF_CHECK_EQUAL(status["state"], expected);
    CAF_CHECK_EQUAL(state_of("camera"), expected);
  }
  stop(*robot);
}

CAF_TEST(ping and the stop are quick while orders wait) {
  auto patient = configuration.find("1s\n");
  configuration.replace(patient, 2, "60s");
  auto robot = start_robot();
  std::vector<std::unique_ptr<program>> callers;
  for (auto i = 0; i < 3; ++i)
    callers.push_back(run({"call", "stop_process", "\"slow\""}));
  // One is carried out, one waits, one has been made void.
  CAF_CHECK(eventually([&] { return state_of("slow") == "terminating"; }));
  auto before = std::chrono::steady_clock::now();
  CAF_CHECK_EQUAL(result_of({"call", "ping"}), "pong");
  CAF_CHECK_EQUAL(run({"estop"})->wait(), 0);
  CAF_CHECK_EQUAL(robot->wait(), 255);
  CAF_CHECK(std::chrono::steady_clock::now() - before
            < std::chrono::seconds{4});
  CAF_CHECK(robot->wait_until_nothing_is_left());
}

CAF_TEST(an order about one process waits for none about another) {
  auto patient = configuration.find("1s\n");
  configuration.replace(patient, 2, "60s");
  configuration += "[service]\nworkers = 1\n";
  auto robot = start_robot();
  auto slow = run({"call", "stop_process", "\"slow\""});
  CAF_CHECK(eventually([&] { return state_of("slow") == "terminating"; }));
  auto stopped = result_of({"call", "stop_process", "\"camera\""});
  CAF_CHECK_EQUAL(stopped["state"], "exited");
  CAF_CHECK_EQUAL(run({"estop"})->wait(), 0);
  CAF_CHECK_EQUAL(robot->wait(), 255);
}

CAF_TEST(an emergency stop from the command line stops the robot) {
  auto robot = start_robot();
  auto tool = run({"estop", "--reason=too hot"});
  CAF_CHECK_EQUAL(tool->wait(), 0);
  CAF_CHECK_EQUAL(robot->wait(), 255);
  auto event = robot->wait_for_event("Received emergency stop");
  CAF_REQUIRE(!event.is_null());
  CAF_CHECK_EQUAL(event["cause"], "too hot");
  CAF_CHECK(robot->wait_until_nothing_is_left());
}

CAF_TEST(a stop for a reason that is no UTF - 8 is a stop) {
  auto robot = start_robot();
  auto tool = run({"estop", "--reason=caf\xe9"});
  CAF_CHECK_EQUAL(tool->wait(), 0);
  CAF_CHECK_EQUAL(robot->wait(), 255);
  auto event = robot->wait_for_event("Received emergency stop");
  CAF_REQUIRE(!event.is_null());
  CAF_CHECK_EQUAL(event["cause"], "caf\\xe9");
}

CAF_TEST(a stop is answered although nothing holds it up) {
  configuration.erase(configuration.find("[process.camera]"));
  for (auto round = 0; round < 10; ++round) {
    auto robot = run({"run", "--emergency-stop.latch=false"});
    auto broker = robot->wait_for_event("Router connected to endpoint");
    CAF_REQUIRE(!broker.is_null());
    auto tool = run({"estop"});
    CAF_CHECK_EQUAL(tool->wait(), 0);
    CAF_CHECK_EQUAL(tool->errors(), "");
    CAF_CHECK_EQUAL(robot->wait(), 255);
  }
}

CAF_TEST(nobody knows beforehand what a peer without a name is called) {
  std::set<std::string> names;
  for (auto round = 0; round < 2; ++round) {
    auto robot = start_robot();
    zmq::context_t context;
    zmq_peer caller{context, "ipc://" + folder.file("run/rpc.sock")};
    CAF_REQUIRE(caller.send({"nobody", "x"}));
    auto event = robot->wait_for_event("Router failed to route message");
    CAF_REQUIRE(!event.is_null());
    names.insert(event["sender_id"].get<std::string>());
    stop(*robot);
  }
  CAF_CHECK_EQUAL(names.size(), 2u);
}

CAF_TEST(an address in use is an error of the start) {
  auto robot = start_robot();
  program second{
    {"run",
     "--application.runtime-directory=" + (folder.path() / "other").string(),
     "--log.frontend=ipc://RUNTIME/log-frontend.sock",
     "--router.frontend=ipc://" + (folder.path() / "run/rpc.sock").string()}};
  CAF_CHECK_EQUAL(second.wait(), 1);
  CAF_CHECK(contains(second.errors(), "cannot bind ipc://"));
  CAF_CHECK_EQUAL(result_of({"call", "ping"}), "pong");
  stop(*robot);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace calls_suite
