// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <yaml-cpp/yaml.h>

namespace rr {

/// Why a text is no YAML document that is taken.
struct yaml_fault {
  /// From 1.
  size_t line = 0;
  std::string text;
};

/// Reads one document, which may come from anywhere: it has no tags, no node
/// within itself, and bounds on its nesting and on what aliases make of it.
/// Iterating over a map yields equal keys too.
/// @returns the root, null for an empty text; nothing, and the fault, when the
///          text is malformed or beyond a bound, or has a second document.
std::optional<YAML::Node> parse_yaml(std::string_view text, yaml_fault& fault);

/// Where a node begins, from 1.
size_t line_of(const YAML::Node& node);

/// Whether a scalar stood in quotes, or as a block: then it is a text.
bool is_quoted(const YAML::Node& node);

} // namespace rr
