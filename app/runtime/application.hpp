// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <caf/actor_addr.hpp>
#include <caf/actor_clock.hpp>
#include <caf/timestamp.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/interfaces.hpp"
#include "app/runtime/start_plan.hpp"
#include "app/runtime/stop_stage.hpp"
#include "bridges/log/event_log.hpp"
#include "bridges/process/child_process.hpp"
#include "bridges/system/sign_of_life.hpp"
#include "bridges/system/stop_cord.hpp"
#include "messages/process/failsafe.hpp"
#include "messages/process/process.hpp"
#include "messages/process/reload.hpp"

namespace rr {

/// An actor that the Application makes, monitors, and stops in its stage.
struct resource_settings {
  /// For people.
  std::string name;
  stop_stage stage{};
  /// Spawns the actor, from the Application's own thread.
  std::function<caf::actor(caf::local_actor* parent, application_actor root)>
    make;
  /// Whether the program goes on without it once it has ended without an error,
  /// or by an exit message with `user_shutdown`.
  bool may_end = false;
};

/// What the Application makes its resources of.
struct application_settings {
  /// Made in this order, before the first child starts.
  std::vector<resource_settings> resources;
  /// The children, and who starts them; nobody, where there are none.
  std::vector<process_settings> processes;
  child_starter* starter = nullptr;
  /// What stops the robot without waiting for anybody.
  stop_cord* cord = nullptr;
  event_log log;
  /// Who is told how processes and the robot have ended; may be none.
  run_recorder_actor recorder;
  /// Who is told how the robot has ended, too; may be none.
  flight_recorder_actor flight_recorder;
  /// Between two `Health check` events, the first of which comes at once.
  caf::timespan health_interval = std::chrono::seconds{60};
  /// How long an orderly stop waits for what is no child; above zero.
  caf::timespan stop_timeout = std::chrono::seconds{5};
  /// Called when all children have been started. May be empty.
  std::function<void()> on_running;
  /// Called when a stop begins. May be empty.
  std::function<void()> on_stop;
  /// Called with each step in the life of a process. May be empty.
  std::function<void(const process_moved& step)> on_moved;
  /// Has the configuration read again without blocking, and the root told
  /// (`configuration_read`); empty where that is not to be done.
  std::function<void(const application_actor& root)> reread;
  /// Called when a reload begins, and when it has ended. May be empty.
  std::function<void(bool begins)> on_reload;
  /// Called with the names of all processes when a reload has changed them. May
  /// be empty.
  std::function<void(std::vector<std::string> names)> on_processes;
  /// Called when an actor has not ended in its time: it hangs, and its thread
  /// with it. May be empty.
  std::function<void()> on_hang;
  int emergency_exit_code = 255;
  /// Whether an emergency stop must be reset before the next start.
  bool latches = false;
  /// Called after an emergency stop before the last log event, to wait for what
  /// is still to be done of it; must not wait long. May be empty.
  std::function<void()> settle;
  /// Where the Application answers whether it lives; may be empty.
  std::shared_ptr<sign_of_life> life;
};

/// The life of the robot. What it does is what `next_failsafe` makes of all
/// that has happened, and `verdict_of` of that; an emergency stop comes by the
/// cord, which whoever sees its cause has pulled:
///
///               none on its way           stop, end of a child or of a core
///   [starting] -------------> [running]    actor, cord pulled
///        |                        |
///        +-----------+------------+
///                    v
///               [stopping]  the last stage first; within a stage in parallel
///                    |
///                    v  nothing is left
///                 (quits)
class application_state {
public:
  static inline constexpr auto name = "application";

  using pointer = application_actor::stateful_pointer<application_state>;

  explicit application_state(pointer self) : self_(self) {
  }

  /// Ends what is left of one that has not ended in order.
  ~application_state();

  application_actor::behavior_type make_behavior(application_settings settings);

private:
  static constexpr auto first_process_stage
    = static_cast<size_t>(stop_stage::processes);

  enum class phase { starting, running, stopping };

  static const char* to_string(phase x) noexcept;

  struct resource {
    std::string name;
    caf::actor handle;
    size_t stage;
    bool is_process = false;
    bool may_end = false;
    /// Of a process, its name.
    std::string process = {};
  };

  /// A reload that is under way.
  struct reload {
    caf::typed_response_promise<process_changes> promise;
    std::string by;
    /// Whether the configuration has been read, and whether it is in place.
    bool is_read = false;
    bool is_in_place = false;
    process_changes changes = {};
    std::vector<process_settings> processes = {};
    /// Who is to end first; the last group before the others.
    std::vector<std::vector<std::string>> leaving = {};
    /// Those that have been told to.
    std::set<caf::actor_addr> going = {};
  };

  void start();
  void start_due();
  void on_moved(const process_moved& step);
  void kill();
  /// Gives an order about a process to its supervisor, which answers it.
  template <class Order>
  caf::result<process_status> pass_on(const Order& order);
  /// Asks every supervisor the same.
  template <class Question>
  caf::result<robot_status> ask_all(Question question);
  process_status with_plan(process_status status) const;
  process_status last_words_of(const std::string& process) const;
  caf::result<process_changes> begin_reload(const reload_processes& order);
  void on_read(const configuration_read& fact);
  void report_health();
  void answer(uint64_t question);
  void on_timeout(uint64_t number);
  void on_cord_pulled(const stop_cord_pulled& fact);
  void on_down(const caf::down_msg& msg);
  void on_exit_message(const caf::exit_msg& msg);

