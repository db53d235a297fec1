// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <caf/expected.hpp>

#include "bridges/buffer/buffer_memory.hpp"
#include "bridges/buffer/robot_state.hpp"

namespace rr {

class buffer_snapshot;
class buffer_transaction;

/// A request that has not reached the device yet.
struct pending_write {
  /// Which parameter it is of.
  size_t index = 0;
  /// Tells it from other requests of that parameter.
  uint64_t stamp = 0;
  /// Whether it is the same request.
  friend bool operator==(const pending_write&, const pending_write&) = default;
};

/// The values of one device, in memory that processes share or in memory of
/// this process alone. Every member may be called from any thread, also while
/// others are.
///
/// Readers never wait: they copy, and copy again when writers have overtaken
/// them; no process that dies, at whatever instant, keeps them from it. Writers
/// take turns, at most `process_lock::patience` for each; what a dead one
/// has not published is lost, and nothing else.
///
/// Parameters are told by their index, their place in `type().parameters`, or
/// by name. Errors name the parameter: `ec::unknown_parameter`,
/// `ec::access_refused`, `ec::wrong_value`. Every call may answer
/// `ec::invalid_buffer`; a reader that writers have overtaken too often and a
/// writer that was kept waiting get `ec::overloaded`.
class shared_buffer {
public:
  /// Shared by all of this process that use the buffer.
  using pointer = std::shared_ptr<shared_buffer>;

  /// Opens the buffer, or makes it where there is none; either way it is valid
  /// then. Two processes may do so at once.
  /// @param name prefix and device, which its object in shared memory is named
  ///             after.
  /// @param type as a catalog has it.
  /// @returns errors as `open`; `ec::system_error` when there is no room.
  static caf::expected<pointer> create(const buffer_name& name,
                                       const device_type& type);

  /// Opens a buffer that is there. Its type is read from itself.
  /// @returns `ec::unknown_device` when there is none, `ec::system_error`
  ///          without permission, `ec::incompatible_buffer` when it is of
  ///          another layout, damaged, or cut short.
  static caf::expected<pointer> open(const buffer_name& name);

  /// Opens a buffer of this type; `ec::incompatible_buffer` also when it was
  /// made for another one.
  static caf::expected<pointer> open(const buffer_name& name,
                                     const device_type& type);

  /// Makes a buffer that no other process sees.
  static caf::expected<pointer> make_private(const buffer_name& name,
                                             const device_type& type);

  shared_buffer(const shared_buffer&) = delete;
  shared_buffer& operator=(const shared_buffer&) = delete;

  /// Which device it is of.
  const buffer_name& name() const noexcept {
    return memory_.name();
  }

  /// What type that device has.
  const device_type& type() const noexcept {
    return memory_.type();
  }

  /// @returns `ec::unknown_parameter`.
  caf::expected<size_t> find(std::string_view parameter) const {
    return memory_.find(parameter);
  }

  // -- the device -----------------------------------------------------------

  /// Whether the values mean anything: the device is there, and the runtime has
  /// not ended.
  bool valid() const noexcept {
    return memory_.has_flag(buffer_memory::valid_bit);
  }

  /// What has been removed stays invalid.
  void set_valid(bool on) noexcept;

  /// Whether others who open the device find this buffer: its object has not
  /// been deleted, or replaced, by somebody who knows nothing of buffers.
  bool has_name() const {
    return memory_.has_name();
  }

  /// Whether somebody drives the device: has connected it, and has not ended
  /// since, however. Of a gamepad it is the runtime, while a driver holds it.
  bool connected() const;

  /// Says that this process drives the device, until it ends, or says that it
  /// does not. One that starts again after its end takes its device over; the
  /// runtime removes one whose driver has ended, after
  /// `buffer_registry::grace`. A device that nobody has connected stays.
  /// @returns `ec::access_refused` while another process drives it,
  ///          `ec::invalid_buffer` when it is gone: another one can be made
  ///          then; errors also as `requesters::self`.
  caf::error set_connected(bool on);

  /// The process that drove the device and has ended, as `requesters` has it; 0
  /// where there is none.
  uint64_t ended_driver() const;

  /// Says that the device is gone: marks the buffer invalid, and removes it.
  /// Who has it open keeps the memory. A device that comes back gets another
  /// buffer.
  /// @returns `ec::access_refused` while another process drives it; errors also
  ///          as `requesters::self`.
  caf::error remove();

  /// When a block was last changed, by the steady clock: up to 4 ms early. Zero
  /// when it never was.
  std::chrono::nanoseconds last_change(buffer_block block) const noexcept {
    return memory_.values_in(block).last_change();
  }

  /// How often a block has been changed.
  uint64_t version(buffer_block block) const noexcept {
    return memory_.values_in(block).version();
  }

  // -- single values ---------------------------------------------------------

  /// Reads a current value: all zeros until the device has set it.
  caf::expected<device_value> get(std::string_view parameter) const;

  /// Sets a current value, for the device.
  caf::expected<value_fit> set(std::string_view parameter,
                               const device_value& value);

