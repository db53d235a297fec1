// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE control_priority

#include "bridges/control/control_socket.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <sched.h>
#include <vector>

#include "bridges/system/start_thread.hpp"
#include "messages/error.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/control_packets.hpp"
#include "tests/support/free_udp_address.hpp"

using namespace rr;
using namespace rr::test;
using namespace std::chrono_literals;

namespace control_priority_suite {
namespace {

/// With which policy the thread has written, each time.
class policy_writer : public gamepad_writer {
public:
  caf::error write(uint8_t, const gamepad_state&) override {
    std::lock_guard gate{held};
    std::lock_guard guard{mutex_};
    policies_.push_back(::sched_getscheduler(0) & ~SCHED_RESET_ON_FORK);
    changed_.notify_all();
    return {};
  }

  caf::error neutral(uint8_t) override {
    return {};
  }

  std::vector<int> wait_for(size_t count) {
    std::unique_lock guard{mutex_};
    changed_.wait_for(guard, 10s, [&] { return policies_.size() >= count; });
    return policies_;
  }

  /// Keeps writes waiting.
  std::mutex held;

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<int> policies_;
};

bool may_be_real_time() {
  auto result = false;
  std::thread thread;
  if (!start_thread(thread, "rr-test", "",
                    [&] { result = make_thread_first(); }))
    thread.join();
  return result;
}

struct fixture {
  fixture() {
    set_real_time_priority(5);
    auto made = control_socket::make(
      {.address = address, .allow_from = {}},
      std::make_shared<control_session>(control_settings{}, pads,
                                        control_listener{}));
    if (!made)
      CAF_FAIL(describe(made.error()));
    aut = std::move(*made);
    sender = std::move(*connect_udp_socket(address));
  }

  ~fixture() {
    aut.reset();
    set_real_time_priority(0);
  }

  void send() {
    auto bytes = control_packet_of(0.5);
    CAF_REQUIRE_EQUAL(
      send_datagrams(sender.get(), nullptr, std::span{&bytes, 1}), caf::none);
  }

  std::string address = free_udp_address();
  std::shared_ptr<policy_writer> pads = std::make_shared<policy_writer>();
  std::unique_ptr<control_socket> aut;
  file_descriptor sender;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(control_priority_tests, fixture)

CAF_TEST(whoever hears drivers is real time but not in a flood) {
  if (!may_be_real_time()) {
    CAF_MESSAGE("left out: this user may have no real-time priority");
    return;
  }
  constexpr size_t several_batches = 100;
  {
    // They wait in the kernel until there are enough.
    std::lock_guard held{pads->held};
    for (size_t i = 0; i < several_batches; ++i)
      send();
  }
  auto flooded = pads->wait_for(several_batches);
  CAF_REQUIRE_EQUAL(flooded.size(), several_batches);
  CAF_CHECK_EQUAL(flooded.front(), SCHED_FIFO);
  // The one that was full first was taken as it came.
  CAF_CHECK(std::ranges::count(flooded, SCHED_OTHER) >= 32);
  // A batch that is not full ends it.
  send();
  pads->wait_for(several_batches + 1);
  send();
  flooded = pads->wait_for(several_batches + 2);
  CAF_CHECK_EQUAL(flooded.back(), SCHED_FIFO);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace control_priority_suite
