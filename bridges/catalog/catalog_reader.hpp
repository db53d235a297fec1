// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bridges/catalog/catalog_file.hpp"
#include "bridges/catalog/yaml_document.hpp"

namespace rr {

/// Where a problem is: the type, and the parameter or key.
struct catalog_place {
  std::string device;
  std::string parameter;
};

/// The entries of one map by their names. What is no text, what is there twice,
/// and what is not known are problems. Of what is there twice the first one
/// counts.
class catalog_entries {
public:
  /// @param known the keys that may be there; none for any.
  catalog_entries(const YAML::Node& map, const catalog_place& at,
                  std::span<const std::string_view> known,
                  std::vector<catalog_problem>& problems);

  /// The value of that name, or null.
  const YAML::Node* find(std::string_view name) const noexcept;

  struct entry {
    std::string name;
    size_t line;
    YAML::Node value;
  };

  const std::vector<entry>& all() const noexcept {
    return entries_;
  }

private:
  std::vector<entry> entries_;
};

/// Reads one parameter of a type.
class parameter_reader {
public:
  parameter_reader(std::string device, size_t index,
                   std::vector<catalog_problem>& problems);

  void read(const YAML::Node& node);

  /// What has been read; not all of it after a problem.
  const parameter& result() const noexcept {
    return result_;
  }

  bool bad() const noexcept {
    return bad_;
  }

  /// Empty when it is missing or bad.
  const std::string& name() const noexcept {
    return result_.name;
  }

  /// The name, or where it stands in the list: what problems are told with.
  const std::string& place() const noexcept {
    return place_.parameter;
  }

  /// None when it is bad.
  std::optional<uint16_t> id() const noexcept {
    return has_id_ ? std::optional{result_.id} : std::nullopt;
  }

private:
  void read_name(const YAML::Node& map, const YAML::Node* node);
  void read_type(const YAML::Node& map, const YAML::Node* node);
  void read_id(const YAML::Node* node);
  void read_flag(std::string_view key, const YAML::Node* node, bool& out);
  void read_limit(std::string_view key, const YAML::Node* node,
                  std::optional<device_value>& out);
  bool read_limits(const catalog_entries& entries);
  void read_safe(const YAML::Node& map, const YAML::Node* node);
  void read_expires(const YAML::Node* node);
  void check_axis(const YAML::Node& map);
  void error(const YAML::Node& at, std::string text);
  void tell(const YAML::Node& at, std::string text, bool is_warning);

  catalog_place place_;
  size_t index_;
  std::vector<catalog_problem>& problems_;
  parameter result_;
  bool has_type_ = false;
  bool has_id_ = false;
  bool bad_ = false;
};

/// What a node is by YAML's core schema: null, a boolean, a number, a text, or
/// an array of such. A map yields an object without members.
/// @param as_text every scalar is a text.
json plain_value(const YAML::Node& node, bool as_text = false);

/// The seconds that a node says; none for what is no number above zero, or
/// beyond 1e9.
std::optional<std::chrono::nanoseconds>
positive_seconds(const YAML::Node& node);

/// A node for people: `12`, `"12"`, `a map`.
std::string shown(const YAML::Node& node);

/// What is wrong with a node: `is 12, expected a map`.
std::string unlike(const YAML::Node& node, std::string_view expected);

} // namespace rr
