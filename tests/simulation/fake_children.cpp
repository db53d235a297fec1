// SPDX-License-Identifier: BSD-3-Clause
#include "tests/simulation/fake_children.hpp"

#include <algorithm>
#include <csignal>
#include <stdexcept>

#include "messages/error.hpp"

namespace rr::simulation {

namespace {

using namespace std::chrono_literals;

/// How long the threads of the children may take for what they are told.
constexpr auto thread_time = 20ms;

} // namespace

class fake_children::handle : public child_process {
public:
  handle(fake_children& all, uint16_t id) : all_(all), id_(id) {
  }

  ~handle() override {
    all_.kill(id_);
    if (auto found = all_.find(id_))
      found->dropped = true;
  }

  void terminate() noexcept override {
    all_.terminate(id_);
  }

  void kill() noexcept override {
    all_.kill(id_);
  }

  child_news take_news() override {
    auto found = all_.find(id_);
    if (!found)
      return {};
    found->notified = false;
    auto heartbeat = found->news.heartbeat;
    auto result = std::exchange(found->news, {});
    found->news.heartbeat = heartbeat;
    return result;
  }

private:
  fake_children& all_;
  uint16_t id_;
};

fake_children::fake_children(robot_view robot) : robot_(robot) {
}

std::unique_ptr<child_process> fake_children::start(process_settings settings,
                                                    child_listener listener) {
  if (std::exchange(throws_, false))
    throw std::runtime_error("planted");
  auto& made = *entries_.emplace_back(std::make_unique<entry>());
  made.id = ++last_id_;
  made.is_probe = !settings.raises_emergency;
  made.name = std::move(settings.name);
  made.stubborn = is_stubborn(made.name);
  made.may_speak = settings.ready.kind == readiness::notify
                   || settings.ready.watchdog.count() > 0;
  made.listener = std::move(listener);
  hurry(made, 100ms);
  if (!made.is_probe)
    judge_start(made.name);
  return std::make_unique<handle>(*this, made.id);
}

void fake_children::judge_start(const std::string& name) {
  auto& judge = robot_.judge;
  if (robot_.stop_begun)
    judge.accuse(promise::no_start_in_stop, name);
  auto others = std::count_if(entries_.begin(), entries_.end(), [&](auto& x) {
    return !x->is_probe && x->name == name;
  });
  if (others > 1)
    judge.accuse(promise::one_child, name);
  auto& mine = pasts_[name];
  if (mine.stopped_for_good)
    judge.accuse(promise::stopped_for_good, name);
  if (!mine.started && !mine.ordered)
    for (const auto& process : robot_.world.processes)
      if (process.name == name)
        for (const auto& before : process.after)
          if (!pasts_[before].started)
            judge.accuse(promise::order_of_start, name + " after " + before);
}

bool fake_children::is_stubborn(const std::string& name) const {
  const auto& all = robot_.world.processes;
  auto found = std::ranges::find(all, name, &process_settings::name);
  return found != all.end()
         && robot_.world.stubborn[static_cast<size_t>(found - all.begin())];
}

size_t fake_children::count() const noexcept {
  return entries_.size();
}

// -- what happens -------------------------------------------------------------

bool fake_children::apply(const choice& step) {
  if (step.kind == step_kind::plant_exception)
    return !std::exchange(throws_, true);
  auto found = find(step.subject);
  if (!found)
    return false;
  auto& x = *found;
  switch (step.kind) {
    case step_kind::launch:
      return launch(x, step.detail == 1);
    case step_kind::fail_start:
      return fail_start(x, "no such file or directory");
    case step_kind::end_child:
      return end(x, step.detail);
    case step_kind::report_end:
      return report_end(x);
    case step_kind::say:
      return say(x, static_cast<child_word>(step.detail));
    case step_kind::stick:
      return x.state == life::running && !std::exchange(x.stuck, true);
    default:
      return false;
  }
}

/// @param too_late whether it executes before it is found to have been told to
///                 end.
bool fake_children::launch(entry& x, bool too_late) {
  if (x.state != life::ordered)
    return false;
  if (robot_.cord.pulled())
    return fail_start(x, "the stop cord has been pulled");
  if ((x.terminated || x.killed) && !too_late)
    return fail_start(x, "stopped before");
  x.state = life::running;
  x.due = time_point::max();
  if (x.killed)
    hurry(x, thread_time);
  x.slot = robot_.cord.add(pid_of(x));
  if (!x.is_probe)
    pasts_[x.name].started = true;
  if (x.listener.started)
    x.listener.started({pid_of(x)});
  return true;
}

bool fake_children::fail_start(entry& x, const std::string& why) {
  if (x.state != life::ordered)
    return false;
  auto listener = std::move(x.listener);
  auto reason = caf::make_error(ec::start_failed,
                                "cannot start " + x.name + ": " + why);
  forget(x.id);
  if (listener.start_failed)
    listener.start_failed({reason});
  return true;
}

bool fake_children::end(entry& x, uint16_t detail) {
  if (x.state != life::running || x.stuck)
    return false;
  auto unseen = (detail & static_cast<uint16_t>(way_to_end::unseen)) != 0;
  auto way = static_cast<way_to_end>(detail & 15);
  auto told = x.killed || x.terminated;
  if (way == way_to_end::told && !ends_as_told(x))
    return false;
  x.end.cause = unseen || !told ? ended_by::itself
                : x.killed      ? ended_by::kill
                                : ended_by::terminate;
  switch (way) {
    case way_to_end::well:
      x.end.exit_code = 0;
      break;
    case way_to_end::crashed:
      x.end.exit_code = -SIGSEGV;
      break;
    case way_to_end::emergency:
    case way_to_end::emergency_unnoticed:
      x.end.exit_code = emergency_code;
      break;
    case way_to_end::told:
      x.end.exit_code = x.killed ? -SIGKILL : -SIGTERM;
      break;
    case way_to_end::starved:
      x.end.exit_code = -SIGKILL;
      x.end.reason = "memory limit reached";
      break;
    default:
      x.end.exit_code = 1;
  }
  x.state = life::ended;
  hurry(x, thread_time);
  if (way == way_to_end::emergency && !x.is_probe)
    robot_.cord.pull({x.name, "", emergency_code, pid_of(x)});
  return true;
}

bool fake_children::report_end(entry& x) {
  if (x.state != life::ended)
    return false;
  if (x.slot)
    robot_.cord.remove(*x.slot);
  auto listener = std::move(x.listener);
  auto end = std::move(x.end);
  forget(x.id);
  if (listener.exited)
    listener.exited(end);
  return true;
}

bool fake_children::say(entry& x, child_word word) {
  if (x.state != life::running || !x.may_speak)
    return false;
  auto tells = true;
  switch (word) {
    case child_word::ready:
      x.news.ready = true;
      break;
    case child_word::heartbeat:
      x.news.heartbeat = robot_.clock.now();
      tells = false;
      break;
    case child_word::stopping:
      x.news.stopping = true;
      break;
    case child_word::trigger:
      x.news.triggered = true;
      break;
    case child_word::extension:
      x.news.extension = 200ms;
      break;
    case child_word::watchdog:
      x.news.watchdog = 80ms;
      break;
    default:
      x.news.status = "busy";
  }
  if (tells && !std::exchange(x.notified, true) && x.listener.notified)
    x.listener.notified();
  return true;
}

void fake_children::terminate(uint16_t id) {
  auto found = find(id);
  if (!found || found->state == life::ended)
    return;
  if (found->state == life::ordered)
    hurry(*found, thread_time);
  else if (robot_.cord.pulled())
    return;
  found->terminated = true;
}

void fake_children::kill(uint16_t id) {
  auto found = find(id);
  if (!found || found->state == life::ended)
    return;
  found->killed = true;
  hurry(*found, thread_time);
}

void fake_children::signal(pid_t group, int number) {
  for (auto& each : entries_)
    if (pid_of(*each) == group && each->state == life::running) {
      each->terminated |= number == SIGTERM;
      if (number == SIGKILL)
        kill(each->id);
    }
}

void fake_children::kill_groups() {
  robot_.cord.kill_all();
  for (auto& each : entries_)
    kill(each->id);
}

void fake_children::hurry(entry& x, std::chrono::milliseconds patience) {
  x.due = robot_.clock.now() + patience;
}

void fake_children::note_start_order(const std::string& process) {
  auto& mine = pasts_[process];
  mine.ordered = true;
  mine.stopped_for_good = false;
}

void fake_children::note_stopped(const std::string& process) {
  pasts_[process].stopped_for_good = true;
}

void fake_children::close() {
  // What it lets go of may be the last of an actor, whose child is then killed.
  for (size_t i = 0; i < entries_.size(); ++i)
    auto listener = std::exchange(entries_[i]->listener, {});
}

fake_children::entry* fake_children::find(uint16_t id) {
  for (auto& each : entries_)
    if (each->id == id)
      return each.get();
  return nullptr;
}

void fake_children::forget(uint16_t id) {
  std::erase_if(entries_, [id](auto& x) { return x->id == id; });
}

} // namespace rr::simulation
