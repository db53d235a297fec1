// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rr {

/// How many insertions, deletions, substitutions and swaps of neighbours make
/// `x` of `y`; 3 stands for 3 and more.
size_t edit_distance(std::string_view x, std::string_view y);

/// The known name that is nearest to `given`, at most two edits away and less
/// than its length; empty where there is none.
std::string_view nearest_name(std::string_view given,
                              std::span<const std::string_view> known);

/// `, did you mean "X"?`, or empty text.
std::string did_you_mean(std::string_view given,
                         std::span<const std::string_view> known);

/// `, did you mean "X"?`, or else `, expected one of A, B, C`.
std::string expected_one_of(std::string_view given,
                            std::span<const std::string_view> known);

/// The words of a text that are separated by white space.
std::vector<std::string_view> split_words(std::string_view text);

} // namespace rr
