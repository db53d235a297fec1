// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <variant>

#include <caf/actor_addr.hpp>
#include <caf/expected.hpp>

#include "actors/interfaces.hpp"
#include "messages/call/remote_exchange.hpp"

namespace rr {

/// What a call is answered with whose promise nobody holds any more.
inline constexpr auto call_dropped = "the method has dropped the call";

/// The right to answer one call, once. Copy it freely, use it from any thread,
/// also after the service has ended; only the first answer counts. When the
/// last copy goes without one, the call has failed (`call_dropped`).
class call_promise {
public:
  /// @param caller the identity of whoever calls; empty where the transport
  ///        names nobody.
  call_promise(caf::actor_addr service, uint64_t ticket, std::string caller);

  void answer(json result) const;

  /// @param what an `ec::remote_error` gives the response its context.
  void fail(const caf::error& what) const;

  /// Whoever else answers does so in its place.
  void release() const noexcept;

  const std::string& caller() const noexcept {
    return shared_->caller;
  }

private:
  struct shared {
    shared(caf::actor_addr service, uint64_t ticket, std::string caller);
    ~shared();
    void settle(call_settled fact) const;

    caf::actor_addr service;
    uint64_t ticket;
    std::string caller;
    std::atomic<bool> answered{false};
  };

  void settle(call_settled fact) const;

  std::shared_ptr<shared> shared_;
};

/// How many arguments a method takes.
struct argument_count {
  size_t least = 0;
  size_t most = 0;

  /// So many, no more and no less.
  static argument_count exactly(size_t count) {
    return {count, count};
  }

  /// @returns `ec::malformed` when these are too few or too many.
  caf::error check(const json& args) const;
};

/// One method of a service. Arguments come as an array of a checked length;
/// what they are is the function's to check. An error that it returns, or an
/// exception, becomes the error of the response.
struct remote_method {
  /// Answers at once, in the service actor: must not block, and not take long.
  using function = std::function<caf::expected<json>(const json& args)>;
  /// The same, told the identity of whoever calls.
  using caller_function = std::function<caf::expected<json>(
    const json& args, const std::string& caller)>;
  /// Answers by the promise, now or later, from any thread.
  using deferred_function = std::function<void(json args, call_promise answer)>;
  /// The same, for what other actors know: it asks them by `service->request`,
  /// and answers in its handlers. What it asks of one actor arrives in the
  /// order of the calls. It must not block, and nor must its handlers.
  using asking_function = std::function<void(
    remote_service_actor::pointer service, json args, call_promise answer)>;

  struct blocking {
    caller_function run;
  };

  static remote_method at_once(argument_count args, function run);
  static remote_method at_once(argument_count args, caller_function run);
  static remote_method later(argument_count args, deferred_function run);
  static remote_method by_asking(argument_count args, asking_function run);
  /// The function may block: it runs on a worker's thread.
  static remote_method on_worker(argument_count args, function run);

  /// Outside the bound on calls at once, before all calls that wait: for what
  /// must be answered even when every worker is blocked. Not for `on_worker`: a
  /// method that has timed out keeps its thread of the pool until it returns.
  remote_method as_urgent() &&;

  argument_count args;
  std::variant<caller_function, asking_function, blocking> run;
  bool urgent = false;
  /// What its arguments are called, for people: `name [seconds]`; may be empty.
  std::string parameters = {};
};

/// The method that every service answers with its methods, unless it has one of
/// that name itself: a list of `{ "name", "least", "most", "parameters" }`, how
/// many arguments each takes and what they are called, by name.
inline constexpr auto list_method = "list_methods";

/// The methods of a service, by name.
using method_table = std::map<std::string, remote_method, std::less<>>;

} // namespace rr
