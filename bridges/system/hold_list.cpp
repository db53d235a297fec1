// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/system/hold_list.hpp"

#include <algorithm>

namespace rr {

void hold_list::observe(observer callback) {
  observers_.push_back(std::move(callback));
}

void hold_list::on_change(listener callback) {
  listener_ = std::move(callback);
}

void hold_list::set(std::string_view what, bool held) {
  tell(what, held ? what : std::string_view{});
}

void hold_list::tell(std::string_view subject, std::string_view what) {
  auto guard = std::lock_guard{mutex_};
  auto found = holds_.find(subject);
  if (found != holds_.end()) {
    if (found->second.what == what)
      return;
    release(found);
  } else if (what.empty()) {
    return;
  }
  if (!what.empty()) {
    auto& added = holds_[std::string{subject}];
    added = {std::string{what}, std::chrono::system_clock::now()};
    for (auto& tell_of : observers_)
      tell_of(added, true);
  }
  changed();
}

void hold_list::keep_only(std::string_view prefix,
                          const std::vector<std::string>& subjects) {
  auto guard = std::lock_guard{mutex_};
  auto any = false;
  for (auto i = holds_.lower_bound(prefix);
       i != holds_.end() && i->first.starts_with(prefix);) {
    auto next = std::next(i);
    if (std::ranges::find(subjects, i->first) == subjects.end()) {
      release(i);
      any = true;
    }
    i = next;
  }
  if (any)
    changed();
}

std::vector<hold> hold_list::list() const {
  auto guard = std::lock_guard{mutex_};
  return sorted();
}

bool hold_list::empty() const {
  auto guard = std::lock_guard{mutex_};
  return holds_.empty();
}

/// While the mutex is held, as all below.
void hold_list::release(entries::iterator which) {
  auto gone = std::move(which->second);
  holds_.erase(which);
  for (auto& tell_of : observers_)
    tell_of(gone, false);
}

std::vector<hold> hold_list::sorted() const {
  std::vector<hold> result;
  for (const auto& [subject, each] : holds_)
    result.push_back(each);
  std::ranges::stable_sort(result, {}, &hold::since);
  return result;
}

void hold_list::changed() const {
  if (listener_)
    listener_(sorted());
}

} // namespace rr
