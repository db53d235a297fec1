// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <caf/expected.hpp>

#include "bridges/buffer/buffer_layout.hpp"
#include "bridges/buffer/memory_segment.hpp"
#include "bridges/buffer/process_lock.hpp"
#include "bridges/buffer/requesters.hpp"
#include "bridges/buffer/robot_state.hpp"
#include "bridges/buffer/versioned_block.hpp"
#include "messages/device/device_value.hpp"
#include "messages/device/value_limits.hpp"
#include "messages/error.hpp"

namespace rr {

class buffer_snapshot;
class buffer_transaction;

/// A request that has not reached the device yet.
struct pending_write {
  /// Of the parameter.
  size_t index = 0;
  /// Of the request: what is acknowledged.
  uint64_t stamp = 0;
  friend bool operator==(const pending_write&, const pending_write&) = default;
};

/// The values of one device, in memory that processes share or in memory of
/// this process alone. Every member may be called from any thread, also while
/// others are.
///
/// Readers never wait: they copy, and copy again when writers have overtaken
/// them; no process that dies, at whatever instant, keeps them from it. Writers
/// take turns, at most `process_lock::patience_ms` for each; what a dead one
/// has not published is lost, and nothing else.
///
/// Parameters are told by their index, their place in `type().parameters`, or
/// by name. Errors name the parameter: `ec::unknown_parameter`,
/// `ec::access_refused`, `ec::wrong_value`; of any may come
/// `ec::invalid_buffer`, and `ec::overloaded` from a reader that writers have
/// overtaken too often, or from a writer that was kept waiting.
class shared_buffer {
public:
  using pointer = std::shared_ptr<shared_buffer>;

  /// Opens the buffer, or makes it where there is none; either way it is valid
  /// then. Two processes may do so at once.
  /// @param type as a catalog has it.
  /// @returns errors as `open`; `ec::system_error` when there is no room.
  static caf::expected<pointer> create(const buffer_name& name,
                                       const device_type& type);

  /// Opens a buffer that is there. What it has is learned from itself.
  /// @returns `ec::unknown_device` when there is none, `ec::system_error`
  ///          without permission, `ec::incompatible_buffer` when it is of
  ///          another layout, damaged, or cut short.
  static caf::expected<pointer> open(const buffer_name& name);

  /// The same; `ec::incompatible_buffer` also when it was made for another
  /// type.
  static caf::expected<pointer> open(const buffer_name& name,
                                     const device_type& type);

  /// One that no other process sees.
  static caf::expected<pointer> make_private(const buffer_name& name,
                                             const device_type& type);

  shared_buffer(const shared_buffer&) = delete;
  shared_buffer& operator=(const shared_buffer&) = delete;

  const buffer_name& name() const noexcept {
    return layout_.name;
  }

  const device_type& type() const noexcept {
    return layout_.type;
  }

  /// @returns `ec::unknown_parameter`.
  caf::expected<size_t> find(std::string_view parameter) const;

  // -- the device -----------------------------------------------------------

  /// Whether the values mean anything: the device is there, and the runtime has
  /// not ended.
  bool valid() const noexcept {
    return (flags().load(std::memory_order_acquire) & valid_bit) != 0;
  }

  void set_valid(bool on) noexcept {
    set_flag(valid_bit, on);
  }

  /// Of a gamepad: whether somebody holds it.
  bool connected() const noexcept {
    return (flags().load(std::memory_order_acquire) & connected_bit) != 0;
  }

  void set_connected(bool on) noexcept {
    set_flag(connected_bit, on);
  }

  /// When a block was last changed, by the steady clock: up to 4 ms early. Zero
  /// when it never was.
  std::chrono::nanoseconds last_change(buffer_block block) const noexcept;

  /// Of the last change of a block; it begins at 0, and each change adds 1.
  uint64_t version(buffer_block block) const noexcept {
    return blocks_[to_index(block)].version();
  }

  // -- single values ---------------------------------------------------------

  /// A current value: all zeros until the device has set it.
  caf::expected<device_value> get(std::string_view parameter) const;

  /// Sets a current value, for the device.
  caf::expected<value_fit> set(std::string_view parameter,
                               const device_value& value);

