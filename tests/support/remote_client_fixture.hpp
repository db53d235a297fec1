// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "actors/remote_client.hpp"

#include "tests/support/actor_fixture.hpp"
#include "tests/support/fake_channel.hpp"

namespace rr {

using namespace std::chrono_literals;

/// A client on a channel of the test, which answers its calls.
struct remote_client_fixture : actor_fixture {
  std::shared_ptr<channel_record> channel = std::make_shared<channel_record>();
  remote_client_actor client;

  void start(uint32_t first_id = 1, uint32_t last_id = UINT32_MAX) {
    client = sys.spawn(remote_client,
                       remote_client_settings{first_id, last_id, {}},
                       open_fake(channel), log);
    consume_messages();
  }

  ~remote_client_fixture() override {
    self->send_exit(client, caf::exit_reason::user_shutdown);
    consume_messages();
  }

  auto call(std::string method = "add", json args = {1, 2},
            caf::timespan timeout = 5s) {
    auto result = self->request(client, caf::infinite, atom::call_v,
                                std::string{"calculator"}, std::move(method),
                                json_value{std::move(args)}, timeout);
    consume_messages();
    return result;
  }

  void respond(response answer, std::string sender = "calculator") {
    caf::anon_send(client,
                   message_received{std::move(sender), std::move(answer)});
    consume_messages();
  }

  template <class Pending>
  json result_of(Pending& pending) {
    json result;
    pending.receive([&](json_value& x) { result = std::move(x.value); },
                    [&](caf::error& x) { CAF_FAIL(describe(x)); });
    return result;
  }

  template <class Pending>
  caf::error error_of(Pending& pending) {
    caf::error result;
    pending.receive([](json_value&) { CAF_FAIL("unexpected result"); },
                    [&](caf::error& x) { result = std::move(x); });
    return result;
  }

  remote_client_status status() {
    auto pending = self->request(client, caf::infinite, atom::status_v);
    consume_messages();
    remote_client_status result;
    pending.receive([&](const remote_client_status& x) { result = x; },
                    [](caf::error& x) { CAF_FAIL(describe(x)); });
    return result;
  }

  /// No answer is waiting to be received.
  bool unanswered() {
    return self->mailbox().empty();
  }
};

} // namespace rr
