// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE web_bounds

#include <sys/resource.h>

#include <fstream>
#include <future>
#include <memory>
#include <vector>

#include "tests/support/web_server_fixture.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace web_bounds_suite {
namespace {

struct fixture : web_server_fixture {};

} // namespace

CAF_TEST_FIXTURE_SCOPE(web_bounds_tests, fixture)

CAF_TEST(who begins a request and does not end it is told and closed) {
  settings.limits.header_time = 50ms;
  settings.limits.body_time = 50ms;
  start();
  for (const auto& text :
       {std::string{"GET /status HTT"}, request("GET /status").substr(0, 40),
        request("POST /estop", "Content-Length: 100\r\n") + "{"}) {
    web_client_socket client{port()};
    client.send(text);
    CAF_CHECK(client.receive_all().starts_with("HTTP/1.1 408 "));
  }
  CAF_CHECK_EQUAL(server->status().slow, 3u);
  CAF_CHECK(seen->get().empty());
}

CAF_TEST(a byte now and then does not keep a connection) {
  settings.limits.header_time = 200ms;
  start();
  web_client_socket client{port()};
  auto sender = std::async(std::launch::async, [&] {
    for (auto c : request("GET /status", "X: " + std::string(500, 'x'))) {
      client.send({&c, 1});
      std::this_thread::sleep_for(5ms);
    }
  });
  CAF_CHECK(client.receive_all().starts_with("HTTP/1.1 408 "));
  sender.wait();
}

CAF_TEST(an idle connection is closed without a word) {
  settings.limits.idle = 50ms;
  start();
  web_client_socket client{port()};
  CAF_CHECK_EQUAL(client.receive_all(), "");
  web_client_socket other{port()};
  other.send(request("GET /status"));
  CAF_CHECK(has(other.receive_answer(), " 200 "));
  CAF_CHECK_EQUAL(other.receive_all(), "");
  CAF_CHECK_EQUAL(server->status().slow, 0u);
}

CAF_TEST(an answer that nobody gives is not waited for) {
  settings.owner.status = [](auto) {};
  settings.limits.answer_time = 50ms;
  start();
  CAF_CHECK(ask("GET /status").starts_with("HTTP/1.1 503 "));
}

CAF_TEST(a stop finds room however many connections there are) {
  settings.limits.connections = 8;
  settings.limits.connections_of_peer = 8;
  settings.limits.websockets = 6;
  settings.limits.websockets_of_peer = 6;
  start();
  std::vector<std::unique_ptr<web_client_socket>> sockets;
  for (auto i = 0; i < 6; ++i)
    sockets.push_back(open_websocket());
  {
    web_client_socket one_more{port()};
    one_more.send(handshake());
    CAF_CHECK(has(one_more.receive_answer(), " 503 "));
  }
  std::deque<web_client_socket> idle;
  for (auto i = 0; i < 20; ++i)
    idle.emplace_back(port());
  web_client_socket stopper{port()};
  stopper.send(request("POST /estop", "Content-Length: 0\r\n"));
  CAF_CHECK(has(stopper.receive_answer(), " 200 "));
  for (auto& each : sockets) {
    each->send(web_frame("a"));
    CAF_CHECK_EQUAL(each->receive(), "\x81\x01"
                                     "a");
  }
  CAF_CHECK(server->status().connections <= 8);
  CAF_CHECK(server->status().displaced >= 19);
}

CAF_TEST(a peer has so many requests and may stop all the same) {
  settings.limits.requests = 0.001;
  settings.limits.request_burst = 3;
  start();
  for (auto i = 0; i < 3; ++i)
    CAF_CHECK(has(ask("GET /status"), " 200 "));
  CAF_CHECK(has(ask("GET /status"), " 429 "));
  web_client_socket client{port()};
  client.send(request("POST /estop", "Content-Length: 0\r\n"));
  CAF_CHECK(has(client.receive_answer(), " 200 "));
}

CAF_TEST(a flood of messages closes its connection alone) {
  settings.limits.messages = 10;
  settings.limits.message_burst = 20;
  start();
  auto other = open_websocket();
  auto client = open_websocket();
  for (auto i = 0; i < 100; ++i)
    client->send(web_frame("x"));
  CAF_CHECK_EQUAL(close_code(client->receive_all()), 1008u);
  other->send(web_frame("a"));
  CAF_CHECK_EQUAL(other->receive(), "\x81\x01"
                                    "a");
}

CAF_TEST(a flood of stops is obeyed as long as it lasts) {
  settings.limits.messages = 0.001;
  settings.limits.message_burst = 1;
  start();
  auto client = open_websocket();
  client->send(web_frame("x") + web_frame("stop") + web_frame("stop"));
  CAF_CHECK_EQUAL(close_code(client->receive_all()), 1008u);
  auto all = seen->get();
  CAF_CHECK_EQUAL(std::ranges::count(all, std::string{"takes stop"}), 1);
}

