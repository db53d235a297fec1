// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include "actors/interfaces.hpp"
#include "app/runtime/status_bell.hpp"
#include "bridges/log/event_log.hpp"
#include "bridges/system/hold_list.hpp"
#include "messages/device/device_update.hpp"
#include "messages/process/status.hpp"

namespace rr {

struct hold_watch_settings {
  using time_point = std::chrono::steady_clock::time_point;

  /// Looks at something, and tells the list. Must not block.
  using look = std::function<void(hold_list& holds, time_point now)>;

  application_actor root;
  event_log log;
  /// May be null.
  update_publisher_actor updates;
  std::shared_ptr<hold_list> holds;
  std::vector<look> looks;
  /// Tells of processes that move. May be null in tests.
  std::shared_ptr<status_bell> bell;
  /// Between two looks; less than a second, for whoever waits for it.
  std::chrono::milliseconds interval{900};
  /// From what moves to the question where all are: of many that move at once
  /// it is asked once.
  std::chrono::milliseconds gathering{200};
};

/// What is known of processes and updates between two looks.
class hold_watch_state {
public:
  static inline constexpr auto name = "hold-watch";

  using pointer = caf::stateful_actor<hold_watch_state>*;

  explicit hold_watch_state(pointer self) : self_(self) {
  }

  ~hold_watch_state();

  caf::behavior make_behavior(hold_watch_settings settings);

private:
  void look();
  void on_moved();
  void ask_root();
  void ask_updates();
  void on_status(const robot_status& now);
  void on_updates(const update_status& now);

  pointer self_;
  hold_watch_settings settings_;
  /// Whether an answer is waited for.
  bool root_asked_ = false;
  /// Whether no process has moved since the root was asked for all, and none
  /// held the robot back then.
  bool is_calm_ = false;
  /// Whether what has moved is gathered.
  bool is_gathering_ = false;
  bool updates_asked_ = false;
  update_status updates_;
};

/// Keeps the list of what holds a robot back up to date. It asks the root for
/// the processes when one has moved, and while one holds. For what nobody tells
/// of it looks every so often, the first time one interval from now, and asks
/// the update publisher. A root that has not answered by the next look, itself
/// or one of its supervisors, is a hold, too. Made and stopped by the
/// Application.
caf::behavior hold_watch(caf::stateful_actor<hold_watch_state>* self,
                         hold_watch_settings settings);

/// Why a process holds the robot back, as in `process camera is restarting`;
/// empty where it does not: it runs, or has done its work and ended well, or it
/// is its turn in a robot that is `starting`, which is a hold by itself.
std::string hold_of(const process_status& process, bool starting);

} // namespace rr
