// SPDX-License-Identifier: BSD-3-Clause
#include "messages/cbor/cbor_form.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <new>
#include <string>
#include <string_view>

#include "messages/cbor/cbor_head.hpp"
#include "messages/cbor/cbor_keys.hpp"
#include "messages/error.hpp"
#include "messages/utf8.hpp"

namespace rr {

namespace {

/// What is wrong, as literal text; null when nothing is.
using fault = const char*;

constexpr size_t deepest = 32;

/// An array or map that is not at its end yet.
struct level {
  bool is_map;
  bool is_indefinite;
  bool at_key;
  /// Items to come, keys and values counted apart; unless indefinite.
  uint64_t left;
  /// The map's first key among all keys kept.
  size_t first_key;
};

class form_check {
public:
  form_check(std::span<const std::byte> payload, size_t max_nesting)
    : bytes_(reinterpret_cast<const uint8_t*>(payload.data())),
      size_(payload.size()),
      max_nesting_(std::min(max_nesting, deepest)) {
  }

  fault run() {
    do {
      start_ = at_;
      if (auto what = item())
        return what;
    } while (depth_ > 0);
    start_ = at_;
    return at_ == size_ ? nullptr : "bytes after the end";
  }

  /// Where the item starts that `run` found at fault.
  size_t offset() const noexcept {
    return start_;
  }

private:
  level* top() noexcept {
    return depth_ > 0 ? &levels_[depth_ - 1] : nullptr;
  }

  fault read(cbor_head& result) noexcept {
    return read_cbor_head(bytes_, size_, at_, result);
  }

  fault item() {
    cbor_head it;
    if (auto what = read(it))
      return what;
    if (it.is_break())
      return end_of_indefinite();
    auto up = top();
    if (up && up->at_key && it.type != cbor_major::text_string)
      return "map key is not text";
    switch (it.type) {
      case cbor_major::unsigned_integer:
      case cbor_major::negative_integer:
        if (auto what = integer(it))
          return what;
        return item_done();
      case cbor_major::byte_string:
      case cbor_major::text_string:
        if (auto what = string(it))
          return what;
        return item_done();
      case cbor_major::array:
      case cbor_major::map:
        return open(it);
      case cbor_major::tag:
        return "tag";
      default:
        if (it.info < 20 || it.info > 27 || it.info == 23 || it.info == 24)
          return "simple value other than false, true and null";
        return item_done();
    }
  }

  static fault integer(cbor_head it) noexcept {
    if (it.is_indefinite())
      return "integer of indefinite length";
    if (it.type == cbor_major::negative_integer && it.argument > INT64_MAX)
      return "negative integer beyond 64 bits";
    return nullptr;
  }

  fault string(cbor_head it) {
    auto up = top();
    auto is_key = up && up->at_key;
    if (it.is_indefinite())
      return chunks(it.type, is_key);
    auto begin = at_;
    if (auto what = content(it))
      return what;
    if (is_key)
      keys_.add(text(begin), start_);
    return nullptr;
  }

  /// Skips the content of a string or chunk of definite length.
  fault content(cbor_head it) noexcept {
    if (it.argument > size_ - at_)
      return "string is longer than the bytes left";
    auto begin = at_;
    at_ += it.argument;
    if (it.type == cbor_major::text_string && !is_utf8(text(begin)))
      return "text is not UTF-8";
    return nullptr;
  }

  fault chunks(cbor_major type, bool is_key) {
    if (is_key)
      keys_.add_chunked(start_);
    for (;;) {
      cbor_head chunk;
      if (auto what = read(chunk))
        return what;
      if (chunk.is_break())
        return nullptr;
      if (chunk.type != type)
        return "string has a chunk of another type";
      if (chunk.is_indefinite())
        return "string has a chunk of indefinite length";
      auto begin = at_;
      if (auto what = content(chunk))
        return what;
      if (is_key)
        keys_.append(text(begin));
    }
  }

  std::string_view text(size_t begin) const noexcept {
    return {reinterpret_cast<const char*>(bytes_) + begin, at_ - begin};
  }

  fault open(cbor_head it) {
    auto is_map = it.type == cbor_major::map;
    auto is_indefinite = it.is_indefinite();
    auto left = is_indefinite ? uint64_t{0} : it.argument;
    // Each item takes a byte at least.
    if (left > (size_ - at_) / (is_map ? 2 : 1))
      return "claims more items than bytes are left";
    if (depth_ == max_nesting_)
      return "nested too deep";
    if (is_map)
      left *= 2;
    levels_[depth_++] = {is_map, is_indefinite, is_map, left, keys_.size()};
    return is_indefinite || left > 0 ? nullptr : close();
  }

  fault end_of_indefinite() {
    auto last = top();
    if (!last || !last->is_indefinite)
      return "break out of place";
    if (last->is_map && !last->at_key)
      return "map ends between a key and its value";
    return close();
  }

  /// Ends the innermost array or map, itself an item of the next one.
  fault close() {
    if (auto what = close_level())
      return what;
    return item_done();
  }

  fault close_level() {
    const auto& last = *top();
    if (last.is_map) {
      if (auto twice = keys_.find_duplicate(last.first_key)) {
        start_ = *twice;
        return "map has a key twice";
      }
      keys_.drop(last.first_key);
    }
    --depth_;
    return nullptr;
  }

  fault item_done() {
    while (auto up = top()) {
      up->at_key = up->is_map && !up->at_key;
      if (up->is_indefinite || --up->left > 0)
        return nullptr;
      if (auto what = close_level())
        return what;
    }
    return nullptr;
  }

  const uint8_t* bytes_;
  size_t size_;
  size_t at_ = 0;
  size_t start_ = 0;
  size_t max_nesting_;
  size_t depth_ = 0;
  std::array<level, deepest> levels_;
  cbor_keys keys_;
};

caf::error malformed(size_t offset, std::string_view what) {
  auto text = "malformed CBOR at byte " + std::to_string(offset) + ": ";
  return caf::make_error(ec::malformed, text.append(what));
}

} // namespace

caf::error check_cbor_form(std::span<const std::byte> payload,
                           cbor_limits limits) try {
  if (payload.size() > limits.max_bytes)
    return malformed(limits.max_bytes, "longer than the limit of "
                                         + std::to_string(limits.max_bytes)
                                         + " bytes");
  form_check check{payload, limits.max_nesting};
  auto what = check.run();
  return what ? malformed(check.offset(), what) : caf::none;
} catch (const std::bad_alloc&) {
  return malformed(0, "has more keys than memory");
}

} // namespace rr
