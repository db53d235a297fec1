// SPDX-License-Identifier: BSD-3-Clause
// What is requested of a device, and what else it and its users tell each
// other.
#include "bridges/buffer/buffer_snapshot.hpp"
#include "bridges/buffer/shared_buffer.hpp"
#include "bridges/system/recent_time.hpp"

namespace rr {

void shared_buffer::set_flag(uint32_t bit, bool on) noexcept {
  if (on)
    flags().fetch_or(bit, std::memory_order_acq_rel);
  else
    flags().fetch_and(~bit, std::memory_order_acq_rel);
}

caf::expected<device_value>
shared_buffer::requested(std::string_view parameter,
                         const robot_state& robot) const {
  auto index = find(parameter);
  if (!index)
    return std::move(index.error());
  std::vector<std::byte> bytes(layout_.parameters[*index].size);
  if (auto failed = requested_bytes(*index, bytes, robot))
    return failed;
  return decode_value(type().parameters[*index].type, bytes);
}

/// @param why says why nothing can be requested where nothing is safe.
template <class F>
caf::error shared_buffer::safe_or(ec code, size_t index,
                                  std::span<std::byte> out, F why) const {
  const auto& param = type().parameters[index];
  if (!param.safe)
    return fault(code, param.name, why());
  encode_safe(param, out);
  return {};
}

caf::error shared_buffer::requested_bytes(size_t index,
                                          std::span<std::byte> out,
                                          const robot_state& robot) const {
  if (auto failed = check_block(buffer_block::write, index))
    return failed;
  std::optional<layout::request_record> request;
  for (int i = 0; i < max_copy_attempts && !request; ++i) {
    uint64_t stamp = 0;
    if (!load(buffer_block::write, index, out, &stamp))
      break;
    request = request_of(index, stamp);
  }
  if (!request)
    return overtaken(type().parameters[index].name);
  // Last of all: what is returned was requested while the robot was enabled.
  if (!robot.enabled())
    return safe_or(ec::robot_disabled, index, out, [&] {
      return "the robot is disabled: " + robot.read().reason;
    });
  if (!valid())
    return invalid(index);
  if (!robot.follows(request->time))
    return safe_or(ec::no_value, index, out, [] {
      return "nobody has requested a value since the robot was enabled";
    });
  if (!lasts(index, *request))
    return safe_or(ec::robot_disabled, index, out,
                   [] { return "disabled: the request of a value has ended"; });
  return {};
}

/// What is known of the request of that stamp. None when there have been two
/// others since.
std::optional<layout::request_record>
shared_buffer::request_of(size_t index, uint64_t stamp) const noexcept {
  layout::request_record result{};
  if (stamp == 0)
    return result;
  auto* record = entry(buffer_block::write, index).requests;
  for (uint64_t i = 0; i < layout::requests; ++i, record += sizeof(result)) {
    if (shared<uint64_t>(record).load(std::memory_order_acquire) != stamp)
      continue;
    load_shared(&result, record, sizeof(result));
    fence_loads();
    if (shared<uint64_t>(record).load(std::memory_order_relaxed) == stamp)
      return result;
  }
  return std::nullopt;
}

/// Whether a request has not ended yet, but for what the robot's state says.
bool shared_buffer::lasts(size_t index,
                          const layout::request_record& request) const {
  const auto& expires = type().parameters[index].expires;
  if (expires || request.until != 0) {
    auto now = recent_time();
    if (request.until != 0 && now >= request.until)
      return false;
    if (expires && now > request.time
        && now - request.time > static_cast<uint64_t>(expires->count()))
      return false;
  }
  if (request.owner == requesters::nobody)
    return true;
  const auto* table = find_requesters();
  return table && table->alive(request.owner);
}

/// Null when there is no table: nobody is there who could have requested
/// anything.
const requesters* shared_buffer::find_requesters() const {
  if (auto* found = requesters_.load(std::memory_order_acquire))
    return found;
  return keep_requesters(requesters::open(name().prefix));
}

caf::expected<uint64_t> shared_buffer::requester() {
  if (auto known = known_requester())
    return known;
  auto* table = requesters_.load(std::memory_order_acquire);
  if (!table) {
    auto made = requesters::create(name().prefix);
    if (!made)
      return std::move(made.error());
    table = keep_requesters(std::move(made));
  }
  return table->self();
}

/// Of several threads that have found it at once, one keeps it.
requesters*
shared_buffer::keep_requesters(caf::expected<requesters::pointer> found) const {
  auto guard = std::lock_guard{requesters_mutex_};
  if (!requesters_owner_ && found) {
    requesters_owner_ = std::move(*found);
    requesters_.store(requesters_owner_.get(), std::memory_order_release);
  }
  return requesters_owner_.get();
}

caf::expected<std::vector<pending_write>>
shared_buffer::pending_writes() const {
  auto values = snapshot(buffer_block::write, {});
  if (!values)
    return std::move(values.error());
  std::vector<pending_write> result;
  for (size_t i = 0; i < layout_.parameters.size(); ++i) {
    auto done = shared<uint64_t>(base_ + layout_.header.acknowledged + 8 * i)
                  .load(std::memory_order_acquire);
    if (values->stamp(i) > done)
      result.push_back({i, values->stamp(i)});
  }
  return result;
}

void shared_buffer::acknowledge(const pending_write& request) noexcept {
  auto done
    = shared<uint64_t>(base_ + layout_.header.acknowledged + 8 * request.index);
  auto last = done.load(std::memory_order_relaxed);
  while (last < request.stamp
         && !done.compare_exchange_weak(last, request.stamp,
                                        std::memory_order_release)) {
  }
}

caf::error shared_buffer::request_read(std::string_view parameter) {
  auto index = find(buffer_block::update, parameter);
  if (!index)
    return std::move(index.error());
  shared<uint64_t>(bit_word(layout_.header.pending_reads, *index))
    .fetch_or(uint64_t{1} << *index % 64, std::memory_order_acq_rel);
  return {};
}

std::vector<size_t> shared_buffer::take_pending_reads() noexcept {
  std::vector<size_t> result;
  for (size_t i = 0; i < layout_.parameters.size(); i += 64) {
    auto bits = shared<uint64_t>(bit_word(layout_.header.pending_reads, i))
                  .exchange(0, std::memory_order_acq_rel);
    for (size_t bit = 0; bit < 64; ++bit)
      if (bits >> bit & 1 && i + bit < layout_.parameters.size())
        result.push_back(i + bit);
  }
  return result;
}

bool shared_buffer::subscribed(size_t index) const noexcept {
  auto bits = shared<uint64_t>(bit_word(layout_.header.subscribed, index))
                .load(std::memory_order_acquire);
  return (bits >> index % 64 & 1) != 0;
}

void shared_buffer::subscribe(size_t index, bool on) noexcept {
  auto word = shared<uint64_t>(bit_word(layout_.header.subscribed, index));
  auto bit = uint64_t{1} << index % 64;
  if (on)
    word.fetch_or(bit, std::memory_order_acq_rel);
  else
    word.fetch_and(~bit, std::memory_order_acq_rel);
}

std::byte* shared_buffer::bit_word(uint64_t bitmap,
                                   size_t index) const noexcept {
  return base_ + bitmap + index / 64 * 8;
}

} // namespace rr
