// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace rr::fuzz {

using input = std::span<const std::byte>;

/// What is tried with bytes that come from anywhere, one for each of the ways
/// by which such bytes come in. Each file makes one by `FUZZ_TARGET(name)`,
/// with a folder of that name in the corpus.
struct target {
  std::string_view name;
  /// Aborts where a promise is broken.
  void (*run)(input bytes);
  const target* next;

  target(std::string_view its_name, void (*its_run)(input)) noexcept;

  /// The target of that name, or null.
  static const target* find(std::string_view name) noexcept;

  /// The first of all, which are a list.
  static const target* first() noexcept;
};

/// Ends the program where a promise does not hold, and says which.
void require(bool holds, const char* promise);

inline std::string_view as_text(input bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Hands out pieces of the bytes; zeros behind their end.
class pieces {
public:
  explicit pieces(input bytes) noexcept : rest_(bytes) {
  }

  bool empty() const noexcept {
    return rest_.empty();
  }

  input take(size_t size) noexcept;

  /// In the machine's order.
  template <class T>
  T number() noexcept {
    T result{};
    auto bytes = take(sizeof(result));
    auto* to = reinterpret_cast<std::byte*>(&result);
    for (size_t i = 0; i < bytes.size(); ++i)
      to[i] = bytes[i];
    return result;
  }

private:
  input rest_;
};

} // namespace rr::fuzz

#define FUZZ_TARGET(name)                                                      \
  static void fuzz_##name(rr::fuzz::input);                                    \
  static const rr::fuzz::target name##_target{#name, fuzz_##name};             \
  static void fuzz_##name([[maybe_unused]] rr::fuzz::input bytes)
