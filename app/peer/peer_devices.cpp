// SPDX-License-Identifier: BSD-3-Clause
#include "app/peer/peer_devices.hpp"

#include <cstdlib>
#include <map>
#include <mutex>
#include <utility>

#include "actors/buffer_store.hpp"
#include "app/config/device_catalog.hpp"
#include "app/runtime/host.hpp"
#include "app/runtime/robot_devices.hpp"
#include "bridges/buffer/buffer_directory.hpp"
#include "bridges/process/child_watcher.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

/// Devices of this program's own.
class own_devices final : public device_buffers::source {
public:
  own_devices(std::shared_ptr<buffer_registry> buffers, device_names names)
    : buffers_(std::move(buffers)),
      names_(std::move(names)) {
  }

  caf::expected<buffer_handle> open(const device_key& key) override {
    return buffers_->open(key);
  }

  std::vector<buffer_handle> valid() override {
    return buffers_->valid();
  }

  const catalog& types() const override {
    return buffers_->types();
  }

  const device_names& names() const override {
    return names_;
  }

private:
  std::shared_ptr<buffer_registry> buffers_;
  device_names names_;
};

/// Devices of a runtime, which removes them when it ends. Thread safe.
class runtime_devices final : public device_buffers::source {
public:
  runtime_devices(std::string prefix, std::shared_ptr<const robot_state> robot,
                  catalog types, device_names names, event_log log)
    : prefix_(std::move(prefix)),
      robot_(std::move(robot)),
      types_(std::move(types)),
      names_(std::move(names)),
      log_(std::move(log)) {
  }

  caf::expected<buffer_handle> open(const device_key& key) override {
    std::lock_guard guard{mutex_};
    if (auto known = find(key))
      return *known;
    const auto* type = types_.find(key.type);
    if (!type)
      return caf::make_error(ec::unknown_device,
                             key.type + " is no type of the catalog");
    auto made = shared_buffer::create({prefix_, key}, *type);
    if (!made)
      return std::move(made.error());
    return keep(std::move(*made));
  }

  std::vector<buffer_handle> valid() override {
    std::lock_guard guard{mutex_};
    std::vector<buffer_handle> result;
    for (const auto& name : list_buffers(prefix_)) {
      if (auto known = find(name.key))
        result.push_back(*known);
      else if (const auto* type = types_.find(name.key.type))
        if (auto found = shared_buffer::open(name, *type);
            found && (*found)->valid())
          result.push_back(keep(std::move(*found)));
    }
    std::ranges::sort(result, {}, &buffer_handle::key);
    return result;
  }

  const catalog& types() const override {
    return types_;
  }

  const device_names& names() const override {
    return names_;
  }

private:
  const buffer_handle* find(const device_key& key) const {
    auto found = open_.find(key);
    auto there = found != open_.end() && found->second.buffer().valid();
    return there ? &found->second : nullptr;
  }

  buffer_handle keep(shared_buffer::pointer buffer) {
    auto key = buffer->name().key;
    auto warnings = std::make_shared<range_warnings>(
      log_, key, buffer->type().parameters.size());
    auto made = buffer_handle{std::move(buffer), robot_, std::move(warnings)};
    return open_[key] = std::move(made);
  }

  std::string prefix_;
  std::shared_ptr<const robot_state> robot_;
  catalog types_;
  device_names names_;
  event_log log_;
  std::mutex mutex_;
  std::map<device_key, buffer_handle> open_;
};

using source_pointer = std::shared_ptr<device_buffers::source>;

caf::expected<catalog> load_types(const options& opts) {
  auto loaded = device_catalog::load(opts);
  for (const auto& problem : loaded.problems)
    if (!problem.is_warning)
      return caf::make_error(ec::bad_configuration, to_string(problem));
  if (loaded.types.types().empty())
    return caf::make_error(ec::bad_configuration,
                           "buffers: device.catalog names no catalog");
  return std::move(loaded.types);
}

caf::expected<source_pointer>
open_runtime_devices(const options& opts, catalog types, event_log log) {
  auto prefix = opts.get<std::string>("device.prefix");
  auto robot = robot_state::open(prefix);
  if (!robot)
    return std::move(robot.error());
  return source_pointer{std::make_shared<runtime_devices>(
    std::move(prefix), std::shared_ptr<const robot_state>{std::move(*robot)},
    std::move(types), names_of_devices(opts), std::move(log))};
}

} // namespace

bool under_runtime() noexcept {
  return ::getenv(process_cookie.data()) != nullptr;
}

caf::expected<source_pointer>
open_devices(const options& opts, host& owner,
             std::unique_ptr<robot_devices>& own) {
  auto types = load_types(opts);
  if (!types)
    return std::move(types.error());
  auto shared = opts.get<bool>("device.shared");
  if (shared && under_runtime())
    return open_runtime_devices(opts, std::move(*types), owner.log());
  if (!own) {
    auto made = robot_devices::make(opts, *types, owner.log());
    // A runtime that was started by somebody else has them.
    if (!made && shared)
      if (auto others = open_runtime_devices(opts, *types, owner.log()))
        return others;
    if (!made)
      return std::move(made.error());
    own = std::move(*made);
    own->disable_by(owner);
    owner.add({"buffer store", stop_stage::routing,
               [&owner, devices = own.get()](caf::local_actor* parent,
                                             const application_actor&) {
                 return caf::actor_cast<caf::actor>(
                   parent->spawn(buffer_store, devices->buffers(),
                                 devices->names(), owner.log()));
               }});
  }
  return source_pointer{
    std::make_shared<own_devices>(own->buffers(), own->names())};
}

} // namespace rr
