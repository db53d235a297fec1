// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <caf/expected.hpp>

#include "bridges/log/event_queue.hpp"
#include "bridges/log/log_output.hpp"
#include "bridges/system/sign_of_life.hpp"

namespace rr {

/// Takes events from any thread into one bounded queue, from which each output
/// has them by a thread of its own: the one place where an output is added.
/// Whoever writes pays for one lock and moves; formatting, encoding and sending
/// are done on the output's thread, and an output that waits delays neither the
/// writers nor another output.
///
/// The first event after a silence wakes those threads. While more come they
/// look for them by themselves, after a time in which they gather, so that
/// writing does not cost a system call, in which the writer could lose its
/// processor. Errors wake them at once, and so do as many events as half of the
/// queue's room.
///
/// Each output gets the events of a thread in their order. Bulk events have
/// their own room, so that a child that talks without end costs no other event,
/// and so have errors and those of other programs; the others have twice the
/// room. The oldest is lost where there is none, for those outputs that have
/// not had it. Such an output is told before its next event, and reports it as
/// it does what it loses itself. Of what one output has lost all the others
/// hear, by a `Log events dropped` event once a second at most.
class log_dispatcher final : public log_output {
public:
  using output_ptr = std::shared_ptr<log_output>;

  /// The shorter it is, the more wake-ups compete with the programs for their
  /// processors; the longer, the more events a program takes with it that
  /// crashes.
  static inline constexpr std::chrono::milliseconds default_gather_time{10};

  /// @param queue how many bulk events may wait, 1 and up, as many errors, as
  ///              many of other programs, and twice as many others.
  /// @param gather_time how long an event may wait that is not the first.
  /// @returns `ec::bad_configuration` for an empty queue, `ec::system_error`
  ///          when there is no thread or memory left.
  static caf::expected<std::shared_ptr<log_dispatcher>>
  make(size_t queue, std::vector<output_ptr> outputs,
       std::chrono::milliseconds gather_time = default_gather_time);

  /// Closes.
  ~log_dispatcher() override;

  void write(const log_event& event) noexcept override;
  void take(log_event&& event) noexcept override;

  /// Takes an event that another program has published, for outputs that do not
  /// publish.
  void pass_on(log_event&& event) noexcept;

  /// The output gets what is written from now on. For any thread.
  /// @returns `ec::system_error` when there is no thread left.
  caf::error add(output_ptr output);

  /// Has the output hurry, and lets go of it when it has had all that has been
  /// written so far. For any thread but an output's.
  void remove(const output_ptr& output) noexcept;

  /// What each output has lost so far, in all. For any thread but an output's.
  std::vector<sink_loss> losses() const;

  /// Has the outputs hurry, and ends their threads when they have had all that
  /// waits, and have heard what the others have lost. What is written later is
  /// lost without a count. For any thread but an output's, any number of times.
  void close() noexcept;

  /// Those of its threads that are to answer soon at any time: of outputs that
  /// publish. The others wait for whoever reads them, or for a disk, as long as
  /// that takes. They are not to be asked after the dispatcher's end.
  std::vector<heartbeat_witness> witnesses();

private:
  using clock = std::chrono::steady_clock;

  static constexpr auto no_number = std::numeric_limits<uint64_t>::max();

  /// What an output's thread waits for.
  enum class waits_for { nothing, any_event, urgent_event };

  /// An output, and how far it is.
  struct reader {
    output_ptr output;
    bool publishes = false;
    std::thread thread;
    std::shared_ptr<sign_of_life> life = std::make_shared<sign_of_life>();
    waits_for waits = waits_for::nothing;
    /// The number of the last event that its thread has taken, of the last that
    /// its output has had, and of the last that it is to have.
    uint64_t taken = 0;
    uint64_t done = 0;
    uint64_t last = no_number;
    /// Whether the end of all is to join its thread.
    bool ends = false;
    /// Lost for want of room: what its output has not been told yet, and all.
    log_loss loss;
    uint64_t lost = 0;
    /// How much of all its losses the others have heard of.
    uint64_t told = 0;
    clock::time_point next_report{};

    bool is_to_have(const queued_event& event) const noexcept;
  };

  using reader_ptr = std::unique_ptr<reader>;
  using batch = std::vector<std::shared_ptr<const log_event>>;

  log_dispatcher(size_t queue, std::chrono::milliseconds gather_time);

  void enqueue(queued_event added) noexcept;
  void lose(const log_event& event) noexcept;

  // While the mutex is held.
  bool keep(queued_event& added) noexcept;
  uint64_t end_of(const reader& who) const noexcept;
  bool all_done() const noexcept;
  bool share_loss(reader& from, bool at_once) noexcept;

  // On an output's thread.
  void run(reader& self) noexcept;
  bool take_batch(reader& self, batch& events, log_loss& loss, bool settled);
  void gather(reader& self, std::unique_lock<std::mutex>& lock);

  const size_t queue_size_;
  const std::chrono::milliseconds gather_time_;

  mutable std::mutex mutex_;
  /// Something has been written, or something is to end.
  std::condition_variable written_;
  /// An output has had what its thread had taken.
  std::condition_variable handed_over_;
  event_queue queue_;
  std::vector<reader_ptr> readers_;
  bool closing_ = false;
  std::once_flag close_once_;
};

} // namespace rr
