// SPDX-License-Identifier: BSD-3-Clause
#include "actors/buffer_store.hpp"

#include "actors/support/report_errors.hpp"

namespace rr {

buffer_store_state::~buffer_store_state() {
  if (buffers_)
    buffers_->close_all();
}

buffer_store_actor::behavior_type
buffer_store_state::make_behavior(std::shared_ptr<buffer_registry> buffers,
                                  device_names names, event_log log) {
  report_errors(self_, std::move(log));
  buffers_ = std::move(buffers);
  names_ = std::move(names);
  return {
    [this](atom::open, const std::string& device) {
      return on_open_text(device);
    },
    [this](atom::open, const device_key& key) -> caf::result<buffer_handle> {
      return buffers_->open(key);
    },
    [this](atom::close, const device_key& key) { return on_close(key); },
    [this](atom::list) { return on_list(); },
  };
}

caf::result<buffer_handle>
buffer_store_state::on_open_text(const std::string& device) {
  auto reference = parse_device(device, names_);
  if (!reference)
    return reference.error();
  auto key = resolve_device(*reference, buffers_->types());
  if (!key)
    return key.error();
  return buffers_->open(*key);
}

caf::result<void> buffer_store_state::on_close(const device_key& key) {
  if (auto failed = buffers_->close(key))
    return failed;
  return caf::unit;
}

device_keys buffer_store_state::on_list() {
  device_keys result;
  for (const auto& each : buffers_->valid())
    result.keys.push_back(each.key());
  return result;
}

buffer_store_actor::behavior_type
buffer_store(buffer_store_actor::stateful_pointer<buffer_store_state> self,
             std::shared_ptr<buffer_registry> buffers, device_names names,
             event_log log) {
  return self->state.make_behavior(std::move(buffers), std::move(names),
                                   std::move(log));
}

} // namespace rr