  /// A requested value, for the device. While the robot is disabled, and while
  /// nobody has requested any since it was enabled last, the safe value
  /// instead: what was requested before a stop never takes effect after it. So
  /// it is when a request has ended: with the process that made it, or by its
  /// age where the parameter `expires`.
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

  /// Requests a value for a person: until another is requested, whatever
  /// process ends.
  /// @param duration for so long at most; zero for ever.
  caf::expected<value_fit> hold(std::string_view parameter,
                                const device_value& value,
                                std::chrono::nanoseconds duration);

  // -- the same, as bytes in the machine's own order -------------------------

  /// @param out of exactly the parameter's size.
  caf::error get_bytes(size_t index, std::span<std::byte> out) const;

  caf::error requested_bytes(size_t index, std::span<std::byte> out,
                             const robot_state& robot) const;

  caf::expected<value_fit> store_bytes(buffer_block block, size_t index,
                                       std::span<const std::byte> value);

  // -- many at once ---------------------------------------------------------

  /// All values of a block as they were at one instant, whether the buffer is
  /// valid or not.
  caf::expected<buffer_snapshot> snapshot(buffer_block block) const;

  /// The same of these parameters alone: large arrays are copied only when they
  /// are among them. The update block must have each.
  caf::expected<buffer_snapshot>
  snapshot(buffer_block block, std::span<const size_t> indices) const;

  /// As `requested`, for every writeable parameter: an object, with null where
  /// `requested` gives an error.
  caf::expected<device_value> requests(const robot_state& robot) const;

  /// How many bytes `read_values` copies; a multiple of 32.
  size_t values_size(buffer_block block) const noexcept {
    return blocks_[to_index(block)].values_size();
  }

  /// Where `read_values` puts a parameter; none for what the block does not
  /// have, and for arrays of more than `layout::max_in_slot` bytes.
  std::optional<size_t> offset_of(buffer_block block,
                                  size_t index) const noexcept;

  /// The fastest way to read: copies all values of a block as they were at one
  /// instant, but for large arrays. Neither parses nor allocates.
  /// @param out of at least `values_size` bytes.
  /// @returns `ec::none`, `ec::invalid_buffer` or `ec::overloaded`.
  ec read_values(buffer_block block, std::byte* out) const noexcept {
    if (!valid()) [[unlikely]]
      return ec::invalid_buffer;
    const auto& versions = blocks_[to_index(block)];
    auto size = versions.values_size();
    auto whole = versions.read([=](std::byte* slot, uint64_t) {
      copy_shared<layout::piece>(out, slot + first_value, size);
    });
    return whole ? ec::none : ec::overloaded;
  }

  /// Groups writes: others see all of them or none.
  caf::expected<buffer_transaction> begin();

  // -- the device and those who use it --------------------------------------

  /// The requests that have not reached the device, at most one for each
  /// parameter. That one has ended is for `requested` to tell.
  caf::expected<std::vector<pending_write>> pending_writes() const;

  /// Says that a request has reached the device. What has been requested since
  /// is pending still.
  void acknowledge(const pending_write& request) noexcept;

  /// Asks the device to report a parameter.
  caf::error request_read(std::string_view parameter);

  /// The parameters that the device was asked to report, in ascending order;
  /// they are no longer asked for then.
  std::vector<size_t> take_pending_reads() noexcept;

  /// Whether the device reports a parameter without being asked: at first as
  /// the catalog says.
  bool subscribed(size_t index) const noexcept;
  void subscribe(size_t index, bool on) noexcept;

private:
  friend class buffer_snapshot;
  friend class buffer_transaction;

  static inline constexpr uint32_t valid_bit = 1;
  static inline constexpr uint32_t connected_bit = 2;
  /// In a slot, after its time.
  static inline constexpr size_t first_value = 8;
  /// How often a reader of a large array tries again: each time a writer has
  /// filled two copies of it meanwhile.
  static inline constexpr int max_copy_attempts = 64;

  /// @param requesters of private memory; null for that of the prefix.
  shared_buffer(memory_segment segment, buffer_layout layout,
                requesters::pointer requesters);

  static size_t to_index(buffer_block block) noexcept {
    return static_cast<size_t>(block);
  }

  static caf::expected<pointer> attach(const buffer_name& name,
                                       const uint64_t* wanted);

