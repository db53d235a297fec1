// SPDX-License-Identifier: BSD-3-Clause
#include "messages/cbor/cbor_keys.hpp"

#include <algorithm>
#include <cstring>

namespace rr {

namespace {

/// Up to here comparing each key with each other one is the quickest.
constexpr size_t few_keys = 16;

} // namespace

uint64_t cbor_keys::mark_of(std::string_view text) noexcept {
  if (text.empty())
    return 0;
  auto byte = [](char c) {
    return static_cast<uint64_t>(static_cast<unsigned char>(c));
  };
  return uint64_t{text.size()} << 16 | byte(text.front()) << 8
         | byte(text.back());
}

size_t cbor_keys::size_of(const key& x) noexcept {
  return x.mark >> 16;
}

bool cbor_keys::equal(const key& x, const key& y) noexcept {
  return x.mark == y.mark && std::memcmp(x.data, y.data, size_of(x)) == 0;
}

bool cbor_keys::less(const key& x, const key& y) noexcept {
  if (x.mark != y.mark)
    return x.mark < y.mark;
  auto order = std::memcmp(x.data, y.data, size_of(x));
  return order < 0 || (order == 0 && x.offset < y.offset);
}

void cbor_keys::add(std::string_view text, size_t offset) {
  if (keys_.capacity() == 0)
    keys_.reserve(few_keys);
  keys_.push_back({mark_of(text), text.data(), offset});
}

void cbor_keys::add_chunked(size_t offset) {
  add(chunked_.emplace_back(), offset);
}

void cbor_keys::append(std::string_view chunk) {
  auto& whole = chunked_.back();
  whole.append(chunk);
  keys_.back().mark = mark_of(whole);
  keys_.back().data = whole.data();
}

std::optional<size_t> cbor_keys::find_duplicate(size_t first) {
  auto begin = keys_.begin() + static_cast<ptrdiff_t>(first);
  if (keys_.size() - first <= few_keys) {
    for (auto i = begin; i != keys_.end(); ++i)
      for (auto j = begin; j != i; ++j)
        if (equal(*i, *j))
          return i->offset;
    return std::nullopt;
  }
  // A hostile map cannot make a sort quadratic, as it could a hash table.
  std::sort(begin, keys_.end(), less);
  auto twice = std::adjacent_find(begin, keys_.end(), equal);
  if (twice == keys_.end())
    return std::nullopt;
  return std::next(twice)->offset;
}

void cbor_keys::drop(size_t first) {
  keys_.resize(first);
}

} // namespace rr
