// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "actors/remote_client.hpp"
#include "actors/remote_service.hpp"
#include "tests/support/calls_fixture.hpp"

#include <caf/all.hpp>
#include <caf/test/dsl.hpp>

namespace rr {

struct remote_calls_config : caf::actor_system_config {
  remote_calls_config() {
    register_messages(*this);
  }
};

/// Services and clients of a router, all in an actor system of their own.
struct remote_calls_fixture : calls_fixture {
  remote_calls_config cfg;
  caf::actor_system sys{cfg};
  caf::scoped_actor self{sys};
  std::vector<caf::actor> started;
  std::atomic<int> told{0};

  ~remote_calls_fixture() {
    for (auto& hdl : started)
      self->send_exit(hdl, caf::exit_reason::user_shutdown);
    self->wait_for(started);
  }

  channel_opener dealer(std::string address, std::string identity) {
    return [=, this](channel_listener listener) {
      return connect_dealer(context->get(), {address, identity, {}, 1000},
                            std::move(listener));
    };
  }

  method_table methods() {
    auto echo = [](const json& args) -> caf::expected<json> { return args[0]; };
    auto add = [](const json& args) -> caf::expected<json> {
      return args[0].get<int64_t>() + args[1].get<int64_t>();
    };
    auto nothing = [](const json&) -> caf::expected<json> { return json{}; };
    auto fail = [](const json&) -> caf::expected<json> {
      return remote_error({"too hot", {{"celsius", 90}}});
    };
    auto tell = [this](const json&) -> caf::expected<json> {
      ++told;
      return json{};
    };
    auto count = [this](const json&) -> caf::expected<json> {
      return told.load();
    };
    method_table result;
    auto add_method = [&](const char* name, size_t args,
                          remote_method::function run) {
      result.emplace(name, remote_method::at_once(argument_count::exactly(args),
                                                  std::move(run)));
    };
    add_method("echo", 1, echo);
    add_method("add", 2, add);
    add_method("nothing", 0, nothing);
    add_method("fail", 0, fail);
    add_method("tell", 1, tell);
    add_method("told", 0, count);
    return result;
  }

  remote_service_actor start_service(std::string identity = "cpp-service") {
    auto result = sys.spawn(remote_service, remote_service_settings{},
                            methods(), nullptr,
                            dealer(backend, std::move(identity)), event_log{});
    started.push_back(caf::actor_cast<caf::actor>(result));
    return result;
  }

  remote_client_actor start_client(std::string identity = "cpp-client") {
    auto result = sys.spawn(remote_client, remote_client_settings{},
                            dealer(frontend, std::move(identity)), event_log{});
    started.push_back(caf::actor_cast<caf::actor>(result));
    return result;
  }

  caf::expected<json> call(const remote_client_actor& client,
                           std::string service, std::string method, json args,
                           caf::timespan timeout = std::chrono::seconds{5}) {
    caf::expected<json> result{caf::error{}};
    self
      ->request(client, caf::infinite, atom::call_v, std::move(service),
                std::move(method), json_value{std::move(args)}, timeout)
      .receive([&](json_value& x) { result = std::move(x.value); },
               [&](caf::error& x) { result = std::move(x); });
    return result;
  }

  /// Calls until the service is there.
  void meet(const remote_client_actor& client, const std::string& service) {
    for (int i = 0; i < 100; ++i)
      if (call(client, service, "told", json::array(),
               std::chrono::milliseconds{100}))
        return;
    CAF_FAIL(service << " does not answer");
  }

  template <class Status, class Handle>
  Status status_of(const Handle& hdl) {
    Status result;
    self->request(hdl, caf::infinite, atom::status_v)
      .receive([&](const Status& x) { result = x; },
               [](caf::error& x) { CAF_FAIL(describe(x)); });
    return result;
  }
};

} // namespace rr
