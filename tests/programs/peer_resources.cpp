// SPDX-License-Identifier: BSD-3-Clause

// A program on the public header alone, for tests: its arguments say which
// resources it picks; it prints what happens, a line each.

#include <atomic>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>

#include <caf/event_based_actor.hpp>

#include "app/peer/peer.hpp"

namespace {

using namespace std::chrono_literals;

using rr::json;
using rr::remote_method;
using rr::remote_node;

void say(const std::string& line) {
  std::puts(line.c_str());
  std::fflush(stdout);
}

std::string text_of(const caf::expected<json>& answer) {
  return answer ? answer->dump() : rr::describe(answer.error());
}

rr::method_table methods(const std::string& who) {
  auto say_it = [who](const json& args, const std::string& caller) {
    say(who + " heard " + args.dump() + " from " + caller);
    return caf::expected<json>{json(who)};
  };
  return {{"say", remote_method::at_once({0, 9}, say_it)}};
}

/// Calls until there is an answer, once.
void call_once(rr::peer& p, const remote_node& node, const std::string& whom) {
  auto done = std::make_shared<std::atomic<bool>>(false);
  auto client = p.client(node).with_timeout(200ms);
  p.spin_on_worker(50ms, [=] {
    if (!*done) {
      auto answer = client.call_and_wait(whom, "say", {1});
      say("answer: " + text_of(answer));
      *done = answer.engaged();
    }
    return caf::error{};
  });
}

/// Calls a function every now and then until it returns true, then stops.
void stop_when(rr::peer& p, std::function<bool()> done) {
  p.spin_on_worker(20ms, [&p, done = std::move(done)] {
    if (done())
      p.stop("done");
    return caf::error{};
  });
}

void pick_calls(rr::peer& p, const std::string& what,
                const std::string& where) {
  if (what == "two-services") {
    p.serve(methods("one"));
    p.serve(methods("two"), remote_node::named("two"));
  } else if (what == "same-service") {
    p.serve(methods("two"), remote_node::named("two"));
    p.serve(methods("two"), remote_node::named("two"));
  } else if (what == "two-clients") {
    call_once(p, {}, "robot-service");
    call_once(p, remote_node::named("second"), "two");
  } else if (what == "dealer") {
    call_once(p, remote_node::dealer(where, "guest"), "two");
  } else if (what == "publish") {
    auto news = p.client(remote_node::publisher(where));
    p.spin(20ms, [news] {
      news.notify("", "say", {"news"});
      return caf::error{};
    });
    call_once(p, remote_node::publisher(where), "");
  } else if (what == "subscribe") {
    p.serve(methods("listener"),
            remote_node::subscriber(where, {"say"}).bound());
  } else if (what == "udp-service") {
    p.serve(methods("datagram"), remote_node::udp(where).bound());
  } else if (what == "udp-client") {
    call_once(p, remote_node::udp(where), "");
  }
}

void pick_log(rr::peer& p, const std::string& what) {
  auto hear = [](rr::log_level, const json& event) {
    say("heard " + event["level"].get<std::string>() + " "
        + event["event"].get<std::string>());
  };
  if (what == "log") {
    auto log = p.subscribe_log(rr::log_level::warning, hear, p.worker());
    p.spin_on_worker(50ms, [log] {
      auto now = log.status();
      if (now)
        say("received " + std::to_string(now->received) + ", malformed "
            + std::to_string(now->malformed));
      return caf::error{};
    });
  } else if (what == "log-throws") {
    p.subscribe_log(rr::log_level::info, [](rr::log_level, const json&) {
      throw std::runtime_error{"no pager"};
    });
  } else if (what == "forward") {
    p.forward_log();
  }
}

void pick_devices(rr::peer& p, const std::string& what) {
  if (what == "updates") {
    auto seen = std::make_shared<std::atomic<int>>(0);
    auto updates = p.subscribe_updates(
      [seen](const std::string&, const rr::device_update& update) {
        for (const auto& each : update)
          say("update " + each.uid + " " + each.values.dump());
        ++*seen;
      },
      p.worker());
    p.spin_on_worker(20ms, [=] {
      if (auto now = updates.status(); now && now->malformed > 0)
        say("malformed " + std::to_string(now->malformed));
      return caf::error{};
    });
  } else if (what == "publish-updates") {
    p.publish_updates([] {
      return rr::device_update{{"61", json{{"speed", 0.5}}}};
    });
  } else if (what == "buffers") {
    auto devices = p.buffers();
    p.spin(20ms, [&p, devices]() -> caf::error {
      auto motor = devices.open("left-motor");
      if (!motor)
        return motor.error();
      if (auto set = motor->set("speed", 2.5); !set)
        return set.error();
      say("speed " + motor->get("speed")->dump() + ", "
          + std::to_string(devices.valid().size()) + " valid, unknown: "
          + rr::describe(devices.open("right-motor").error()));
      p.stop("done");
      return {};
    });
  }
}

void pick_control(rr::peer& p, const std::string& what) {
  if (what == "drive") {
    auto driver
      = p.drive({.rate = 100, .heard = [](const rr::control_answer& answer) {
                   say("robot: " + describe(answer));
                 }});
    rr::gamepad_input input;
    input.axes = {0.0, 0.5, 0.0, 0.0};
    input.buttons = 5;
    if (auto wrong = driver.send(input))
      say("wrong: " + rr::describe(wrong));
    input.axes[0] = 7.0;
    say("refused: " + rr::describe(driver.send(input)));
  } else if (what == "send-once") {
    stop_when(p, [&p] {
      rr::gamepad_input input;
      input.index = 2;
      input.axes[0] = 1.0;
      auto failed = p.send_gamepads({input});
      input.index = 16;
      say("sent: " + rr::describe(failed) + "; "
          + rr::describe(p.send_gamepads({input})));
      return !failed;
    });
  } else if (what == "receive") {
    auto control = p.receive_control(
      [](uint8_t index, const rr::gamepad_state& pad, bool connected) {
        say("gamepad " + std::to_string(index) + " "
            + (connected ? "at " : "gone at ") + std::to_string(pad.axes[1])
            + " " + std::to_string(pad.buttons));
      },
      p.worker());
    p.spin_on_worker(20ms, [=, told = false]() mutable {
      if (auto now = control.status(); now && !now->driver.empty() && !told) {
        told = true;
        say("driver " + now->driver);
      }
      return caf::error{};
    });
  }
}

/// Ends by itself after so many messages to itself.
caf::behavior countdown(caf::event_based_actor* self, int count) {
  self->send(self, count);
  return {[self](int left) {
    say("countdown " + std::to_string(left));
    if (left == 0)
      self->quit();
    else
      self->send(self, left - 1);
  }};
}

caf::behavior failing(caf::event_based_actor* self) {
  self->send(self, 0);
  return {[self](int) {
    self->quit(caf::make_error(rr::ec::emergency_stop, std::string{"hot"}));
  }};
}

template <class... Arguments>
void own(rr::peer& p, Arguments... arguments) {
  p.own("my actor", rr::stop_stage::services,
        [=](caf::local_actor* parent) { return parent->spawn(arguments...); });
}

void pick_others(rr::peer& p, const std::string& what,
                 const std::vector<std::string>& command) {
  if (what == "own") {
    own(p, countdown, 2);
  } else if (what == "own-emergency") {
    own(p, failing);
  } else if (what == "supervise" || what == "supervise-ignored") {
    auto ignored = what == "supervise-ignored";
    auto child
      = p.supervise({.name = "child",
                     .command = command,
                     .on_failure = ignored ? rr::robot_reaction::ignore
                                           : rr::robot_reaction::stop});
  } else if (what == "supervise-and-end") {
    auto child = p.supervise({.name = "child", .command = command});
    p.spin_on_worker(20ms, [&p, child] {
      auto now = p.health();
      if (now && now->process_count == 1) {
        say("one child");
        child.end();
      }
      return caf::error{};
    });
  } else if (what == "supervise-nothing") {
    p.supervise({.name = "child"});
  } else if (what == "spin-and-end") {
    auto count = std::make_shared<std::atomic<int>>(0);
    auto ticks = std::make_shared<rr::peer_resource>();
    *ticks = p.spin(10ms, [=] {
      say("tick " + std::to_string(++*count));
      if (*count == 3)
        ticks->end();
      return caf::error{};
    });
    p.spin(300ms, [&p, first = true]() mutable {
      if (!first)
        p.stop("done");
      first = false;
      return caf::error{};
    });
  } else if (what == "never") {
    p.spin([] {
       say("never");
       return caf::error{};
     })
      .end();
  } else if (what == "slowly") {
    p.spin([] {
      say("at once");
      return caf::error{};
    });
  } else if (what == "health") {
    stop_when(p, [&p] {
      auto now = p.health();
      say("health " + std::to_string(now->thread_count > 3) + " "
          + std::to_string(now->actor_count > 1) + " "
          + std::to_string(now->resident_kib > 1000));
      return true;
    });
  }
}

} // namespace

int main(int argc, char** argv) {
  return rr::run_peer(argc, argv, [](rr::peer& p) {
    auto words = p.arguments();
    // PICK[=ADDRESS]..., and after `--` the command of a child.
    auto end = std::find(words.begin(), words.end(), "--");
    std::vector<std::string> command;
    if (end != words.end())
      command.assign(end + 1, words.end());
    for (auto i = words.begin(); i != end; ++i) {
      auto [what, where]
        = std::pair{i->substr(0, i->find('=')),
                    i->substr(std::min(i->find('='), i->size() - 1) + 1)};
      pick_calls(p, what, where);
      pick_log(p, what);
      pick_devices(p, what);
      pick_control(p, what);
      pick_others(p, what, command);
    }
    say("set up");
  });
}