  std::atomic_ref<uint32_t> flags() const noexcept {
    return shared<uint32_t>(flags_);
  }

  const layout::block_record& record(buffer_block block) const noexcept {
    return block == buffer_block::update ? layout_.header.update
                                         : layout_.header.write;
  }

  /// Of a parameter in one block: what a write needs, side by side.
  struct parameter_entry {
    layout::place_record place;
    /// In every slot: of its stamp.
    uint64_t stamp;
    /// Of a value, in bytes.
    uint64_t size;
    value_limits limits;
    /// Where its `request_record`s are; null for current values.
    std::byte* requests;
  };

  /// Of a request: how it ends.
  struct request_end {
    uint64_t owner;
    /// By `recent_time`; 0 for never.
    uint64_t until;
  };

  const parameter_entry& entry(buffer_block block,
                               size_t index) const noexcept {
    return entries_[2 * index + to_index(block)];
  }

  const layout::place_record& place(buffer_block block,
                                    size_t index) const noexcept {
    return entry(block, index).place;
  }

  /// This process, if it has requested anything before; else 0.
  uint64_t known_requester() const noexcept {
    auto* table = requesters_.load(std::memory_order_acquire);
    return table ? table->known_self() : 0;
  }

  /// An error that names a parameter.
  static caf::error fault(ec code, std::string_view parameter,
                          const std::string& why);

  void set_flag(uint32_t bit, bool on) noexcept;
  std::byte* bit_word(uint64_t bitmap, size_t index) const noexcept;
  caf::error check_block(buffer_block block, size_t index) const;
  caf::error check_access(buffer_block block, size_t index) const;
  caf::error invalid(size_t index) const;
  caf::expected<size_t> find(buffer_block block,
                             std::string_view parameter) const;
  caf::error overtaken(std::string_view parameter) const;
  bool load(buffer_block block, size_t index, std::span<std::byte> out,
            uint64_t* stamp) const noexcept;
  bool load_copy(const layout::place_record& where, uint64_t copy,
                 std::span<std::byte> out) const noexcept;
  caf::expected<value_fit> check_bytes(buffer_block block, size_t index,
                                       std::span<std::byte> value) const;
  caf::expected<value_fit> store_clamped(buffer_block block, size_t index,
                                         std::span<const std::byte> value);
  caf::error lock_failed(int cause) const;
  void stage(buffer_block block, const parameter_entry& param,
             const versioned_block::draft& next,
             std::span<const std::byte> value) noexcept;
  void stage_copy(buffer_block block, const parameter_entry& param,
                  std::byte* slot, std::span<const std::byte> value) noexcept;
  void publish(buffer_block block, const versioned_block::draft& next,
               uint64_t now) noexcept;
  int write_one(buffer_block block, const parameter_entry& param,
                std::span<const std::byte> value,
                const request_end& end) noexcept;
  caf::expected<value_fit>
  store_value(buffer_block block, std::string_view parameter,
              const device_value& value, std::optional<request_end> end);
  caf::expected<uint64_t> owner_in(buffer_block block);
  caf::expected<uint64_t> requester();
  const requesters* find_requesters() const;
  requesters* keep_requesters(caf::expected<requesters::pointer> found) const;
  void describe_request(const parameter_entry& param, const request_end& end,
                        uint64_t version, uint64_t now) noexcept;
  std::optional<layout::request_record>
  request_of(size_t index, uint64_t stamp) const noexcept;
  bool lasts(size_t index, const layout::request_record& request) const;
  template <class F>
  caf::error
  safe_or(ec code, size_t index, std::span<std::byte> out, F why) const;

  buffer_layout layout_;
  /// Those of a parameter's two blocks one after the other.
  std::vector<parameter_entry> entries_;
  std::byte* base_;
  std::byte* flags_;
  /// Indices of parameters, in the order of their names.
  std::vector<uint16_t> by_name_;
  std::array<versioned_block, 2> blocks_;
  process_lock lock_;
  memory_segment segment_;
  /// Looked for when a request is first made or read.
  mutable std::mutex requesters_mutex_;
  mutable requesters::pointer requesters_owner_;
  mutable std::atomic<requesters*> requesters_;
};

} // namespace rr
