// SPDX-License-Identifier: BSD-3-Clause
// Remote calls from an actor to a service, as the floor's counterpart:
//
//   bench-calls-ours service ADDRESS
//   bench-calls-ours client ADDRESS OUTSTANDING COUNT WARM-UP
//
// Both end with their standard input. The client prints `warm` after the
// warm-up, and one line of JSON after the last answer.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <string_view>

#include <caf/all.hpp>

#include "actors/remote_client.hpp"
#include "actors/remote_service.hpp"
#include "actors/support/actor_runner.hpp"
#include "bench/serve.hpp"
#include "bridges/call/zmq_channel.hpp"

namespace {

using clock = std::chrono::steady_clock;

struct config : caf::actor_system_config {
  config() {
    rr::register_messages(*this);
    // As a program that reads the options.
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", size_t{2});
    set("scheduler.max-throughput", size_t{100});
  }
};

rr::channel_opener open(zmq::context_t& context, const char* name,
                        const char* address) {
  return [&context, name, address](rr::channel_listener listener) {
    return rr::connect_dealer(context, {address, name, {}, 1000},
                              std::move(listener));
  };
}

struct plan {
  size_t outstanding = 1;
  size_t count = 0;
  size_t warm_up = 0;
};

/// Keeps so many calls in flight, and takes their times.
struct caller_state {
  caf::event_based_actor* self = nullptr;
  rr::remote_client_actor client;
  plan what;
  size_t sent = 0;
  size_t answered = 0;
  std::vector<clock::duration> trips;
  clock::time_point start;
  std::promise<void>* done = nullptr;

  void ask() {
    ++sent;
    auto before = clock::now();
    rr::actor_runner::deliver_from(*self, [this, before] {
      self
        ->request(client, caf::infinite, rr::atom::call_v,
                  std::string{"bench-service"}, std::string{"echo"},
                  rr::json_value{rr::json::array({"0123456789abcdef"})},
                  caf::timespan{std::chrono::seconds{5}})
        .then([this, before](const rr::json_value&) { on_answer(before); },
              [](const caf::error& err) {
                std::fprintf(stderr, "%s\n", rr::describe(err).c_str());
                std::exit(1);
              });
    });
  }

  void on_answer(clock::time_point before) {
    ++answered;
    if (answered > what.warm_up)
      trips[answered - what.warm_up - 1] = clock::now() - before;
    if (answered == what.warm_up) {
      start = clock::now();
      std::puts("warm");
      std::fflush(stdout);
    }
    if (sent < what.count + what.warm_up)
      ask();
    else if (answered == sent)
      print();
  }

  void print() {
    auto seconds = std::chrono::duration<double>{clock::now() - start}.count();
    std::sort(trips.begin(), trips.end());
    auto us = [this](size_t at) {
      return std::chrono::duration<double, std::micro>{trips[at]}.count();
    };
    std::printf("{\"p50_us\": %.2f, \"p99_us\": %.2f, \"per_second\": %.0f}\n",
                us(trips.size() / 2), us(trips.size() * 99 / 100),
                static_cast<double>(what.count) / seconds);
    std::fflush(stdout);
    done->set_value();
  }
};

caf::behavior caller(caf::stateful_actor<caller_state>* self,
                     rr::remote_client_actor client, plan what,
                     std::promise<void>* done) {
  auto& state = self->state;
  state.self = self;
  state.client = std::move(client);
  state.what = what;
  state.trips.resize(what.count);
  state.done = done;
  for (size_t i = 0; i < what.outstanding; ++i)
    state.ask();
  return {[](rr::atom::stop) {}};
}

void run_service(zmq::context_t& context, const char* address) {
  config cfg;
  caf::actor_system sys{cfg};
  rr::method_table methods;
  methods.emplace(
    "echo",
    rr::remote_method::at_once(
      rr::argument_count::exactly(1),
      [](const rr::json& args) -> caf::expected<rr::json> { return args[0]; }));
  auto service = sys.spawn(rr::remote_service, rr::remote_service_settings{},
                           std::move(methods), nullptr,
                           open(context, "bench-service", address),
                           rr::event_log{});
  rr::wait_for_end_of_input();
  caf::anon_send_exit(service, caf::exit_reason::user_shutdown);
}

void run_client(zmq::context_t& context, const char* address, plan what) {
  config cfg;
  caf::actor_system sys{cfg};
  auto client = sys.spawn(rr::remote_client, rr::remote_client_settings{},
                          open(context, "bench-client", address),
                          rr::event_log{});
  std::promise<void> done;
  auto asking = sys.spawn(caller, client, what, &done);
  done.get_future().wait();
  rr::wait_for_end_of_input();
  caf::anon_send_exit(asking, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(client, caf::exit_reason::user_shutdown);
}

size_t number(const char* text) {
  return std::strtoul(text, nullptr, 10);
}

} // namespace

int main(int argc, char** argv) {
  if (argc < 3)
    return 2;
  auto context = rr::must(rr::zmq_context::make());
  if (argv[1] == std::string_view{"service"})
    run_service(context->get(), argv[2]);
  else if (argc == 6)
    run_client(context->get(), argv[2],
               {number(argv[3]), number(argv[4]), number(argv[5])});
  else
    return 2;
}
