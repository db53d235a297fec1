// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE router_direction

#include "bridges/call/router_direction.hpp"

#include "tests/support/zmq_peer.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace router_direction_suite {
namespace {

/// Two sockets and the half of a router between them. Over inproc a message
/// that was sent is there.
struct fixture {
  zmq::context_t context;
  zmq::socket_t frontend = bound("inproc://frontend");
  zmq::socket_t backend = bound("inproc://backend");
  std::vector<router_drop> drops;
  router_reporter reporter{
    {{}, [this](const router_drop& x) { drops.push_back(x); }, {}}};
  router_direction direction{router_side::frontend, frontend.handle(),
                             backend.handle(), reporter};
  zmq_peer client{context, "inproc://frontend", "client", {.probe = false}};
  zmq_peer service{context, "inproc://backend", "service", {.probe = false}};

  zmq::socket_t bound(const char* address) {
    zmq::socket_t result{context, zmq::socket_type::router};
    result.set(zmq::sockopt::router_mandatory, true);
    result.set(zmq::sockopt::sndhwm, 100'000);
    result.set(zmq::sockopt::rcvhwm, 100'000);
    result.bind(address);
    return result;
  }

  void send(int count) {
    for (auto i = 0; i < count; ++i)
      CAF_REQUIRE(client.send({"service", std::to_string(i)}));
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(router_direction_tests, fixture)

CAF_TEST(a batch is bounded) {
  send(25);
  auto batch = direction.move_batch(10);
  CAF_CHECK(!batch.dry);
  CAF_CHECK(batch.touched_other);
  CAF_CHECK_EQUAL(batch.error, 0);
  CAF_CHECK_EQUAL(direction.counters().routed, 10u);
  CAF_CHECK(!direction.move_batch(10).dry);
  CAF_CHECK(direction.move_batch(10).dry);
  CAF_CHECK_EQUAL(direction.counters().routed, 25u);
  auto last = direction.move_batch(10);
  CAF_CHECK(last.dry);
  CAF_CHECK(!last.touched_other);
}

CAF_TEST(a message of many frames is given up over several batches) {
  CAF_REQUIRE(client.send(frames(1000, "x")));
  CAF_REQUIRE(client.send({"service", "good"}));
  auto batches = 1;
  while (!direction.move_batch(10).dry)
    ++batches;
  CAF_CHECK_GREATER(batches, 95);
  CAF_CHECK_EQUAL(direction.counters().malformed, 1u);
  CAF_CHECK_EQUAL(drops.size(), 1u);
  CAF_CHECK(service.receive() == (frames{"client", "good"}));
}

CAF_TEST(a drop touches the other socket and leaves no half message) {
  CAF_REQUIRE(client.send({"nobody", "lost"}));
  CAF_REQUIRE(client.send({"service", "good"}));
  CAF_CHECK(direction.move_batch(1).touched_other);
  CAF_CHECK_EQUAL(direction.counters().no_such_peer, 1u);
  direction.move_batch(1);
  CAF_CHECK(service.receive() == (frames{"client", "good"}));
}

CAF_TEST(a drop tells no more of its recipient than an identity has) {
  CAF_REQUIRE(client.send({std::string(100'000, 'x'), "lost"}));
  direction.move_batch(1);
  CAF_REQUIRE_EQUAL(drops.size(), 1u);
  CAF_CHECK_EQUAL(drops[0].recipient_id, std::string(255, 'x') + "...");
}

CAF_TEST(a socket that is gone is an error) {
  context.shutdown();
  CAF_CHECK_EQUAL(direction.move_batch(10).error, ETERM);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace router_direction_suite
