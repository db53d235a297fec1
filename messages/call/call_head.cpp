// SPDX-License-Identifier: BSD-3-Clause
#include "messages/call/call_head.hpp"

#include "messages/call/message_type.hpp"
#include "messages/cbor/cbor_head.hpp"

namespace rr {

namespace {

/// Reads items of a payload, one behind the other.
class head_reader {
public:
  explicit head_reader(std::span<const std::byte> payload) noexcept
    : bytes_(reinterpret_cast<const uint8_t*>(payload.data())),
      size_(payload.size()) {
  }

  bool next_is(cbor_major type) noexcept {
    return !read_cbor_head(bytes_, size_, at_, head_) && head_.type == type
           && !head_.is_indefinite();
  }

  bool next_is_null() const noexcept {
    constexpr uint8_t null = 0xf6;
    return at_ < size_ && bytes_[at_] == null;
  }

  uint64_t number() const noexcept {
    return head_.argument;
  }

  /// Of the text that `next_is`.
  std::optional<std::string_view> text() const noexcept {
    if (head_.argument > size_ - at_)
      return std::nullopt;
    return std::string_view{reinterpret_cast<const char*>(bytes_ + at_),
                            static_cast<size_t>(head_.argument)};
  }

private:
  const uint8_t* bytes_;
  size_t size_;
  size_t at_ = 0;
  cbor_head head_;
};

} // namespace

const char* to_string(call_form form) noexcept {
  switch (form) {
    case call_form::request:
      return "request";
    case call_form::response:
      return "response";
    case call_form::failure:
      return "failure";
    case call_form::notification:
      return "notification";
  }
  return "unknown";
}

std::optional<call_head>
read_call_head(std::span<const std::byte> payload) noexcept {
  head_reader next{payload};
  if (!next.next_is(cbor_major::array)
      || !next.next_is(cbor_major::unsigned_integer))
    return std::nullopt;
  auto type = next.number();
  if (type > notification_type)
    return std::nullopt;
  call_head result{.form = type == request_type ? call_form::request
                                                : call_form::notification};
  if (type != notification_type) {
    if (!next.next_is(cbor_major::unsigned_integer))
      return std::nullopt;
    result.id = next.number();
  }
  if (type == response_type) {
    result.form = next.next_is_null() ? call_form::response
                                      : call_form::failure;
    return result;
  }
  if (!next.next_is(cbor_major::text_string))
    return std::nullopt;
  auto method = next.text();
  if (!method)
    return std::nullopt;
  result.method = *method;
  return result;
}

} // namespace rr
