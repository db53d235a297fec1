// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include "app/config/option_value.hpp"
#include "app/config/process_section.hpp"
#include "app/config/suggestion.hpp"
#include "app/config/topological_order.hpp"
#include "messages/visible_text.hpp"

namespace rr {

namespace {

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

  /// Tells of one cycle, breaks it, and so on.
  void tell_cycles() {
    auto rest = sort_topologically(waits_for_).rest;
    while (!rest.empty()) {
      for (auto i : tell_cycle(rest))
        waits_for_[i].clear();
      rest = sort_topologically(waits_for_).rest;
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

  /// @param rest of the order: each waits for another one of them.
  std::vector<size_t> tell_cycle(const std::vector<size_t>& rest) {
    auto next = [&](size_t i) {
      return *std::ranges::find_if(waits_for_[i], [&](size_t j) {
        return std::ranges::binary_search(rest, j);
      });
    };
    // After so many steps from anywhere, one is on the cycle.
    auto i = rest.front();
    for (size_t steps = 0; steps < rest.size(); ++steps)
      i = next(i);
    std::vector<size_t> cycle{i};
    for (auto j = next(i); j != i; j = next(j))
      cycle.push_back(j);
    std::ranges::rotate(cycle, std::ranges::min_element(cycle));
    std::string text;
    for (auto j : cycle)
      text += visible_text(sections_[j].name) + " after ";
    auto& section = sections_[cycle[0]];
    problems_.error(section.values.find("after")->second.at,
                    "process." + section.name, "after",
                    "is a cycle: " + text + section.name
                      + ", expected an order in which each can start");
    return cycle;
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
