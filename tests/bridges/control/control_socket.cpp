// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE control_socket

#include "bridges/control/control_socket.hpp"

#include <poll.h>

#include <array>
#include <condition_variable>
#include <cstdlib>
#include <map>
#include <random>
#include <thread>

#include "bridges/control/control_link.hpp"
#include "messages/call/remote_call.hpp"
#include "messages/control/control_answer.hpp"
#include "messages/error.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/control_packets.hpp"
#include "tests/support/free_udp_address.hpp"

using namespace rr;
using namespace rr::test;
using namespace std::chrono_literals;

namespace control_socket_suite {
namespace {

using test_clock = std::chrono::steady_clock;

/// What a reader of the buffers would see, and when.
class fake_writer : public gamepad_writer {
public:
  caf::error write(uint8_t index, const gamepad_state& state) override {
    std::lock_guard gate{held};
    std::lock_guard guard{mutex_};
    states_[index] = state;
    ++writes_;
    changed_.notify_all();
    return {};
  }

  caf::error neutral(uint8_t index) override {
    std::lock_guard guard{mutex_};
    states_[index] = {};
    ++neutrals_;
    neutral_at_ = test_clock::now();
    changed_.notify_all();
    return {};
  }

  bool wait_for_writes(int count) {
    std::unique_lock guard{mutex_};
    return changed_.wait_for(guard, 10s, [&] { return writes_ >= count; });
  }

  bool wait_for_neutrals(int count) {
    std::unique_lock guard{mutex_};
    return changed_.wait_for(guard, 10s, [&] { return neutrals_ >= count; });
  }

  double lx() {
    std::lock_guard guard{mutex_};
    return states_[0].axes[left_x];
  }

  /// Keeps writes waiting.
  std::mutex held;

  test_clock::time_point neutral_at() {
    std::lock_guard guard{mutex_};
    return neutral_at_;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<int, gamepad_state> states_;
  int writes_ = 0;
  int neutrals_ = 0;
  test_clock::time_point neutral_at_;
};

struct fixture {
  std::string address = free_udp_address();
  std::shared_ptr<fake_writer> pads = std::make_shared<fake_writer>();
  control_settings settings;
  control_socket_settings where;
  std::shared_ptr<control_session> session;
  std::unique_ptr<control_socket> aut;
  file_descriptor sender;

  void open() {
    session = std::make_shared<control_session>(settings, pads,
                                                control_listener{});
    where.address = address;
    auto made = control_socket::make(where, session);
    if (!made)
      CAF_FAIL(describe(made.error()));
    aut = std::move(*made);
    sender = std::move(*connect_udp_socket(address));
  }

  void send(const std::vector<uint8_t>& bytes) {
    send(sender, bytes);
  }

  static void send(const file_descriptor& from,
                   const std::vector<uint8_t>& bytes) {
    CAF_REQUIRE_EQUAL(send_datagrams(from.get(), nullptr, std::span{&bytes, 1}),
                      caf::none);
  }

