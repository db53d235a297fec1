// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE zmq_channel

#include "bridges/call/zmq_channel.hpp"

#include <atomic>
#include <future>
#include <thread>

#include "tests/support/calls_fixture.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace std::chrono_literals;

namespace zmq_channel_suite {
namespace {

struct fixture : calls_fixture {
  inbox client_inbox;
  inbox service_inbox;

  std::unique_ptr<message_channel>
  connect(const std::string& address, std::string identity, inbox& to,
          socket_options options = {}, size_t window = 1000) {
    auto made = connect_dealer(context->get(),
                               {address, std::move(identity),
                                std::move(options), window},
                               to.listener());
    if (!made)
      CAF_FAIL(describe(made.error()));
    return std::move(*made);
  }

  /// Sends until something arrives: the peer may not be known yet.
  void meet(message_channel& from, const std::string& to, inbox& arrivals) {
    for (int i = 0; i < 200; ++i) {
      from.send(to, bytes_of("hello"));
      if (!arrivals.wait_for(1, 50ms).empty())
        break;
    }
    CAF_REQUIRE(!arrivals.wait_for(1).empty());
    std::this_thread::sleep_for(50ms);
    arrivals.clear();
  }

  void exchange() {
    start_router();
    auto client = connect(frontend, "c", client_inbox);
    auto service = connect(backend, "s", service_inbox);
    meet(*client, "s", service_inbox);
    CAF_CHECK(!client->send("s", bytes_of("question")));
    CAF_CHECK(service_inbox.wait_for(1)[0] == inbox::item("c", "question"));
    CAF_CHECK(!service->send("c", bytes_of("answer")));
    CAF_CHECK(client_inbox.wait_for(1)[0] == inbox::item("s", "answer"));
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(zmq_channel_tests, fixture)

CAF_TEST(a client and a service exchange payloads over ipc) {
  exchange();
}

CAF_TEST(a client and a service exchange payloads over tcp) {
  frontend = "tcp://127.0.0.1:*";
  backend = "tcp://127.0.0.1:*";
  exchange();
}

CAF_TEST(order is kept and nothing is lost while both sides send) {
  start_router();
  auto client = connect(frontend, "c", client_inbox, {}, 100000);
  auto service = connect(backend, "s", service_inbox, {}, 100000);
  meet(*client, "s", service_inbox);
  constexpr size_t count = 20000;
  auto send_all = [](message_channel& from, const char* to) {
    for (size_t i = 0; i < count; ++i)
      while (from.send(to, bytes_of(std::to_string(i))))
        std::this_thread::sleep_for(100us);
  };
  std::thread other{[&] { send_all(*service, "c"); }};
  send_all(*client, "s");
  other.join();
  for (auto arrived : {&client_inbox, &service_inbox}) {
    auto items = arrived->wait_for(count);
    CAF_REQUIRE_EQUAL(items.size(), count);
    size_t in_order = 0;
    while (in_order < count
           && items[in_order].second == std::to_string(in_order))
      ++in_order;
    CAF_CHECK_EQUAL(in_order, count);
  }
}

// A sender may take away the edge by which the socket tells of a message. That
// is rare: this is a load test, and no proof that an edge is never lost.
CAF_TEST(no message stays in the socket while others send) {
  start_router();
  std::atomic<message_channel*> service{nullptr};
  std::atomic<message_channel*> client{nullptr};
  std::atomic<size_t> answers{0};
  auto ignore = [](auto) {};
  auto echo = [&](std::string_view sender, std::span<const std::byte> payload) {
    service.load()->send(sender, payload);
    service.load()->release(1);
  };
  auto count = [&](std::string_view, std::span<const std::byte>) {
    client.load()->release(1);
    ++answers;
  };
  auto serving = connect_dealer(context->get(), {backend, "s", {}, 10},
                                {echo, ignore, ignore});
  auto asking = connect_dealer(context->get(), {frontend, "c", {}, 10},
                               {count, ignore, ignore});
  CAF_REQUIRE(serving && asking);
  service = serving->get();
  client = asking->get();
  while (answers == 0) {
    client.load()->send("s", bytes_of("hello"));
    std::this_thread::sleep_for(20ms);
  }
  std::this_thread::sleep_for(100ms);
  auto met = answers.load();
  std::atomic<size_t> sent{met};
  auto ask = [&] {
    for (size_t i = 0; i < 4000; ++i) {
      client.load()->send("s", bytes_of("x"));
      ++sent;
      // Few in flight, so that both ends are idle again and again.
      for (int wait = 0; wait < 20000 && sent - answers > 2; ++wait)
        std::this_thread::yield();
    }
  };
  std::thread first{ask};
  std::thread second{ask};
  first.join();
  second.join();
  for (int wait = 0; wait < 5000 && answers < met + 8000; ++wait)
    std::this_thread::sleep_for(1ms);
  CAF_CHECK_EQUAL(answers.load(), met + 8000);
}

CAF_TEST(a closed window keeps messages in the socket until it opens) {
  start_router();
  auto client = connect(frontend, "c", client_inbox);
  auto service = connect(backend, "s", service_inbox, {}, 2);
  meet(*client, "s", service_inbox);
  service->release(1);
  for (auto text : {"a", "b", "c", "d"})
    client->send("s", bytes_of(text));
  CAF_CHECK_EQUAL(service_inbox.wait_for(2).size(), 2u);
  CAF_CHECK_EQUAL(service_inbox.wait_for(3, 200ms).size(), 2u);
  service->release(1);
  CAF_CHECK_EQUAL(service_inbox.wait_for(3).size(), 3u);
  CAF_CHECK_EQUAL(service_inbox.wait_for(4, 200ms).size(), 3u);
  service->release(2);
  CAF_CHECK_EQUAL(service_inbox.wait_for(4).size(), 4u);
}

CAF_TEST(a channel finds a router that has restarted) {
  start_router();
  auto client = connect(frontend, "c", client_inbox);
  auto service = connect(backend, "s", service_inbox);
  meet(*client, "s", service_inbox);
  router.reset();
  client->send("s", bytes_of("while it is away"));
  start_router();
  meet(*service, "c", client_inbox);
  service_inbox.clear();
  meet(*client, "s", service_inbox);
}

CAF_TEST(a service that restarts under its identity is found again) {
  start_router();
  auto client = connect(frontend, "c", client_inbox);
  auto service = connect(backend, "s", service_inbox);
  meet(*client, "s", service_inbox);
  service.reset();
  client->send("s", bytes_of("to nobody"));
  service = connect(backend, "s", service_inbox);
  meet(*client, "s", service_inbox);
  service->send("c", bytes_of("back again"));
  CAF_CHECK(client_inbox.wait_for(1)[0] == inbox::item("s", "back again"));
}

// The probe takes the first place of the socket's queue.
CAF_TEST(what cannot leave in time is given up and the socket made anew) {
  auto client = connect(frontend, "c", client_inbox,
                        {{"SNDHWM", 3}, {"SNDTIMEO", 1000}});
  auto before = std::chrono::steady_clock::now();
  for (uint64_t ticket = 1; ticket <= 4; ++ticket)
    CAF_CHECK(!client->send("s", bytes_of("x"), ticket));
  auto blocked = std::chrono::steady_clock::now() - before;
  CAF_CHECK(blocked < 1s);
  auto unsent = client_inbox.wait_for(1);
  CAF_REQUIRE(!unsent.empty());
  CAF_CHECK(unsent[0] == inbox::item("unsent", "3"));
  CAF_CHECK_GREATER_OR_EQUAL(client->counters().reopened, 1u);
  start_router();
  auto service = connect(backend, "s", service_inbox);
  meet(*client, "s", service_inbox);
}

CAF_TEST(without a send time - out a full socket refuses at once) {
  auto client = connect(frontend, "c", client_inbox,
                        {{"SNDHWM", 2}, {"SNDTIMEO", 0}});
  CAF_CHECK(!client->send("s", bytes_of("x")));
  CAF_CHECK(client->send("s", bytes_of("x")) == ec::overloaded);
  CAF_CHECK_EQUAL(client->counters().reopened, 1u);
}

CAF_TEST(an absent router delays the end by the linger period at most) {
  auto before = std::chrono::steady_clock::now();
  auto client = connect(frontend, "c", client_inbox);
  client->send("s", bytes_of("x"));
  client.reset();
  context.reset();
  // For ever, were there none.
  CAF_CHECK(std::chrono::steady_clock::now() - before < 10s);
}

CAF_TEST(messages of another form are malformed and the next one works) {
  // A peer of our own in place of the router.
  zmq::socket_t peer{context->get(), zmq::socket_type::router};
  peer.bind(frontend);
  auto client = connect(frontend, "c", client_inbox);
  zmq::message_t probe;
  CAF_REQUIRE(peer.recv(probe));
  CAF_REQUIRE(peer.recv(probe));
  auto send = [&](std::vector<std::string> frames) {
    frames.insert(frames.begin(), "c");
    for (size_t i = 0; i < frames.size(); ++i)
      peer.send(zmq::buffer(frames[i]), i + 1 < frames.size()
                                          ? zmq::send_flags::sndmore
                                          : zmq::send_flags::none);
  };
  send({""});
  send({"lonely"});
  send({"a", "b", "c"});
  send(std::vector<std::string>(1000, "many"));
  send({"s", ""});
  send({"s", "good"});
  auto items = client_inbox.wait_for(5);
  CAF_REQUIRE_EQUAL(items.size(), 5u);
  CAF_CHECK(items[0] == inbox::item("malformed", "1 frames, expected 2"));
  CAF_CHECK(items[1] == inbox::item("malformed", "3 frames, expected 2"));
  CAF_CHECK(items[2] == inbox::item("malformed", "1000 frames, expected 2"));
  CAF_CHECK(items[3] == inbox::item("s", ""));
  CAF_CHECK(items[4] == inbox::item("s", "good"));
  CAF_CHECK_EQUAL(client->counters().malformed, 3u);
  peer.set(zmq::sockopt::linger, 0);
}

CAF_TEST(options that are none are named) {
  auto refused = [&](socket_options options) {
    auto made = connect_dealer(context->get(),
                               {frontend, "c", std::move(options), 10},
                               client_inbox.listener());
    return made ? std::string{} : describe(made.error());
  };
  CAF_CHECK_EQUAL(refused({{"SNDTIME", 1}}),
                  "socket option SNDTIME: no such option");
  CAF_CHECK_EQUAL(refused({{"SNDTIMEO", "1"}}),
                  "socket option SNDTIMEO: expected an integer");
  CAF_CHECK_EQUAL(refused({{"IDENTITY", 1}}),
                  "socket option IDENTITY: expected text");
  CAF_CHECK_EQUAL(refused({{"SNDHWM", int64_t{1} << 40}}),
                  "socket option SNDHWM: expected an integer of 32 bits");
  CAF_CHECK_EQUAL(refused({{"SNDHWM", -1}}),
                  "socket option SNDHWM: invalid argument");
  CAF_CHECK_EQUAL(refused({{"SNDHWM", 5}, {"IDENTITY", "x"}}), "");
}

CAF_TEST(an address that is none is named) {
  auto made = connect_dealer(context->get(), {"tcp:/nowhere", "c", {}, 10},
                             client_inbox.listener());
  CAF_REQUIRE(!made);
  CAF_CHECK(made.error() == ec::bad_configuration);
  CAF_CHECK_EQUAL(describe(made.error()),
                  "cannot connect to tcp:/nowhere: invalid argument");
}

CAF_TEST(an owner that runs on the thread of its channel may end it there) {
  start_router();
  auto client = connect(frontend, "c", client_inbox);
  std::unique_ptr<message_channel> service;
  std::atomic<bool> owned{false};
  std::atomic<int> after_the_end{0};
  std::promise<void> ended;
  auto at_an_end = false;
  channel_listener listener;
  listener.received = [&](std::string_view, std::span<const std::byte>) {
    after_the_end += at_an_end ? 1 : 0;
  };
  listener.batch_ended = [&] {
    if (!owned)
      return;
    at_an_end = true;
    service.reset();
    ended.set_value();
  };
  auto made = connect_dealer(context->get(), {backend, "s", {}, 1000},
                             std::move(listener));
  CAF_REQUIRE(made);
  service = std::move(*made);
  owned = true;
  auto has_ended = ended.get_future();
  auto sends = 0;
  do {
    client->send("s", bytes_of("end"));
  } while (has_ended.wait_for(20ms) != std::future_status::ready
           && ++sends < 500);
  CAF_REQUIRE(has_ended.wait_for(0s) == std::future_status::ready);
  client->send("s", bytes_of("nobody"));
  client.reset();
  router.reset();
  // Waits for every socket: the thread has closed its own.
  context.reset();
  CAF_CHECK_EQUAL(after_the_end, 0);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace zmq_channel_suite
