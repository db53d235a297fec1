// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/buffer/buffer_registry.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "bridges/buffer/buffer_directory.hpp"
#include "bridges/buffer/memory_segment.hpp"
#include "messages/device/device_names.hpp"
#include "messages/error.hpp"

namespace rr {

using namespace std::chrono_literals;

buffer_registry::buffer_registry(buffer_registry_settings settings)
  : settings_(std::move(settings)) {
  if (settings_.shared)
    removed_ = remove_buffers(settings_.prefix);
}

buffer_registry::~buffer_registry() {
  close_all();
}

caf::expected<buffer_handle> buffer_registry::open(const device_key& key) {
  auto guard = std::lock_guard{mutex_};
  if (closed_)
    return caf::make_error(ec::robot_stopping, "the robot is stopping");
  auto found = buffers_.find(key);
  if (found != buffers_.end() && found->second.buffer().valid())
    return found->second;
  return make(key);
}

caf::expected<buffer_handle> buffer_registry::make(const device_key& key) {
  auto checked = resolve_device({key.type, key.uid}, settings_.types);
  if (!checked)
    return checked.error();
  const auto& type = *settings_.types.find(key.type);
  auto buffer = settings_.shared
                  ? shared_buffer::create(name_of(key), type)
                  : shared_buffer::make_private(name_of(key), type);
  if (!buffer)
    return buffer.error();
  return keep(std::move(*buffer));
}

buffer_handle buffer_registry::keep(shared_buffer::pointer buffer) {
  auto warnings = std::make_shared<range_warnings>(
    settings_.log, buffer->name().key, buffer->type().parameters.size());
  const auto& key = buffer->name().key;
  auto result = buffer_handle{buffer, settings_.robot, std::move(warnings)};
  buffers_[key] = result;
  return result;
}

caf::error buffer_registry::close(const device_key& key) {
  auto guard = std::lock_guard{mutex_};
  if (settings_.shared)
    discover();
  auto found = buffers_.find(key);
  if (found == buffers_.end())
    return caf::make_error(ec::unknown_device,
                           "there is no buffer " + to_string(name_of(key)));
  found->second.buffer().set_valid(false);
  buffers_.erase(found);
  return settings_.shared ? remove_buffer(name_of(key)) : caf::error{};
}

std::vector<buffer_handle> buffer_registry::valid(clock::time_point now) {
  auto guard = std::lock_guard{mutex_};
  if (settings_.shared && !closed_)
    discover();
  remove_abandoned(now);
  std::vector<buffer_handle> result;
  for (const auto& [key, each] : buffers_)
    if (each.buffer().valid())
      result.push_back(each);
  return result;
}

/// Somebody has deleted their objects, as some systems do with those of a user
/// who logs out. Whoever has them open is told by that they are invalid.
void buffer_registry::forget_nameless() {
  for (auto i = buffers_.begin(); i != buffers_.end();) {
    const auto& [key, each] = *i;
    if (!each.buffer().valid() || each.buffer().has_name()) {
      ++i;
      continue;
    }
    each.buffer().set_valid(false);
    tell_removed(key, "its object in shared memory was deleted");
    i = buffers_.erase(i);
  }
}

/// What cannot be opened is none of ours: of another type or damaged. Nothing
/// is listed as long as nothing has been made or removed, and nothing opened as
/// long as every object is known by its name.
void buffer_registry::discover() {
  auto changed = segments_changed();
  if (changed && changed == listed_)
    return;
  // A change that is not yet old may have a successor of the same time.
  auto now = std::chrono::system_clock::now().time_since_epoch();
  listed_ = changed && now - *changed > 20ms ? changed : std::nullopt;
  forget_nameless();
  std::set<std::string> known{robot_state_name(settings_.prefix),
                              requesters_name(settings_.prefix)};
  for (const auto& [key, each] : buffers_)
    if (each.buffer().valid())
      known.insert(to_string(name_of(key)));
  auto objects = list_segments(settings_.prefix + "-");
  if (std::all_of(objects.begin(), objects.end(),
                  [&](const auto& x) { return known.contains(x); }))
    return;
  for (const auto& each : list_buffers(settings_.prefix)) {
    auto found = buffers_.find(each.key);
    if (found != buffers_.end() && found->second.buffer().valid())
      continue;
    const auto* type = settings_.types.find(each.key.type);
    if (!type)
      continue;
    if (auto buffer = shared_buffer::open(each, *type))
      keep(std::move(*buffer));
  }
}

/// A driver that has started again meanwhile has its device still: `remove`
/// refuses to take it.
void buffer_registry::remove_abandoned(clock::time_point now) {
  for (auto i = buffers_.begin(); i != buffers_.end();) {
    const auto& [key, each] = *i;
    if (!is_abandoned(each, now) || each.buffer().remove()) {
      ++i;
      continue;
    }
    tell_removed(key, "its driver has ended");
    i = buffers_.erase(i);
  }
}

void buffer_registry::tell_removed(const device_key& key, const char* cause) {
  abandoned_.erase(key);
  settings_.log.warning("Device removed", {{"device", key.type},
                                           {"uid", to_string(key.uid)},
                                           {"cause", cause}});
}

bool buffer_registry::is_abandoned(const buffer_handle& device,
                                   clock::time_point now) {
  auto& buffer = device.buffer();
  auto driver = buffer.valid() ? buffer.ended_driver() : 0;
  if (driver == 0) {
    abandoned_.erase(device.key());
    return false;
  }
  auto& [ended, since] = abandoned_[device.key()];
  if (std::exchange(ended, driver) != driver)
    since = now;
  return now - since >= grace;
}

void buffer_registry::close_all() {
  auto guard = std::lock_guard{mutex_};
  if (std::exchange(closed_, true))
    return;
  for (const auto& [key, each] : buffers_) {
    each.buffer().set_valid(false);
    // Also one that has been written over, and is none any more.
    if (settings_.shared)
      remove_buffer(name_of(key));
  }
  buffers_.clear();
  if (settings_.shared)
    remove_buffers(settings_.prefix);
}

} // namespace rr
