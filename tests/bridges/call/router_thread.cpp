// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE router_thread

#include "bridges/call/router_thread.hpp"

#include "messages/call/remote_call.hpp"
#include "tests/support/router_fixture.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace std::chrono_literals;

namespace router_thread_suite {

CAF_TEST_FIXTURE_SCOPE(router_thread_tests, router_fixture)

CAF_TEST(a request reaches its service and the answer its client) {
  start();
  for (auto& endpoint : router->frontend_endpoints()) {
    auto server = service();
    zmq_peer caller{peers, endpoint, "caller"};
    CAF_REQUIRE(caller.send({"service", "question"}));
    CAF_CHECK(server.receive() == (frames{"caller", "question"}));
    CAF_REQUIRE(server.send({"caller", "answer"}));
    CAF_CHECK(caller.receive() == (frames{"service", "answer"}));
  }
  // A message may arrive before it is counted.
  CAF_CHECK(eventually([&] { return frontend().routed == 2u; }));
  CAF_CHECK(eventually([&] { return backend().routed == 2u; }));
}

CAF_TEST(the heads of calls are told and floods of them counted) {
  start();
  auto server = service();
  auto caller = client();
  auto text_of = [](const auto& message) {
    auto bytes = encode(message);
    return std::string{bytes.begin(), bytes.end()};
  };
  auto question = text_of(request{7, "drive", json::array({"secret"})});
  CAF_REQUIRE(caller.send({"service", question}));
  CAF_REQUIRE(server.receive() == (frames{"client", question}));
  CAF_REQUIRE(server.send({"client", text_of(response{7, {}, 1})}));
  CAF_REQUIRE(caller.send({"nobody", question}));
  CAF_REQUIRE(caller.send({"service", "no call"}));
  CAF_CHECK(eventually([&] { return frontend().routed == 2u; }));
  CAF_CHECK(eventually([&] { return seen(calls).size() == 2u; }));
  auto told = seen(calls);
  CAF_CHECK(told[0].form == call_form::request);
  CAF_CHECK_EQUAL(told[0].id, 7u);
  CAF_CHECK_EQUAL(told[0].method, "drive");
  CAF_CHECK_EQUAL(told[0].from, "client");
  CAF_CHECK_EQUAL(told[0].to, "service");
  CAF_CHECK_EQUAL(told[0].size, question.size());
  CAF_CHECK(told[1].form == call_form::response);
  CAF_CHECK_EQUAL(told[1].from, "service");
  CAF_CHECK_EQUAL(told[1].to, "client");
  constexpr uint64_t count = 20'000;
  for (uint64_t i = 0; i < count; ++i)
    CAF_REQUIRE(caller.send({"service", question}));
  CAF_CHECK(eventually([&] { return frontend().routed == 2 + count; }));
  // How many were left out is told with the next one.
  uint64_t told_or_counted = 0;
  auto all_counted = [&] {
    CAF_REQUIRE(caller.send({"service", question}));
    told_or_counted = 0;
    for (const auto& each : seen(calls))
      told_or_counted += 1 + each.suppressed;
    return told_or_counted >= 2 + count;
  };
  CAF_CHECK(eventually(all_counted));
  // What was no call is neither, and the answer is of the other side.
  CAF_CHECK(told_or_counted <= frontend().routed);
  CAF_CHECK_LESS(seen(calls).size(), count / 2);
}

CAF_TEST(what was sent inside the process is routed before the end) {
  for (auto round = 0; round < 20; ++round) {
    // libzmq lets go of a name some time after the socket has been closed.
    settings.inside = "inproc://router-" + std::to_string(round);
    start();
    CAF_CHECK_EQUAL(router->backend_endpoints().size(), 1u);
    auto caller = client();
    {
      zmq_peer inside{context, settings.inside, "inside"};
      CAF_REQUIRE(caller.send({"inside", "question"}));
      CAF_REQUIRE(inside.receive() == (frames{"client", "question"}));
      for (auto i = 0; i < 500; ++i)
        CAF_REQUIRE(inside.send({"client", std::to_string(i)}));
    }
    router.reset();
    for (auto i = 0; i < 500; ++i)
      CAF_REQUIRE(caller.receive() == (frames{"inside", std::to_string(i)}));
  }
}

CAF_TEST(wildcard ports are filled in) {
  start();
  auto& endpoints = router->frontend_endpoints();
  CAF_REQUIRE_EQUAL(endpoints.size(), 2u);
  CAF_CHECK_EQUAL(endpoints[0], folder.ipc("rpc.sock"));
  CAF_CHECK_EQUAL(endpoints[1].rfind("tcp://127.0.0.1:", 0), 0u);
  CAF_CHECK_EQUAL(endpoints[1].find('*'), std::string::npos);
}

CAF_TEST(the order of each sender is kept) {
  start();
  auto server = service();
  auto first = client("first");
  auto second = client("second");
  constexpr auto count = 5000;
  for (auto i = 0; i < count; ++i) {
    CAF_REQUIRE(first.send({"service", std::to_string(i)}));
    CAF_REQUIRE(second.send({"service", std::to_string(i)}));
  }
  std::map<std::string, int> next;
  for (auto i = 0; i < 2 * count; ++i) {
    auto message = server.receive();
    CAF_REQUIRE_EQUAL(message.size(), 2u);
    CAF_REQUIRE_EQUAL(message[1], std::to_string(next[message[0]]++));
  }
}

CAF_TEST(a payload may be empty) {
  start();
  auto server = service();
  auto caller = client();
  CAF_REQUIRE(caller.send({"service", ""}));
  CAF_CHECK(server.receive() == (frames{"client", ""}));
}

CAF_TEST(large payloads pass unchanged) {
  start();
  auto server = service();
  auto caller = client();
  std::string payload(1 << 20, 'x');
  payload[12345] = '\0';
  CAF_REQUIRE(caller.send({"service", payload}));
  CAF_CHECK(server.receive() == (frames{"client", payload}));
}

CAF_TEST(a probe is reported and is no error) {
  start();
  auto caller = client("robot-cli-1");
  CAF_REQUIRE(eventually([&] { return !seen(connections).empty(); }));
  auto fact = first(connections);
  CAF_CHECK_EQUAL(fact.sender_id, "robot-cli-1");
  CAF_CHECK(fact.side == router_side::frontend);
  CAF_CHECK_EQUAL(frontend().probes, 1u);
  CAF_CHECK_EQUAL(dropped(frontend()), 0u);
}

CAF_TEST(an identity that is no text is reported in hexadecimal) {
  start();
  auto caller = client("\x01\xff");
  CAF_REQUIRE(eventually([&] { return !seen(connections).empty(); }));
  CAF_CHECK_EQUAL(first(connections).sender_id, "01ff");
}

CAF_TEST(a client without identity or probe is served) {
  start();
  auto server = service();
  zmq_peer caller{peers, router->frontend_endpoints()[0], "", {.probe = false}};
  CAF_REQUIRE(caller.send({"service", "question"}));
  auto request = server.receive();
  CAF_REQUIRE_EQUAL(request.size(), 2u);
  CAF_CHECK_EQUAL(request[1], "question");
  CAF_REQUIRE(server.send({request[0], "answer"}));
  CAF_CHECK(caller.receive() == (frames{"service", "answer"}));
}

CAF_TEST(malformed messages are dropped and the next good one passes) {
  start();
  auto server = service();
  auto caller = client();
  frames giant(1000, "x");
  giant[0] = "service";
  for (auto& message :
       {frames{"x"}, frames{"service", "a", "b"}, frames{"", "payload"},
        frames{"", ""}, frames{"", "service", "payload"}, giant})
    CAF_REQUIRE(caller.send(message));
  CAF_REQUIRE(caller.send({"service", "good"}));
  CAF_CHECK(server.receive() == (frames{"client", "good"}));
  CAF_CHECK_EQUAL(frontend().malformed, 6u);
  CAF_CHECK_EQUAL(frontend().probes, 1u);
  CAF_CHECK(eventually([&] { return frontend().routed == 1u; }));
  // Once a second for each cause.
  CAF_REQUIRE_EQUAL(seen(drops).size(), 1u);
  CAF_CHECK(first(drops).cause == drop_cause::malformed);
  CAF_CHECK_EQUAL(first(drops).sender_id, "client");
  CAF_CHECK_EQUAL(first(drops).recipient_id, "");
}

CAF_TEST(a message to oneself is not routed) {
  start();
  auto server = service("twin");
  auto caller = client("twin");
  CAF_REQUIRE(caller.send({"twin", "hello"}));
  CAF_REQUIRE(server.send({"twin", "hello"}));
  CAF_CHECK(eventually(
    [&] { return frontend().loopback == 1 && backend().loopback == 1; }));
  CAF_REQUIRE_EQUAL(seen(drops).size(), 1u);
  CAF_CHECK(first(drops).cause == drop_cause::loopback);
  CAF_CHECK_EQUAL(server.receive(50ms).size(), 0u);
}

CAF_TEST(a peer of the same side is no peer) {
  start();
  auto other = client("other");
  auto caller = client();
  CAF_REQUIRE(eventually([&] { return frontend().probes == 2; }));
  CAF_REQUIRE(caller.send({"other", "hello"}));
  CAF_REQUIRE(caller.send({"nobody", "hello"}));
  CAF_CHECK(eventually([&] { return frontend().no_such_peer == 2; }));
  CAF_CHECK_EQUAL(other.receive(50ms).size(), 0u);
  CAF_CHECK(first(drops).cause == drop_cause::no_such_peer);
}

CAF_TEST(a service that comes later gets the next message) {
  start();
  auto caller = client();
  CAF_REQUIRE(caller.send({"service", "too early"}));
  CAF_REQUIRE(eventually([&] { return frontend().no_such_peer == 1; }));
  auto server = service();
  CAF_REQUIRE(caller.send({"service", "in time"}));
  CAF_CHECK(server.receive() == (frames{"client", "in time"}));
}

CAF_TEST(the newest peer of an identity gets its messages) {
  start();
  auto old_one = service();
  auto new_one = service();
  auto caller = client();
  CAF_REQUIRE(caller.send({"service", "question"}));
  CAF_CHECK(new_one.receive() == (frames{"client", "question"}));
  CAF_CHECK_EQUAL(old_one.receive(50ms).size(), 0u);
}

CAF_TEST(nobody takes the place of the service inside) {
  settings.inside = "inproc://inside";
  settings.reserved.identity = "broker";
  settings.reserved.secret = "known to one";
  start();
  zmq_peer inside{context, settings.inside, settings.reserved.secret};
  CAF_REQUIRE(wait_for_probes(1));
  CAF_CHECK_EQUAL(first(connections).sender_id, "broker");
  // It claims the identity, and speaks in its name.
  auto caller = client();
  zmq_peer impostor{peers, router->backend_endpoints()[0], "broker"};
  CAF_REQUIRE(eventually([&] { return frontend().probes == 1; }));
  CAF_REQUIRE(impostor.send({"client", "lie"}));
  CAF_REQUIRE(eventually([&] { return backend().malformed == 2; }));
  CAF_CHECK_EQUAL(backend().probes, 1u);
  CAF_CHECK_EQUAL(first(drops).sender_id, "broker");
  CAF_REQUIRE(caller.send({"broker", "question"}));
  CAF_CHECK(inside.receive() == (frames{"client", "question"}));
  CAF_REQUIRE(inside.send({"client", "answer"}));
  CAF_CHECK(caller.receive() == (frames{"broker", "answer"}));
  CAF_CHECK_EQUAL(impostor.receive(50ms).size(), 0u);
  CAF_REQUIRE(inside.send({"nobody", "answer"}));
  CAF_REQUIRE(eventually([&] { return backend().no_such_peer == 1; }));
  auto dropped = seen(drops);
  CAF_CHECK_EQUAL(dropped.back().sender_id, "broker");
}

CAF_TEST(what is urgent waits behind no other call of the service inside) {
  settings.inside = "inproc://inside";
  settings.reserved = {"broker", "known to one", "stop", "known to another"};
  settings.queue = 10;
  start();
  auto of = [](const char* method) {
    auto payload = encode(rr::request{1, method, json::array()});
    return std::string{payload.begin(), payload.end()};
  };
  zmq_peer slow{context, settings.inside, settings.reserved.secret, {true, 10}};
  CAF_REQUIRE(wait_for_probes(1));
  auto caller = client();
  // Nobody answers it yet but the one for all.
  CAF_REQUIRE(caller.send({"broker", of("stop")}));
  CAF_CHECK(slow.receive() == (frames{"client", of("stop")}));
  zmq_peer urgent{context, settings.inside, settings.reserved.urgent_secret};
  CAF_REQUIRE(wait_for_probes(2));
  CAF_CHECK_EQUAL(seen(connections).size(), 2u);
  CAF_REQUIRE(eventually([&] {
    caller.send({"broker", of("status")});
    return frontend().would_block > 10;
  }));
  CAF_REQUIRE(caller.send({"broker", of("stop")}));
  CAF_CHECK(urgent.receive() == (frames{"client", of("stop")}));
  CAF_REQUIRE(urgent.send({"client", "answer"}));
  CAF_CHECK(caller.receive() == (frames{"broker", "answer"}));
}

CAF_TEST(a failure is reported when the context ends first) {
  start();
  context.shutdown();
  CAF_REQUIRE(eventually([&] { return !seen(failures).empty(); }));
  auto text = describe(first(failures).reason);
  CAF_CHECK_EQUAL(text, "cannot route: context was terminated");
}

CAF_TEST(its thread answers whoever asks whether it lives) {
  start();
  auto witness = router->witness();
  for (uint64_t question = 1; question <= 3; ++question) {
    witness.ask(question);
    CAF_CHECK(eventually([&] { return witness.answered() == question; }));
  }
  // It sleeps in between, and is there for others.
  auto answering = service();
  auto calling = client();
  calling.send({"service", "request"});
  CAF_CHECK(!answering.receive().empty());
  router.reset();
  witness.ask(4);
  CAF_CHECK_GREATER(witness.answered(), 4u);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace router_thread_suite
