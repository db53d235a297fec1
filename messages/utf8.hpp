// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

namespace rr {

/// Whether the text is UTF-8 as RFC 3629 has it: the shortest form of each
/// character, no surrogates, nothing beyond U+10FFFF, nothing cut short.
bool is_utf8(std::string_view text) noexcept;

} // namespace rr
