// SPDX-License-Identifier: BSD-3-Clause
// What is requested of a device, and what else it and its users tell each
// other.
#include "bridges/buffer/buffer_snapshot.hpp"
#include "bridges/buffer/shared_buffer.hpp"
#include "bridges/system/recent_time.hpp"

namespace rr {

namespace {

uint64_t bit_of(size_t index) noexcept {
  return uint64_t{1} << index % 64;
}

/// Whether a request has ended, but for what the robot's state says.
bool has_ended(const parameter& param, const layout::request_record& request,
               const requesters_link& requesters_of_prefix) {
  if (param.expires || request.until != 0) {
    auto now = recent_time();
    if (request.until != 0 && now >= request.until)
      return true;
    if (param.expires && now > request.time
        && now - request.time > static_cast<uint64_t>(param.expires->count()))
      return true;
  }
  return request.owner != requesters::nobody
         && !requesters_of_prefix.alive(request.owner);
}

/// Writes the safe value where there is one.
/// @param why says why nothing else can be requested.
template <class F>
caf::error
safe_or(ec code, const parameter& param, std::span<std::byte> out, F why) {
  if (!param.safe)
    return parameter_error(code, param.name, why());
  encode_safe(param, out);
  return {};
}

} // namespace

caf::error shared_buffer::requested_bytes(size_t index,
                                          std::span<std::byte> out,
                                          const robot_state& robot) const {
  if (auto failed = memory_.check_block(buffer_block::write, index))
    return failed;
  const auto& values = memory_.values_in(buffer_block::write);
  const auto& param = type().parameters[index];
  std::optional<layout::request_record> request;
  for (int i = 0; i < value_block::max_copy_attempts && !request; ++i) {
    uint64_t stamp = 0;
    if (!values.load(values[index], out, &stamp))
      break;
    request = values[index].requests.find(stamp);
  }
  if (!request)
    return memory_.overtaken(param.name);
  // Last of all: what is returned was requested while the robot was enabled.
  if (!robot.enabled())
    return safe_or(ec::robot_disabled, param, out, [&] {
      return "the robot is disabled: " + robot.read().reason;
    });
  if (!valid())
    return memory_.invalid(index);
  if (!robot.follows(request->time))
    return safe_or(ec::no_value, param, out, [] {
      return "nobody has requested a value since the robot was enabled";
    });
  if (has_ended(param, *request, memory_.requesters()))
    return safe_or(ec::robot_disabled, param, out,
                   [] { return "disabled: the request of a value has ended"; });
  return {};
}

caf::expected<device_value>
shared_buffer::requests(const robot_state& robot) const {
  const auto& block = memory_.values_in(buffer_block::write);
  std::vector<std::optional<layout::request_record>> all(block.size());
  auto find_all = [&](const buffer_snapshot& seen) {
    for (size_t i = 0; i < block.size(); ++i)
      if (seen.has(i) && !(all[i] = block[i].requests.find(seen.stamp(i))))
        return false;
    return true;
  };
  auto values = snapshot(buffer_block::write);
  for (int i = 0; values && !find_all(*values); ++i) {
    if (i == value_block::max_copy_attempts)
      return memory_.overtaken(to_string(name()));
    values = snapshot(buffer_block::write);
  }
  if (!values)
    return std::move(values.error());
  auto enabled = robot.enabled();
  auto result = device_value::object();
  for (size_t i = 0; i < block.size(); ++i) {
    if (!values->has(i))
      continue;
    const auto& param = type().parameters[i];
    auto& value = result[param.name];
    if (enabled && robot.follows(all[i]->time)
        && !has_ended(param, *all[i], memory_.requesters())) {
      value = values->value(i);
    } else if (param.safe) {
      std::vector<std::byte> safe(param.type.size());
      encode_safe(param, safe);
      value = decode_value(param.type, safe);
    }
  }
  return result;
}

caf::expected<std::vector<pending_write>>
shared_buffer::pending_writes() const {
  auto values = snapshot(buffer_block::write, {});
  if (!values)
    return std::move(values.error());
  std::vector<pending_write> result;
  for (size_t i = 0; i < type().parameters.size(); ++i)
    if (values->stamp(i)
        > memory_.acknowledged(i).load(std::memory_order_acquire))
      result.push_back({i, values->stamp(i)});
  return result;
}

void shared_buffer::acknowledge(const pending_write& request) noexcept {
  raise(memory_.acknowledged(request.index), request.stamp);
}

wait_end shared_buffer::wait_for_request(
  uint64_t seen, std::optional<std::chrono::nanoseconds> timeout) const {
  using clock = std::chrono::steady_clock;
  std::optional<clock::time_point> until;
  // Else it would be beyond what the clock can tell.
  if (timeout && *timeout < std::chrono::hours{24 * 365})
    until = clock::now() + *timeout;
  return memory_.signal().wait(
    [&] { return !valid() || version(buffer_block::write) != seen; }, until);
}

caf::error shared_buffer::request_read(std::string_view parameter) {
  auto index = find(parameter);
  if (!index)
    return std::move(index.error());
  if (auto failed = memory_.check_access(buffer_block::update, *index))
    return failed;
  set_bits(memory_.pending_reads(*index), bit_of(*index), true);
  return {};
}

std::vector<size_t> shared_buffer::take_pending_reads() noexcept {
  std::vector<size_t> result;
  for (size_t i = 0; i < type().parameters.size(); i += 64) {
    auto bits = shared<uint64_t>(memory_.pending_reads(i))
                  .exchange(0, std::memory_order_acq_rel);
    for (size_t bit = 0; bit < 64; ++bit)
      if (bits >> bit & 1 && i + bit < type().parameters.size())
        result.push_back(i + bit);
  }
  return result;
}

bool shared_buffer::subscribed(size_t index) const noexcept {
  auto bits = shared<uint64_t>(memory_.subscribed(index))
                .load(std::memory_order_acquire);
  return (bits & bit_of(index)) != 0;
}

void shared_buffer::subscribe(size_t index, bool on) noexcept {
  set_bits(memory_.subscribed(index), bit_of(index), on);
}

} // namespace rr
