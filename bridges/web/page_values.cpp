// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/web/page_values.hpp"

#include <algorithm>
#include <utility>

#include "bridges/web/page_messages.hpp"

namespace rr {

void page_values::begin(const std::vector<std::string>& uids, double rate,
                        time_point now) {
  end();
  wants_all_ = std::ranges::find(uids, "*") != uids.end();
  wanted_ = {uids.begin(), uids.end()};
  interval_ = std::chrono::duration_cast<std::chrono::nanoseconds>(
    std::chrono::duration<double>{1 / rate});
  due_ = now;
}

void page_values::end() {
  due_.reset();
  list_version_.reset();
  told_.clear();
  skipped_ = 0;
}

std::optional<std::string> page_values::take(time_point now) {
  if (!due_ || now < *due_)
    return std::nullopt;
  static const device_round none;
  const auto& round = devices_ ? devices_->read(now) : none;
  auto version = devices_ ? devices_->list_version() : 0;
  if (list_version_ != version) {
    list_version_ = version;
    forget_others(round);
    // Their values come with the next message, at once.
    return page_devices(round);
  }
  pass(now);
  std::vector<const device_reading*> changed;
  for (const auto& each : round) {
    if (!is_wanted(each))
      continue;
    auto& told = told_[each.uid];
    if (told != each.text)
      changed.push_back(&each);
    told = each.text;
  }
  if (changed.empty())
    return std::nullopt;
  return page_values_text(changed, std::exchange(skipped_, 0));
}

bool page_values::is_wanted(const device_reading& device) const {
  return wants_all_ || wanted_.contains(device.uid)
         || (!device.name.empty() && wanted_.contains(device.name));
}

void page_values::forget_others(const device_round& round) {
  std::set<std::string_view> there;
  for (const auto& each : round)
    there.insert(each.uid);
  std::erase_if(told_, [&](const auto& x) { return !there.contains(x.first); });
}

/// Sets when the next round is due, and counts those that never were.
void page_values::pass(time_point now) {
  auto late = static_cast<uint64_t>((now - *due_) / interval_);
  skipped_ += late;
  *due_ += interval_ * (late + 1);
}

} // namespace rr
