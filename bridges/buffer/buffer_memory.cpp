// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/buffer/buffer_memory.hpp"

#include <algorithm>
#include <cerrno>
#include <numeric>

#include "bridges/buffer/checked_value.hpp"

namespace rr {

buffer_memory::buffer_memory(memory_segment segment, buffer_layout layout,
                             requesters::pointer table)
  : layout_(std::move(layout)),
    base_(segment.bytes().data()),
    flags_(base_ + layout_.header.flags),
    by_name_(layout_.type.parameters.size()),
    blocks_{value_block{base_, layout_, buffer_block::update},
            value_block{base_, layout_, buffer_block::write}},
    lock_(base_ + layout_.header.lock),
    segment_(std::move(segment)),
    requesters_(name().prefix, std::move(table)) {
  std::iota(by_name_.begin(), by_name_.end(), uint16_t{0});
  std::ranges::sort(
    by_name_, {}, [this](uint16_t index) -> const auto& {
      return type().parameters[index].name;
    });
}

bool buffer_memory::has_name() const {
  return segment_.is_named(to_string(name()));
}

caf::error buffer_memory::take_name() {
  return has_name() ? remove_segment(to_string(name())) : caf::error{};
}

caf::expected<size_t> buffer_memory::find(std::string_view parameter) const {
  auto name_of = [this](uint16_t index) {
    return std::string_view{type().parameters[index].name};
  };
  auto found = std::ranges::lower_bound(by_name_, parameter, {}, name_of);
  if (found != by_name_.end() && name_of(*found) == parameter)
    return size_t{*found};
  return parameter_error(ec::unknown_parameter, parameter,
                         "no such parameter of " + to_string(name()));
}

caf::error buffer_memory::check_block(buffer_block block, size_t index) const {
  if (values_in(block)[index].exists())
    return {};
  return parameter_error(ec::access_refused, type().parameters[index].name,
                         block == buffer_block::update ? "not readable"
                                                       : "not writeable");
}

caf::error buffer_memory::check_access(buffer_block block, size_t index) const {
  if (auto failed = check_block(block, index))
    return failed;
  return has_flag(valid_bit) ? caf::error{} : invalid(index);
}

caf::expected<checked_value>
buffer_memory::check(buffer_block block, std::string_view parameter,
                     const device_value& value) const {
  auto index = find(parameter);
  if (!index)
    return std::move(index.error());
  if (auto failed = check_access(block, *index))
    return failed;
  const auto& param = type().parameters[*index];
  checked_value result;
  result.index = *index;
  result.bytes.resize(param.type.size());
  auto fit = encode_value(param, value, result.span());
  if (!fit)
    return std::move(fit.error());
  result.fit = *fit;
  return result;
}

caf::expected<checked_value>
buffer_memory::check(buffer_block block, size_t index,
                     std::span<const std::byte> value) const {
  if (auto failed = check_access(block, index))
    return failed;
  checked_value result;
  result.index = index;
  result.bytes.assign(value.begin(), value.end());
  const auto& param = values_in(block)[index];
  auto fit = value.size() == param.size ? param.limits.apply(result.span())
                                        : std::nullopt;
  if (!fit)
    // Says what is wrong.
    return check_value(type().parameters[index], result.span()).error();
  result.fit = *fit;
  return result;
}

caf::error buffer_memory::invalid(size_t index) const {
  return parameter_error(ec::invalid_buffer, type().parameters[index].name,
                         to_string(name()) + " is invalid");
}

caf::error buffer_memory::overtaken(std::string_view what) {
  return parameter_error(ec::overloaded, what,
                         "written faster than it can be read");
}

caf::error buffer_memory::lock_failed(int cause) const {
  if (cause == EBUSY)
    return caf::make_error(ec::overloaded,
                           "cannot write to " + to_string(name())
                             + ": another writer does not come to its end");
  return system_error("cannot lock " + to_string(name()), cause);
}

} // namespace rr
