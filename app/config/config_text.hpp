// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "messages/visible_text.hpp"

namespace rr {

/// A part of a text for a message.
inline std::string excerpt(std::string_view text) {
  return visible_text(text);
}

} // namespace rr
