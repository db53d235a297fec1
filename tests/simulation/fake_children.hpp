// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/actor_clock.hpp>

#include "bridges/process/child_process.hpp"
#include "tests/simulation/robot_view.hpp"

namespace rr::simulation {

/// In which a child may end; `unseen` may be added for one that has ended
/// before it was sent a signal, and is found to have so after it.
enum class way_to_end : uint16_t {
  well,
  badly,
  crashed,
  /// With the emergency-stop code: the sentry pulls the cord.
  emergency,
  /// As it was told by a signal.
  told,
  /// Without memory.
  starved,
  /// As `emergency`, of a child whose end no sentry has seen.
  emergency_unnoticed,
  unseen = 16,
};

enum class child_word : uint16_t {
  ready,
  heartbeat,
  stopping,
  trigger,
  extension,
  watchdog,
  status,
  count,
};

/// The children of a robot and the threads that start, watch, signal and reap
/// them: what `child_watcher` does, one step at a time.
class fake_children : public child_starter {
public:
  using time_point = caf::actor_clock::time_point;

  explicit fake_children(robot_view robot);

  std::unique_ptr<child_process> start(process_settings settings,
                                       child_listener listener) override;

  void flush_output() noexcept override {
    // nop
  }

  size_t count() const noexcept override;

  /// What is possible now.
  void add_choices(std::vector<weighted_choice>& result) const;

  /// @returns whether it was possible.
  bool apply(const choice& step);

  /// The step by which what has been ordered is done, if anything has.
  std::optional<choice> calm_step() const;

  /// Until when something has to happen.
  time_point deadline() const;

  /// The cord's signals.
  void signal(pid_t group, int number);

  /// SIGKILL to all, as the thread that watches them does.
  void kill_groups();

  /// Whether any has not ended that nobody has killed.
  bool any_left() const;

  /// Whether any has not ended, or been reported to have.
  bool any_here() const;
  bool any_stuck() const;

  /// Whether a child of the process has been ordered, lives, or has ended
  /// without anybody's having been told.
  bool has_any(const std::string& process) const;

  /// An operator has ordered that it be started, in whatever way.
  void note_start_order(const std::string& process);

  /// An operator's order to stop it has been carried out, and none has been
  /// given since.
  void note_stopped(const std::string& process);

  /// Lets go of all listeners.
  void close();

private:
  enum class life : uint8_t { ordered, running, ended };

  struct entry {
    uint16_t id = 0;
    std::string name;
    bool is_probe = false;
    bool may_speak = false;
    life state = life::ordered;
    bool terminated = false;
    bool killed = false;
    bool stuck = false;
    /// Whether nothing but a kill ends it.
    bool stubborn = false;
    bool notified = false;
    /// Whoever has started it has ended.
    bool dropped = false;
    child_listener listener;
    child_news news;
    std::optional<stop_cord::slot> slot;
    process_exited end;
    /// When it has to do what comes next.
    time_point due = time_point::max();
  };

  struct past {
    bool started = false;
    bool ordered = false;
    bool stopped_for_good = false;
  };

  class handle;

  static int32_t pid_of(const entry& x) {
    return 1000 + x.id;
  }

  void judge_start(const std::string& name);
  bool is_stubborn(const std::string& name) const;

  /// Whether what it has been told ends it.
  static bool ends_as_told(const entry& x) {
    return x.killed || (x.terminated && !x.stubborn);
  }

  void terminate(uint16_t id);
  void kill(uint16_t id);
  void hurry(entry& x, std::chrono::milliseconds patience);
  entry* find(uint16_t id);
  void forget(uint16_t id);
  void add_ends(const entry& x, std::vector<weighted_choice>& result) const;
  bool launch(entry& x, bool too_late);
  bool fail_start(entry& x, const std::string& why);
  bool end(entry& x, uint16_t detail);
  bool report_end(entry& x);
  bool say(entry& x, child_word word);

  robot_view robot_;
  bool throws_ = false;
  uint16_t last_id_ = 0;
  std::vector<std::unique_ptr<entry>> entries_;
  std::map<std::string, past> pasts_;
};

} // namespace rr::simulation
