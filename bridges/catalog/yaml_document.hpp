// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rr {

struct yaml_node;

/// Nodes are shared where an alias repeats them.
using yaml_pointer = std::shared_ptr<const yaml_node>;

/// One node of a YAML document, as it was written: nothing is converted, and
/// equal keys of a map are all there.
struct yaml_node {
  enum class form : uint8_t { null, scalar, sequence, map };
  form is = form::null;
  /// Where it begins, from 1.
  size_t line = 0;
  /// Of a scalar.
  std::string text;
  /// Whether the scalar stood in quotes, or as a block: then it is a text.
  bool quoted = false;
  /// Of a sequence.
  std::vector<yaml_pointer> items;
  /// Of a map, in the order of the file.
  std::vector<std::pair<yaml_pointer, yaml_pointer>> entries;
  /// How many nodes it consists of, aliases counted where they stand.
  size_t weight = 1;
};

/// Why a text is no YAML document that is taken.
struct yaml_fault {
  /// From 1.
  size_t line = 0;
  std::string text;
};

/// Reads one document, which may come from anywhere: nesting, and the nodes
/// that its aliases stand for, are bounded.
/// @returns null and the fault when it is malformed, nested too deeply, or too
///          large, or when more than one document is there.
yaml_pointer parse_yaml(std::string_view text, yaml_fault& fault);

} // namespace rr
