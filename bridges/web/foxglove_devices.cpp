// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/web/foxglove_devices.hpp"

#include <algorithm>
#include <utility>

namespace rr {

namespace {

const device_reading* find_device(const device_round& all,
                                  const device_key& key) {
  auto found = std::ranges::lower_bound(all, key, {}, &device_reading::key);
  return found != all.end() && found->key == key ? &*found : nullptr;
}

} // namespace

foxglove_devices::foxglove_devices(std::shared_ptr<device_readings> readings,
                                   foxglove_intervals intervals,
                                   foxglove_channels& channels)
  : readings_(std::move(readings)),
    intervals_(intervals),
    channels_(channels) {
}

void foxglove_devices::look(time_point now) {
  if (!readings_ || now < next_look_)
    return;
  next_look_ = now + intervals_.list;
  const auto& there = readings_->read(now);
  std::erase_if(known_, [&](const auto& each) {
    const auto* device = find_device(there, each.first);
    auto is_gone = !device || device->type != each.second.type;
    if (is_gone)
      channels_.remove(each.second.channel_id);
    return is_gone;
  });
  for (const auto& each : there)
    if (!known_.contains(each.key))
      add(each);
}

void foxglove_devices::hurry() noexcept {
  next_round_ = {};
  has_subscriptions_ = true;
}

std::optional<foxglove_devices::sample> foxglove_devices::next(time_point now) {
  if (round_.empty() && !begin_round(now))
    return std::nullopt;
  while (!round_.empty()) {
    auto found = known_.find(round_.front());
    round_.pop_front();
    if (found == known_.end())
      continue;
    if (auto message = read(found->first, found->second, now))
      return sample{found->second.channel_id, std::move(*message)};
  }
  return std::nullopt;
}

std::optional<foxglove_devices::time_point> foxglove_devices::deadline() const {
  if (!readings_)
    return std::nullopt;
  return has_subscriptions_ ? std::min(next_look_, next_round_) : next_look_;
}

void foxglove_devices::add(const device_reading& device) {
  const auto& name = device.name.empty() ? device.uid : device.name;
  known_[device.key] = {channels_.add(device_topic(name, *device.type)),
                        device.type, nullptr, std::nullopt};
}

/// @returns whether a device is to be looked at.
bool foxglove_devices::begin_round(time_point now) {
  if (now < next_round_)
    return false;
  next_round_ = now + intervals_.sample;
  for (auto& [key, each] : known_)
    if (channels_.subscription_of(each.channel_id))
      round_.push_back(key);
  has_subscriptions_ = !round_.empty();
  return has_subscriptions_;
}

/// @returns none for what has been told already.
std::optional<json> foxglove_devices::read(const device_key& key, known& device,
                                           time_point now) {
  auto subscription = channels_.subscription_of(device.channel_id);
  const auto* there = find_device(readings_->read(now), key);
  if (!subscription || !there || there->type != device.type)
    return std::nullopt;
  if (device.told_for == subscription && device.told == there->values)
    return std::nullopt;
  device.told_for = subscription;
  device.told = there->values;
  return device_message(*there->type, there->values->at("current"),
                        there->values->at("requested"));
}

} // namespace rr
