// SPDX-License-Identifier: BSD-3-Clause
#include "app/runtime/startup_text.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "messages/visible_text.hpp"

namespace rr {

namespace {

struct started_process {
  std::string name;
  std::string state;
  std::optional<double> began;
  std::optional<double> ready;
  std::vector<std::string> after;
};

std::string text_at(const json& object, const char* key) {
  auto found = object.find(key);
  return found != object.end() && found->is_string()
           ? visible_text(found->get_ref<const std::string&>())
           : std::string{};
}

std::optional<double> number_at(const json& object, const char* key) {
  auto found = object.find(key);
  if (found == object.end() || !found->is_number())
    return std::nullopt;
  return found->get<double>();
}

started_process read_process(const json& value) {
  started_process result;
  if (!value.is_object())
    return result;
  result.name = text_at(value, "name");
  result.state = text_at(value, "state");
  auto startup = value.find("startup");
  if (startup == value.end() || !startup->is_object())
    return result;
  result.began = number_at(*startup, "began");
  result.ready = number_at(*startup, "ready");
  if (auto after = startup->find("after");
      after != startup->end() && after->is_array())
    for (const auto& name : *after)
      if (name.is_string())
        result.after.push_back(
          visible_text(name.get_ref<const std::string&>()));
  return result;
}

/// The start of a robot, as its status tells.
class startup {
public:
  explicit startup(const json& status) {
    auto found = status.is_object() ? status.find("processes") : status.end();
    if (found == status.end() || !found->is_array())
      return;
    for (const auto& each : *found)
      all_.push_back(read_process(each));
    for (const auto& each : all_)
      by_name_.emplace(each.name, &each);
  }

  const std::vector<started_process>& all() const noexcept {
    return all_;
  }

  /// Those that a process comes after, the one that was ready last first; those
  /// that are not ready before all.
  std::vector<const started_process*>
  before(const started_process& process) const {
    std::vector<const started_process*> result;
    for (const auto& name : process.after)
      if (auto found = by_name_.find(name); found != by_name_.end())
        result.push_back(found->second);
    std::ranges::stable_sort(result, later);
    return result;
  }

  /// The one that let it begin.
  const started_process* waited_for(const started_process& process) const {
    auto all = before(process);
    return all.empty() ? nullptr : all.front();
  }

  /// Those that nobody comes after, the last first.
  std::vector<const started_process*> last() const {
    std::set<std::string_view> followed;
    for (const auto& each : all_)
      followed.insert(each.after.begin(), each.after.end());
    std::vector<const started_process*> result;
    for (const auto& each : all_)
      if (!followed.contains(each.name))
        result.push_back(&each);
    std::ranges::stable_sort(result, later);
    return result;
  }

  /// From the first to the one that became ready last.
  std::vector<std::string> critical_path() const {
    std::vector<std::string> result;
    const started_process* at = nullptr;
    for (const auto& each : all_)
      if (each.ready && (!at || *each.ready > *at->ready))
        at = &each;
    // What a peer sent may go in circles.
    for (; at && result.size() < all_.size(); at = waited_for(*at))
      result.insert(result.begin(), at->name);
    return result;
  }

private:
  static bool later(const started_process* one, const started_process* other) {
    auto time = [](const started_process* x) { return x->ready.value_or(1e9); };
    return time(one) > time(other);
  }

  std::vector<started_process> all_;
  std::map<std::string_view, const started_process*> by_name_;
};

json number_or_null(const std::optional<double>& value) {
  return value ? json(*value) : json(nullptr);
}

std::optional<double> took(const started_process& process) {
  if (!process.began || !process.ready)
    return std::nullopt;
  return *process.ready - *process.began;
}

std::string times_of(const started_process& process) {
  if (!process.began)
    return process.state;
  auto result = fmt::format("@{:.3f} s", *process.began);
  if (auto span = took(process))
    return result + fmt::format(" +{:.3f} s", *span);
  return result + "  " + process.state;
}

/// Bytes of indentation, beyond which nobody reads.
constexpr size_t deepest = 256;

/// Draws a process, and below it those that it came after.
class tree {
public:
  explicit tree(const startup& what) : what_(what) {
  }

  void draw(const started_process& process, const std::string& first,
            const std::string& rest) {
    // What stands there already is not drawn again, only named.
    auto again = !drawn_.insert(process.name).second;
    text_ += fmt::format("{}{}  {}\n", first, process.name, times_of(process));
    auto before = what_.before(process);
    if (again || rest.size() > deepest)
      return;
    for (const auto* each : before) {
      auto is_last = each == before.back();
      draw(*each, rest + (is_last ? "└─" : "├─"),
           rest + (is_last ? "  " : "│ "));
    }
  }

  const std::string& text() const noexcept {
    return text_;
  }

private:
  const startup& what_;
  std::set<std::string> drawn_;
  std::string text_;
};

} // namespace

json startup_as_json(const json& status) {
  startup all{status};
  std::optional<double> ready;
  auto processes = json::array();
  for (const auto& each : all.all()) {
    if (each.ready)
      ready = std::max(ready.value_or(0), *each.ready);
    auto before = all.waited_for(each);
    processes.push_back(
      {{"name", each.name},
       {"began", number_or_null(each.began)},
       {"ready", number_or_null(each.ready)},
       {"took", number_or_null(took(each))},
       {"after", each.after},
       {"waited_for", before ? json(before->name) : json(nullptr)}});
  }
  return {{"critical_path", all.critical_path()},
          {"ready", number_or_null(ready)},
          {"processes", std::move(processes)}};
}

std::string startup_as_text(const json& status) {
  startup all{status};
  std::string result;
  for (const auto& name : all.critical_path())
    result += (result.empty() ? "critical path: " : ", ") + name;
  if (!result.empty())
    result += '\n';
  tree drawn{all};
  for (const auto* each : all.last())
    drawn.draw(*each, "", "");
  return result + drawn.text();
}

} // namespace rr
