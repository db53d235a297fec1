// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "messages/device/catalog.hpp"

namespace rr {

/// One thing that is wrong with a catalog file.
struct catalog_problem {
  /// Counts from 1; 0 stands for the whole file.
  size_t line = 0;
  /// The name of the type; empty where it is about none.
  std::string device;
  /// The name of the parameter, or its place as in `params[2]`, or the key of
  /// the type; empty where it is about none.
  std::string parameter;
  /// What is wrong, and what was expected.
  std::string text;
  bool is_warning = false;
  /// Whether it is that something writeable has no safe value.
  bool lacks_safe = false;
  friend bool operator==(const catalog_problem&, const catalog_problem&)
    = default;
};

/// `LINE: [device] parameter: text`, after `warning: ` when it is one.
/// @relates catalog_problem
std::string to_string(const catalog_problem& x);

/// What a catalog file says, and everything that is wrong with it.
struct catalog_reading {
  /// The types and parameters of which nothing is wrong.
  catalog value;
  /// In the order of their lines.
  std::vector<catalog_problem> problems;

  /// Whether there is any problem that is no warning.
  bool bad() const noexcept;
};

/// A catalog in YAML: a map from the name of a type to
/// `{ device_id?, sub_interval?, write_interval?, heartbeat_interval?,
///    params: [ { name, type, id?, lower?, upper?, readable?, writeable?,
///                subscribed?, safe? } ] }`.
/// Intervals are in seconds; a parameter's `id` is its place in the list, from
/// 0, unless it is given. The text may come from anywhere.
/// @relates catalog_reading
catalog_reading read_catalog(std::string_view text);

/// Reads the file of that path, of at most a mebibyte. One that cannot be read
/// is a problem like another.
/// @relates catalog_reading
catalog_reading load_catalog(const std::string& path);

} // namespace rr
