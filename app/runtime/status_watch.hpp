// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <caf/actor_clock.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include "app/runtime/status_bell.hpp"
#include "app/runtime/status_query.hpp"
#include "bridges/log/event_log.hpp"
#include "bridges/telemetry/telemetry_feed.hpp"

namespace rr {

struct status_watch_settings {
  status_sources whom;
  remote_service_actor broker;
  std::shared_ptr<telemetry_feed> feed;
  std::shared_ptr<status_bell> bell;
  event_log log;
  /// Between two looks at what moves all the time.
  std::chrono::milliseconds figures_interval{1000};
  /// Between two looks for what has changed; a millisecond for each process, if
  /// that is more.
  std::chrono::milliseconds look_interval{50};
  /// How long those may take to answer who are asked.
  std::chrono::milliseconds patience{2000};
};

/// What the feed has been told of the robot's status.
///
///             somebody listens, a process has moved, ...
///   [quiet] ------------------------------------------> [asking]
///     ^ ^                                                  |
///     | +--------------------------------------------------+
///     |   all have answered: tells what has changed        |
///     |                                                    v
///     +---------------------------------------------- [waiting]
///         after `look_interval`, when something has happened meanwhile
///
class status_watch_state {
public:
  static inline constexpr auto name = "status-watch";

  using pointer = caf::stateful_actor<status_watch_state>*;

  explicit status_watch_state(pointer self) : self_(self) {
  }

  ~status_watch_state();

  caf::behavior make_behavior(status_watch_settings settings);

private:
  void on_moved(const process_moved& step);
  void on_figures_due();
  void listen();
  void look();
  void ask();
  void on_answer(const runtime_status& all, bool is_whole);
  void tell_steps(size_t count, bool but_the_last);
  void tell(json now);

  pointer self_;
  status_watch_settings settings_;
  uint64_t seq_ = 0;
  /// What has been told last.
  json shown_;
  runtime_status known_;
  /// Those that `shown_` does not have yet, in their order.
  std::vector<process_moved> steps_;
  /// How many of them had been heard of when the others were asked.
  size_t steps_asked_ = 0;
  bool is_asking_ = false;
  /// Whether a look is due, and waits for its time or for an answer.
  bool looks_again_ = false;
  bool is_waiting_ = false;
  bool figures_due_ = false;
  bool is_ticking_ = false;
};

/// Keeps the feed's listeners informed of what `status` tells, while there are
/// any: each state that a process enters, in its order, and everything else as
/// it is when it is looked at, which is whenever the bell rings and once a
/// second. What moves all the time is told once a second, and only while a
/// listener asks for figures. Whoever does not answer is told of as before.
/// Made and stopped by the Application, which tells it of processes.
caf::behavior status_watch(caf::stateful_actor<status_watch_state>* self,
                           status_watch_settings settings);

} // namespace rr
