// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <caf/exit_reason.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/interfaces.hpp"
#include "actors/support/child_health.hpp"
#include "actors/support/restart_schedule.hpp"
#include "bridges/log/event_log.hpp"
#include "bridges/process/child_process.hpp"
#include "bridges/system/rate_limit.hpp"
#include "bridges/system/stop_cord.hpp"
#include "messages/process/process.hpp"

namespace rr {

/// The life of one child:
///
///             start              ready              exited
///     [idle] ------> [starting] --------> [running] --------+
///                     |      |             |     |          |
///        start_failed |      | terminate   |     | kill     v
///                     |      +-----+  +----+     |       [exited]
///                     |            v  v          |         ^  ^
///                     |      [terminating] ------|---------+  |
///                     |            | timeout,    |  exited    |
///                     |            | kill        v            |
///                     |            +-------> [killing] -------+
///                     |                                exited |
///                     +---------------------------------------+
///
/// It is ready once its program executes, or when it says so, or when its probe
/// succeeds (`child_health`). One that does not become ready in time, misses
/// its watchdog, or whose probe fails too often is terminated as by an order,
/// and its end counts as a failure by itself, for that reason.
///
/// A child that ends by itself, and is to be started again, goes from
/// [starting] or [running] to [restarting], and from there to [starting] once
/// its delay has passed. One that is given up, or could not be started, ends in
/// [failed] in the place of [exited].
///
/// An order to restart goes through [terminating] where the child lives, and
/// from where it does not to [starting].
///
/// Of orders one is under way at most, and one waits for its end:
///
///                    done: the next one        another comes: answered now
///     [under way] <--------------------- [waits] ----------> (void)
///
/// An order that starts the child is done when it is ready; another that comes
/// before that does not wait for it.
class process_supervisor_state {
public:
  static inline constexpr auto name = "process-supervisor";

  using pointer
    = process_supervisor_actor::stateful_pointer<process_supervisor_state>;

  explicit process_supervisor_state(pointer self) : self_(self) {
  }

  /// Answers whoever still waits, however it has ended.
  ~process_supervisor_state();

  process_supervisor_actor::behavior_type
  make_behavior(process_settings settings, int emergency_exit_code,
                child_starter& starter, stop_cord& cord, event_log log,
                process_observer_actor observer, run_recorder_actor recorder);

private:
  enum class order_kind : uint8_t { start, stop, restart };

  struct process_order {
    order_kind kind{};
    /// Whether it made one void that would have ended the child before it.
    bool ended_first = false;
    caf::typed_response_promise<process_status> promise;
  };

  /// What is to be done about a child that has ended by itself, besides what
  /// the robot does.
  struct restart_plan {
    /// Before it is started again, if it is to be.
    std::optional<caf::timespan> delay;
    /// It was to be started again once too often.
    bool given_up = false;
  };

  caf::result<int32_t> start();
  caf::result<process_status> take(order_kind kind);
  caf::result<int32_t> wait();
  caf::result<int32_t> exit_code() const;
  process_status known() const;
  process_status status() const;
  void terminate();
  void kill();
  void on_robot_stops();
  void on_timeout(uint64_t number);
  void on_started(const process_started& fact);
  void on_start_failed(const process_start_failed& fact);
  void on_exited(const process_exited& fact);
  void on_exit_message(const caf::exit_msg& msg);
  void on_look(uint64_t number);
  void on_probe_ended(const std::string& cause);

  void tell_move();
  void tend();
  void stop_tending();
  void take_news();
  void set_look();
  void become_ready();
  void start_probe();
  void fail_child();
  void report_probe(const std::string& cause);
  bool is_ready() const noexcept;
  bool awaits_readiness() const noexcept;
  std::string failure_text(const process_exited& fact) const;
  bool lives() const noexcept;
  bool restarts() const noexcept;
  void carry_out();
  void end_order(caf::error failure);
  caf::error already_started() const;
  static caf::error refusal_in_stop();
  void drop_next_order();
  void begin_start();
  child_listener make_listener() const;
  void answer_waiting(const caf::expected<int32_t>& answer);
  void report_exit(const process_exited& fact, const char* reaction) const;
  restart_plan plan_restart(bool failed);
  bool has_failed(const process_exited& fact) const;
  bool ended_by_itself(const process_exited& fact) const;
  robot_reaction reaction_to(const process_exited& fact,
                             const restart_plan& plan, bool anew) const;
  void keep_end(const process_exited* fact, const std::string& reason,
                const restart_plan& plan, robot_reaction reaction);
  void give_up(const std::string& what);
  void restart_later(caf::timespan delay, const std::string& what);
  void settle(bool failed, const std::string& what, const std::string& why,
              int32_t exit_code, int32_t pid = 0);
  void quit(const caf::error& reason);
  bool stopping() const;
  bool is_spared(bool failed) const;

