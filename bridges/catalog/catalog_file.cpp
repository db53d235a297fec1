// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/catalog/catalog_file.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "bridges/catalog/catalog_reader.hpp"
#include "bridges/system/input_file.hpp"
#include "messages/control/gamepad_type.hpp"
#include "messages/error.hpp"
#include "messages/visible_text.hpp"

namespace rr {

namespace {

constexpr size_t max_file_size = size_t{1} << 20;

constexpr std::array<std::string_view, 5> type_keys{"device_id", "sub_interval",
                                                    "write_interval",
                                                    "heartbeat_interval",
                                                    "params"};

/// Reads every type of one file.
class catalog_reader {
public:
  catalog_reading read(const YAML::Node& root) {
    // Has no entries where the root is no map.
    const catalog_entries types{root, {}, {}, problems()};
    for (const auto& each : types.all())
      read_type(each);
    if (!root.IsMap() && !root.IsNull())
      error(line_of(root), {}, unlike(root, "a map"));
    result_.value = catalog{std::move(types_)};
    std::stable_sort(problems().begin(), problems().end(),
                     [](const auto& x, const auto& y) {
                       return x.line < y.line;
                     });
    return std::move(result_);
  }

private:
  std::vector<catalog_problem>& problems() {
    return result_.problems;
  }

  void error(size_t line, std::string key, std::string text) {
    problems().push_back({.line = line,
                          .device = type_.name,
                          .parameter = std::move(key),
                          .text = std::move(text)});
  }

  void read_type(const catalog_entries::entry& entry) {
    type_ = {};
    type_.name = entry.name;
    if (!is_catalog_name(entry.name))
      error(entry.line, {},
            "is no name of a type, expected [a-z][a-z0-9_-]* of at most 64 "
            "characters");
    if (!entry.value.IsMap())
      return error(entry.line, {}, unlike(entry.value, "a map"));
    catalog_entries keys{entry.value, {type_.name, {}}, type_keys, problems()};
    is_smart_ = keys.find("device_id") != nullptr;
    read_device_id(keys.find("device_id"));
    read_interval("sub_interval", keys, type_.sub_interval);
    read_interval("write_interval", keys, type_.write_interval);
    read_interval("heartbeat_interval", keys, type_.heartbeat_interval);
    if (const auto* params = keys.find("params"))
      read_parameters(*params);
    else
      error(entry.line, "params", "is missing, expected a list");
    types_.push_back(std::move(type_));
  }

  void read_device_id(const YAML::Node* node) {
    if (!node)
      return;
    auto value = plain_value(*node);
    if (!value.is_number_integer() || value < 0 || value > 0xffff)
      return error(line_of(*node), "device_id", unlike(*node, "0 to 65535"));
    auto id = value.get<uint16_t>();
    auto [found, is_new] = device_ids_.emplace(id, type_.name);
    if (is_new)
      type_.device_id = id;
    else if (found->second != type_.name)
      error(line_of(*node), "device_id",
            shown(*node) + " is that of " + found->second + " already");
    if (type_.name == gamepad_type_name)
      problems().push_back({.line = line_of(*node),
                            .device = type_.name,
                            .parameter = "device_id",
                            .text = "no gamepad can be set by control with it, "
                                    "for those have numbers and no UIDs",
                            .is_warning = true});
  }

  void read_interval(std::string_view key, const catalog_entries& keys,
                     std::chrono::nanoseconds& out) {
    const auto* node = keys.find(key);
    if (!node)
      return;
    if (auto seconds = positive_seconds(*node))
      out = *seconds;
    else
      error(line_of(*node), std::string{key},
            unlike(*node, "seconds above zero"));
  }

  void read_parameters(const YAML::Node& node) {
    if (!node.IsSequence())
      return error(line_of(node), "params", unlike(node, "a list"));
    auto most = is_smart_ ? device_type::max_smart_parameters
                          : device_type::max_parameters;
    if (node.size() > most)
      return error(line_of(node), "params",
                   std::to_string(node.size()) + " parameters, expected "
                     + "at most " + std::to_string(most)
                     + (is_smart_ ? " on a Smart Device" : ""));
    names_.clear();
    ids_.clear();
    size_t i = 0;
    for (const auto& each : node) {
      parameter_reader reader{type_.name, i++, problems()};
      reader.read(each);
      // A bad one is checked too: all problems are told at once.
      auto name_is_unique = check_name(each, reader);
      auto id_is_unique = check_id(each, reader);
      if (name_is_unique && id_is_unique && !reader.bad())
        type_.parameters.push_back(reader.result());
    }
    std::sort(type_.parameters.begin(), type_.parameters.end(),
              [](const auto& x, const auto& y) { return x.id < y.id; });
  }

  bool check_name(const YAML::Node& node, const parameter_reader& param) {
    if (param.name().empty() || names_.insert(param.name()).second)
      return true;
    error(line_of(node), param.name(),
          "a parameter of this name is there already");
    return false;
  }

  bool check_id(const YAML::Node& node, const parameter_reader& param) {
    auto id = param.id();
    if (!id)
      return true;
    auto told = "id " + std::to_string(*id);
    auto [found, is_new] = ids_.emplace(*id, param.place());
    if (!is_new)
      error(line_of(node), param.place(),
            told + " is that of " + found->second + " already");
    else if (is_smart_ && *id >= device_type::max_smart_parameters)
      error(line_of(node), param.place(),
            told + ", expected 0 to 15 on a Smart Device");
    else
      return true;
    return false;
  }

  catalog_reading result_;
  std::vector<device_type> types_;
  device_type type_;
  bool is_smart_ = false;
  // These are of the type's parameters so far.
  std::set<std::string> names_;
  std::map<uint16_t, std::string> ids_;
  std::map<uint16_t, std::string> device_ids_;
};

catalog_reading failed(size_t line, std::string why) {
  catalog_reading result;
  auto& problem = result.problems.emplace_back();
  problem.line = line;
  problem.text = std::move(why);
  return result;
}

} // namespace

std::string to_string(const catalog_problem& x) {
  auto result = std::string{x.is_warning ? "warning: " : ""};
  result += std::to_string(x.line) + ":";
  if (!x.device.empty())
    result += " [" + x.device + "]";
  if (!x.parameter.empty())
    result += " " + x.parameter + ":";
  return result + " " + x.text;
}

bool catalog_reading::bad() const noexcept {
  return std::any_of(problems.begin(), problems.end(),
                     [](const auto& x) { return !x.is_warning; });
}

catalog_reading read_catalog(std::string_view text) {
  yaml_fault fault;
  auto root = parse_yaml(text, fault);
  return root ? catalog_reader{}.read(*root)
              : failed(fault.line, std::move(fault.text));
}

catalog_reading load_catalog(const std::string& path) {
  auto text = read_input_file(path, max_file_size);
  if (text)
    return read_catalog(*text);
  // The path is told beside it.
  auto why = describe(text.error());
  auto begin = "cannot read " + visible_path(path) + ": ";
  return failed(0, why.starts_with(begin)
                     ? "cannot read: " + why.substr(begin.size())
                     : why);
}

} // namespace rr
