// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "messages/process/reload.hpp"

namespace rr {

/// A configuration of processes that is made, changed and written at random. It
/// knows what its sections mean, and so what a change of its text changes.
class random_robot {
public:
  /// What a section says, defaults left out.
  using meaning = std::map<std::string, std::string>;

  explicit random_robot(std::mt19937& random) : random_(&random) {
    for (auto n = below(7); n > 0; --n)
      add();
  }

  /// Changes a little of it, or nothing but how it is written.
  void change() {
    for (auto n = below(6); n > 0; --n)
      switch (below(5)) {
        case 0:
          add();
          break;
        case 1:
          remove();
          break;
        case 2:
          std::shuffle(all_.begin(), all_.end(), *random_);
          break;
        default:
          change_section();
      }
  }

  /// A configuration file.
  std::string text() {
    std::string result;
    for (const auto& each : all_) {
      result += "[process." + each.name + "]\n";
      for (const auto& key : keys()) {
        auto said = each.values.find(key.name);
        // A default may be said or not.
        if (said != each.values.end() || (key.has_default && below(4) == 0))
          result += write(key, said == each.values.end() ? 0 : said->second);
        if (below(9) == 0)
          result += "; a remark\n";
      }
      if (!each.after.empty())
        result += "after = [" + joined(each.after) + "]\n";
    }
    return result;
  }

  /// What it is for this one to take the place of the other.
  process_changes changes_since(const random_robot& old) const {
    process_changes result;
    for (const auto& each : old.all_)
      if (!find(each.name))
        result.stopped.push_back(each.name);
    for (const auto& each : all_)
      if (auto* before = old.find(each.name); !before)
        result.started.push_back(each.name);
      else if (before->values != each.values || before->after != each.after)
        result.restarted.push_back(each.name);
    return result;
  }

private:
  /// A key and its values, of which each can be written in some ways.
  struct keyword {
    std::string name;
    /// Whether the first of the values is what it is without being said.
    bool has_default;
    std::vector<std::vector<std::string>> values;
  };

  struct section {
    std::string name;
    /// Those that come after it have a higher one.
    uint32_t rank = 0;
    /// Which of its key's; defaults are left out.
    std::map<std::string, size_t> values;
    std::vector<std::string> after;
  };

  static const std::vector<keyword>& keys() {
    static const std::vector<keyword> result{
      {"command",
       false,
       {{R"(["/bin/true"])"},
        {R"(["/bin/true", "1"])", R"([ "/bin/true","1" ])"},
        {R"(["/bin/sh", "-c", ":"])"}}},
      {"environment", true, {{"{ }"}, {R"({ A = "1" })"}, {R"({ B = "1" })"}}},
      {"terminate-timeout", true, {{"2s", "2000ms"}, {"1s"}, {"0s", "0ms"}}},
      {"output", true, {{R"("log")"}, {R"("null")"}}},
      {"restart", true, {{R"("never")"}, {R"("on-failure")"}}},
      {"restart-limit", true, {{"5"}, {"0"}, {"6"}}},
      {"on-failure", true, {{R"("stop")"}, {R"("ignore")"}}},
      {"directory", true, {{R"("")"}, {R"("/tmp")"}, {R"("/")"}}},
      {"nice", true, {{"0"}, {"1"}}},
      {"ready-timeout", true, {{"10s"}, {"11s", "11000ms"}}},
      {"open-files", true, {{"0"}, {"64"}}},
    };
    return result;
  }

  size_t below(size_t n) {
    return std::uniform_int_distribution<size_t>{0, n - 1}(*random_);
  }

  std::string write(const keyword& key, size_t value) {
    const auto& ways = key.values[value];
    return key.name + " = " + ways[below(ways.size())] + '\n';
  }

  static std::string joined(const std::vector<std::string>& names) {
    std::string result;
    for (const auto& each : names)
      result += (result.empty() ? "\"" : ", \"") + each + '"';
    return result;
  }

  const section* find(const std::string& name) const {
    auto found = std::ranges::find(all_, name, &section::name);
    return found == all_.end() ? nullptr : &*found;
  }

  /// Also one that was there before, with another section.
  void add() {
    section added;
    added.name = "p" + std::to_string(below(12));
    if (find(added.name))
      return;
    added.rank = static_cast<uint32_t>((*random_)());
    added.values["command"] = below(3);
    change_after(added);
    all_.insert(all_.begin() + static_cast<ptrdiff_t>(below(all_.size() + 1)),
                std::move(added));
  }

  void remove() {
    if (all_.empty())
      return;
    auto gone = all_.begin() + static_cast<ptrdiff_t>(below(all_.size()));
    auto name = gone->name;
    all_.erase(gone);
    for (auto& each : all_)
      std::erase(each.after, name);
  }

  void change_section() {
    if (all_.empty())
      return;
    auto& each = all_[below(all_.size())];
    auto which = below(keys().size() + 1);
    if (which == keys().size())
      return change_after(each);
    const auto& key = keys()[which];
    auto value = below(key.values.size());
    if (value == 0 && key.has_default)
      each.values.erase(key.name);
    else
      each.values[key.name] = value;
  }

  void change_after(section& each) {
    each.after.clear();
    for (const auto& other : all_)
      if (other.rank < each.rank && below(3) == 0)
        each.after.push_back(other.name);
  }

  std::mt19937* random_;
  std::vector<section> all_;
};

} // namespace rr
