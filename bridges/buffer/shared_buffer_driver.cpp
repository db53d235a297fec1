// SPDX-License-Identifier: BSD-3-Clause
// Who drives a device, and how it goes.
#include "bridges/buffer/shared_buffer.hpp"

namespace rr {

namespace {

/// The process in a word that says who drives a device.
uint64_t process_in(uint64_t driver) noexcept {
  return driver & ~layout::removed;
}

bool is_removed(uint64_t driver) noexcept {
  return (driver & layout::removed) != 0;
}

bool drives_no_more(const buffer_memory& memory, uint64_t driver) {
  return driver == 0 || !memory.requesters().alive(process_in(driver));
}

caf::error driven_by_another(const buffer_name& name) {
  return caf::make_error(ec::access_refused,
                         to_string(name) + ": another process drives it");
}

caf::error connect(buffer_memory& memory) {
  auto driver = memory.driver();
  auto seen = driver.load(std::memory_order_acquire);
  if (seen != 0 && seen == memory.requesters().known_self()
      && memory.has_flag(buffer_memory::connected_bit))
    return {};
  auto self = memory.requesters().self();
  if (!self)
    return std::move(self.error());
  do {
    if (is_removed(seen) || !memory.has_flag(buffer_memory::valid_bit))
      return caf::make_error(ec::invalid_buffer,
                             to_string(memory.name()) + " is gone");
    if (seen != *self && !drives_no_more(memory, seen))
      return driven_by_another(memory.name());
  } while (
    !driver.compare_exchange_weak(seen, *self, std::memory_order_acq_rel));
  memory.set_flag(buffer_memory::connected_bit, true);
  return {};
}

caf::error disconnect(buffer_memory& memory) {
  auto driver = memory.driver();
  auto seen = driver.load(std::memory_order_acquire);
  // One that has ended has done it.
  if (drives_no_more(memory, seen) && seen != 0)
    return {};
  if (seen != 0 && process_in(seen) != memory.requesters().known_self())
    return driven_by_another(memory.name());
  memory.set_flag(buffer_memory::connected_bit, false);
  if (!is_removed(seen))
    driver.compare_exchange_strong(seen, 0, std::memory_order_acq_rel);
  return {};
}

} // namespace

void shared_buffer::set_valid(bool on) noexcept {
  memory_.set_flag(buffer_memory::valid_bit, on);
  if (!on)
    return;
  // Who removes it says so, and then marks it: one of the two sees the other.
  fence_all();
  if (memory_.is_removed())
    memory_.set_flag(buffer_memory::valid_bit, false);
}

bool shared_buffer::connected() const {
  if (!memory_.has_flag(buffer_memory::connected_bit))
    return false;
  auto driver = memory_.driver().load(std::memory_order_acquire);
  return driver == 0 || !drives_no_more(memory_, driver);
}

caf::error shared_buffer::set_connected(bool on) {
  return on ? connect(memory_) : disconnect(memory_);
}

uint64_t shared_buffer::ended_driver() const {
  auto driver = memory_.driver().load(std::memory_order_acquire);
  return drives_no_more(memory_, driver) ? driver : 0;
}

/// Of several who remove it at once, one does. Who is killed at it leaves that
/// to the next one who opens the buffer, which cannot be taken for one to be
/// used.
caf::error shared_buffer::remove() {
  auto self = memory_.requesters().self();
  if (!self)
    return std::move(self.error());
  auto driver = memory_.driver();
  auto seen = driver.load(std::memory_order_acquire);
  do {
    auto lives = !drives_no_more(memory_, seen);
    if (is_removed(seen) && lives)
      return {};
    if (lives && seen != *self)
      return driven_by_another(name());
  } while (!driver.compare_exchange_weak(seen, *self | layout::removed,
                                         std::memory_order_acq_rel));
  memory_.set_flag(buffer_memory::connected_bit, false);
  set_valid(false);
  return memory_.take_name();
}

} // namespace rr
