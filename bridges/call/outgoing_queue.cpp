// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/call/outgoing_queue.hpp"

#include <algorithm>

#include "messages/error.hpp"

namespace rr {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds default_timeout{1000};
constexpr size_t max_waiting = 1000;

milliseconds send_timeout(const socket_options& options) {
  auto found = options.find("SNDTIMEO");
  auto value = found == options.end() ? nullptr
                                      : std::get_if<int64_t>(&found->second);
  return value ? milliseconds{*value} : default_timeout;
}

} // namespace

outgoing_queue::outgoing_queue(const zmq_channel_settings& settings)
  : address_(settings.address),
    timeout_(send_timeout(settings.options)) {
}

caf::error outgoing_queue::add(std::string_view recipient,
                               std::span<const std::byte> payload,
                               uint64_t ticket, clock::time_point now) {
  if (waiting_.size() >= max_waiting)
    return caf::make_error(ec::overloaded,
                           "too many messages wait for " + address_);
  outgoing kept{std::string{recipient},
                {payload.begin(), payload.end()},
                ticket,
                std::nullopt};
  if (timeout_.count() > 0)
    kept.deadline = now + timeout_;
  waiting_.push_back(std::move(kept));
  return caf::none;
}

int outgoing_queue::time_left(clock::time_point now) const noexcept {
  if (waiting_.empty() || !waiting_.front().deadline)
    return -1;
  auto left = std::chrono::ceil<milliseconds>(*waiting_.front().deadline - now);
  return static_cast<int>(std::max(left.count(), int64_t{0}));
}

} // namespace rr
