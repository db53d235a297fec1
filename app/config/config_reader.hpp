// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>

#include <caf/pec.hpp>

#include "app/config/config_file.hpp"
#include "app/config/config_text.hpp"

namespace rr {

/// What CAF's parser made of a text, up to its end or to the first error.
struct reading {
  config_file file;
  caf::pec code = caf::pec::success;
  /// Where the parser stopped.
  size_t offset = 0;
  /// Why this program stopped the parser; empty when it stopped by itself.
  std::string abort;
  /// Whether it stopped in the value of `key` of `group`, whose `=` stands at
  /// `entry_offset`; `in_section` is false for a key before any section.
  bool in_entry = false;
  bool in_section = false;
  std::string group;
  std::string key;
  size_t entry_offset = 0;
  /// Whether it stopped inside of a list or map, and which is the innermost.
  bool nested = false;
  bool in_list = false;

  bool failed() const noexcept {
    return code != caf::pec::success || !abort.empty();
  }
};

/// Runs CAF's parser once, with a consumer that records where each section and
/// key stands. Stops it where lists or maps nest deeper than 16, for it
/// recurses.
reading read_once(const config_text& text);

} // namespace rr
