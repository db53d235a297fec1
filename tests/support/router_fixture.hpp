// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "bridges/call/router_thread.hpp"
#include "messages/error.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/zmq_peer.hpp"

namespace rr {

/// A router over real sockets, and what it has reported.
struct router_fixture {
  temporary_folder folder;
  zmq::context_t context;
  zmq::context_t peers;
  router_settings settings{{folder.ipc("rpc.sock"), "tcp://127.0.0.1:*"},
                           {folder.ipc("service.sock")}};
  mutable std::mutex mutex;
  std::vector<router_connection> connections;
  std::vector<router_drop> drops;
  std::vector<router_failed> failures;
  std::vector<routed_call> calls;
  std::unique_ptr<router_thread> router;

  router_listener listener() {
    return {[this](const router_connection& x) { record(connections, x); },
            [this](const router_drop& x) { record(drops, x); },
            [this](const router_failed& x) { record(failures, x); },
            [this](const routed_call& x) { record(calls, x); }};
  }

  void start() {
    auto made = router_thread::make(context, settings, listener());
    if (!made)
      throw std::runtime_error{describe(made.error())};
    router = std::move(*made);
  }

  std::string bind_error() {
    auto made = router_thread::make(context, settings, listener());
    return made ? "bound" : describe(made.error());
  }

  zmq_peer client(const std::string& identity = "client") {
    return {peers, router->frontend_endpoints()[0], identity};
  }

  /// Returns once the router knows it.
  zmq_peer service(const std::string& identity = "service") {
    auto probes = backend().probes;
    zmq_peer result{peers, router->backend_endpoints()[0], identity};
    if (!wait_for_probes(probes + 1))
      throw std::runtime_error{"the service does not connect"};
    return result;
  }

  bool wait_for_probes(uint64_t count) {
    return eventually([&] { return backend().probes >= count; });
  }

  direction_counters frontend() const {
    return router->counters().frontend;
  }

  direction_counters backend() const {
    return router->counters().backend;
  }

  template <class T>
  std::vector<T> seen(const std::vector<T>& facts) const {
    std::lock_guard guard{mutex};
    return facts;
  }

  template <class T>
  T first(const std::vector<T>& facts) const {
    return seen(facts).at(0);
  }

private:
  template <class T>
  void record(std::vector<T>& facts, const T& fact) {
    std::lock_guard guard{mutex};
    facts.push_back(fact);
  }
};

/// Everything that a side has dropped.
inline uint64_t dropped(const direction_counters& x) {
  return x.no_such_peer + x.malformed + x.loopback + x.would_block;
}

} // namespace rr
