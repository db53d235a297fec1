// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE web_sockets

#include <sys/resource.h>
#include <sys/stat.h>

#include <condition_variable>
#include <deque>
#include <fstream>
#include <future>
#include <mutex>

#include "bridges/web/web_server.hpp"
#include "messages/error.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/web_client.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace std::chrono_literals;

namespace {

/// What has happened on the server's thread, in order.
class happenings {
public:
  void add(std::string what) {
    std::lock_guard guard{mutex_};
    all_.push_back(std::move(what));
  }

  std::vector<std::string> get() const {
    std::lock_guard guard{mutex_};
    return all_;
  }

  bool has(const std::string& what) const {
    auto all = get();
    return std::ranges::find(all, what) != all.end();
  }

private:
  mutable std::mutex mutex_;
  std::vector<std::string> all_;
};

/// Gives back what it is told; `flood` makes it talk without end.
class parrot : public web_conversation {
public:
  parrot(std::shared_ptr<happenings> seen, web_client client)
    : seen_(std::move(seen)),
      client_(std::move(client)) {
    seen_->add("begins");
  }

  ~parrot() override {
    seen_->add("ends");
  }

  bool is_urgent(std::string_view message, bool) const override {
    return message == "stop";
  }

  bool take(std::string_view message, bool is_text, time_point) override {
    seen_->add("takes " + std::string{message});
    if (message == "throw")
      throw std::runtime_error{"no"};
    floods_ = floods_ || message == "flood";
    overruns_ = message == "overrun";
    if (message == "later")
      due_ = clock::now() + 20ms;
    else
      waiting_.push_back({std::string{message}, is_text});
    return message != "nonsense";
  }

  std::optional<web_message> next(time_point now) override {
    if (due_ && now >= *due_) {
      due_.reset();
      return web_message{"now"};
    }
    if (floods_)
      return web_message{std::string(100'000, 'x')};
    if (waiting_.empty())
      return {};
    auto result = std::move(waiting_.front());
    waiting_.pop_front();
    return result;
  }

  std::optional<time_point> deadline() const override {
    return due_;
  }

  bool is_overrun() const override {
    return overruns_;
  }

private:
  std::shared_ptr<happenings> seen_;
  web_client client_;
  std::deque<web_message> waiting_;
  std::optional<time_point> due_;
  bool floods_ = false;
  bool overruns_ = false;
};

struct fixture {
  std::shared_ptr<happenings> seen = std::make_shared<happenings>();
  temporary_folder folder;
  web_settings settings;
  /// Wakes the last conversation that has begun.
  std::function<void()> wake;
  std::unique_ptr<web_server> server;

  fixture() {
    settings.address = {false, "127.0.0.1", 0};
    settings.own = {[](std::string_view) { return false; }, "test"};
    settings.owner.status = [this](std::function<void(web_answer)> done) {
      seen->add("status");
      done({200, "application/json", "{}\n"});
    };
    settings.stop = [this](std::string_view reason, auto) {
      seen->add("stop " + std::string{reason});
      return 7;
    };
    settings.protocols.push_back(
      {"parrot", "/stream", [this](web_client client) {
         wake = client.wake;
         return std::make_unique<parrot>(seen, std::move(client));
       }});
    settings.records = folder.path().string();
    settings.workers = std::move(*worker_threads::make(1));
  }

  ~fixture() {
    // Before what it uses.
    server.reset();
  }

  void start() {
    auto made = web_server::make(std::move(settings));
    CAF_REQUIRE(made);
    server = std::move(*made);
  }

  uint16_t port() const {
    return server->address().port;
  }

  std::string request(const std::string& line, const std::string& rest = {}) {
    return line + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port())
           + "\r\n" + rest + "\r\n";
  }

  std::string handshake() {
    return request("GET /stream",
                   "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                   "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
                   "Sec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Protocol: parrot\r\n");
  }

  std::unique_ptr<web_client_socket> open_websocket(int receive_buffer = 0) {
    auto result = std::make_unique<web_client_socket>(port(), receive_buffer);
    result->send(handshake());
    CAF_REQUIRE(result->receive_answer().starts_with("HTTP/1.1 101 "));
    return result;
  }

  std::string ask(const std::string& line) {
    web_client_socket client{port()};
    client.send(request(line));
    return client.receive_answer();
  }

  /// The code of the close that comes at the end.
  static unsigned close_code(const std::string& came) {
    auto begin = came.rfind('\x88');
    if (begin == came.npos || begin + 3 >= came.size())
      return 0;
    return static_cast<unsigned>(static_cast<uint8_t>(came[begin + 2]) << 8
                                 | static_cast<uint8_t>(came[begin + 3]));
  }
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

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
  for (auto body : {std::string{}, std::string{"{}"}, std::string{"smoke"},
                    std::string{"{\"reason\":3}"}, std::string(10'000, '['),
                    std::string{"\xff\0", 2}})
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

CAF_TEST(who begins a request and does not end it is told and closed) {
  settings.limits.header_time = 50ms;
  settings.limits.body_time = 50ms;
  start();
  for (auto text :
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

CAF_TEST(a record is sent whole and nothing else is) {
  std::string bytes;
  for (auto i = 0; i < 200'000; ++i)
    bytes += static_cast<char>(i * 7);
  std::ofstream{folder.file("one.mcap")} << bytes;
  std::ofstream{folder.file(".hidden")} << "x";
  std::filesystem::create_symlink(folder.file("one.mcap"),
                                  folder.file("link.mcap"));
  std::filesystem::create_directory(folder.file("folder"));
  CAF_REQUIRE_EQUAL(::mkfifo(folder.file("fifo").c_str(), 0600), 0);
  start();
  auto came = ask("GET /records/one.mcap");
  CAF_CHECK(came.ends_with("\r\n\r\n" + bytes));
  CAF_CHECK(has(came, "Content-Type: application/octet-stream"));
  for (auto name : {"link.mcap", ".hidden", "folder", "fifo", "missing", ""})
    CAF_CHECK(has(ask("GET /records/" + std::string{name}), " 404 "));
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
