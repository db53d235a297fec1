// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string_view>

namespace rr {

/// The check sum of Ethernet, zlib and MCAP (CRC-32, polynomial 0xedb88320).
/// @param before the check sum of what stands before the text; 0 for nothing.
uint32_t crc32(std::string_view text, uint32_t before = 0) noexcept;

} // namespace rr
