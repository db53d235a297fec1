// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "actors/remote_service.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/fake_channel.hpp"
#include "tests/support/fake_workers.hpp"

namespace rr {

/// A service with two places for calls, on a fake channel.
struct remote_service_fixture : actor_fixture {
  std::shared_ptr<channel_record> channel = std::make_shared<channel_record>();
  std::vector<call_promise> promises;
  std::vector<std::string> told;
  std::shared_ptr<fake_workers> workers = std::make_shared<fake_workers>();
  remote_service_actor service;

  remote_service_fixture() {
    service = sys.spawn(
      remote_service, remote_service_settings{2, std::chrono::seconds{30}, {}},
      methods(), workers, open_fake(channel), log);
    consume_messages();
  }

  ~remote_service_fixture() override {
    promises.clear();
    workers->jobs.clear();
    self->send_exit(service, caf::exit_reason::user_shutdown);
    consume_messages();
  }

  method_table methods() {
    using args_1 = argument_count;
    auto one = args_1::exactly(1);
    auto none = args_1::exactly(0);
    auto fail = [](const json&) -> caf::expected<json> {
      return remote_error({"too hot", {{"celsius", 90}}});
    };
    auto raise = [](const json&) -> caf::expected<json> {
      throw std::runtime_error("out of paper");
    };
    auto echo = [](const json& args) -> caf::expected<json> { return args[0]; };
    auto tell = [this](const json& args) -> caf::expected<json> {
      told.push_back(args[0]);
      return json{};
    };
    auto wait = [this](json, call_promise answer) {
      promises.push_back(std::move(answer));
    };
    auto raise_later = [](json, call_promise) {
      throw std::runtime_error("out of ink");
    };
    method_table result;
    result.emplace("echo", remote_method::at_once(one, echo));
    result.emplace("who", remote_method::at_once(
                            none, [](const json&, const std::string& caller) {
                              return caf::expected<json>{json(caller)};
                            }));
    result.emplace("tell", remote_method::at_once(one, tell));
    result.emplace("fail", remote_method::at_once({0, 2}, fail));
    result.emplace("raise", remote_method::at_once(none, raise));
    result.emplace("wait", remote_method::later(none, wait));
    result.emplace("raise_later", remote_method::later(none, raise_later));
    result.emplace("block", remote_method::on_worker(one, echo));
    result.emplace("block_raise", remote_method::on_worker(none, raise));
    result.emplace("ping", remote_method::at_once(one, echo).as_urgent());
    return result;
  }

  void call(uint32_t id, std::string method, json args = json::array(),
            std::string caller = "alice") {
    caf::anon_send(service, message_received{std::move(caller),
                                             rr::request{id, std::move(method),
                                                         std::move(args)}});
    consume_messages();
  }

  void do_work() {
    workers->do_all();
    consume_messages();
  }

  response answer() {
    return channel->take<response>().second;
  }

  remote_service_status status() {
    auto pending = self->request(service, caf::infinite, atom::status_v);
    consume_messages();
    remote_service_status result;
    pending.receive([&](const remote_service_status& x) { result = x; },
                    [](caf::error& x) { CAF_FAIL(describe(x)); });
    return result;
  }

  response failed(uint32_t id, json context) {
    return {id, call_error{"method produced an error", std::move(context)},
            nullptr};
  }
};

inline response answered(uint32_t id, json result) {
  return {id, std::nullopt, std::move(result)};
}

} // namespace rr
