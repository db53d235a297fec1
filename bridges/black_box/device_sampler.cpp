// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/black_box/device_sampler.hpp"

#include <limits>

#include "bridges/buffer/buffer_snapshot.hpp"
#include "messages/json.hpp"
#include "messages/telemetry/topics.hpp"

namespace rr {

namespace {

constexpr std::chrono::seconds full_look{1};

/// What has been set of what is told.
json current_values(const shared_buffer& buffer) {
  auto result = json::object();
  std::vector<size_t> told;
  const auto& parameters = buffer.type().parameters;
  for (size_t i = 0; i < parameters.size(); ++i)
    if (parameters[i].readable && is_told(parameters[i]))
      told.push_back(i);
  auto values = buffer.snapshot(buffer_block::update, told);
  if (!values)
    return result;
  for (auto i : told)
    if (values->stamp(i) != 0)
      result[parameters[i].name] = values->value(i);
  return result;
}

} // namespace

device_sampler::device_sampler(std::shared_ptr<buffer_registry> buffers,
                               std::shared_ptr<const robot_state> robot,
                               const device_names& names)
  : buffers_(std::move(buffers)),
    robot_(std::move(robot)) {
  for (const auto& [name, uid] : names)
    names_.emplace(uid, name);
}

size_t device_sampler::look(clock::time_point now,
                            const topic_teller& tell_topic,
                            const value_teller& tell_values) {
  auto all = buffers_->valid(now);
  auto is_full = now >= next_full_look_;
  if (is_full)
    next_full_look_ = now + full_look;
  for (const auto& device : all) {
    auto [found, is_new] = seen_.try_emplace(device.key());
    auto& seen = found->second;
    if (is_new && last_topic_ < std::numeric_limits<uint16_t>::max())
      seen.topic = ++last_topic_;
    if (is_new)
      tell_topic(seen.topic, describe(device));
    auto current = device.buffer().version(buffer_block::update);
    auto requested = device.buffer().version(buffer_block::write);
    if (!is_new && !is_full && current == seen.current_version
        && requested == seen.requested_version)
      continue;
    seen.current_version = current;
    seen.requested_version = requested;
    auto values = values_of(device);
    if (values == seen.values)
      continue;
    seen.values = std::move(values);
    tell_values(seen.topic, seen.values);
  }
  return all.size();
}

std::string device_sampler::name_of(const device_key& key) const {
  auto found = names_.find(key.uid);
  if (found != names_.end())
    return found->second;
  auto uid = to_string(key.uid);
  auto type = buffers_->types().find(key.type);
  return type && type->device_id ? uid : key.type + ':' + uid;
}

std::string device_sampler::describe(const buffer_handle& device) const {
  auto topic = device_topic(name_of(device.key()), device.buffer().type());
  return message_text({{"name", topic.name},
                       {"schema_name", topic.schema_name},
                       {"schema", topic.schema}});
}

std::string device_sampler::values_of(const buffer_handle& device) const {
  const auto& buffer = device.buffer();
  auto requested = buffer.requests(*robot_);
  return message_text(device_message(buffer.type(), current_values(buffer),
                                     requested ? *requested : json::object()));
}

} // namespace rr
