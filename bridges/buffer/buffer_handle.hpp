// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/expected.hpp>

#include "bridges/buffer/robot_state.hpp"
#include "bridges/buffer/shared_buffer.hpp"
#include "bridges/log/event_log.hpp"
#include "bridges/system/rate_limit.hpp"
#include "messages/fwd.hpp"

namespace rr {

/// Warns of numbers that were clamped, `Value out of range`, once a second at
/// most for each parameter of a device; the next one tells how many were not
/// written in between. Thread safe.
class range_warnings {
public:
  using time_point = rate_limit::clock::time_point;

  /// @param parameters how many the device has.
  range_warnings(event_log log, device_key device, size_t parameters);

  /// @param index the place of the parameter.
  void warn(size_t index, std::string_view parameter,
            time_point now = rate_limit::clock::now());

private:
  event_log log_;
  device_key device_;
  std::mutex mutex_;
  /// There is one for each parameter.
  std::vector<rate_limit> limits_;
};

/// One buffer, to be read and written from any thread of the runtime without
/// asking anybody. It is a small value to be copied freely. It keeps the
/// memory, not the device: once the device is gone every call answers
/// `ec::invalid_buffer`.
class buffer_handle {
public:
  buffer_handle() = default;

  buffer_handle(shared_buffer::pointer buffer,
                std::shared_ptr<const robot_state> robot,
                std::shared_ptr<range_warnings> warnings);

  /// Everything that a buffer can do: snapshots, transactions, flags.
  shared_buffer& buffer() const noexcept {
    return *buffer_;
  }

  const device_key& key() const noexcept {
    return buffer_->name().key;
  }

  // These do as the members of `shared_buffer`, and warn of a number that was
  // clamped.
  caf::expected<device_value> get(std::string_view parameter) const {
    return buffer_->get(parameter);
  }
  caf::expected<value_fit> set(std::string_view parameter,
                               const device_value& value) const;
  caf::expected<device_value> requested(std::string_view parameter) const {
    return buffer_->requested(parameter, *robot_);
  }
  caf::expected<value_fit> write(std::string_view parameter,
                                 const device_value& value) const;

  /// Warns of what was clamped in a transaction.
  void report(std::string_view parameter, value_fit fit) const;

private:
  caf::expected<value_fit> reported(std::string_view parameter,
                                    caf::expected<value_fit> result) const;

  shared_buffer::pointer buffer_;
  std::shared_ptr<const robot_state> robot_;
  std::shared_ptr<range_warnings> warnings_;
};

} // namespace rr

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rr::buffer_handle)
