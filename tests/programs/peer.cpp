// SPDX-License-Identifier: BSD-3-Clause

// A program on the Application, for tests. Its arguments say what it picks; it
// prints what happens, a line each.

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <thread>

#include "app/peer/peer.hpp"

namespace {

using namespace std::chrono_literals;

using rr::json;
using rr::remote_method;

void say(const std::string& line) {
  std::puts(line.c_str());
  std::fflush(stdout);
}

std::string text_of(const caf::expected<json>& answer) {
  return answer ? answer->dump() : rr::describe(answer.error());
}

std::atomic<bool> hanging{false};

rr::method_table methods() {
  auto echo = [](const json& args) -> caf::expected<json> { return args; };
  auto hang = [](const json&) -> caf::expected<json> {
    say("hanging");
    hanging = true;
    std::this_thread::sleep_for(1h);
    return json{};
  };
  auto latin = [](const json&) -> caf::expected<json> {
    return json("caf\xe9");
  };
  return {
    {"latin", remote_method::at_once({}, latin)},
    {"echo", remote_method::at_once({0, 9}, echo)},
    {"hang", remote_method::at_once({}, hang)},
    {"hang_on_worker", remote_method::on_worker({}, hang)},
  };
}

rr::method_table asking_methods(const rr::remote_caller& client) {
  auto ask = [client](const json&) {
    return client.call_and_wait("robot-service", "echo", {1});
  };
  auto result = methods();
  result.emplace("ask", remote_method::at_once({}, ask));
  result.emplace("ask_on_worker", remote_method::on_worker({}, ask));
  return result;
}

caf::error emergency() {
  return caf::make_error(rr::ec::emergency_stop, std::string{"too hot"});
}

void pick(rr::peer& p, const std::string& what) {
  if (what == "serve")
    p.serve(methods());
  else if (what == "serve-asking")
    p.serve(asking_methods(p.client()));
  else if (what == "route")
    p.route();
  else if (what == "call")
    p.spin_on_worker(50ms, [client = p.client()] {
      say("answer: "
          + text_of(client.call_and_wait("python-service", "echo", {1, "x"})));
      return caf::error{};
    });
  else if (what == "spin-call")
    p.spin(50ms, [client = p.client()] {
      say("answer: "
          + text_of(client.call_and_wait("python-service", "echo", {1})));
      return caf::error{};
    });
  else if (what == "spin-emergency")
    p.spin(10ms, emergency);
  else if (what == "spin-failure")
    p.spin(10ms, [] {
      return caf::make_error(rr::ec::system_error, std::string{"no sensor"});
    });
  else if (what == "say")
    p.spin(50ms, [&p] {
      p.log().error("sensor read", {{"celsius", 41}});
      return caf::error{};
    });
  else if (what == "publish") {
    p.publish_log();
    p.publish_log();
    p.spin(50ms, [&p] {
      p.log().info("sensor read", {{"celsius", 41}});
      return caf::error{};
    });
  } else if (what == "spin-never")
    p.spin(0ms, [] { return caf::error{}; });
  else if (what == "emergency")
    p.emergency_stop("at once");
  else if (what == "emergency-soon")
    p.spin(10ms, [&p] {
      p.emergency_stop("soon");
      return caf::error{};
    });
  else if (what == "emergency-when-it-hangs")
    p.spin(10ms, [&p] {
      if (hanging)
        p.emergency_stop("hangs");
      return caf::error{};
    });
  else if (what == "stop")
    p.stop("nothing to do");
  else if (what == "throw")
    throw std::runtime_error{"no motor"};
  else if (what == "outlive")
    p.client().call("nobody-service", "echo", {},
                    [](caf::expected<json> x) { say("late: " + text_of(x)); });
}

} // namespace

int main(int argc, char** argv) {
  auto result = rr::run_peer(argc, argv, [](rr::peer& p) -> caf::error {
    for (const auto& what : p.arguments()) {
      if (what == "fail")
        return rr::system_error("cannot open /dev/motor", ENOENT);
      pick(p, what);
    }
    say("set up");
    return {};
  });
  say("returned");
  return result;
}
