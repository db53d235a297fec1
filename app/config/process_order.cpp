// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include "app/config/option_value.hpp"
#include "app/config/process_section.hpp"
#include "app/config/suggestion.hpp"
#include "app/config/topological_order.hpp"
#include "messages/visible_text.hpp"

namespace rr {

namespace {

/// Cycles may hide behind cycles. Whoever has mended so many sees the next
/// ones.
constexpr int most_rounds = 20;

/// The processes as a graph: for each, those that it starts after.
class start_graph {
public:
  start_graph(const std::vector<process_section>& sections,
              problem_list& problems)
    : sections_(sections),
      problems_(problems) {
    for (size_t i = 0; i < sections.size(); ++i) {
      index_.emplace(sections[i].name, i);
      names_.push_back(sections[i].name);
    }
    for (auto& section : sections)
      waits_for_.push_back(known_names(section));
  }

  /// Tells of cycles, breaks them, and tells of those that had been behind.
  void tell_cycles() {
    for (int i = 0; i < most_rounds; ++i) {
      auto rest = sort_topologically(waits_for_).rest;
      if (rest.empty())
        return;
      for (const auto& cycle : cycles_among(rest)) {
        tell(cycle);
        for (auto each : cycle)
          waits_for_[each].clear();
      }
    }
  }

private:
  std::vector<size_t> known_names(const process_section& section) {
    std::vector<size_t> result;
    auto after = section.values.find("after");
    if (after == section.values.end() || !after->second.good)
      return result;
    auto list = caf::get_if<caf::config_value::list>(&after->second.value);
    for (auto& item : *list) {
      auto name = render_plain(item);
      if (auto i = index_.find(name); i != index_.end())
        result.push_back(i->second);
      else
        problems_.error(after->second.at, "process." + section.name, "after",
                        '"' + visible_text(name)
                          + "\" is no process, expected the name of another "
                            "[process.NAME]"
                          + did_you_mean(name, names_));
    }
    return result;
  }

  /// Follows from each the first that it waits for, and so finds every cycle of
  /// those, each beginning with its least.
  /// @param rest of the order: each waits for another one of them.
  std::vector<std::vector<size_t>>
  cycles_among(const std::vector<size_t>& rest) const {
    // In which walk one was reached; 0 for none, and beyond the rest.
    std::vector<size_t> walks(sections_.size(), rest.size() + 1);
    for (auto i : rest)
      walks[i] = 0;
    auto next = [&](size_t i) {
      return *std::ranges::find_if(waits_for_[i], [&](size_t j) {
        return walks[j] <= rest.size();
      });
    };
    std::vector<std::vector<size_t>> result;
    for (size_t walk = 1; walk <= rest.size(); ++walk) {
      auto i = rest[walk - 1];
      for (; walks[i] == 0; i = next(i))
        walks[i] = walk;
      if (walks[i] != walk)
        continue;
      // The walk has come back to where it had been.
      auto& cycle = result.emplace_back(1, i);
      for (auto j = next(i); j != i; j = next(j))
        cycle.push_back(j);
      std::rotate(cycle.begin(), std::ranges::min_element(cycle), cycle.end());
    }
    return result;
  }

  void tell(const std::vector<size_t>& cycle) {
    std::string text;
    for (auto i : cycle)
      text += visible_text(sections_[i].name) + " after ";
    auto& section = sections_[cycle[0]];
    problems_.error(section.place_of("after"), "process." + section.name,
                    "after",
                    "is a cycle: " + text + section.name
                      + ", expected an order in which each can start");
  }

  const std::vector<process_section>& sections_;
  problem_list& problems_;
  std::map<std::string, size_t> index_;
  std::vector<std::string_view> names_;
  std::vector<std::vector<size_t>> waits_for_;
};

} // namespace

void check_order(const std::vector<process_section>& sections,
                 problem_list& problems) {
  start_graph{sections, problems}.tell_cycles();
}

} // namespace rr
