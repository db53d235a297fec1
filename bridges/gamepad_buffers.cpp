// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/gamepad_buffers.hpp"

#include "bridges/buffer_transaction.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

constexpr std::array<const char*, 4> axis_names{
  "joystick_left_x", "joystick_left_y", "joystick_right_x", "joystick_right_y"};

bool is_button(const parameter& x) {
  return x.readable && x.type.scalar == scalar_type::boolean
         && x.type.dimensions.empty();
}

} // namespace

gamepad_buffers::gamepad_buffers(std::shared_ptr<buffer_registry> buffers)
  : buffers_(std::move(buffers)) {
  const auto& type = *buffers_->types().find("gamepad");
  for (size_t i = 0; i < axes_.size(); ++i)
    if (type.find(axis_names[i]) != nullptr)
      axes_[i] = axis_names[i];
  for (const auto& x : type.parameters)
    if (is_button(x) && buttons_.size() < 64)
      buttons_.push_back(x.name);
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
  auto opened = buffers_->open({"gamepad", {0, 0, index}});
  if (!opened)
    return std::move(opened.error());
  pad = std::move(*opened);
  return {};
}

caf::error gamepad_buffers::show(uint8_t index, const gamepad_state& state,
                                 bool connected) {
  auto& buffer = open_[index]->buffer();
  auto change = buffer.begin();
  if (!change)
    return std::move(change.error());
  for (size_t i = 0; i < axes_.size(); ++i)
    if (!axes_[i].empty())
      if (auto set = change->set(axes_[i], state.axes[i]); !set)
        return std::move(set.error());
  for (size_t i = 0; i < buttons_.size(); ++i)
    if (auto set = change->set(buttons_[i], (state.buttons >> i & 1) != 0);
        !set)
      return std::move(set.error());
  change->commit();
  buffer.set_connected(connected);
  return {};
}

} // namespace rr
