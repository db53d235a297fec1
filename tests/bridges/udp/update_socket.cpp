// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE update_socket

#include "bridges/udp/update_socket.hpp"

#include <condition_variable>
#include <set>

#include "tests/support/free_udp_address.hpp"

#include "tests/support/actor_fixture.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace update_socket_suite {
namespace {

/// Keeps what has come.
struct recorder {
  update_listener listener() {
    return {[this](const std::string& source, const device_update& x) {
              std::lock_guard guard{mutex};
              updates.push_back(x);
              sources.insert(source);
              changed.notify_all();
            },
            {}};
  }

  bool wait_for(size_t count) {
    std::unique_lock guard{mutex};
    return changed.wait_for(guard, 10s,
                            [&] { return updates.size() >= count; });
  }

  std::mutex mutex;
  std::condition_variable changed;
  std::vector<device_update> updates;
  std::set<std::string> sources;
};

struct fixture {
  std::string group = free_udp_address("224.1.1.1");
  udp_endpoint to = *resolve_udp(group, "cannot send to");
  recorder first;
  recorder second;

  std::unique_ptr<update_source> open(recorder& into) {
    auto made = update_socket::make(group, "127.0.0.1", into.listener());
    if (!made)
      CAF_FAIL(describe(made.error()));
    return std::move(*made);
  }

  file_descriptor robot() {
    auto socket = open_multicast_sender();
    CAF_REQUIRE(socket);
    CAF_REQUIRE_EQUAL(set_multicast_interface(socket->get(), "127.0.0.1"),
                      caf::none);
    return std::move(*socket);
  }

  void send(const file_descriptor& from, const device_update& update) {
    CAF_REQUIRE_EQUAL(send_datagrams(from.get(), &to,
                                     encode_update(update).datagrams),
                      caf::none);
  }
};

const device_update update{{"7", {{"duty", 0.5}}}};

} // namespace

CAF_TEST_FIXTURE_SCOPE(update_socket_tests, fixture)

CAF_TEST(every receiver on one port has every update) {
  auto one = open(first);
  auto two = open(second);
  auto from = robot();
  for (auto i = 0; i < 10; ++i)
    send(from, update);
  CAF_CHECK(first.wait_for(10));
  CAF_CHECK(second.wait_for(10));
  CAF_CHECK(first.updates[0] == update);
}

CAF_TEST(robots in one group are told apart by their sources) {
  auto one = open(first);
  auto left = robot();
  auto right = robot();
  send(left, update);
  send(right, update);
  CAF_CHECK(first.wait_for(2));
  CAF_CHECK_EQUAL(first.sources.size(), 2u);
}

CAF_TEST(what is malformed is counted and nothing else) {
  auto one = open(first);
  auto from = robot();
  std::vector<uint8_t> bad{0xff};
  CAF_REQUIRE_EQUAL(send_datagrams(from.get(), &to, std::span{&bad, 1}),
                    caf::none);
  send(from, update);
  CAF_REQUIRE(first.wait_for(1));
  auto deadline = std::chrono::steady_clock::now() + 10s;
  while (one->status() != update_reception{1, 1, 0}
         && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(1ms);
  CAF_CHECK_EQUAL(one->status(), (update_reception{1, 1, 0}));
}

CAF_TEST(an interface that is not there is an error that names it) {
  auto made = update_receiver::make(group, "rr-none");
  CAF_REQUIRE(!made);
  CAF_CHECK_EQUAL(describe(made.error()),
                  "cannot use interface rr-none: no such device");
  auto from = open_multicast_sender();
  CAF_REQUIRE(from);
  CAF_CHECK(set_multicast_interface(from->get(), "rr-none"));
  made = update_receiver::make(group, "192.0.2.1");
  CAF_CHECK(!made);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace update_socket_suite