  caf::expected<process_supervisor_actor>
  supervisor_of(const std::string& process) const;
  void make_resources();
  void put_in_place(std::vector<process_settings> processes);
  process_supervisor_actor make_supervisor(const process_settings& process,
                                           size_t stage);
  void let_group_go(const std::vector<std::string>& names);
  void note_let_go(const caf::actor_addr& gone);
  bool is_letting_go() const noexcept;
  bool is_leaving(const std::string& process) const;
  void go_on_reloading();
  void end_reload(const caf::error& refusal);
  void report_refusal(const std::string& by, const caf::error& refusal) const;
  void tell_processes() const;
  static caf::error robot_stops();
  void add(resource what);
  void on_ended(const resource& ended, const caf::error& reason);
  failsafe_verdict judge(failsafe_cause cause, failsafe_action action);
  void raise(failsafe_cause cause, failsafe_action action,
             const std::string& why, caf::error exit_reason = {});
  failsafe_cause cause_of(const stop_cause& x) const noexcept;
  void begin_stop();
  void stop_last_stage();
  void stop_children_now();
  void set_clock();
  caf::timespan patience_with_children() const;
  void say_last_words();
  void note_gone();

  pointer self_;
  application_settings settings_;
  phase phase_ = phase::starting;
  /// What has happened.
  failsafe_state failsafe_;
  /// What lives, by address.
  std::map<caf::actor_addr, resource> resources_;
  std::vector<process_supervisor_actor> supervisors_;
  /// Of those that have ended, by the process.
  std::map<std::string, process_status> last_words_;
  start_plan plan_;
  /// None while none is under way.
  std::optional<reload> reload_;
  /// Whether children may be started: the robot has begun to.
  bool begun_ = false;
  caf::actor_clock::time_point started_at_;
  /// The stage that is being stopped.
  size_t stage_ = 0;
  /// Of the clock that tells when what is being stopped has had its time.
  uint64_t clock_ = 0;
  /// Whether it runs for what is no child.
  bool clock_runs_ = false;
  /// What the clock is to wait longer: the children's last output has been read
  /// in that time, or the latch written, and nobody could end.
  caf::timespan reading_time_{0};
  /// Whether what is left gets no more than a last moment.
  bool in_a_hurry_ = false;
  /// Whether all that is left has been told to be killed.
  bool is_forced_ = false;
  bool cord_reported_ = false;
  /// With which code the robot is said to exit, once that is said.
  std::optional<int> told_exit_code_;
  std::string stop_reason_;
  /// The process that the robot is stopped for; empty for none.
  std::string stop_process_;
  /// When the stop began, or the emergency was detected: for people, and to
  /// measure.
  caf::timestamp stopped_at_{};
  caf::actor_clock::time_point stop_began_{};
  /// From then until no child was left; none while one is.
  std::optional<caf::timespan> gone_after_;
  caf::optional<int64_t> signal_latency_us_;
  caf::error exit_reason_;
};

/// The root actor. Makes every resource from the settings, monitors each, and
/// stops them in order. It is linked to none: one that is killed would kill it,
/// too, and there would be no order. It quits last of all, when nothing is
/// left, and with
/// - no error after an orderly stop,
/// - `ec::emergency_stop` when an emergency stop reached it, from the cord or
///   from whatever actor,
/// - `ec::process_failed` when a child failed whose `on-failure` is `stop`,
/// - `ec::core_actor_ended` when an actor ended that it cannot do without,
/// - `ec::stop_forced` when it was told to kill what was left, or when an actor
///   did not end in time.
///
/// An orderly stop waits `settings.stop_timeout` for what is no child, and for
/// children as long as they may take to end. Whatever has not ended by then is
/// named in `Unhandled error` and left behind, and the stop goes on.
///
/// A reload (`reload_processes`) goes by these steps, of which none waits for
/// another process than those whose sections have changed:
///
///     [reading] --> [letting go] ---------------> [starting] --> answered
///         |          removed and changed ones,     changed and new ones, as
///         |          as in a stop                  with the robot
///         +--> refused whole
///
/// There is one at a time, another one is refused (`ec::reloading`), and so is
/// an order about a process that it lets go. A configuration that has been
/// found good is put in place, unless the robot stops.
///
/// `settings.starter` and `settings.cord` outlive the actor; the cord must tell
/// it (`stop_cord_pulled`) when it is pulled.
application_actor::behavior_type
application(application_actor::stateful_pointer<application_state> self,
            application_settings settings);

/// The exit code of `run` that ends so.
int exit_code_of(run_outcome end, int emergency_exit_code);

/// The exit code of `run` for what the Application quit with.
int exit_code_of(const caf::error& reason, int emergency_exit_code);

} // namespace rr
