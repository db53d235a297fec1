// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <caf/expected.hpp>

#include "bridges/log/event_ring.hpp"
#include "bridges/log/log_output.hpp"

namespace rr {

/// Takes events from any thread into a bounded queue, and hands them to every
/// output on a thread of its own: the one place where an output is added.
/// Whoever writes pays for one lock and moves; formatting, encoding and sending
/// are done on the dispatcher's thread, once for each output.
///
/// The first event after a silence wakes that thread. While more come it looks
/// for them by itself, after a time in which they gather, so that writing does
/// not cost a system call, in which the writer could lose its processor. Errors
/// and a queue half full wake it at once.
///
/// Each output gets the events of a thread in their order. Bulk events have
/// their own room, so that a child that talks without end costs no other event;
/// when it is full the oldest of them is lost, for what a child says last is
/// what matters. The others have twice the room, and lose their oldest, too.
/// The outputs are told before the next event, and each reports it as it does
/// its own losses. Of what one output alone has lost all the others hear, by a
/// `Log events dropped` event once a second at most.
class log_dispatcher final : public log_output {
public:
  using output_ptr = std::shared_ptr<log_output>;

  /// The shorter it is, the more wake-ups compete with the programs for their
  /// processors; the longer, the more events a program takes with it that
  /// crashes.
  static inline constexpr std::chrono::milliseconds default_gather_time{10};

  /// @param queue how many bulk events may wait, 1 and up, and twice as many
  ///              others, besides as many that are being handed over; the
  ///              memory of all, 0.1 KiB each, is taken at the start.
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

  /// Hands over an event that another program has published, at once, to
  /// outputs that do not publish. For any thread but the dispatcher's own.
  void pass_on(const log_event& event) noexcept override;

  /// The output gets what is handed over from now on, what waits included. For
  /// any thread.
  void add(output_ptr output);

  /// Hands all that has been written so far to the outputs, then lets go of
  /// this one. Outputs do not wait, so it does not take long. For any thread
  /// but the dispatcher's own.
  void remove(const output_ptr& output);

  /// Tells each output what the others have lost by now. The thread does so
  /// until its end; for what is lost after it.
  void share_losses() noexcept;
  /// Sets what is done last of all, once nothing is handed over any more, by
  /// the thread that closes: it is where outputs end that have to. Must not
  /// throw.
  void at_end(std::function<void()> action);

  /// Hands over what waits and ends the thread; what is written later is lost
  /// without a count. For any thread, any number of times.
  void close() noexcept;

private:
  using clock = std::chrono::steady_clock;

  struct added_output {
    output_ptr output;
    /// How much of its own loss the others have heard of.
    uint64_t told = 0;
    clock::time_point next_report{};
  };

  log_dispatcher(size_t queue, std::chrono::milliseconds gather_time);

  void keep(log_event&& event) noexcept;

  // On the dispatcher's thread.
  void run() noexcept;
  bool take_batch(log_loss& loss, bool settled);
  void gather(std::unique_lock<std::mutex>& lock);
  void hand_over(const log_loss& loss);
  bool settle() noexcept override;

  /// @returns whether the others have heard of all.
  bool share_loss(added_output& from, bool at_once) noexcept;

  const std::chrono::milliseconds gather_time_;

  std::mutex mutex_;
  std::condition_variable written_;
  std::condition_variable handed_over_;
  event_queue waiting_;
  log_loss loss_;
  /// Events that have come in, and those of them that are done with.
  uint64_t taken_ = 0;
  uint64_t done_ = 0;
  /// Whether the thread waits for events.
  bool idle_ = false;
  /// Whether another program's event has been handed over meanwhile.
  bool passed_on_ = false;
  /// Whether it is not to let them gather.
  bool hurried_ = false;
  bool closing_ = false;

  std::mutex outputs_mutex_;
  std::vector<added_output> outputs_;

  /// What is being handed over; the thread's own.
  event_queue taken_out_;

  std::function<void()> at_end_;
  std::once_flag close_once_;
  std::thread thread_;
};

} // namespace rr
