// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "messages/log/log_event.hpp"

namespace rr {

/// How many events were lost before they reached an output.
struct log_loss {
  /// Of those that were to leave this program, by `log_level`.
  std::array<uint64_t, 5> by_level{};
  /// Of those that were to stay.
  uint64_t local = 0;

  void add(const log_event& event) noexcept;
  uint64_t total() const noexcept;
};

/// What an output could not deliver of the events that it was given.
struct sink_loss {
  /// The output's name: `standard-output`, `file` or `publisher`.
  std::string_view sink;
  /// `app` of the event that tells.
  std::string_view app;
  uint64_t count = 0;
  /// For which the last one was lost, an `errno`; zero for want of room.
  int error = 0;
};

/// `Log events dropped`.
log_event loss_report(const sink_loss& loss);

/// Takes events, from any thread unless it says otherwise, and never blocks,
/// waits or throws: what it cannot keep it drops and counts.
class log_output {
public:
  virtual ~log_output();

  virtual void write(const log_event& event) noexcept = 0;

  /// Writes an event that its owner needs no more.
  virtual void take(log_event&& event) noexcept;

  /// Writes an event that another program has published.
  virtual void pass_on(const log_event& event) noexcept;

  /// Told of events that came before the next one and were lost on their way.
  virtual void lost(const log_loss& loss) noexcept;

  /// Called between events: time for what was put off.
  /// @returns false to be called again within a second, whatever comes.
  virtual bool settle() noexcept;

  /// What has been lost here so far, without what `lost` told of. For any
  /// thread.
  virtual sink_loss own_loss() const noexcept;
};

} // namespace rr
