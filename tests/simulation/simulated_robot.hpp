// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include "bridges/buffer/robot_state.hpp"
#include "tests/simulation/disk.hpp"
#include "tests/simulation/fake_core.hpp"
#include "tests/simulation/operators.hpp"
#include "tests/simulation/remote_calls.hpp"

namespace rr::simulation {

enum class cord_puller : uint16_t { person, watch, count };

/// What is possible next, of whom it depends on.
struct possible_steps {
  std::vector<uint16_t> actors;
  bool may_pass = false;
  std::vector<weighted_choice> outside;
};

/// A running robot whose every step somebody else decides. Its actors are the
/// real ones; bridges, clock and the host's thread are not.
///
/// There is one at a time in a thread.
class simulated_robot {
public:
  using time_point = caf::actor_clock::time_point;

  /// @param world,state outlive it.
  simulated_robot(const scenario& world, disk& state);

  ~simulated_robot();

  simulated_robot(const simulated_robot&) = delete;
  simulated_robot& operator=(const simulated_robot&) = delete;

  void list(possible_steps& result) const;

  /// @returns whether it was possible.
  bool apply(const choice& step);

  /// The step that comes next when nothing goes wrong any more and the robot is
  /// told to stop; none once there is nothing left to do.
  std::optional<choice> calm_step();

  /// Whether nothing more can come of it: something was broken, or the host
  /// has ended its process without the actors.
  bool is_over() const noexcept {
    return abandoned_ || judge_.first().has_value();
  }

  /// To be called at the end: what is to be true then.
  void judge_end();

  /// Accuses it of something that only whoever runs it sees.
  void accuse(const char* promise, std::string detail) {
    judge_.accuse(promise, std::move(detail));
  }

  const std::optional<breach>& first_breach() const noexcept {
    return judge_.first();
  }

  /// For people: what the step is, and when.
  std::string tell(const choice& step) const;

private:
  class ear;

  static void signal_group(pid_t group, int number) noexcept;

  application_settings make_settings();
  void on_last_words(const log_event& said);
  void on_signal(pid_t group, int number);
  void on_pulled(const stop_cord_pulled& fact);
  void hurry_host();

  caf::scheduled_actor* job(size_t place) const;
  std::optional<size_t> place_of(uint16_t actor) const;
  bool is_runnable(size_t place) const;
  bool any_runnable() const;
  bool anything_hangs() const;
  time_point next_due() const;
  time_point own_deadline() const;
  bool may_pass() const;

  bool run(uint16_t actor);
  bool pass();
  bool pull(cord_puller who);
  bool signal();
  bool kill_groups(bool forced);
  bool tell_pull();
  bool ask_health(bool reports);
  bool hang(uint16_t actor);
  bool write_latch(bool fails);

  void foresee(caf::scheduled_actor& actor);
  void judge_handled();
  void judge_cause(const stop_cause& cause);
  void judge_quiet();
  void judge();
  void judge_root_end();
  caf::timespan longest_stop() const;

  const scenario& world_;
  disk& disk_;
  witness judge_;
  caf::actor_system system_;
  caf::scheduler::test_coordinator& sched_;
  size_t last_words_ = 0;
  /// With which the robot is said to exit.
  std::optional<int64_t> told_exit_code_;
  event_log log_;
  stop_cord cord_;
  std::unique_ptr<robot_state> state_;
  bool stop_begun_ = false;
  robot_view view_;
  fake_children children_;
  fake_core core_;
  operators operators_;
  remote_calls calls_;
  application_actor root_;
  std::set<uint16_t> hung_;
  time_point began_{};
  time_point quiet_since_{};
  time_point stop_began_{};
  /// Of the emergency's kill.
  time_point kill_at_ = time_point::max();
  bool force_untold_ = false;
  std::optional<stop_cord_pulled> untold_pull_;
  /// What is to be latched.
  std::optional<stop_cause> unlatched_;
  bool latch_failed_ = false;
  time_point abandon_at_ = time_point::max();
  size_t signals_ = 0;
  /// Whether every actor has heard of the stop.
  bool stop_settled_ = false;
  /// Whether the root is about to hear of an emergency.
  bool hears_emergency_ = false;
  /// How often the root has told an actor to end that has heard of it.
  std::map<uint64_t, size_t> told_to_end_;
  size_t running_calls_ = 0;
  size_t stop_calls_ = 0;
  bool left_behind_ = false;
  bool exceptions_ = false;
  bool core_ended_ = false;
  bool abandoned_ = false;
  bool root_ended_ = false;
  bool root_judged_ = false;
  size_t others_at_end_ = 0;
  caf::error end_reason_;
};

} // namespace rr::simulation
