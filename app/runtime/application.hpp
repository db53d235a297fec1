// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/interfaces.hpp"
#include "app/runtime/stop_stage.hpp"
#include "bridges/log/event_log.hpp"
#include "bridges/process/child_process.hpp"
#include "bridges/system/sign_of_life.hpp"
#include "bridges/system/stop_cord.hpp"
#include "messages/process/process.hpp"

namespace rr {

/// An actor that the Application makes, links, and stops in its stage.
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
  /// Between two `Health check` events, the first of which comes at once.
  caf::timespan health_interval = std::chrono::seconds{60};
  /// How long an orderly stop waits for what is no child; above zero.
  caf::timespan stop_timeout = std::chrono::seconds{5};
  /// Called when a stop begins. May be empty.
  std::function<void()> on_stop;
  /// Called when an actor has not ended in its time: it hangs, and its thread
  /// with it. May be empty.
  std::function<void()> on_hang;
  int emergency_exit_code = 255;
  /// Where the Application answers whether it lives; may be empty.
  std::shared_ptr<sign_of_life> life;
};

/// The life of the robot:
///
///               all started                stop, end of a child or of a core
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

  application_actor::behavior_type make_behavior(application_settings settings);

private:
  enum class phase { starting, running, stopping };

  static const char* to_string(phase x) noexcept;

  struct resource {
    std::string name;
    caf::actor handle;
    size_t stage;
    bool is_process = false;
    bool may_end = false;
  };

  void start_next_group();
  void on_start_settled();
  void stop(const std::string& reason, caf::error exit_reason);
  void kill();
  /// Gives an order about a process to its supervisor, which answers it.
  template <class Order>
  caf::result<process_status> pass_on(const Order& order);
  caf::result<robot_status> status();
  void report_health();
  void answer(uint64_t question);
  void on_timeout(uint64_t number);
  void on_cord_pulled(const stop_cord_pulled& fact);
  void on_down(const caf::down_msg& msg);
  void on_exit_message(const caf::exit_msg& msg);

  caf::expected<process_supervisor_actor>
  supervisor_of(const std::string& process) const;
  void make_resources();
  void add(resource what);
  void on_ended(const resource& ended, const caf::error& reason);
  void pull_cord(const std::string& cause);
  void begin_stop();
  void stop_last_stage();
  void stop_children_now();
  void set_clock();
  caf::timespan patience_with_children() const;
  void say_last_words();

  pointer self_;
  application_settings settings_;
  phase phase_ = phase::starting;
  /// What lives, by address.
  std::map<caf::actor_addr, resource> resources_;
  /// What has ended and might: links may still tell of it.
  std::set<caf::actor_addr> ended_;
  std::vector<process_supervisor_actor> supervisors_;
  /// Indices into `supervisors_` that start together.
  std::vector<std::vector<size_t>> groups_;
  size_t next_group_ = 0;
  size_t pending_starts_ = 0;
  /// The stage that is being stopped.
  size_t stage_ = 0;
  /// Of the clock that tells when what is being stopped has had its time.
  uint64_t clock_ = 0;
  /// Whether it runs for what is no child.
  bool clock_runs_ = false;
  /// What the clock is to wait longer: the children's last output has been read
  /// in that time, and nobody could end.
  caf::timespan reading_time_{0};
  /// Whether what is left gets no more than a last moment.
  bool in_a_hurry_ = false;
  bool cord_reported_ = false;
  bool said_last_words_ = false;
  std::string stop_reason_;
  caf::error exit_reason_;
};

/// The root actor. Makes every resource from the settings, links and monitors
/// each, and stops them in order. It quits last of all, when nothing is left,
/// and with
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
/// `settings.starter` and `settings.cord` outlive the actor; the cord must tell
/// it (`stop_cord_pulled`) when it is pulled.
application_actor::behavior_type
application(application_actor::stateful_pointer<application_state> self,
            application_settings settings);

/// The exit code of `run` for what the Application quit with.
int exit_code_of(const caf::error& reason, int emergency_exit_code);

} // namespace rr
