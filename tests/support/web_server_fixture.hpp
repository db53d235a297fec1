// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <deque>
#include <mutex>
#include <stdexcept>

#include "bridges/web/web_server.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/web_client.hpp"

#include <caf/test/dsl.hpp>

namespace rr {

/// What has happened on the server's thread, in order.
class web_happenings {
public:
  void add(std::string what) {
    std::lock_guard guard{mutex_};
    all_.push_back(std::move(what));
  }

  std::vector<std::string> get() const {
    std::lock_guard guard{mutex_};
    return all_;
  }

  inline bool has(const std::string& what) const {
    auto all = get();
    return std::ranges::find(all, what) != all.end();
  }

private:
  mutable std::mutex mutex_;
  std::vector<std::string> all_;
};

/// Gives back what it is told; `flood` makes it talk without end.
class web_parrot : public web_conversation {
public:
  web_parrot(std::shared_ptr<web_happenings> seen, web_client client)
    : seen_(std::move(seen)),
      client_(std::move(client)) {
    seen_->add("begins");
  }

  ~web_parrot() override {
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
      due_ = clock::now() + std::chrono::milliseconds{20};
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
  std::shared_ptr<web_happenings> seen_;
  web_client client_;
  std::deque<web_message> waiting_;
  std::optional<time_point> due_;
  bool floods_ = false;
  bool overruns_ = false;
};

/// A server of such conversations, which writes down what it does.
struct web_server_fixture {
  std::shared_ptr<web_happenings> seen = std::make_shared<web_happenings>();
  temporary_folder folder;
  web_settings settings;
  /// Wakes the last conversation that has begun.
  std::function<void()> wake;
  std::unique_ptr<web_server> server;

  web_server_fixture() {
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
         return std::make_unique<web_parrot>(seen, std::move(client));
       }});
    settings.records = folder.path().string();
    settings.workers = std::move(*worker_threads::make(1));
  }

  ~web_server_fixture() {
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

inline bool has(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

} // namespace rr
