// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/web/foxglove_channels.hpp"

#include <algorithm>
#include <utility>

#include "messages/error.hpp"

namespace rr {

namespace {

caf::error refused(std::string what, uint32_t id, std::string_view why) {
  return caf::make_error(ec::malformed, std::move(what) + ' '
                                          + std::to_string(id) + ' '
                                          + std::string{why});
}

} // namespace

uint32_t foxglove_channels::add(telemetry_topic topic) {
  auto id = next_id_++;
  channels_.emplace(id, entry{});
  added_.push_back({id, std::move(topic)});
  return id;
}

void foxglove_channels::remove(uint32_t channel_id) {
  auto found = channels_.find(channel_id);
  if (found == channels_.end())
    return;
  if (auto subscription = found->second.subscription_id)
    subscriptions_[*subscription] = 0;
  forget_some();
  if (found->second.is_told)
    removed_.push_back(channel_id);
  else
    std::erase_if(added_, [=](auto& x) { return x.id == channel_id; });
  channels_.erase(found);
}

std::optional<std::string> foxglove_channels::next_text() {
  if (!removed_.empty())
    return foxglove::unadvertise(std::exchange(removed_, {}));
  if (added_.empty())
    return std::nullopt;
  auto end = added_.begin()
             + static_cast<ptrdiff_t>(std::min(added_.size(), most_at_once));
  std::vector<foxglove::channel> told(std::make_move_iterator(added_.begin()),
                                      std::make_move_iterator(end));
  added_.erase(added_.begin(), end);
  for (const auto& each : told)
    channels_.at(each.id).is_told = true;
  return foxglove::advertise(told);
}

caf::error foxglove_channels::subscribe(const foxglove::subscription& what) {
  auto found = channels_.find(what.channel_id);
  if (found == channels_.end()) {
    auto has_been = what.channel_id > 0 && what.channel_id < next_id_;
    if (!has_been)
      return refused("channel", what.channel_id, "does not exist");
  }
  auto used = subscriptions_.find(what.id);
  if (used != subscriptions_.end() && used->second != 0)
    return refused("subscription", what.id, "exists already");
  if (found == channels_.end()) {
    // The client may not have heard yet that it is gone, and will unsubscribe.
    subscriptions_[what.id] = 0;
    forget_some();
    return {};
  }
  if (found->second.subscription_id)
    return refused("channel", what.channel_id, "is subscribed to already");
  found->second.subscription_id = what.id;
  subscriptions_[what.id] = what.channel_id;
  return {};
}

caf::expected<uint32_t>
foxglove_channels::unsubscribe(uint32_t subscription_id) {
  auto found = subscriptions_.find(subscription_id);
  if (found == subscriptions_.end())
    return refused("subscription", subscription_id, "does not exist");
  auto channel_id = found->second;
  if (channel_id != 0)
    channels_.at(channel_id).subscription_id.reset();
  subscriptions_.erase(found);
  return channel_id;
}

/// Who never unsubscribes from what is gone is not remembered for ever.
void foxglove_channels::forget_some() {
  if (std::ranges::count(subscriptions_, 0u, &ids::value_type::second)
      > ptrdiff_t{most_gone})
    std::erase_if(subscriptions_, [](auto& x) { return x.second == 0; });
}

std::optional<uint32_t>
foxglove_channels::subscription_of(uint32_t channel_id) const {
  auto found = channels_.find(channel_id);
  return found == channels_.end() ? std::nullopt
                                  : found->second.subscription_id;
}

} // namespace rr
