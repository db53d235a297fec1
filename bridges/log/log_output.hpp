// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "messages/log/log_event.hpp"

namespace rr {

/// How many events were lost on their way to an output, by `log_level`.
struct log_loss {
  std::array<uint64_t, 5> by_level{};

  void add(const log_event& event) noexcept;
  uint64_t total() const noexcept;
};

/// What an output could not deliver of the events that it was given.
struct sink_loss {
  /// The output's name: `standard-output`, `file`, `publisher` or
  /// `telemetry`.
  std::string_view sink;
  /// `app` of the event that tells.
  std::string_view app;
  uint64_t count = 0;
  /// For which the last one was lost, an `errno`; zero for want of room.
  int error = 0;
};

/// `Log events dropped`.
log_event loss_report(const sink_loss& loss);

/// Takes events and never throws: what it cannot deliver it drops and counts.
///
/// The output that programs write to is `log_dispatcher`: for any thread, and
/// it never waits. Each of the outputs behind it is called by one thread of its
/// own unless said otherwise, and may wait for whatever it writes to.
class log_output {
public:
  virtual ~log_output();

  virtual void write(const log_event& event) noexcept = 0;

  /// Writes an event that its owner needs no more.
  virtual void take(log_event&& event) noexcept;

  /// Writes an event that others have, too, and that it may keep.
  virtual void share(const std::shared_ptr<const log_event>& event) noexcept;

  /// Whether it publishes: then it gets neither what another program has
  /// published nor what is to stay in this one.
  virtual bool publishes() const noexcept;

  /// Told of events that came before the next one and were lost on their way.
  virtual void lost(const log_loss& loss) noexcept;

  /// Called between events: time for what was put off.
  /// @returns false to be called again within a second, whatever comes.
  virtual bool settle() noexcept;

  /// From now on it waits for nobody longer than half a second in all. For any
  /// thread.
  virtual void hurry() noexcept;

  /// Called after the last event: time for a last report.
  virtual void end() noexcept;

  /// What has been lost here so far, without what `lost` told of. For any
  /// thread.
  virtual sink_loss own_loss() const noexcept;
};

} // namespace rr
