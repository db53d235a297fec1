// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/telemetry/device_readings.hpp"

#include <utility>

#include "bridges/buffer/buffer_snapshot.hpp"
#include "messages/device/plain_value.hpp"
#include "messages/telemetry/topics.hpp"

namespace rr {

namespace {

std::string name_of(const device_key& key, const device_names& names) {
  for (const auto& [name, uid] : names)
    if (uid == key.uid)
      return name;
  return {};
}

} // namespace

device_readings::device_readings(std::shared_ptr<buffer_registry> buffers,
                                 std::shared_ptr<const robot_state> robot,
                                 device_names names)
  : buffers_(std::move(buffers)),
    robot_(std::move(robot)),
    names_(std::move(names)) {
}

const device_round& device_readings::read(clock::time_point now) {
  if (!read_at_ || now - *read_at_ >= most_age) {
    read_anew();
    read_at_ = now;
  }
  return round_;
}

void device_readings::read_anew() {
  std::map<device_key, known> all;
  auto list_changed = false;
  for (auto& device : buffers_->valid(clock::now())) {
    auto found = known_.find(device.key());
    auto is_new = found == known_.end()
                  || &found->second.device.buffer() != &device.buffer();
    auto& each = all[device.key()];
    each = is_new ? begin(std::move(device)) : std::move(found->second);
    auto was_connected = each.reading.connected;
    update(each);
    list_changed |= is_new || was_connected != each.reading.connected;
  }
  if (list_changed || all.size() != known_.size() || list_version_ == 0)
    ++list_version_;
  known_ = std::move(all);
  round_.clear();
  for (const auto& [key, each] : known_)
    if (each.reading.values)
      round_.push_back(each.reading);
}

device_readings::known device_readings::begin(buffer_handle device) const {
  known result;
  const auto& type = device.buffer().type();
  for (size_t i = 0; i < type.parameters.size(); ++i)
    if (type.parameters[i].readable && is_told(type.parameters[i]))
      result.readable.push_back(i);
  auto& reading = result.reading;
  reading.key = device.key();
  reading.uid = type.device_id ? to_string(reading.key.uid)
                               : type.name + ':' + to_string(reading.key.uid);
  if (type.device_id)
    reading.name = name_of(reading.key, names_);
  reading.type = &type;
  result.device = std::move(device);
  return result;
}

void device_readings::update(known& what) const {
  const auto& buffer = what.device.buffer();
  auto& reading = what.reading;
  reading.connected = buffer.connected();
  json values{{"current", json::object()}, {"requested", json::object()}};
  auto read_anew = [&] {
    if (reading.values && buffer.version(buffer_block::update) == what.version)
      return false;
    auto now = buffer.snapshot(buffer_block::update, what.readable);
    if (!now)
      return false;
    values["current"] = without_bytes(now->values());
    what.version = now->version();
    return true;
  };
  if (!read_anew() && reading.values)
    values["current"] = reading.values->at("current");
  auto requested = buffer.requests(*robot_);
  if (requested) {
    for (const auto& each : reading.type->parameters)
      if (!is_told(each))
        requested->erase(each.name);
    values["requested"] = without_bytes(std::move(*requested));
  } else if (reading.values) {
    values["requested"] = reading.values->at("requested");
  }
  if (reading.values && *reading.values == values)
    return;
  reading.text = std::make_shared<const std::string>(message_text(values));
  reading.values = std::make_shared<const json>(std::move(values));
}

} // namespace rr
