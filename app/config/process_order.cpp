// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include "app/config/config_text.hpp"
#include "app/config/option_value.hpp"
#include "app/config/process_section.hpp"
#include "app/config/suggestion.hpp"

namespace rr {

namespace {

/// The processes as a graph: for each, those that it starts after.
class start_order {
public:
  start_order(const std::vector<process_section>& sections,
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

  /// Takes the processes that wait for none away, until only those are left
  /// that wait for each other; one cycle is told, broken, and so on.
  void tell_cycles() {
    std::vector<size_t> missing;
    std::vector<std::vector<size_t>> waited_by(sections_.size());
    for (size_t i = 0; i < waits_for_.size(); ++i) {
      missing.push_back(waits_for_[i].size());
      for (auto other : waits_for_[i])
        waited_by[other].push_back(i);
    }
    done_.assign(sections_.size(), false);
    std::vector<size_t> ready;
    for (size_t i = 0; i < missing.size(); ++i)
      if (missing[i] == 0)
        ready.push_back(i);
    for (size_t next = 0; next < done_.size();) {
      while (!ready.empty()) {
        auto i = ready.back();
        ready.pop_back();
        if (done_[i])
          continue;
        done_[i] = true;
        for (auto other : waited_by[i])
          if (--missing[other] == 0)
            ready.push_back(other);
      }
      while (next < done_.size() && done_[next])
        ++next;
      if (next < done_.size())
        ready = tell_cycle(next);
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
                        '"' + excerpt(name)
                          + "\" is no process, expected the name of another "
                            "[process.NAME]"
                          + did_you_mean(name, names_));
    }
    return result;
  }

  /// @pre `start` is not done, so that it waits for one that is not, and so on.
  std::vector<size_t> tell_cycle(size_t start) {
    auto next = [&](size_t i) {
      return *std::ranges::find_if(waits_for_[i],
                                   [&](size_t j) { return !done_[j]; });
    };
    // After so many steps from anywhere, one is on the cycle.
    auto i = start;
    for (size_t steps = 0; steps < sections_.size(); ++steps)
      i = next(i);
    std::vector<size_t> cycle{i};
    for (auto j = next(i); j != i; j = next(j))
      cycle.push_back(j);
    std::ranges::rotate(cycle, std::ranges::min_element(cycle));
    std::string text;
    for (auto j : cycle)
      text += excerpt(sections_[j].name) + " after ";
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
  std::vector<bool> done_;
};

} // namespace

void check_order(const std::vector<process_section>& sections,
                 problem_list& problems) {
  start_order{sections, problems}.tell_cycles();
}

} // namespace rr
