// SPDX-License-Identifier: BSD-3-Clause
#include "app/config/suggestion.hpp"

#include <algorithm>
#include <array>

namespace rr {

size_t edit_distance(std::string_view x, std::string_view y) {
  constexpr size_t far = 3;
  auto longer = std::max(x.size(), y.size());
  // No name is this long, and a hostile text must not cost square time.
  if (longer - std::min(x.size(), y.size()) >= far || longer > 64)
    return far;
  std::array<std::vector<size_t>, 3> rows;
  rows.fill(std::vector<size_t>(y.size() + 1));
  for (size_t j = 0; j <= y.size(); ++j)
    rows[0][j] = j;
  for (size_t i = 1; i <= x.size(); ++i) {
    auto& row = rows[i % 3];
    auto& above = rows[(i + 2) % 3];
    row[0] = i;
    for (size_t j = 1; j <= y.size(); ++j) {
      size_t other = x[i - 1] != y[j - 1];
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + other});
      if (i > 1 && j > 1 && x[i - 1] == y[j - 2] && x[i - 2] == y[j - 1])
        row[j] = std::min(row[j], rows[(i + 1) % 3][j - 2] + 1);
    }
  }
  return std::min(far, rows[x.size() % 3][y.size()]);
}

std::string_view nearest_name(std::string_view given,
                              std::span<const std::string_view> known) {
  std::string_view result;
  size_t best = 3;
  for (auto name : known)
    if (auto d = edit_distance(given, name); d < best && d < name.size()) {
      best = d;
      result = name;
    }
  return result;
}

std::string did_you_mean(std::string_view given,
                         std::span<const std::string_view> known) {
  auto name = nearest_name(given, known);
  if (name.empty())
    return {};
  return ", did you mean \"" + std::string{name} + "\"?";
}

std::string expected_one_of(std::string_view given,
                            std::span<const std::string_view> known) {
  if (auto result = did_you_mean(given, known); !result.empty())
    return result;
  std::string result = ", expected one of ";
  for (size_t i = 0; i < known.size(); ++i)
    result.append(i > 0 ? ", " : "").append(known[i]);
  return result;
}

std::vector<std::string_view> split_words(std::string_view text) {
  constexpr std::string_view space = " \t\n\r\f\v";
  std::vector<std::string_view> result;
  for (size_t i = 0; (i = text.find_first_not_of(space, i)) != text.npos;) {
    auto end = std::min(text.find_first_of(space, i), text.size());
    result.push_back(text.substr(i, end - i));
    i = end;
  }
  return result;
}

} // namespace rr