  pointer self_;
  process_settings settings_;
  int emergency_exit_code_ = 255;
  child_starter* starter_ = nullptr;
  stop_cord* cord_ = nullptr;
  event_log log_;
  run_recorder_actor recorder_;

  process_observer_actor observer_;

  process_state state_ = process_state::idle;
  /// Since when it is there, and ready or not.
  caf::timestamp since_ = std::chrono::system_clock::now();
  /// What was told last of it.
  process_moved told_;
  bool told_ready_ = false;
  std::unique_ptr<child_process> child_;
  caf::optional<int32_t> pid_;
  restart_schedule schedule_;
  /// When its program began to execute; none while it has not.
  std::optional<restart_schedule::time_point> running_since_;
  caf::optional<int32_t> last_exit_;
  caf::optional<last_end> last_end_;
  /// How often the child has been started.
  uint64_t starts_ = 0;
  /// Of the terminate-timeout, or of the delay of a restart: the last one set
  /// is the one that counts.
  uint64_t timers_ = 0;
  /// An order has ended it, or kept it from starting, until another starts it.
  bool stopped_for_good_ = false;
  /// The robot stops, and it is not started any more.
  bool robot_stops_ = false;
  std::optional<process_order> order_;
  std::optional<process_order> next_order_;
  child_health health_;
  /// When the start under way began.
  restart_schedule::time_point began_;
  /// When it is looked at next, and which look that is.
  restart_schedule::time_point look_at_ = restart_schedule::time_point::max();
  uint64_t looks_ = 0;
  /// The probe that has not ended, of this start or of the one before.
  std::unique_ptr<child_process> probe_;
  bool probe_killed_ = false;
  rate_limit probe_reports_{3, std::chrono::seconds{10}};
  /// Why this actor ends the child as failed; empty while it does not.
  std::string failure_;
  /// It was ready, and has ended well by itself.
  bool done_ = false;
  std::string status_text_;
  /// Who waits for the start of the robot.
  caf::typed_response_promise<int32_t> starting_;
  std::vector<caf::typed_response_promise<int32_t>> waiting_;
  /// What to quit with once the child has ended; none while nobody stops it.
  caf::error quit_reason_;
};

/// Owns one child process. The Application talks to it; the bridge that waits
/// on the children tells it what became of its own. Its end kills the child.
///
/// It tells `observer`, if there is one, of every step of the child's, and last
/// of all what `status` would have told.
///
/// A probe is a child as any other, with the environment and the limits of the
/// one that it is for, whose output is discarded and whose exit code is no
/// emergency; there is one at a time. `Probe failed` tells of the first failure
/// in a row, at most three times in ten seconds, and of the one that ends the
/// child; of failures before readiness it says nothing.
///
/// Orders about the child are carried out one after the other, and each is
/// answered: with the status once it is done, with an error when it cannot be
/// carried out or the robot stops meanwhile (`ec::robot_stopping`), and with
/// the status then when it still waits while another comes. So the last one
/// counts. To start what runs is an error, unless it makes an order void that
/// would have ended it first.
///
/// A child that ends by itself is started again as `settings.restart` says,
/// unless it was stopped by an order, the robot stops, or it has raised the
/// emergency stop; the reactions below are to its end for good. Once the robot
/// stops nothing starts it, and where it would have been started again its end
/// has no reaction.
///
/// It lives on after the child's end, so that the exit can be asked for, and
/// quits with
/// - `ec::emergency_stop` when the child exits with the emergency-stop code,
///   or fails while `on-failure` is `emergency-stop`;
/// - `ec::process_failed`, `ec::process_finished` when it fails or ends well
///   while `on-failure`, `on-success` is `stop`;
/// - the reason of an exit message, after it has terminated the child.
///
/// @param starter,cord outlive the actor.
/// @param recorder told of each end (`process_end`); may be none.
process_supervisor_actor::behavior_type process_supervisor(
  process_supervisor_actor::stateful_pointer<process_supervisor_state> self,
  process_settings settings, int emergency_exit_code, child_starter* starter,
  stop_cord* cord, event_log log, process_observer_actor observer,
  run_recorder_actor recorder);

} // namespace rr
