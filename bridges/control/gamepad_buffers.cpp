// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/control/gamepad_buffers.hpp"

#include <algorithm>
#include <span>

#include "bridges/buffer/buffer_transaction.hpp"
#include "messages/control/gamepad_type.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

using namespace std::chrono_literals;

/// A writer that is not held up itself keeps a lock for microseconds.
constexpr auto lock_patience = 1ms;

bool is_button(const parameter& x) {
  return x.readable && x.type.scalar == scalar_type::boolean
         && x.type.dimensions.empty();
}

template <class T>
caf::error set_bytes(buffer_transaction& change, size_t index, T value) {
  auto done = change.store_bytes(buffer_block::update, index,
                                 std::as_bytes(std::span{&value, 1}));
  return done ? caf::error{} : std::move(done.error());
}

/// Of whatever type.
caf::error set_axis(buffer_transaction& change, const device_type& type,
                    size_t index, double value) {
  const auto& param = type.parameters[index];
  if (param.type.dimensions.empty()
      && param.type.scalar == scalar_type::float32)
    return set_bytes(change, index, static_cast<float>(value));
  auto done = change.set(param.name, value);
  return done ? caf::error{} : std::move(done.error());
}

} // namespace

gamepad_buffers::gamepad_buffers(std::shared_ptr<buffer_registry> buffers)
  : buffers_(std::move(buffers)) {
  const auto& names = gamepad_axes_in_catalog;
  const auto& all = buffers_->types().find(gamepad_type_name)->parameters;
  for (size_t i = 0; i < all.size(); ++i) {
    auto axis = std::ranges::find(names, all[i].name);
    if (axis != names.end())
      axes_[static_cast<size_t>(axis - names.begin())] = i;
    if (is_button(all[i]) && buttons_.size() < 64)
      buttons_.push_back(i);
  }
}

caf::error gamepad_buffers::write(uint8_t index, const gamepad_state& state) {
  if (auto failed = open(index))
    return failed;
  return show(index, state, true);
}

caf::error gamepad_buffers::neutral(uint8_t index) {
  if (!open_[index])
    return {};
  auto failed = show(index, {}, false);
  // Whoever removed it has left nothing that could move.
  return failed == ec::invalid_buffer ? caf::error{} : failed;
}

caf::error gamepad_buffers::open(uint8_t index) {
  auto& pad = open_[index];
  if (pad && pad->buffer().valid())
    return {};
  auto opened = buffers_->open({std::string{gamepad_type_name}, {0, 0, index}});
  if (!opened)
    return std::move(opened.error());
  pad = std::move(*opened);
  return {};
}

caf::error gamepad_buffers::show(uint8_t index, const gamepad_state& state,
                                 bool connected) {
  auto& buffer = open_[index]->buffer();
  auto change = buffer.begin(is_kept_[index] ? 0ms : lock_patience);
  is_kept_[index] = !change;
  if (!change)
    return std::move(change.error());
  for (size_t i = 0; i < axes_.size(); ++i)
    if (axes_[i])
      if (auto failed = set_axis(*change, buffer.type(), *axes_[i],
                                 state.axes[i]))
        return failed;
  for (size_t i = 0; i < buttons_.size(); ++i) {
    auto pressed = static_cast<uint8_t>(state.buttons >> i & 1);
    if (auto failed = set_bytes(*change, buttons_[i], pressed))
      return failed;
  }
  change->commit();
  return buffer.set_connected(connected);
}

} // namespace rr
