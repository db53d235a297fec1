// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rr {

/// The text keys of all CBOR maps that are open at one place of a payload, the
/// outermost map's first, so that each map's keys are the last ones when it
/// ends. Part of `check_cbor_form`; the keys of a usual message cost no
/// allocation. Not copyable. May throw `std::bad_alloc`.
class cbor_keys {
public:
  cbor_keys() = default;
  cbor_keys(const cbor_keys&) = delete;
  cbor_keys& operator=(const cbor_keys&) = delete;

  size_t size() const noexcept {
    return keys_.size();
  }

  /// Keeps a key, whose text must outlive this.
  /// @param offset what `find_duplicate` returns for it.
  void add(std::string_view text, size_t offset);

  /// Keeps an empty key that grows with `append`.
  void add_chunked(size_t offset);

  /// Appends to the last key, one of `add_chunked`.
  void append(std::string_view chunk);

  /// Finds a key that stands twice among those from `first` on, which may
  /// change their order.
  /// @returns the offset of the later of the two.
  std::optional<size_t> find_duplicate(size_t first);

  /// Forgets the keys from `first` on.
  void drop(size_t first);

private:
  struct key {
    /// Differs where size, first or last byte do: most keys need no further
    /// comparison.
    uint64_t mark;
    const char* data;
    size_t offset;
  };

  static uint64_t mark_of(std::string_view text) noexcept;
  static size_t size_of(const key& x) noexcept;
  static bool equal(const key& x, const key& y) noexcept;
  static bool less(const key& x, const key& y) noexcept;

  std::array<std::byte, 2048> buffer_;
  std::pmr::monotonic_buffer_resource memory_{buffer_.data(), buffer_.size()};
  std::pmr::vector<key> keys_{&memory_};
  /// What keys of chunks are put together in; a list, so that none moves.
  std::pmr::list<std::pmr::string> chunked_{&memory_};
};

} // namespace rr
