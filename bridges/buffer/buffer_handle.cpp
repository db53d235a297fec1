// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/buffer/buffer_handle.hpp"

namespace rr {

range_warnings::range_warnings(event_log log, device_key device,
                               size_t parameters)
  : log_(std::move(log)),
    device_(std::move(device)),
    limits_(parameters) {
}

void range_warnings::warn(size_t index, std::string_view parameter,
                          time_point now) {
  auto guard = std::unique_lock{mutex_};
  auto suppressed = limits_[index].pass(now);
  guard.unlock();
  if (!suppressed)
    return;
  log_fields fields{{"device", device_.type},
                    {"uid", to_string(device_.uid)},
                    {"parameter", parameter}};
  append_suppressed(fields, *suppressed);
  log_.warning("Value out of range", std::move(fields));
}

buffer_handle::buffer_handle(shared_buffer::pointer buffer,
                             std::shared_ptr<const robot_state> robot,
                             std::shared_ptr<range_warnings> warnings)
  : buffer_(std::move(buffer)),
    robot_(std::move(robot)),
    warnings_(std::move(warnings)) {
}

caf::expected<value_fit> buffer_handle::set(std::string_view parameter,
                                            const device_value& value) const {
  return reported(parameter, buffer_->set(parameter, value));
}

caf::expected<value_fit> buffer_handle::write(std::string_view parameter,
                                              const device_value& value) const {
  return reported(parameter, buffer_->write(parameter, value));
}

caf::expected<value_fit>
buffer_handle::reported(std::string_view parameter,
                        caf::expected<value_fit> result) const {
  if (result)
    report(parameter, *result);
  return result;
}

void buffer_handle::report(std::string_view parameter, value_fit fit) const {
  if (fit == value_fit::exact)
    return;
  if (auto index = buffer_->find(parameter))
    warnings_->warn(*index, parameter);
}

} // namespace rr