  /// Reads a requested value, for the device. It is the safe value while the
  /// robot is disabled, and while nobody has requested any since it was enabled
  /// last: what was requested before a stop never takes effect after it. So it
  /// is when a request has ended: with the process that made it, or by its age
  /// where the parameter `expires`.
  /// That a robot is disabled comes before all else: its device gets a safe
  /// value also when the runtime is gone, and the buffer invalid.
  /// @returns where none is declared `ec::no_value` when nobody has requested
  ///          any, and `ec::robot_disabled` in all other cases: nothing is
  ///          invented.
  caf::expected<device_value> requested(std::string_view parameter,
                                        const robot_state& robot) const;

  /// Requests a value, until this process ends. It has a thread from then on;
  /// see `requesters`.
  /// @returns errors also as `requesters::self`.
  caf::expected<value_fit> write(std::string_view parameter,
                                 const device_value& value);

  /// Requests a value for a person. It lasts until another is requested,
  /// whatever process ends.
  /// @param duration how long it lasts at most; zero for ever.
  caf::expected<value_fit> hold(std::string_view parameter,
                                const device_value& value,
                                std::chrono::nanoseconds duration);

  // -- the same, as bytes in the machine's own order -------------------------

  /// Reads one value, as `get`.
  /// @param index which parameter.
  /// @param out exactly as large as the parameter.
  caf::error get_bytes(size_t index, std::span<std::byte> out) const;

  /// Reads what is requested, as `requested`.
  caf::error requested_bytes(size_t index, std::span<std::byte> out,
                             const robot_state& robot) const;

  /// Writes one value, as `set` or `write`.
  caf::expected<value_fit> store_bytes(buffer_block block, size_t index,
                                       std::span<const std::byte> value);

  // -- many at once ---------------------------------------------------------

  /// Copies all values of a block as they were at one instant, whether the
  /// buffer is valid or not.
  caf::expected<buffer_snapshot> snapshot(buffer_block block) const;

  /// Copies these parameters alone: large arrays are copied only when they are
  /// among them. The block must have each.
  caf::expected<buffer_snapshot>
  snapshot(buffer_block block, std::span<const size_t> indices) const;

  /// Does as `requested` for every writeable parameter, and makes an object of
  /// it, with null where `requested` gives an error.
  caf::expected<device_value> requests(const robot_state& robot) const;

  /// How many bytes `read_values` copies; a multiple of 32.
  size_t values_size(buffer_block block) const noexcept {
    return memory_.values_in(block).values_size();
  }

  /// Where `read_values` puts a parameter; nowhere what the block does not
  /// have, and arrays of more than `layout::max_in_slot` bytes.
  std::optional<size_t> offset_of(buffer_block block,
                                  size_t index) const noexcept;

  /// The fastest way to read: copies all values of a block as they were at one
  /// instant, but for large arrays. Neither parses nor allocates.
  /// @param block the current values, or the requested ones.
  /// @param out has room for `values_size` bytes.
  /// @returns `ec::none`, `ec::invalid_buffer` or `ec::overloaded`.
  ec read_values(buffer_block block, std::byte* out) const noexcept {
    if (!valid()) [[unlikely]]
      return ec::invalid_buffer;
    return memory_.values_in(block).load_slot(out) ? ec::none : ec::overloaded;
  }

  /// Groups writes: others see all of them or none.
  /// @param patience how long to wait for another writer that is alive; 0 for
  ///                 not at all.
  caf::expected<buffer_transaction>
  begin(std::chrono::milliseconds patience = process_lock::patience);

  // -- the device and those who use it --------------------------------------

  /// The requests that have not reached the device, at most one for each
  /// parameter. It is `requested` that tells which of them have ended.
  caf::expected<std::vector<pending_write>> pending_writes() const;

  /// Says that a request has reached the device. What has been requested since
  /// is pending still.
  void acknowledge(const pending_write& request) noexcept;

  /// Waits for what a device's driver has to see to: until a value has been
  /// requested since the caller looked, or the buffer is invalid. It does not
  /// poll, and a request reaches it as fast as the scheduler runs the thread.
  ///
  /// It hears of requests alone. That the robot is disabled, or that a request
  /// has ended with its process or by its age, nobody tells it: so the timeout
  /// should be no longer than the device may do meanwhile what it was told
  /// before. After each wait, whatever ended it, `requested` tells what to do.
  /// @param seen the `version` of the requested values that the caller has
  ///             seen; 0 for none. Taken before it reads them, it misses none.
  /// @param timeout none for ever.
  wait_end
  wait_for_request(uint64_t seen,
                   std::optional<std::chrono::nanoseconds> timeout) const;

  /// Asks the device to report a parameter.
  caf::error request_read(std::string_view parameter);

  /// The parameters that the device was asked to report, in ascending order;
  /// they are no longer asked for then.
  std::vector<size_t> take_pending_reads() noexcept;

  /// Whether the device reports a parameter without being asked: at first as
  /// the catalog says.
  bool subscribed(size_t index) const noexcept;
  /// Says from now on whether it does.
  void subscribe(size_t index, bool on) noexcept;

private:
  shared_buffer(memory_segment segment, buffer_layout layout,
                requesters::pointer table);

  static caf::expected<pointer> attach(const buffer_name& name,
                                       std::optional<uint64_t> wanted);

  buffer_memory memory_;
};

} // namespace rr
