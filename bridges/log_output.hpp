// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>

#include "messages/log_event.hpp"

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

/// Takes events, from any thread unless it says otherwise, and never blocks,
/// waits or throws: what it cannot keep it drops and counts.
class log_output {
public:
  virtual ~log_output();

  virtual void write(const log_event& event) noexcept = 0;

  /// Writes an event that its owner needs no more.
  virtual void take(log_event&& event) noexcept;

  /// Told of events that came before the next one and were lost on their way.
  virtual void lost(const log_loss& loss) noexcept;

  /// Called between events: time for what was put off.
  /// @returns false to be called again within a second, whatever comes.
  virtual bool settle() noexcept;
};

} // namespace rr
