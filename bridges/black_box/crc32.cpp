// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/black_box/crc32.hpp"

#include <array>
#include <cstddef>

namespace rr {

namespace {

/// Of bytes that are taken at once.
constexpr size_t stride = 8;

using crc_table = std::array<uint32_t, 256>;

constexpr std::array<crc_table, stride> make_crc_tables() noexcept {
  std::array<crc_table, stride> result{};
  for (uint32_t i = 0; i < 256; ++i) {
    auto sum = i;
    for (auto bit = 0; bit < 8; ++bit)
      sum = (sum >> 1) ^ ((sum & 1) != 0 ? 0xedb88320u : 0u);
    result[0][i] = sum;
  }
  for (size_t table = 1; table < stride; ++table)
    for (size_t i = 0; i < 256; ++i) {
      auto sum = result[table - 1][i];
      result[table][i] = (sum >> 8) ^ result[0][sum & 0xff];
    }
  return result;
}

constexpr auto crc_tables = make_crc_tables();

} // namespace

uint32_t crc32(std::string_view text, uint32_t before) noexcept {
  auto sum = ~before;
  auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  while (text.size() >= stride) {
    uint32_t next = 0;
    for (size_t i = 0; i < 4; ++i) {
      auto low = byte(i) ^ ((sum >> (8 * i)) & 0xff);
      next ^= crc_tables[7 - i][low] ^ crc_tables[3 - i][byte(4 + i)];
    }
    sum = next;
    text.remove_prefix(stride);
  }
  for (size_t i = 0; i < text.size(); ++i)
    sum = (sum >> 8) ^ crc_tables[0][(sum ^ byte(i)) & 0xff];
  return ~sum;
}

} // namespace rr
