// SPDX-License-Identifier: BSD-3-Clause
#include "messages/device/device_value.hpp"

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include "messages/device/catalog.hpp"
#include "messages/device/scalar_access.hpp"
#include "messages/device/value_limits.hpp"
#include "messages/utf8.hpp"

namespace rr {

namespace {

/// Writes one value of JSON as its bytes, in the range of its type.
class value_encoder {
public:
  value_encoder(const parameter& param, std::span<std::byte> out)
    : param_(param),
      out_(out) {
  }

  caf::expected<value_fit> run(const device_value& value) {
    if (auto failed = write(value, 0))
      return failed;
    auto checked = check_value(param_, out_);
    if (checked && narrowed_)
      return value_fit::clamped;
    return checked;
  }

private:
  caf::error write(const device_value& value, size_t depth) {
    const auto& dimensions = param_.type.dimensions;
    if (depth == 0 && !dimensions.empty() && value.is_binary()
        && size_of(param_.type.scalar) == 1)
      return write_bytes(value.get_binary());
    if (depth == dimensions.size())
      return with_type(param_.type.scalar, [&]<class T>(std::type_identity<T>) {
        return write_scalar<T>(value);
      });
    if (value.is_string() && depth + 1 == dimensions.size()
        && param_.type.scalar == scalar_type::character)
      return write_text(value.get_ref<const std::string&>(), dimensions[depth]);
    if (!value.is_array())
      return unexpected(value, depth);
    if (value.size() != dimensions[depth])
      return wrong_length(dimensions[depth], value.size());
    for (const auto& each : value)
      if (auto failed = write(each, depth + 1))
        return failed;
    return {};
  }

  caf::error write_bytes(const device_value::binary_t& bytes) {
    if (bytes.size() != out_.size())
      return wrong_length(out_.size(), bytes.size());
    std::memcpy(out_.data(), bytes.data(), bytes.size());
    return {};
  }

  caf::error write_text(const std::string& text, size_t length) {
    if (text.size() > length)
      return wrong_length(length, text.size(), "at most ");
    std::memset(&out_[at_], 0, length);
    std::memcpy(&out_[at_], text.data(), text.size());
    at_ += length;
    return {};
  }

  template <class T>
  caf::error write_scalar(const device_value& value) {
    auto result = scalar_of<T>(value);
    if (!result)
      return unexpected(value, param_.type.dimensions.size());
    store_scalar(&out_[at_], *result);
    at_ += sizeof(T);
    return {};
  }

  /// None for a value of another type.
  template <class T>
  std::optional<T> scalar_of(const device_value& value) {
    if constexpr (std::is_same_v<T, bool>) {
      if (value.is_boolean())
        return value.get<bool>();
    } else if constexpr (std::is_same_v<T, char>) {
      if (const auto* text = value.get_ptr<const std::string*>();
          text && text->size() <= 1)
        return text->empty() ? '\0' : text->front();
    } else if constexpr (std::is_integral_v<T>) {
      if (value.is_number_unsigned())
        return narrow<T>(value.get<uint64_t>());
      if (value.is_number_integer())
        return narrow<T>(value.get<int64_t>());
      // An integer that JSON has no other form for.
      if (value.is_number_float())
        return beyond_64_bits<T>(value.get<double>());
    } else if (value.is_number()) {
      return narrow<T>(value.get<double>());
    }
    return std::nullopt;
  }

  template <class T, std::integral From>
  T narrow(From value) noexcept {
    using limits = std::numeric_limits<T>;
    if (std::in_range<T>(value))
      return static_cast<T>(value);
    narrowed_ = true;
    return std::cmp_less(value, 0) ? limits::lowest() : limits::max();
  }

  /// The limit of the type, for what is beyond that of all integers.
  template <class T>
  std::optional<T> beyond_64_bits(double value) noexcept {
    // JSON reads the least integer as such.
    if (!(value >= 0x1p64 || value <= -0x1p63))
      return std::nullopt;
    narrowed_ = true;
    return value < 0 ? std::numeric_limits<T>::lowest()
                     : std::numeric_limits<T>::max();
  }

  template <std::floating_point T>
  T narrow(double value) noexcept {
    // Beyond the range of a `float` the conversion is undefined. NaN is not
    // beyond it.
    constexpr double greatest = std::numeric_limits<T>::max();
    if (std::abs(value) > greatest) {
      narrowed_ = true;
      return static_cast<T>(std::copysign(greatest, value));
    }
    return static_cast<T>(value);
  }

