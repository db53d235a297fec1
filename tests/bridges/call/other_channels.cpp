// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE other_channels

// Channels without a router: topics, and datagrams.
#include <arpa/inet.h>
#include <sys/socket.h>

#include "bridges/call/zmq_channel.hpp"
#include "bridges/system/file_descriptor.hpp"
#include "bridges/udp/udp_channel.hpp"
#include "tests/support/calls_fixture.hpp"
#include "tests/support/free_udp_address.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace std::chrono_literals;

namespace other_channels_suite {
namespace {

struct fixture : calls_fixture {
  inbox client_inbox;
  inbox service_inbox;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(other_channels_tests, fixture)

CAF_TEST(a publisher sends its topic first) {
  zmq::socket_t subscriber{context->get(), zmq::socket_type::sub};
  subscriber.set(zmq::sockopt::subscribe, "update");
  subscriber.set(zmq::sockopt::rcvtimeo, 20);
  subscriber.bind(frontend);
  auto made = connect_publisher(context->get(), {frontend, "", {}, 10},
                                client_inbox.listener());
  CAF_REQUIRE(made);
  zmq::message_t topic;
  zmq::message_t payload;
  for (int i = 0; i < 200 && topic.empty(); ++i) {
    CAF_CHECK(!(*made)->send("update", bytes_of("news")));
    if (subscriber.recv(topic))
      CAF_CHECK(subscriber.recv(payload));
  }
  CAF_CHECK_EQUAL(topic.to_string(), "update");
  CAF_CHECK_EQUAL(payload.to_string(), "news");
  CAF_CHECK((*made)->addressed_by() == message_channel::addressing::topic);
}

CAF_TEST(a subscriber that is bound hears its topics and nothing else) {
  zmq_channel_settings settings{frontend, "", {}, 10};
  settings.topics = {"update", "stop"};
  settings.binds = true;
  auto subscriber = connect_subscriber(context->get(), settings,
                                       service_inbox.listener());
  CAF_REQUIRE(subscriber);
  auto publisher = connect_publisher(context->get(), {frontend, "", {}, 10},
                                     client_inbox.listener());
  CAF_REQUIRE(publisher);
  // What is published before the subscription is known is lost.
  for (int i = 0; i < 500 && service_inbox.wait_for(1, 10ms).empty(); ++i) {
    CAF_CHECK(!(*publisher)->send("other", bytes_of("not this")));
    CAF_CHECK(!(*publisher)->send("update", bytes_of("news")));
  }
  auto items = service_inbox.wait_for(1);
  CAF_REQUIRE(!items.empty());
  for (const auto& each : items)
    CAF_CHECK(each == inbox::item("update", "news"));
  CAF_CHECK((*subscriber)->addressed_by()
            == message_channel::addressing::topic);
  // Nobody who publishes hears an answer.
  CAF_CHECK((*subscriber)->send("update", bytes_of("thanks"))
            == ec::system_error);
}

CAF_TEST(a path that somebody serves is bound by nobody else) {
  zmq_channel_settings settings{frontend, "", {}, 10};
  settings.binds = true;
  auto first = connect_publisher(context->get(), settings,
                                 client_inbox.listener());
  CAF_REQUIRE(first);
  auto second = connect_publisher(context->get(), settings,
                                  client_inbox.listener());
  CAF_REQUIRE(!second);
  CAF_CHECK(describe(second.error()).find("another process is serving it")
            != std::string::npos);
}

CAF_TEST(a datagram service answers whoever has asked) {
  auto address = free_udp_address("127.0.0.1");
  auto service = bind_udp_channel(address, service_inbox.listener());
  CAF_REQUIRE(service);
  CAF_CHECK(!bind_udp_channel(address, service_inbox.listener()));
  inbox other_inbox;
  auto client = connect_udp(address, client_inbox.listener());
  auto other = connect_udp(address, other_inbox.listener());
  CAF_REQUIRE(client && other);
  CAF_CHECK(!(*client)->send("", bytes_of("one")));
  CAF_REQUIRE_EQUAL(service_inbox.wait_for(1).size(), 1u);
  CAF_CHECK(!(*other)->send("", bytes_of("two")));
  auto asked = service_inbox.wait_for(2);
  CAF_REQUIRE_EQUAL(asked.size(), 2u);
  for (const auto& [sender, payload] : asked)
    CAF_CHECK(!(*service)->send(sender, bytes_of("re " + payload)));
  auto answer = [](inbox& from) {
    auto items = from.wait_for(1);
    return items.empty() ? std::string{} : items[0].second;
  };
  CAF_CHECK_EQUAL(answer(client_inbox), "re one");
  CAF_CHECK_EQUAL(answer(other_inbox), "re two");
  CAF_CHECK((*service)->send("nobody", bytes_of("x")) == ec::bad_configuration);
}

CAF_TEST(one datagram is one payload) {
  file_descriptor peer{::socket(AF_INET, SOCK_DGRAM, 0)};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto generic = reinterpret_cast<sockaddr*>(&address);
  CAF_REQUIRE(::bind(peer.get(), generic, size) == 0);
  CAF_REQUIRE(::getsockname(peer.get(), generic, &size) == 0);
  auto made
    = connect_udp("udp://127.0.0.1:" + std::to_string(ntohs(address.sin_port)),
                  client_inbox.listener());
  CAF_REQUIRE(made);
  CAF_CHECK(!(*made)->send("", bytes_of("question")));
  char text[100];
  auto got = ::recvfrom(peer.get(), text, sizeof text, 0, generic, &size);
  CAF_CHECK(std::string_view(text, static_cast<size_t>(got)) == "question");
  CAF_CHECK(::sendto(peer.get(), "answer", 6, 0, generic, size) == 6);
  auto items = client_inbox.wait_for(1);
  CAF_REQUIRE_EQUAL(items.size(), 1u);
  CAF_CHECK(items[0] == inbox::item("", "answer"));
}

CAF_TEST(a datagram address that is none is refused) {
  for (auto address : {"tcp://127.0.0.1:9", "udp://127.0.0.1", "udp://:9"}) {
    auto made = connect_udp(address, client_inbox.listener());
    CAF_REQUIRE(!made);
    CAF_CHECK(made.error() == ec::bad_configuration);
  }
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace other_channels_suite
