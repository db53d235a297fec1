// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/process/low_descriptors.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "messages/error.hpp"

namespace rr {

namespace {

/// With fewer than these to have, there is little to copy.
constexpr rlim_t ample = 1024;

caf::error exhausted() {
  return system_error("cannot hand over descriptors", errno);
}

bool has_ample() noexcept {
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= ample;
}

} // namespace

caf::expected<low_descriptors> low_descriptors::make() {
  low_descriptors result;
  if (!has_ample())
    return result;
  auto null = file_descriptor{::open("/dev/null", O_RDWR | O_CLOEXEC)};
  if (!null)
    return system_error("cannot open /dev/null", errno);
  auto take = [&null](file_descriptor& number) {
    number.reset(::fcntl(null.get(), F_DUPFD_CLOEXEC, first));
    return static_cast<bool>(number);
  };
  result.numbers_.resize(most);
  if (!take(result.null_) || !std::ranges::all_of(result.numbers_, take))
    return exhausted();
  return result;
}

caf::error low_descriptors::put(std::vector<int>& wanted) {
  if (numbers_.empty())
    return {};
  for (size_t i = 0; i < wanted.size(); ++i)
    if (wanted[i] >= 0) {
      auto number = i < most ? numbers_[i].get() : -1;
      if (::dup3(wanted[i], number, O_CLOEXEC) < 0)
        return exhausted();
      wanted[i] = number;
    } else if (wanted[i] == null_device) {
      wanted[i] = null_.get();
    }
  return {};
}

void low_descriptors::release() noexcept {
  for (const auto& number : numbers_)
    ::dup3(null_.get(), number.get(), O_CLOEXEC);
}

unsigned low_descriptors::end() const noexcept {
  if (numbers_.empty())
    return 0;
  auto last = null_.get();
  for (const auto& number : numbers_)
    last = std::max(last, number.get());
  return static_cast<unsigned>(last) + 1;
}

} // namespace rr
