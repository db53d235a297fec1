// SPDX-License-Identifier: BSD-3-Clause
#include "messages/cbor/cbor_value.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

namespace rr {

namespace {

using json = nlohmann::json;

/// RFC 8949, appendix D.
double half_float(uint64_t bits) noexcept {
  auto exponent = static_cast<int>(bits >> 10 & 0x1f);
  auto mantissa = static_cast<double>(bits & 0x3ff);
  double result;
  if (exponent == 0)
    result = std::ldexp(mantissa, -24);
  else if (exponent != 31)
    result = std::ldexp(mantissa + 1024, exponent - 25);
  else if (mantissa == 0)
    result = std::numeric_limits<double>::infinity();
  else
    result = std::numeric_limits<double>::quiet_NaN();
  return bits & 0x8000 ? -result : result;
}

/// Reads item after item; recursion ends where the check of form said so.
class value_reader {
public:
  explicit value_reader(std::span<const std::byte> payload) noexcept
    : bytes_(reinterpret_cast<const uint8_t*>(payload.data())),
      size_(payload.size()) {
  }

  void read(json& result) {
    item(next(), result);
  }

private:
  cbor_head next() noexcept {
    cbor_head result;
    read_cbor_head(bytes_, size_, at_, result);
    return result;
  }

  void item(cbor_head head, json& result) {
    switch (head.type) {
      case cbor_major::unsigned_integer:
        result = head.argument;
        break;
      case cbor_major::negative_integer:
        result = -1 - static_cast<int64_t>(head.argument);
        break;
      case cbor_major::byte_string:
        result = json::binary(string<std::vector<uint8_t>>(head));
        break;
      case cbor_major::text_string:
        result = string<std::string>(head);
        break;
      case cbor_major::array:
        array(head, result);
        break;
      case cbor_major::map:
        map(head, result);
        break;
      default:
        simple(head, result);
    }
  }

  template <class T>
  T string(cbor_head head) {
    T result;
    if (!head.is_indefinite()) {
      append(head, result);
      return result;
    }
    for (auto chunk = next(); !chunk.is_break(); chunk = next())
      append(chunk, result);
    return result;
  }

  template <class T>
  void append(cbor_head head, T& result) {
    auto begin = bytes_ + at_;
    at_ += head.argument;
    result.insert(result.end(), begin, bytes_ + at_);
  }

  void array(cbor_head head, json& result) {
    result = json::array();
    auto& items = result.get_ref<json::array_t&>();
    if (head.is_indefinite()) {
      for (auto it = next(); !it.is_break(); it = next())
        item(it, items.emplace_back());
      return;
    }
    // The check has seen that many items.
    items.reserve(head.argument);
    for (auto left = head.argument; left > 0; --left)
      read(items.emplace_back());
  }

  void map(cbor_head head, json& result) {
    result = json::object();
    auto& entries = result.get_ref<json::object_t&>();
    auto entry = [&](cbor_head key) {
      // Many encoders sort the keys.
      auto at = entries.try_emplace(entries.end(), string<std::string>(key));
      read(at->second);
    };
    if (head.is_indefinite()) {
      for (auto key = next(); !key.is_break(); key = next())
        entry(key);
      return;
    }
    for (auto left = head.argument; left > 0; --left)
      entry(next());
  }

  static void simple(cbor_head head, json& result) {
    if (auto number = to_float(head))
      result = *number;
    else if (head.info == 20 || head.info == 21)
      result = head.info == 21;
    else
      result = nullptr;
  }

  const uint8_t* bytes_;
  size_t size_;
  size_t at_ = 0;
};

} // namespace

std::optional<double> to_float(const cbor_head& head) noexcept {
  switch (head.info) {
    case 25:
      return half_float(head.argument);
    case 26:
      return std::bit_cast<float>(static_cast<uint32_t>(head.argument));
    case 27:
      return std::bit_cast<double>(head.argument);
    default:
      return std::nullopt;
  }
}

json read_checked_cbor(std::span<const std::byte> payload) {
  json result;
  value_reader{payload}.read(result);
  return result;
}

} // namespace rr