  caf::error wrong_length(size_t expected, size_t given,
                          const char* bound = "") const {
    return parameter_error(ec::wrong_value, param_.name,
                           "expected " + (bound + std::to_string(expected))
                             + " elements, got " + std::to_string(given));
  }

  caf::error unexpected(const device_value& value, size_t depth) const;

  const parameter& param_;
  std::span<std::byte> out_;
  size_t at_ = 0;
  /// A number was beyond the range of its type.
  bool narrowed_ = false;
};

/// What a value of the type is for people, without the `depth` outermost
/// dimensions.
std::string expected_value(const value_type& type, size_t depth) {
  if (depth < type.dimensions.size()) {
    auto length = std::to_string(type.dimensions[depth]);
    if (type.scalar == scalar_type::character
        && depth + 1 == type.dimensions.size())
      return "a text of at most " + length + " bytes";
    return "an array of " + length + " elements";
  }
  if (is_integer(type.scalar))
    return "an integer";
  if (is_floating_point(type.scalar))
    return "a number";
  return type.scalar == scalar_type::boolean ? "true or false"
                                             : "a text of one byte";
}

/// A value for people: a long one is cut short.
std::string shown(const device_value& value) {
  if (value.is_structured() || value.is_binary())
    return value.is_array()    ? "an array"
           : value.is_object() ? "an object"
                               : "bytes";
  auto result = value.dump(-1, ' ', true, json::error_handler_t::replace);
  if (result.size() > 40) {
    result.resize(37);
    result += "...";
  }
  return result;
}

caf::error value_encoder::unexpected(const device_value& value,
                                     size_t depth) const {
  return parameter_error(ec::wrong_value, param_.name,
                         "expected " + expected_value(param_.type, depth)
                           + ", got " + shown(value));
}

device_value read_text(std::span<const std::byte> bytes) {
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  auto size = ::strnlen(text, bytes.size());
  if (is_utf8({text, size}))
    return std::string{text, size};
  const auto* first = reinterpret_cast<const uint8_t*>(bytes.data());
  return device_value::binary({first, first + bytes.size()});
}

device_value read_scalar(scalar_type type, const std::byte* at) {
  return with_type(type, [&]<class T>(std::type_identity<T>) -> device_value {
    if constexpr (std::is_same_v<T, bool>)
      return *at != std::byte{0};
    else if constexpr (std::is_same_v<T, char>)
      return read_text({at, 1});
    else
      return load_scalar<T>(at);
  });
}

device_value read_array(const value_type& type, size_t depth,
                        std::span<const std::byte> bytes) {
  if (depth == type.dimensions.size())
    return read_scalar(type.scalar, bytes.data());
  auto last = depth + 1 == type.dimensions.size();
  if (last && type.scalar == scalar_type::character)
    return read_text(bytes);
  auto length = type.dimensions[depth];
  auto size = bytes.size() / length;
  auto result = device_value::array();
  result.get_ref<device_value::array_t&>().reserve(length);
  for (size_t i = 0; i < length; ++i)
    result.push_back(
      read_array(type, depth + 1, bytes.subspan(i * size, size)));
  return result;
}

} // namespace

caf::error parameter_error(ec code, std::string_view parameter,
                           const std::string& why) {
  return caf::make_error(code, std::string{parameter} + ": " + why);
}

caf::expected<value_fit> encode_value(const parameter& param,
                                      const device_value& value,
                                      std::span<std::byte> out) {
  return value_encoder{param, out}.run(value);
}

caf::expected<value_fit> check_value(const parameter& param,
                                     std::span<std::byte> bytes) {
  if (bytes.size() != param.type.size())
    return parameter_error(ec::wrong_value, param.name,
                           "expected " + std::to_string(param.type.size())
                             + " bytes, got " + std::to_string(bytes.size()));
  if (auto result = value_limits{param}.apply(bytes))
    return *result;
  return parameter_error(ec::wrong_value, param.name, "not a number");
}

bool safe_is_scalar(const parameter& param) {
  return param.type.is_array() && param.safe->is_primitive()
         && !param.safe->is_binary() && !param.safe->is_string();
}

void encode_safe(const parameter& param, std::span<std::byte> out) {
  if (!safe_is_scalar(param)) {
    encode_value(param, *param.safe, out);
    return;
  }
  auto element = param;
  element.type = param.type.element();
  auto size = element.type.size();
  encode_value(element, *param.safe, out.first(size));
  for (size_t at = size; at < out.size(); at += size)
    std::memcpy(&out[at], out.data(), size);
}

device_value decode_value(const value_type& type,
                          std::span<const std::byte> bytes) {
  return read_array(type, 0, bytes.first(type.size()));
}

} // namespace rr