CAF_TEST(frames without a byte in them are too much at last) {
  settings.limits.bytes = 1000;
  settings.limits.byte_burst = 10'000;
  start();
  auto client = open_websocket();
  client->send(std::string{"\x01\x80\0\0\0\0", 6});
  for (auto i = 0; i < 2000; ++i)
    client->send(std::string{"\0\x80\0\0\0\0", 6});
  CAF_CHECK_EQUAL(client->receive_all(), "");
  CAF_CHECK(has(ask("GET /status"), " 200 "));
}

CAF_TEST(who does not read costs nobody anything and is closed) {
  settings.limits.write_time = 300ms;
  start();
  auto client = open_websocket(4096);
  client->send(web_frame("flood"));
  CAF_CHECK(eventually([this] { return seen->has("takes flood"); }));
  CAF_CHECK(has(ask("GET /status"), " 200 "));
  CAF_CHECK(eventually([this] { return seen->has("ends"); }));
  CAF_CHECK(server->status().slow >= 1);
}

CAF_TEST(who is gone without a word is found out) {
  settings.limits.ping = 50ms;
  start();
  // It answers no ping, for nobody reads them.
  auto client = open_websocket();
  CAF_CHECK(eventually([this] { return seen->has("ends"); }));
}

CAF_TEST(clients hear of the end) {
  settings.limits.farewell = 5s;
  start();
  auto client = open_websocket();
  auto deaf = std::make_unique<web_client_socket>(port());
  auto ended = std::async(std::launch::async, [this] { server.reset(); });
  auto came = client->receive_all();
  CAF_CHECK_EQUAL(close_code(came), 1001u);
  CAF_CHECK_EQUAL(deaf->receive_all(), "");
  client.reset();
  ended.wait();
  CAF_CHECK(seen->has("ends"));
}

CAF_TEST(clients that are just being accepted hear of the end) {
  settings.limits.connections_of_peer = 100;
  settings.limits.farewell = 5s;
  start();
  std::vector<std::unique_ptr<web_client_socket>> clients;
  for (auto i = 0; i < 30; ++i)
    clients.push_back(std::make_unique<web_client_socket>(port()));
  for (auto& client : clients)
    client->send(handshake());
  std::string came = clients[0]->receive();
  auto ended = std::async(std::launch::async, [this] { server.reset(); });
  for (auto& client : clients) {
    came += client->receive_all();
    // Who has not been answered yet is no client.
    if (!came.empty())
      CAF_CHECK_EQUAL(close_code(came), 1001u);
    came.clear();
    client.reset();
  }
  ended.wait();
}

CAF_TEST(the end waits for nobody who has gone) {
  settings.limits.farewell = 5s;
  start();
  web_client_socket silent{port()};
  silent.send(request("GET /status"));
  CAF_CHECK(has(silent.receive_answer(), " 200 "));
  auto begin = std::chrono::steady_clock::now();
  server.reset();
  CAF_CHECK(std::chrono::steady_clock::now() - begin < 4s);
}

CAF_TEST(the end waits for nobody who does not read) {
  start();
  auto client = open_websocket(4096);
  client->send(web_frame("flood"));
  CAF_CHECK(eventually([this] { return seen->has("takes flood"); }));
  auto begin = std::chrono::steady_clock::now();
  server.reset();
  CAF_CHECK(std::chrono::steady_clock::now() - begin < 5s);
  CAF_CHECK(seen->has("ends"));
}

CAF_TEST(a record that is not read to the end holds up nobody) {
  std::ofstream{folder.file("one.mcap")} << std::string(8'000'000, 'x');
  settings.limits.write_time = 300ms;
  start();
  web_client_socket slow{port(), 4096};
  slow.send(request("GET /records/one.mcap"));
  CAF_CHECK(!slow.receive().empty());
  CAF_CHECK(has(ask("GET /status"), " 200 "));
  CAF_CHECK(eventually([this] { return server->status().slow == 1; }));
  CAF_CHECK(has(ask("GET /records/one.mcap"), " 200 "));
}

CAF_TEST(without a descriptor nobody spins and then clients come in again) {
  start();
  web_client_socket known{port()};
  known.send(request("GET /status"));
  CAF_CHECK(has(known.receive_answer(), " 200 "));
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  web_client_socket late{port()};
  CAF_CHECK(eventually([this] { return server->status().accepted == 2; }));
  auto none = before;
  // It has the lowest number that is free.
  auto waiting = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  CAF_REQUIRE(waiting >= 0);
  file_descriptor client{waiting};
  none.rlim_cur = static_cast<rlim_t>(waiting) + 1;
  CAF_REQUIRE_EQUAL(::setrlimit(RLIMIT_NOFILE, &none), 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port());
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CAF_CHECK_EQUAL(
    ::connect(waiting, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
  // One that is idle goes for it.
  CAF_CHECK(eventually([this] { return server->status().displaced >= 1; }));
  ::setrlimit(RLIMIT_NOFILE, &before);
  CAF_CHECK(eventually([this] { return server->status().accepted >= 3; }));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace web_bounds_suite
