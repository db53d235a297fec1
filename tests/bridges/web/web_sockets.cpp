// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE web_sockets

#include <sys/stat.h>

#include <fstream>
#include <future>

#include "messages/error.hpp"
#include "tests/support/web_server_fixture.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace web_sockets_suite {
namespace {

struct fixture : web_server_fixture {};

} // namespace

CAF_TEST_FIXTURE_SCOPE(web_sockets_tests, fixture)

CAF_TEST(a connection is used for one request after the other) {
  start();
  web_client_socket client{port()};
  for (auto i = 0; i < 3; ++i) {
    client.send(request("GET /status"));
    CAF_CHECK(has(client.receive_answer(), "\r\n\r\n{}\n"));
  }
  client.send(request("GET /status") + request("GET /status")
              + request("GET /status", "Connection: close\r\n"));
  auto came = client.receive_all();
  CAF_CHECK(has(came, "Connection: close"));
  CAF_CHECK_EQUAL(server->status().accepted, 1u);
  CAF_CHECK_EQUAL(server->status().requests, 6u);
}

CAF_TEST(the page is a program that asks nobody else) {
  start();
  auto came = ask("GET /");
  CAF_CHECK(came.starts_with("HTTP/1.1 200 OK\r\n"));
  for (auto field : {"default-src 'none'", "X-Content-Type-Options: nosniff",
                     "Referrer-Policy: no-referrer", "Content-Type: text/html"})
    CAF_CHECK(has(came, field));
  auto at = came.find("ETag: ");
  CAF_REQUIRE(at != came.npos);
  auto tag = came.substr(at + 6, came.find("\r\n", at) - at - 6);
  web_client_socket client{port()};
  client.send(request("GET /", "If-None-Match: " + tag + "\r\n"));
  CAF_CHECK(client.receive_answer().starts_with("HTTP/1.1 304 "));
}

CAF_TEST(a stop is obeyed and answered) {
  start();
  web_client_socket client{port()};
  client.send(request("POST /estop", "Content-Length: 18\r\n")
              + R"({"reason":"smoke"})");
  CAF_CHECK(has(client.receive_answer(), "{\"signal_latency_us\":7}"));
  CAF_CHECK(seen->get() == std::vector<std::string>{"stop smoke"});
}

