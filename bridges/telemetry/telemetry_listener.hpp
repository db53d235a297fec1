// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "messages/json.hpp"
#include "messages/log/log_event.hpp"
#include "messages/process/stop.hpp"
#include "messages/telemetry/control_view.hpp"

namespace rr {

/// What the robot's status has become.
struct telemetry_state {
  /// From 1, without gaps.
  uint64_t seq = 0;
  /// All of it, as `robot-runtime status --format=json` prints it.
  std::shared_ptr<const json> whole;
  /// What has changed since the one before, as a JSON merge patch (RFC 7386);
  /// the whole for the first.
  std::shared_ptr<const json> changes;
  /// The changes as JSON text, made once for all who send it; may be null.
  std::shared_ptr<const std::string> text = {};
};

/// Hears what the robot does, each fact once and in order of its kind, on the
/// thread that knows it: must not block, throw, or call whoever tells.
class telemetry_listener {
public:
  virtual ~telemetry_listener() = default;

  /// An event of this program or of one that publishes at its forwarder.
  virtual void on_log(const std::shared_ptr<const log_event>& event) = 0;

  virtual void on_state(const telemetry_state& state) = 0;

  /// Who drives has changed, or what a gamepad shows.
  virtual void on_control(const control_view& control) = 0;

  /// The stop cord has been pulled. On the thread that pulled it, after the
  /// last signal.
  virtual void on_stopped(const stop_cord_pulled& stop) = 0;

  /// The head of a call has been routed, as an event that stands in no log.
  virtual void on_call(const std::shared_ptr<const log_event>&) {
    // It is of use to few.
  }
};

} // namespace rr
