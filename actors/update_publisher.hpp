// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <caf/typed_event_based_actor.hpp>

#include "actors/interfaces.hpp"
#include "actors/support/interval_clock.hpp"
#include "bridges/log/event_log.hpp"
#include "messages/device/device_update.hpp"

namespace rr {

/// The current values of every device that is there, all of them readable, as
/// they are at one instant for each device. Must not block.
using device_source = std::function<device_update()>;

/// Sends datagrams to whoever listens. Must not block.
using datagram_sender
  = std::function<caf::error(std::span<const std::vector<uint8_t>>)>;

class update_publisher_state {
public:
  static inline constexpr auto name = "update-publisher";

  using pointer
    = update_publisher_actor::stateful_pointer<update_publisher_state>;

  explicit update_publisher_state(pointer self) : self_(self) {
  }

  update_publisher_actor::behavior_type
  make_behavior(const update_settings& settings, device_source source,
                datagram_sender send, event_log log);

private:
  void on_tick();
  void publish();
  device_update changes(const device_update& now, bool all);
  void leave_out(std::vector<std::string> uids);
  void on_sent(const caf::error& what);
  void schedule_next();

  pointer self_;
  update_settings settings_;
  device_source source_;
  datagram_sender send_;
  event_log log_;
  interval_clock clock_;
  interval_clock::time_point next_full_;
  /// What listeners know, by UID.
  std::map<std::string, json> known_;
  /// What the last update had no room for, by UID.
  std::set<std::string> left_out_;
  bool is_down_ = false;
  update_status status_;
};

/// Sends the values of all devices every `update.interval`, the first time one
/// interval from now, and also when there are none: those that have changed,
/// and every `update.full-interval` all of them, so that what was lost heals.
/// What an update has no room for is reported when that begins (`Device left
/// out of updates`), and is the first of the next one. An update that is late
/// is followed by the next one in time; what was missed is skipped and counted.
/// A network that does not take updates is reported when it goes (`Updates
/// interrupted`) and when it is back (`Updates resumed`), with an update of all
/// parameters.
update_publisher_actor::behavior_type update_publisher(
  update_publisher_actor::stateful_pointer<update_publisher_state> self,
  update_settings settings, device_source source, datagram_sender send,
  event_log log);

} // namespace rr
