// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/call/router_reporter.hpp"

#include <chrono>
#include <exception>
#include <span>

#include "messages/utf8.hpp"
#include "messages/visible_text.hpp"

namespace rr {

namespace {

using clock = std::chrono::steady_clock;

/// How many messages are told of in which time: whoever keeps them has much
/// else to keep.
constexpr uint32_t most_calls = 30;
constexpr auto calls_time = std::chrono::milliseconds{100};

/// Bytes of a method's name that are told.
constexpr size_t longest_method = 64;

/// A recipient that nobody can have may be as long as a message.
std::string recipient_text(std::string_view recipient) {
  if (recipient.size() <= longest_identity)
    return identity_text(recipient);
  return identity_text(utf8_prefix(recipient, longest_identity)) + "...";
}

} // namespace

router_reporter::router_reporter(router_listener listener,
                                 std::shared_ptr<connected_services> services)
  : listener_(std::move(listener)),
    services_(std::move(services)),
    connections_(100, std::chrono::milliseconds{100}) {
}

void router_reporter::connected(router_side side, std::string_view identity,
                                int descriptor) {
  if (services_ && side == router_side::backend)
    services_->met(identity, descriptor);
  auto suppressed = connections_.pass(clock::now());
  if (suppressed && listener_.connected)
    listener_.connected({side, identity_text(identity), *suppressed});
}

void router_reporter::dropped(router_side side, drop_cause cause,
                              std::string_view sender,
                              std::string_view recipient) {
  if (services_ && side == router_side::frontend
      && cause == drop_cause::no_such_peer)
    services_->missed(sender, recipient);
  auto suppressed = drops_[static_cast<size_t>(cause)].pass(clock::now());
  if (suppressed && listener_.dropped)
    listener_.dropped({side, cause, identity_text(sender),
                       recipient_text(recipient), *suppressed});
}

void router_reporter::look_at_clock() noexcept {
  if (!listener_.routed)
    return;
  auto now = clock::now();
  if (now < calls_until_)
    return;
  calls_until_ = now + calls_time;
  calls_left_ = most_calls;
}

void router_reporter::routed(std::string_view sender,
                             std::string_view recipient,
                             std::string_view payload) noexcept {
  auto head = read_call_head(std::as_bytes(std::span{payload}));
  if (!head)
    return;
  try {
    listener_.routed({head->form, head->id,
                      visible_text(head->method, longest_method),
                      identity_text(sender), identity_text(recipient),
                      payload.size(), calls_suppressed_});
    --calls_left_;
    calls_suppressed_ = 0;
  } catch (const std::exception&) {
    // Out of memory.
    ++calls_suppressed_;
  }
}

void router_reporter::failed(caf::error reason) {
  if (listener_.failed)
    listener_.failed({std::move(reason)});
}

} // namespace rr
