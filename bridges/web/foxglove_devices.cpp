// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/web/foxglove_devices.hpp"

#include <algorithm>
#include <utility>

#include "bridges/buffer/buffer_snapshot.hpp"

namespace rr {

namespace {

/// Places of the parameters whose current values are told.
std::vector<size_t> current_of(const device_type& type) {
  std::vector<size_t> result;
  for (size_t i = 0; i < type.parameters.size(); ++i)
    if (type.parameters[i].readable && is_told(type.parameters[i]))
      result.push_back(i);
  return result;
}

json requested_of(const shared_buffer& buffer, const robot_state& robot) {
  auto result = json::object();
  for (const auto& each : buffer.type().parameters)
    if (each.writeable && is_told(each))
      if (auto value = buffer.requested(each.name, robot))
        result[each.name] = std::move(*value);
  return result;
}

} // namespace

foxglove_devices::foxglove_devices(foxglove_device_source source,
                                   foxglove_channels& channels)
  : source_(std::move(source)),
    channels_(channels) {
}

void foxglove_devices::look(time_point now) {
  if (now < next_look_)
    return;
  next_look_ = now + source_.list_interval;
  auto there = source_.devices();
  std::erase_if(devices_, [&](const auto& known) {
    // A device that has come back has another buffer.
    const auto* buffer = &known.second.handle.buffer();
    auto is_gone = std::ranges::none_of(there, [=](const auto& each) {
      return &each.buffer() == buffer;
    });
    if (is_gone)
      channels_.remove(known.second.channel_id);
    return is_gone;
  });
  for (const auto& each : there)
    if (!devices_.contains(each.key()))
      add(each);
}

std::optional<foxglove_devices::sample> foxglove_devices::next(time_point now) {
  if (round_.empty() && !begin_round(now))
    return std::nullopt;
  while (!round_.empty()) {
    auto found = devices_.find(round_.front());
    round_.pop_front();
    if (found == devices_.end())
      continue;
    if (auto message = read(found->second))
      return sample{found->second.channel_id, std::move(*message)};
  }
  return std::nullopt;
}

foxglove_devices::time_point foxglove_devices::deadline() const {
  return has_subscriptions_ ? std::min(next_look_, next_round_) : next_look_;
}

void foxglove_devices::add(const buffer_handle& handle) {
  auto topic = device_topic(source_.name_of(handle.key()),
                            handle.buffer().type());
  auto& added = devices_[handle.key()];
  added.handle = handle;
  added.channel_id = channels_.add(std::move(topic));
}

/// @returns whether a device is to be looked at.
bool foxglove_devices::begin_round(time_point now) {
  if (now < next_round_)
    return false;
  next_round_ = now + source_.sample_interval;
  for (auto& [key, each] : devices_)
    if (channels_.subscription_of(each.channel_id))
      round_.push_back(key);
  has_subscriptions_ = !round_.empty();
  return has_subscriptions_;
}

/// @returns none for what has not changed, and while the device is written too
///          often to be read.
std::optional<json> foxglove_devices::read(device& from) {
  auto subscription = channels_.subscription_of(from.channel_id);
  if (!subscription)
    return std::nullopt;
  const auto& buffer = from.handle.buffer();
  auto requested = requested_of(buffer, *source_.robot);
  if (from.read_for == subscription && from.requested == requested
      && from.version == buffer.version(buffer_block::update))
    return std::nullopt;
  auto current = buffer.snapshot(buffer_block::update,
                                 current_of(buffer.type()));
  if (!current)
    return std::nullopt;
  from.read_for = subscription;
  from.version = current->version();
  from.requested = std::move(requested);
  return device_message(buffer.type(), current->values(), from.requested);
}

} // namespace rr
