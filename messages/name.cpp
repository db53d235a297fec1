// SPDX-License-Identifier: BSD-3-Clause
#include "messages/name.hpp"

#include <algorithm>

namespace rr {

bool is_name(std::string_view text) noexcept {
  auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !text.empty() && text.size() <= max_name_size
         && std::ranges::all_of(text, fits);
}

} // namespace rr
