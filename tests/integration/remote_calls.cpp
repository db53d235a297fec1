// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE remote_calls

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <future>
#include <random>

#include "bridges/system/worker_threads.hpp"
#include "tests/integration/program.hpp"
#include "tests/integration/remote_calls_fixture.hpp"
#include "tests/support/zmq_peer.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace remote_calls_suite {
namespace {

/// What became of many calls.
struct calls_of_a_round {
  explicit calls_of_a_round(size_t count) : ends(count) {
  }

  /// How often each call has ended.
  std::vector<std::atomic<uint8_t>> ends;
  std::atomic<size_t> begun{0};
  std::atomic<size_t> ended{0};
  std::atomic<size_t> answered{0};
  /// Answers of another call.
  std::atomic<size_t> wrong{0};
  /// No call is made any more. Only for the actor that makes them.
  bool enough = false;
};

/// Makes one of the calls, and some time after its end another one.
void make_next_call(caf::event_based_actor* me,
                    const remote_client_actor& client, calls_of_a_round& all) {
  if (all.enough || all.begun == all.ends.size())
    return;
  auto i = all.begun++;
  // 5 to 104 ms.
  auto timeout = std::chrono::milliseconds{5 + i * 7 % 100};
  auto end = [=, &all] {
    ++all.ends[i];
    ++all.ended;
    me->delayed_send(me, 80ms, atom::tick_v);
  };
  me->request(client, caf::infinite, atom::call_v, std::string{"cpp-service"},
              std::string{"echo"}, json_value{{i}}, caf::timespan{timeout})
    .then(
      [=, &all](const json_value& x) {
        ++all.answered;
        all.wrong += x.value != i;
        end();
      },
      [=](const caf::error&) { end(); });
}

caf::behavior make_calls(caf::event_based_actor* me,
                         const remote_client_actor& client, size_t at_once,
                         calls_of_a_round* all) {
  for (size_t i = 0; i < at_once; ++i)
    make_next_call(me, client, *all);
  return {[=](atom::tick) { make_next_call(me, client, *all); },
          [=](atom::stop) { all->enough = true; }};
}

struct fixture : remote_calls_fixture {
  /// Starts the service again and again and kills it some time after it has
  /// begun to answer, ten times at least, until so many calls have ended.
  /// @returns how often.
  size_t kill_services(const calls_of_a_round& all, size_t count) {
    auto deadline = std::chrono::steady_clock::now() + 50s;
    std::minstd_rand random{std::random_device{}()};
    size_t result = 0;
    while ((all.ended < count || result < 10)
           && std::chrono::steady_clock::now() < deadline) {
      auto before = all.answered.load();
      program service{{backend, "cpp-service"}, {}, RR_TEST_ECHO_SERVICE};
      eventually([&] { return all.answered > before; }, 20s);
      std::this_thread::sleep_for(std::chrono::milliseconds{random() % 200});
      service.signal(SIGKILL);
      CAF_CHECK_EQUAL(service.wait(), -SIGKILL);
      ++result;
    }
    return result;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(remote_calls_tests, fixture)

CAF_TEST(many calls in flight each get their own answer) {
  start_router();
  auto service = start_service();
  auto client = start_client();
  meet(client, "cpp-service");
  std::atomic<int> right{0};
  std::atomic<int> ended{0};
  auto ask = [&](caf::event_based_actor* me, int i) {
    me->request(client, caf::infinite, atom::call_v, std::string{"cpp-service"},
                std::string{"add"}, json_value{{i, 1}}, caf::timespan{10s})
      .then(
        [&, i](const json_value& x) {
          right += x.value == i + 1;
          ++ended;
        },
        [&](const caf::error&) { ++ended; });
  };
  for (int caller = 0; caller < 8; ++caller)
    sys.spawn([=](caf::event_based_actor* me) {
      for (int i = 0; i < 64; ++i)
        ask(me, 100 * caller + i);
    });
  for (int i = 0; i < 1000 && ended < 8 * 64; ++i)
    std::this_thread::sleep_for(10ms);
  CAF_CHECK_EQUAL(right.load(), 8 * 64);
}

// Calls are pipelined: as soon as one has ended, its caller makes the next.
CAF_TEST(every call ends once while the service is killed and restarted) {
  constexpr size_t count = 10'000;
  constexpr size_t at_once = 250;
  auto rounds = std::getenv("RR_TEST_ROUNDS");
  for (auto left = rounds ? std::atoi(rounds) : 1; left > 0; --left) {
    if (!router)
      start_router();
    auto client = start_client("client-" + std::to_string(left));
    calls_of_a_round all{100 * count};
    auto caller = sys.spawn(make_calls, client, at_once, &all);
    auto kills = kill_services(all, count);
    self->request(caller, caf::infinite, atom::stop_v)
      .receive([] {}, [](caf::error& x) { CAF_FAIL(describe(x)); });
    auto begun = all.begun.load();
    CAF_CHECK_GREATER_OR_EQUAL(begun, count);
    CAF_CHECK(eventually([&] { return all.ended == begun; }));
    // Time for a second end of some call.
    std::this_thread::sleep_for(100ms);
    self->send_exit(caller, caf::exit_reason::user_shutdown);
    self->wait_for(caller);
    auto last = all.ends.begin() + static_cast<ptrdiff_t>(begun);
    CAF_CHECK(std::all_of(all.ends.begin(), last,
                          [](const auto& ends) { return ends == 1; }));
    CAF_CHECK_EQUAL(all.ended.load(), begun);
    auto status = status_of<remote_client_status>(client);
    CAF_MESSAGE(kills << " kills, " << status.answered << " answers, "
                      << status.timeouts << " time-outs, " << status.unsent
                      << " unsent, " << status.late << " late");
    CAF_CHECK_EQUAL(all.wrong.load(), 0u);
    CAF_CHECK_EQUAL(status.in_flight, 0u);
    CAF_CHECK_EQUAL(status.calls, begun);
    CAF_CHECK_EQUAL(status.answered, all.answered.load());
    CAF_CHECK_EQUAL(status.answered + status.timeouts + status.unsent, begun);
    CAF_CHECK_GREATER_OR_EQUAL(kills, 10u);
    CAF_CHECK_GREATER_OR_EQUAL(status.answered, 10u);
    CAF_CHECK_GREATER(status.timeouts, 0u);
  }
}

CAF_TEST(ping and the stop are quick while every worker is blocked) {
  start_router();
  std::promise<void> release;
  auto released = release.get_future().share();
  std::atomic<int> blocked{0};
  auto workers = std::shared_ptr{std::move(*worker_threads::make(2))};
  auto all = methods();
  all.emplace("block", remote_method::on_worker(
                         argument_count::exactly(0),
                         [&, released](const json&) -> caf::expected<json> {
                           ++blocked;
                           released.wait();
                           return json{};
                         }));
  all.emplace("ping",
              remote_method::at_once(argument_count::exactly(0),
                                     [](const json&) -> caf::expected<json> {
                                       return json("pong");
                                     })
                .as_urgent());
  auto service = sys.spawn(remote_service, remote_service_settings{}, all,
                           workers, dealer(backend, "cpp-service"),
                           event_log{});
  auto client = start_client();
  meet(client, "cpp-service");
  for (int i = 0; i < 20; ++i)
    self->send(client, atom::notify_v, std::string{"cpp-service"},
               std::string{"block"}, json_value{json::array()});
  for (int i = 0; i < 1000 && blocked < 2; ++i)
    std::this_thread::sleep_for(10ms);
  CAF_REQUIRE_EQUAL(blocked.load(), 2);
  auto before = std::chrono::steady_clock::now();
  for (int i = 0; i < 10; ++i) {
    auto answer = call(client, "cpp-service", "ping", json::array(), 20s);
    CAF_CHECK(answer && *answer == "pong");
  }
  CAF_CHECK_EQUAL(status_of<remote_service_status>(service).waiting, 15u);
  self->send_exit(service, caf::exit_reason::user_shutdown);
  self->wait_for(service);
  workers.reset();
  // For ever, would it wait for what blocks.
  CAF_CHECK(std::chrono::steady_clock::now() - before < 20s);
  CAF_CHECK_EQUAL(blocked.load(), 2);
  release.set_value();
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace remote_calls_suite
