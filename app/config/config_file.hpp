// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <caf/config_value.hpp>
#include <caf/expected.hpp>

namespace rr {

/// A section's header.
struct config_section {
  /// `router`, `process.camera`; `global` for what stands before any header.
  std::string name;
  size_t line = 0;
};

/// A key and its value.
struct config_entry {
  /// The section that it stands in.
  std::string group;
  std::string key;
  size_t line = 0;
  caf::config_value value;
  /// What is wrong with the value; empty when it could be read.
  std::string fault;
};

/// Something wrong with the file as such.
struct config_fault {
  size_t line = 0;
  /// Both may be empty.
  std::string group = {};
  std::string key = {};
  std::string text = {};
  bool is_warning = false;
  /// Whether it is about a byte of the line, which may be told with its value.
  bool is_text = false;
};

/// A configuration file, read and not judged yet: what the sections, keys and
/// values mean is not known here.
struct config_file {
  /// In the file's order; a repeated section is here twice.
  std::vector<config_section> sections;
  /// In the file's order; of a repeated key only the first.
  std::vector<config_entry> entries;
  /// By line. Values that could not be read are not here, but in `entries`.
  std::vector<config_fault> faults;
};

/// Reads a text in the dialect of CAF's configuration files: `[section]`,
/// `key = value`, `; comment`; values are "text", 'atom', integers, durations,
/// true, false, [lists] and { key = value } maps. Reading goes on after a
/// syntax error, at most `max_faults` times.
config_file parse_config(std::string_view text, size_t max_faults = 20);

/// A larger file is no configuration.
inline constexpr size_t max_config_size = 16 * 1024 * 1024;

/// A text of which only some sections are left, all of them in their lines: for
/// `parse_config`, where what is wrong with the rest must not matter.
/// @param names of sections, as in `router`.
std::string only_sections(std::string_view text,
                          std::span<const std::string> names);

/// Reads one value, as it stands after `key =` in a file.
/// @returns `ec::malformed` with what is wrong.
caf::expected<caf::config_value> parse_literal(std::string_view text);

} // namespace rr