CAF_TEST(a stop is obeyed whatever its body says) {
  start();
  auto stop = [this](const std::string& body) {
    web_client_socket client{port()};
    client.send(request("POST /estop", "Content-Length: "
                                         + std::to_string(body.size()) + "\r\n")
                + body);
    return client.receive_answer();
  };
  for (const auto& body : {std::string{}, std::string{"{}"},
                           std::string{"smoke"}, std::string{"{\"reason\":3}"},
                           std::string(10'000, '['), std::string{"\xff\0", 2}})
    CAF_CHECK(stop(body).starts_with("HTTP/1.1 200 "));
  auto all = seen->get();
  CAF_REQUIRE_EQUAL(all.size(), 6u);
  CAF_CHECK(all[0].starts_with("stop the page, by 127.0.0.1:"));
  CAF_CHECK_EQUAL(all[2], "stop smoke");
  CAF_CHECK_EQUAL(all[3], "stop 3");
  CAF_CHECK_EQUAL(all[5], "stop \\xff\\x00");
}

CAF_TEST(a stop is obeyed before all that waits on other connections) {
  std::promise<void> entered;
  std::promise<void> released;
  auto first = true;
  settings.owner.status = [&](std::function<void(web_answer)> done) {
    seen->add("status");
    if (std::exchange(first, false)) {
      entered.set_value();
      released.get_future().wait();
    }
    done({200, "application/json", "{}"});
  };
  start();
  auto talker = open_websocket();
  auto late = open_websocket();
  std::deque<web_client_socket> others;
  others.emplace_back(port()).send(request("GET /status"));
  entered.get_future().wait();
  // All of it lies in the kernel before the thread reads on.
  for (auto i = 0; i < 8; ++i)
    others.emplace_back(port()).send(request("GET /status"));
  talker->send(web_frame("words"));
  late->send(web_frame("words") + web_frame("stop"));
  web_client_socket stopper{port()};
  stopper.send(request("POST /estop", "Content-Length: 0\r\n"));
  released.set_value();
  for (auto& each : others)
    CAF_CHECK(has(each.receive_answer(), " 200 "));
  CAF_CHECK(has(stopper.receive_answer(), " 200 "));
  CAF_CHECK(eventually([this] { return seen->get().size() >= 14; }));
  auto all = seen->get();
  auto position = [&](std::string_view what, size_t from) {
    for (auto i = from; i < all.size(); ++i)
      if (all[i].starts_with(what))
        return i;
    return all.size();
  };
  auto begun = position("status", 0);
  // The connections are let in two at a time, perhaps, but what has been read
  // is not begun before a stop that has.
  CAF_CHECK(position("takes stop", 0) < position("takes words", 0));
  CAF_CHECK(position("takes stop", 0) < position("status", begun + 1));
  CAF_CHECK(position("stop ", 0) < position("takes words", 0));
  CAF_CHECK(position("stop ", 0) < position("status", begun + 1));
}

CAF_TEST(an answer may come from another thread and after its client) {
  std::function<void(web_answer)> done;
  std::promise<void> asked;
  settings.owner.status = [&](auto tell) {
    done = std::move(tell);
    asked.set_value();
  };
  start();
  {
    web_client_socket client{port()};
    client.send(request("GET /status"));
    asked.get_future().wait();
    done({200, "text/plain", "late"});
    CAF_CHECK(has(client.receive_answer(), "\r\n\r\nlate"));
    // Whoever says it twice is not heard.
    done({200, "text/plain", "twice"});
    client.send(request("GET /nothing"));
    CAF_CHECK(has(client.receive_answer(), " 404 "));
  }
  server.reset();
  done({200, "text/plain", "too late"});
}

CAF_TEST(a conversation is had over a WebSocket) {
  start();
  auto client = open_websocket();
  client->send(web_frame("hello"));
  CAF_CHECK_EQUAL(client->receive(), "\x81\x05hello");
  client->send(web_frame("bytes", 2));
  CAF_CHECK_EQUAL(client->receive(), "\x82\x05"
                                     "bytes");
  client->send(web_frame("later"));
  CAF_CHECK_EQUAL(client->receive(), "\x81\x03now");
  client->send(web_frame("alive", 9));
  CAF_CHECK_EQUAL(client->receive(), "\x8a\x05"
                                     "alive");
  CAF_CHECK_EQUAL(server->status().websockets, 1u);
  client->send(web_frame("\x03\xe8", 8));
  CAF_CHECK_EQUAL(close_code(client->receive_all()), 1000u);
  CAF_CHECK(eventually([this] { return seen->has("ends"); }));
  CAF_CHECK_EQUAL(server->status().websockets, 0u);
  wake();
}

CAF_TEST(a tool that names the token may come from anywhere and only a tool) {
  settings.token = "An-example_of-a-token-of-32-chars";
  settings.protocols.push_back(settings.protocols.front());
  settings.protocols.back().name = "tool";
  settings.protocols.back().path = "";
  settings.protocols.back().is_for_tools = true;
  auto token = settings.token;
  start();
  auto asked = [&](const std::string& protocol, const std::string& target,
                   const std::string& origin) {
    web_client_socket client{port()};
    client.send(
      request("GET " + target, "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                               "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
                               "Sec-WebSocket-Version: 13\r\n"
                               "Sec-WebSocket-Protocol: "
                                 + protocol + "\r\n" + origin));
    return client.receive_answer().substr(9, 3);
  };
  auto link = "/stream?token=" + token;
  std::string other = "Origin: https://tools.example\r\n";
  CAF_CHECK_EQUAL(asked("tool", "/?x=1&token=" + token, other), "101");
  CAF_CHECK_EQUAL(asked("tool", link, "Origin: file://\r\n"), "101");
  CAF_CHECK_EQUAL(asked("tool", link, ""), "101");
  CAF_CHECK_EQUAL(asked("tool", "/stream", other), "403");
  CAF_CHECK_EQUAL(asked("tool", link + "x", other), "403");
  CAF_CHECK_EQUAL(asked("tool", "/stream?token=", other), "403");
  CAF_CHECK_EQUAL(asked("parrot", link, other), "403");
  CAF_CHECK_EQUAL(asked("parrot", link, ""), "401");
  // A browser's cookie is no token that somebody has named.
  CAF_CHECK_EQUAL(asked("tool", "/stream",
                        other + "Authorization: Bearer " + token + "\r\n"),
                  "403");
  // Neither is a name that was made to mean this machine.
  web_client_socket client{port()};
  client.send("GET " + link
              + " HTTP/1.1\r\nHost: evil.example\r\n"
                "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
                "Sec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Protocol: tool\r\n\r\n");
  CAF_CHECK_EQUAL(client.receive_answer().substr(9, 3), "403");
}

CAF_TEST(what a conversation calls nonsense closes it) {
  start();
  for (auto text : {"nonsense", "throw", "overrun"}) {
    auto client = open_websocket();
    client->send(web_frame(text));
    CAF_CHECK_EQUAL(close_code(client->receive_all()), 1008u);
  }
}

CAF_TEST(a record is sent whole and nothing else is) {
  std::string bytes;
  for (auto i = 0; i < 200'000; ++i)
    bytes += static_cast<char>(i * 7);
  std::ofstream{folder.file("one.mcap")} << bytes;
  for (auto name : {".hidden", "notes.txt", "mcap", "one.mcap.7.mcap.part"})
    std::ofstream{folder.file(name)} << "x";
  std::filesystem::create_symlink(folder.file("one.mcap"),
                                  folder.file("link.mcap"));
  std::filesystem::create_directory(folder.file("folder.mcap"));
  CAF_REQUIRE_EQUAL(::mkfifo(folder.file("fifo.mcap").c_str(), 0600), 0);
  start();
  auto came = ask("GET /records/one.mcap");
  CAF_CHECK(came.ends_with("\r\n\r\n" + bytes));
  CAF_CHECK(has(came, "Content-Type: application/octet-stream"));
  for (auto name :
       {"link.mcap", ".hidden", "folder.mcap", "fifo.mcap", "missing.mcap", "",
        "notes.txt", "mcap", "one.mcap.7.mcap.part"})
    CAF_CHECK(has(ask("GET /records/" + std::string{name}), " 404 "));
}

CAF_TEST(an address that is taken is named) {
  start();
  web_settings other;
  other.address = server->address();
  auto made = web_server::make(std::move(other));
  CAF_REQUIRE(!made);
  CAF_CHECK_EQUAL(describe(made.error()), "cannot serve "
                                            + to_string(server->address())
                                            + ": address already in use");
}

CAF_TEST(the thread says that it lives) {
  start();
  auto witness = server->witness();
  witness.ask(5);
  CAF_CHECK(eventually([&] { return witness.answered() >= 5; }));
  server.reset();
  CAF_CHECK(witness.answered() > 5);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace web_sockets_suite
