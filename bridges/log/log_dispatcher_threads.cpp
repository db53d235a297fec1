// SPDX-License-Identifier: BSD-3-Clause
// The thread of each output.
#include <algorithm>
#include <chrono>
#include <utility>

#include "bridges/log/log_dispatcher.hpp"

namespace rr {

namespace {

/// How long what an output has put off may wait.
constexpr auto settle_interval = std::chrono::milliseconds{250};

/// How often a thread looks for events in vain before it waits for one.
constexpr int looks_in_vain = 4;

/// Events that a thread takes at once: while it does, writers wait; and what it
/// has taken is not given up for newer ones.
constexpr size_t batch_size = 64;

} // namespace

bool log_dispatcher::reader::is_to_have(
  const queued_event& event) const noexcept {
  return event.except != output.get()
         && !(publishes && (event.is_foreign || is_local(*event.event)));
}

void log_dispatcher::run(reader& self) noexcept {
  batch events;
  log_loss loss;
  auto settled = true;
  while (take_batch(self, events, loss, settled)) {
    if (loss.total() > 0)
      self.output->lost(loss);
    for (const auto& event : events)
      self.output->share(event);
    events.clear();
    settled = self.output->settle();
    std::unique_lock lock{mutex_};
    for (auto& each : readers_)
      settled = share_loss(*each, false) && settled;
    self.done = self.taken;
    handed_over_.notify_all();
    gather(self, lock);
  }
  self.life->end();
  self.output->end();
}

/// Waits for events, or for the time to settle what is not, and takes them.
/// @returns false at the end.
bool log_dispatcher::take_batch(reader& self, batch& events, log_loss& loss,
                                bool settled) {
  events.reserve(batch_size);
  std::unique_lock lock{mutex_};
  auto ready = [&] {
    self.life->answer();
    return self.taken < end_of(self) || self.last != no_number;
  };
  self.waits = waits_for::any_event;
  if (settled)
    written_.wait(lock, ready);
  else
    written_.wait_for(lock, settle_interval, ready);
  self.waits = waits_for::nothing;
  auto end = end_of(self);
  if (self.last != no_number && self.taken == end)
    return false;
  loss = std::exchange(self.loss, {});
  auto from = std::exchange(self.taken, end);
  queue_.for_each_after(from, [&](const queued_event& each) {
    if (each.number > end)
      return false;
    if (self.is_to_have(each))
      events.push_back(each.event);
    if (events.size() < batch_size)
      return true;
    self.taken = each.number;
    return false;
  });
  // What all have taken is theirs.
  auto common = queue_.last();
  for (const auto& each : readers_)
    if (each->taken < end_of(*each))
      common = std::min(common, each->taken);
  queue_.drop_until(common);
  return true;
}

/// Waits a little for more events, while they come in quick succession.
void log_dispatcher::gather(reader& self, std::unique_lock<std::mutex>& lock) {
  auto ends = [&] { return closing_ || self.last != no_number; };
  for (auto i = 0; i < looks_in_vain; ++i) {
    if (ends() || self.taken < end_of(self))
      return;
    self.waits = waits_for::urgent_event;
    auto hurries = written_.wait_for(lock, gather_time_, [&] {
      return self.waits == waits_for::nothing || ends();
    });
    self.waits = waits_for::nothing;
    if (hurries)
      return;
  }
}

} // namespace rr
