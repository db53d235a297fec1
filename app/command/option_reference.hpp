// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/config/option_table.hpp"

namespace rr {

/// A section of the configuration with its keys, as the option table has them.
struct option_section {
  /// `log`, or `process` for each `[process.NAME]`.
  std::string_view name;
  /// What it is about, without a full stop.
  std::string_view about;
  std::vector<const option_row*> rows;

  /// `[log]`, `[process.NAME]`.
  std::string header() const {
    auto suffix = name == "process" ? ".NAME]" : "]";
    return '[' + std::string{name} + suffix;
  }
};

/// Every section, in the order of the manual; that of a process is the last.
const std::vector<option_section>& option_sections();

/// The section of that name, or `nullptr`.
const option_section* find_section(std::string_view name);

/// `key = default`; of a required key, `key`.
std::string assignment(const option_row& row);

/// What the key means and which values it takes, in whole sentences.
std::string meaning(const option_row& row);

/// A section for a terminal.
std::string section_as_text(const option_section& section);

/// The page docs/configuration.md.
std::string configuration_as_markdown();

} // namespace rr
