// SPDX-License-Identifier: BSD-3-Clause
#include "app/runtime/status_watch.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "actors/support/report_errors.hpp"
#include "app/runtime/status_changes.hpp"

namespace rr {

namespace {

/// For each process a look takes about a hundredth of it: those who watch keep
/// a robot of a thousand from starting no more than others.
constexpr auto interval_per_process = std::chrono::milliseconds{1};

/// What a step changes of what `status` tells of a process.
json changes_by(const process_moved& step) {
  json result{{"state", to_string(step.state)},
              {"since", format_timestamp(step.since)}};
  if (!has_child(step.state))
    result.update({{"pid", nullptr},
                   {"ready", false},
                   {"cpu", nullptr},
                   {"resident_kib", nullptr}});
  return result;
}

} // namespace

/// It ends in a stop alone: that, and what has moved last, is told, though
/// nobody can be asked any more.
status_watch_state::~status_watch_state() {
  if (!settings_.bell)
    return;
  settings_.bell->take_down();
  if (auto last = shown_; last.is_object()) {
    last["state"] = "stopping";
    tell(std::move(last));
  }
  tell_steps(steps_.size(), false);
}

caf::behavior
status_watch_state::make_behavior(status_watch_settings settings) {
  report_errors(self_, settings.log);
  settings_ = std::move(settings);
  settings_.bell->hang(self_);
  listen();
  return {
    [this](const process_moved& step) { on_moved(step); },
    [this](atom::tick) { look(); },
    [this](atom::open) { listen(); },
    [this](atom::timeout) { on_figures_due(); },
    [this](atom::wait) {
      is_waiting_ = false;
      if (std::exchange(looks_again_, false))
        look();
    },
  };
}

void status_watch_state::on_moved(const process_moved& step) {
  // One that is idle may wait for others, which only the Application knows.
  if (!settings_.feed->is_heard() || step.state == process_state::idle)
    return;
  steps_.push_back(step);
  look();
}

void status_watch_state::on_figures_due() {
  is_ticking_ = false;
  listen();
}

/// Looks at once, and every so often as long as somebody wants figures.
void status_watch_state::listen() {
  if (!is_ticking_ && settings_.feed->is_asked_for_figures()) {
    is_ticking_ = true;
    figures_due_ = true;
    self_->delayed_send(self_, settings_.figures_interval, atom::timeout_v);
  }
  look();
}

void status_watch_state::look() {
  if (!settings_.feed->is_heard())
    return;
  if (is_asking_ || is_waiting_)
    looks_again_ = true;
  else
    ask();
}

void status_watch_state::ask() {
  is_asking_ = true;
  steps_asked_ = steps_.size();
  ask_for_status(self_, settings_.whom, settings_.broker,
                 caf::duration{settings_.patience}, known_,
                 [this](const runtime_status& all, const caf::error& failed) {
                   on_answer(all, !failed);
                 });
}

/// A process that has moved since the others were asked has answered before or
/// after it did: it is looked at again. Where somebody has not answered, that
/// may be the root: what has moved stays as it was told.
void status_watch_state::on_answer(const runtime_status& all, bool is_whole) {
  is_asking_ = false;
  known_ = all;
  tell_steps(steps_asked_, is_whole);
  auto now = status_as_json(all);
  auto shown = processes_of(shown_);
  auto entries = processes_of(now);
  for (auto i = is_whole ? steps_asked_ : 0; i < steps_.size(); ++i) {
    auto from = shown.find(steps_[i].name);
    auto to = entries.find(steps_[i].name);
    if (from != shown.end() && to != entries.end())
      *to->second = *from->second;
  }
  steps_.erase(steps_.begin(),
               steps_.begin() + static_cast<ptrdiff_t>(steps_asked_));
  if (!std::exchange(figures_due_, false) && shown_.is_object())
    now = with_figures_of(now, shown_);
  tell(std::move(now));
  looks_again_ |= !steps_.empty();
  is_waiting_ = true;
  auto for_all = interval_per_process
                 * static_cast<int64_t>(all.robot.processes.size());
  self_->delayed_send(self_, std::max(settings_.look_interval, for_all),
                      atom::wait_v);
}

/// Tells of each state that a process has left since; what it is in now, the
/// answer tells, if everybody has answered. The first such state of all of them
/// comes first, then the second, and so on.
void status_watch_state::tell_steps(size_t count, bool but_the_last) {
  std::unordered_map<std::string, size_t> last;
  for (size_t i = 0; i < steps_.size(); ++i)
    last[steps_[i].name] = i;
  std::unordered_map<std::string, size_t> rounds;
  std::vector<std::vector<const process_moved*>> by_round;
  for (size_t i = 0; i < count; ++i) {
    if (but_the_last && last[steps_[i].name] == i)
      continue;
    auto round = rounds[steps_[i].name]++;
    by_round.resize(std::max(by_round.size(), round + 1));
    by_round[round].push_back(&steps_[i]);
  }
  for (const auto& round : by_round) {
    auto next = shown_;
    auto entries = processes_of(next);
    for (const auto* step : round)
      if (auto found = entries.find(step->name); found != entries.end())
        found->second->update(changes_by(*step));
    tell(std::move(next));
  }
}

/// A listener who has just come needs the whole, though nothing has changed.
void status_watch_state::tell(json now) {
  auto is_first = !shown_.is_object();
  auto changes = is_first ? now : changes_between(shown_, now);
  if (!now.is_object() || (changes.empty() && settings_.feed->has_state()))
    return;
  shown_ = std::move(now);
  auto text = changes.dump(-1, ' ', false, json::error_handler_t::replace);
  settings_.feed->tell_state(
    {++seq_, std::make_shared<const json>(shown_),
     std::make_shared<const json>(std::move(changes)),
     std::make_shared<const std::string>(std::move(text))});
}

caf::behavior status_watch(caf::stateful_actor<status_watch_state>* self,
                           status_watch_settings settings) {
  return self->state.make_behavior(std::move(settings));
}

} // namespace rr
