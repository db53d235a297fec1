// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE lost_edge

#include <dlfcn.h>
#include <poll.h>
#include <pthread.h>
#include <string_view>
#include <sys/syscall.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "tests/support/calls_fixture.hpp"
#include "tests/support/zmq_peer.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace std::chrono_literals;

namespace lost_edge_suite {
namespace {

int real_poll(pollfd* items, nfds_t count, int timeout) {
  return static_cast<int>(::syscall(SYS_poll, items, count, timeout));
}

/// Holds a channel's thread between its decision to sleep and its sleep. No
/// load, however high, meets that instant with certainty.
class gate {
public:
  void close() {
    std::lock_guard guard{mutex_};
    closed_ = true;
  }

  void open() {
    std::unique_lock guard{mutex_};
    closed_ = false;
    changed_.notify_all();
    changed_.wait(guard, [&] { return held_ == nullptr; });
  }

  /// Waits until the thread is held.
  bool holds_one() {
    std::unique_lock guard{mutex_};
    return changed_.wait_for(guard, 10s, [&] { return held_ != nullptr; });
  }

  /// Waits until the socket's descriptor tells of a message.
  bool sees_message() {
    pollfd socket{held_[1].fd, POLLIN, 0};
    return real_poll(&socket, 1, 10'000) == 1;
  }

  void pass(pollfd* items, nfds_t count) {
    std::unique_lock guard{mutex_};
    if (!closed_ || count < 2)
      return;
    held_ = items;
    changed_.notify_all();
    changed_.wait(guard, [&] { return !closed_; });
    held_ = nullptr;
    changed_.notify_all();
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool closed_ = false;
  pollfd* held_ = nullptr;
};

gate sleep_gate;

/// Holds a channel's thread that finds its socket full, before it looks whether
/// that is so still.
class look_gate {
public:
  void close() {
    std::lock_guard guard{mutex_};
    closed_ = true;
  }

  void open() {
    std::lock_guard guard{mutex_};
    closed_ = false;
    changed_.notify_all();
  }

  /// Waits until the thread is held.
  bool holds_one() {
    std::unique_lock guard{mutex_};
    return changed_.wait_for(guard, 10s, [&] { return held_ != nullptr; });
  }

  /// Waits until the socket's descriptor tells of a message.
  bool sees_message() {
    int descriptor = -1;
    size_t size = sizeof(descriptor);
    if (zmq_getsockopt(held_, ZMQ_FD, &descriptor, &size) != 0)
      return false;
    pollfd socket{descriptor, POLLIN, 0};
    return real_poll(&socket, 1, 10'000) == 1;
  }

  void pass(void* socket) {
    std::unique_lock guard{mutex_};
    if (!closed_)
      return;
    held_ = socket;
    changed_.notify_all();
    changed_.wait(guard, [&] { return !closed_; });
    held_ = nullptr;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool closed_ = false;
  void* held_ = nullptr;
};

look_gate gate_of_looks;

bool is_on_channel() {
  char name[16] = {};
  pthread_getname_np(pthread_self(), name, sizeof(name));
  return std::string_view{name} == "rr-channel";
}

} // namespace

/// In the place of the C library's, for this whole program: the gate is open
/// but for the test below.
extern "C" __attribute__((visibility("default"))) int
poll(pollfd* items, nfds_t count, int timeout) {
  if (is_on_channel())
    sleep_gate.pass(items, count);
  return real_poll(items, count, timeout);
}

/// In the place of libzmq's, likewise.
extern "C" __attribute__((visibility("default"))) int
zmq_getsockopt(void* socket, int option, void* value, size_t* size) {
  static const auto real = reinterpret_cast<decltype(&zmq_getsockopt)>(
    ::dlsym(RTLD_NEXT, "zmq_getsockopt"));
  if (option == ZMQ_EVENTS && is_on_channel())
    gate_of_looks.pass(socket);
  return real(socket, option, value, size);
}

CAF_TEST_FIXTURE_SCOPE(lost_edge_tests, calls_fixture)

// libzmq tells of a message by an edge on the socket's descriptor, and whoever
// calls the socket takes it away.
CAF_TEST(a send that takes the edge of a message wakes the channel) {
  zmq::context_t context_of_peer;
  zmq::socket_t peer{context_of_peer, zmq::socket_type::router};
  peer.set(zmq::sockopt::linger, 0);
  peer.bind(frontend);
  inbox arrivals;
  auto made = connect_dealer(context->get(), {frontend, "c", {}, 10},
                             arrivals.listener());
  CAF_REQUIRE(made);
  zmq::message_t frame;
  CAF_REQUIRE(peer.recv(frame));
  CAF_REQUIRE(peer.recv(frame));
  auto send = [&](std::string_view text) {
    peer.send(zmq::buffer("c", 1), zmq::send_flags::sndmore);
    peer.send(zmq::buffer("s", 1), zmq::send_flags::sndmore);
    peer.send(zmq::buffer(text), zmq::send_flags::none);
  };
  sleep_gate.close();
  send("first");
  // It has woken the thread if that was asleep. Now it is held, with the first
  // message handed over or not.
  CAF_REQUIRE(sleep_gate.holds_one());
  send("second");
  CAF_REQUIRE(sleep_gate.sees_message());
  // libzmq looks for news once a millisecond at most while it sends.
  std::this_thread::sleep_for(20ms);
  CAF_CHECK(!(*made)->send("s", bytes_of("takes the edge")));
  sleep_gate.open();
  auto items = arrivals.wait_for(2);
  CAF_REQUIRE_EQUAL(items.size(), 2u);
  CAF_CHECK(items[1] == inbox::item("s", "second"));
}

CAF_TEST(a look for room that takes the edge of a message tells of it) {
  zmq::context_t context_of_peer;
  zmq::socket_t peer{context_of_peer, zmq::socket_type::router};
  peer.set(zmq::sockopt::linger, 0);
  peer.set(zmq::sockopt::rcvhwm, 1);
  peer.bind(frontend);
  inbox arrivals;
  // What waits for the peer to read does so for ever.
  auto made = connect_dealer(
    context->get(),
    {frontend, "c", {{"SNDHWM", int64_t{1}}, {"SNDTIMEO", int64_t{-1}}}, 10},
    arrivals.listener());
  CAF_REQUIRE(made);
  zmq::message_t frame;
  CAF_REQUIRE(peer.recv(frame));
  CAF_REQUIRE(peer.recv(frame));
  // The peer reads no more: soon a message has to wait, and goes on waiting.
  auto large = std::string(1 << 20, 'x');
  auto send_large = [&] {
    return !(*made)->send("s", bytes_of(large), 0, true);
  };
  uint64_t count = 0;
  do {
    CAF_REQUIRE(send_large());
    ++count;
  } while (
    eventually([&] { return (*made)->counters().sent == count; }, 200ms));
  gate_of_looks.close();
  CAF_REQUIRE(send_large());
  CAF_REQUIRE(gate_of_looks.holds_one());
  peer.send(zmq::buffer("c", 1), zmq::send_flags::sndmore);
  peer.send(zmq::buffer("s", 1), zmq::send_flags::sndmore);
  peer.send(zmq::buffer("meanwhile", 9), zmq::send_flags::none);
  auto seen = gate_of_looks.sees_message();
  // What it sees may be less than the message.
  std::this_thread::sleep_for(20ms);
  gate_of_looks.open();
  CAF_REQUIRE(seen);
  auto items = arrivals.wait_for(1);
  CAF_REQUIRE_EQUAL(items.size(), 1u);
  CAF_CHECK(items[0] == inbox::item("s", "meanwhile"));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace lost_edge_suite