  template <class Predicate>
  bool wait_until(Predicate done) {
    auto deadline = test_clock::now() + 10s;
    while (!done(session->status().counters)) {
      if (test_clock::now() > deadline)
        return false;
      std::this_thread::sleep_for(1ms);
    }
    return true;
  }
};

/// What a sender has been told, within the time.
std::optional<control_answer> hear(const file_descriptor& socket,
                                   std::chrono::milliseconds time = 10s) {
  pollfd polled{socket.get(), POLLIN, 0};
  if (::poll(&polled, 1, static_cast<int>(time.count())) <= 0)
    return std::nullopt;
  std::array<std::byte, 1024> bytes;
  auto size = ::recv(socket.get(), bytes.data(), bytes.size(), 0);
  CAF_REQUIRE(size > 0);
  auto result
    = decode_control_answer(std::span{bytes}.first(static_cast<size_t>(size)));
  CAF_REQUIRE(result);
  return *result;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(control_socket_tests, fixture)

CAF_TEST(a packet reaches the gamepads) {
  open();
  send(control_packet_of(0.5));
  CAF_REQUIRE(pads->wait_for_writes(1));
  CAF_CHECK_EQUAL(pads->lx(), 0.5);
  CAF_CHECK_EQUAL(session->status().driver,
                  to_string(*local_endpoint(sender.get())));
}

CAF_TEST(the port is shared with nobody) {
  open();
  auto second = control_socket::make(where, session);
  CAF_REQUIRE(!second);
  CAF_CHECK_EQUAL(describe(second.error()),
                  "cannot bind " + address + ": address already in use");
  auto shared = bind_multicast(*resolve_udp(address, "cannot bind"), address);
  CAF_CHECK(!shared);
}

CAF_TEST(malformed datagrams are counted and change nothing) {
  open();
  send(control_packet_of(0.5));
  CAF_REQUIRE(pads->wait_for_writes(1));
  auto bad = malformed_control_packets();
  CAF_CHECK(bad.size() >= 30);
  for (const auto& bytes : bad) {
    auto before = session->status().counters.malformed;
    send(bytes);
    CAF_REQUIRE(wait_until(
      [&](const control_counters& x) { return x.malformed == before + 1; }));
  }
  for (auto size : {max_control_packet + 1, size_t{65507}})
    send(std::vector<uint8_t>(size, 0));
  auto ten_thousand = json::object();
  for (auto i = 0; i < 10000; ++i)
    ten_thousand[std::to_string(i)] = json::object();
  send(encode(notification{"update_gamepads", json::array({ten_thousand})}));
  CAF_CHECK(
    wait_until([](const control_counters& x) { return x.oversized == 3; }));
  CAF_CHECK_EQUAL(session->status().counters.accepted, 1u);
  // Silence may have come meanwhile; what was malformed wrote nothing.
  auto left = pads->lx();
  CAF_CHECK(left == 0.5 || left == 0.0);
  send(control_packet_of(0));
  CAF_CHECK(pads->wait_for_writes(2));
}

CAF_TEST(sources that are not allowed are ignored) {
  where.allow_from = {*parse_network_prefix("127.0.0.2"),
                      *parse_network_prefix("10.0.0.0/8")};
  open();
  send(control_packet_of(1));
  CAF_CHECK(
    wait_until([](const control_counters& x) { return x.not_allowed == 1; }));
  CAF_CHECK_EQUAL(session->status().counters.accepted, 0u);
  // From an allowed one.
  file_descriptor other{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  auto from = *resolve_udp("udp://127.0.0.2:1", "cannot bind");
  reinterpret_cast<char*>(&from.address)[2] = 0;
  reinterpret_cast<char*>(&from.address)[3] = 0;
  CAF_REQUIRE(::bind(other.get(), from.get(), from.size) == 0);
  auto to = *resolve_udp(address, "cannot send to");
  auto bytes = control_packet_of(0.25);
  CAF_REQUIRE_EQUAL(send_datagrams(other.get(), &to, std::span{&bytes, 1}),
                    caf::none);
  CAF_CHECK(pads->wait_for_writes(1));
  // They are told, in words that say no more.
  CAF_CHECK(hear(sender) == control_answer{.reason = "not allowed"});
}

CAF_TEST(whoever is obeyed or refused hears of it) {
  settings.timeout = 1s;
  open();
  send(control_packet_of(0.5));
  CAF_CHECK(hear(sender) == control_answer{.granted = true});
  auto other = std::move(*connect_udp_socket(address));
  for (auto i = 0; i < 20; ++i) {
    send(control_packet_of(0.5));
    send(other, control_packet_of(1, i, 1.0));
  }
  auto told = hear(other);
  CAF_REQUIRE(told);
  CAF_CHECK_EQUAL(told->reason, "other driver");
  CAF_CHECK_EQUAL(told->driver, to_string(*local_endpoint(sender.get())));
  CAF_CHECK(
    wait_until([](const control_counters& x) { return x.other_driver == 20; }));
  // Once, and the one who drives hears nothing.
  CAF_CHECK(!hear(other, 0ms));
  CAF_CHECK(!hear(sender, 0ms));
  CAF_CHECK(pads->wait_for_neutrals(1));
  send(other, control_packet_of(1));
  CAF_CHECK(hear(other) == control_answer{.granted = true});
}

CAF_TEST(who has sent nothing sound hears nothing and others of their faults) {
  open();
  std::vector<uint8_t> bad(100, 0xff);
  send(bad);
  CAF_CHECK(
    wait_until([](const control_counters& x) { return x.malformed == 1; }));
  CAF_CHECK(!hear(sender, 0ms));
  send(control_packet_of(0.5));
  CAF_CHECK(hear(sender) == control_answer{.granted = true});
  send(bad);
  CAF_CHECK(hear(sender) == control_answer{.reason = "malformed"});
  // Nothing longer than what came.
  auto other = std::move(*connect_udp_socket(address));
  send(other, encode(notification{"update_gamepads",
                                  encode_control({gamepad_input{}})}));
  CAF_CHECK(
    wait_until([](const control_counters& x) { return x.other_driver == 1; }));
  CAF_CHECK(!hear(other, 0ms));
}

CAF_TEST(a driver hears of a packet that is too large) {
  open();
  send(control_packet_of(0.5));
  CAF_CHECK(hear(sender) == control_answer{.granted = true});
  send(std::vector<uint8_t>(max_control_packet + 1));
  CAF_CHECK(hear(sender) == control_answer{.reason = "oversized"});
}

CAF_TEST(a source hears once a second and no more than so many sources do) {
  source_budget budget;
  auto source = [](int port) {
    return *resolve_udp("udp://127.0.0.1:" + std::to_string(port), "to");
  };
  control_session::time_point now{1h};
  for (auto port = 1; port <= 64; ++port)
    CAF_CHECK(budget.take(source(port), now));
  CAF_CHECK(!budget.take(source(7), now + 999ms));
  CAF_CHECK(!budget.take(source(65), now + 999ms));
  CAF_CHECK(budget.take(source(7), now + 1s));
  CAF_CHECK(budget.take(source(65), now + 1s));
  CAF_CHECK(!budget.take(source(65), now + 1s));
}

CAF_TEST(a link tells whether anybody listens and what they answer) {
  std::vector<control_answer> heard;
  auto link = control_link::make(
    address, [&](const control_answer& x) { heard.push_back(x); }, 100ms);
  CAF_REQUIRE(link);
  auto bytes = control_packet_of(0.5);
  CAF_CHECK(!(*link)->hear());
  caf::error failed;
  for (auto i = 0; i < 3; ++i)
    failed = (*link)->send(bytes);
  CAF_CHECK_EQUAL(describe(failed),
                  "nobody listens at " + address + ": connection refused");
  // Those that pass between two failures prove nothing.
  for (auto i = 0; i < 20; ++i)
    CAF_CHECK((*link)->send(bytes));
  open();
  auto end = test_clock::now() + 10s;
  while (((*link)->send(bytes) || heard.empty()) && test_clock::now() < end)
    std::this_thread::sleep_for(1ms);
  CAF_CHECK(!(*link)->hear());
  CAF_REQUIRE_EQUAL(heard.size(), 1u);
  CAF_CHECK((*link)->granted());
  CAF_CHECK(!(*link)->refused());
}

CAF_TEST(silence makes neutral in time and never early) {
  settings.timeout = 100ms;
  open();
  auto sent = test_clock::now();
  send(control_packet_of(1));
  CAF_REQUIRE(pads->wait_for_writes(1));
  auto written = test_clock::now();
  CAF_REQUIRE(pads->wait_for_neutrals(1));
  CAF_CHECK(pads->neutral_at() - sent >= 100ms);
  auto late = pads->neutral_at() - (written + 100ms);
  CAF_MESSAGE(
    "us after the deadline: "
    << std::chrono::duration_cast<std::chrono::microseconds>(late).count());
  CAF_CHECK(late < 2s);
}

CAF_TEST(the deadline of a driver who comes another way is kept too) {
  settings.timeout = 50ms;
  open();
  session->submit({control_source::way::call, "driver"}, {gamepad_input{}},
                  test_clock::now());
  CAF_CHECK(pads->wait_for_neutrals(1));
}

CAF_TEST(the end makes the gamepads neutral) {
  settings.timeout = 1h;
  open();
  send(control_packet_of(1));
  CAF_REQUIRE(pads->wait_for_writes(1));
  aut.reset();
  CAF_CHECK(pads->wait_for_neutrals(1));
  CAF_CHECK_EQUAL(pads->lx(), 0.0);
}

/// A network that loses a tenth and delays by 20 to 80 ms, in any order; for
/// RR_CONTROL_SECONDS.
CAF_TEST(loss and jitter are no silence and silence is always caught) {
  settings.timeout = 250ms;
  open();
  auto seconds = std::getenv("RR_CONTROL_SECONDS");
  auto packets = 50 * (seconds != nullptr ? std::atoi(seconds) : 3);
  std::mt19937 random{42};
  std::uniform_real_distribution<double> jitter{0.02, 0.08};
  std::bernoulli_distribution lost{0.1};
  std::multimap<double, uint64_t> arrivals;
  for (auto i = 0; i < packets; ++i)
    if (!lost(random))
      arrivals.emplace(i * 0.02 + jitter(random), i + 1);
  auto start = test_clock::now();
  for (auto [at, seq] : arrivals) {
    std::this_thread::sleep_until(
      start
      + std::chrono::duration_cast<test_clock::duration>(
        std::chrono::duration<double>{at}));
    send(control_packet_of(0.5, seq, static_cast<double>(seq) * 0.02));
  }
  auto end = session->status().counters;
  CAF_CHECK_EQUAL(end.lost, 0u);
  CAF_CHECK_EQUAL(end.too_old, 0u);
  CAF_CHECK(end.reordered > 0);
  CAF_CHECK(pads->wait_for_neutrals(1));
  CAF_CHECK_EQUAL(session->status().counters.lost, 1u);
}

CAF_TEST(datagrams that find the buffer of the kernel full are counted) {
  open();
  {
    std::lock_guard held{pads->held};
    // More than its buffer holds.
    for (auto i = 0; i < 20'000; ++i)
      send(control_packet_of(0.5));
  }
  // The kernel tells of them with what it can take next.
  CAF_CHECK(wait_until([this](const control_counters& x) {
    send(control_packet_of(0.5));
    return x.overruns > 0;
  }));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace control_socket_suite
