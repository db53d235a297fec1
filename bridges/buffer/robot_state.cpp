// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/buffer/robot_state.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <limits>
#include <optional>

#include "bridges/buffer/shared_words.hpp"
#include "bridges/system/file_owner.hpp"
#include "bridges/system/process_stat.hpp"
#include "bridges/system/recent_time.hpp"
#include "messages/error.hpp"
#include "messages/utf8.hpp"

namespace rr {

namespace {

using state_layout = layout::robot_state;

constexpr auto disabled_at_first = std::string_view{"not enabled yet"};

template <class T>
std::atomic_ref<T> word(T& x) noexcept {
  return std::atomic_ref<T>{x};
}

int64_t now() noexcept {
  timespec time;
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

/// How long ago that was. Whoever can write to the memory may have written any
/// number, which must not overflow.
int64_t age_of(const std::atomic_ref<int64_t>& heartbeat) noexcept {
  auto at = heartbeat.load(std::memory_order_acquire);
  int64_t result;
  if (__builtin_sub_overflow(now(), at, &result))
    return std::numeric_limits<int64_t>::max();
  return result;
}

void initialise_state(state_layout& x, std::chrono::nanoseconds patience) {
  x.magic = state_layout::wanted_magic;
  x.version = state_layout::wanted_version;
  x.size = sizeof(state_layout);
  x.owner_pid = ::getpid();
  x.owner_start = process_start_time(::getpid()).value_or(0);
  x.patience = patience.count();
  std::memcpy(x.reasons[0], disabled_at_first.data(), disabled_at_first.size());
}

/// Each call has a slot of its own, unless several are at it at once.
template <size_t Slots, size_t Size>
void publish_text(char (&slots)[Slots][Size], uint64_t& published,
                  uint64_t& begun, std::string_view what) noexcept {
  auto version = word(begun).fetch_add(1, std::memory_order_seq_cst) + 1;
  fence_stores();
  char text[Size] = {};
  std::memcpy(text, what.data(), std::min(what.size(), Size - 1));
  store_shared(reinterpret_cast<std::byte*>(slots[version % Slots]), text,
               Size);
  raise(word(published), version);
}

/// @returns none when it is written faster than it can be read.
template <size_t Slots, size_t Size>
std::optional<std::string>
latest_text(char (&slots)[Slots][Size], uint64_t& published, uint64_t& begun) {
  char text[Size];
  for (int i = 0; i < 100; ++i) {
    auto version = word(published).load(std::memory_order_acquire);
    load_shared(text, reinterpret_cast<std::byte*>(slots[version % Slots]),
                Size);
    fence_loads();
    auto last = word(begun).load(std::memory_order_relaxed);
    if (last - version < Slots)
      return std::string{text, ::strnlen(text, Size)};
  }
  return std::nullopt;
}

caf::error check_state(const memory_segment& segment, const std::string& name) {
  state_layout copy;
  auto bytes = segment.bytes();
  if (bytes.size() < sizeof(copy))
    return cannot_open(name, "it is cut short");
  std::memcpy(&copy, bytes.data(), sizeof(copy));
  if (copy.magic != state_layout::wanted_magic)
    return cannot_open(name, "it is no robot's state");
  if (copy.version != state_layout::wanted_version || copy.size != sizeof(copy))
    return cannot_open(name, "its layout is of another version");
  if (copy.patience <= 0 || copy.patience > robot_state::max_patience.count())
    return cannot_open(name, "it is damaged");
  return {};
}

caf::error taken(const std::string& name, const std::string& owner) {
  return caf::make_error(ec::system_error, "cannot own " + name
                                             + ": another runtime does (pid "
                                             + owner + ")");
}

std::string owner_of(const std::string& name) {
  auto segment = memory_segment::open(name);
  if (!segment || check_state(*segment, name))
    return "unknown";
  state_layout copy;
  std::memcpy(&copy, segment->bytes().data(), sizeof(copy));
  return std::to_string(copy.owner_pid);
}

/// Removes what a dead runtime left; what a live one has is an error.
caf::error remove_dead(const std::string& name) {
  auto path = segment_path(name);
  auto file = file_descriptor{
    ::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
  if (!file)
    return errno == ENOENT
             ? caf::error{}
             : caf::make_error(ec::system_error, "cannot own " + name + ": "
                                                   + denial_text(path, errno));
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0)
    return errno == EWOULDBLOCK ? taken(name, owner_of(name))
                                : system_error("cannot lock " + name, errno);
  struct stat locked {};
  struct stat named {};
  // Its owner may have removed it between the open and the lock.
  if (::fstat(file.get(), &locked) != 0 || ::stat(path.c_str(), &named) != 0
      || locked.st_ino != named.st_ino)
    return {};
  return remove_segment(name);
}

} // namespace

caf::expected<std::unique_ptr<robot_state>>
robot_state::own(const std::string& prefix, std::chrono::nanoseconds patience) {
  auto name = robot_state_name(prefix);
  auto write = [&](std::span<std::byte> bytes) {
    initialise_state(*reinterpret_cast<state_layout*>(bytes.data()), patience);
  };
  file_descriptor lock;
  for (auto made = caf::expected<bool>{false}; !*made;) {
    if (auto failed = remove_dead(name))
      return failed;
    made = memory_segment::create(name, sizeof(state_layout), write, &lock);
    if (!made)
      return std::move(made.error());
  }
  auto segment = memory_segment::open(name);
  if (!segment)
    return std::move(segment.error());
  return std::unique_ptr<robot_state>{
    new robot_state(std::move(*segment), std::move(lock), segment_path(name))};
}

caf::expected<std::unique_ptr<robot_state>>
robot_state::open(const std::string& prefix) {
  auto name = robot_state_name(prefix);
  auto segment = memory_segment::open(name);
  if (!segment)
    return std::move(segment.error());
  if (auto failed = check_state(*segment, name))
    return failed;
  return std::unique_ptr<robot_state>{
    new robot_state(std::move(*segment), file_descriptor{}, {})};
}

caf::expected<std::unique_ptr<robot_state>>
robot_state::make_private(std::chrono::nanoseconds patience) {
  auto segment = memory_segment::make_private(sizeof(state_layout));
  if (!segment)
    return std::move(segment.error());
  auto result = std::unique_ptr<robot_state>{
    new robot_state(std::move(*segment), file_descriptor{}, {})};
  initialise_state(result->state(), patience);
  return result;
}

robot_state::robot_state(memory_segment segment, file_descriptor lock,
                         std::string path)
  : segment_(std::move(segment)),
    lock_(std::move(lock)),
    path_(std::move(path)) {
}

robot_state::~robot_state() {
  if (!lock_)
    return;
  disable("the runtime has ended");
  // Not by `remove_segment`: at this end there may be no memory.
  ::unlink(path_.c_str());
  // A process that a stop has not reached may hold the file open still.
  ::flock(lock_.get(), LOCK_UN);
}

void robot_state::enable() noexcept {
  word(state().enabled_since).store(recent_time(), std::memory_order_relaxed);
  beat();
  word(state().enabled).store(1, std::memory_order_seq_cst);
}

void robot_state::disable(std::string_view reason) noexcept {
  auto& x = state();
  if (word(x.enabled).exchange(0, std::memory_order_seq_cst) != 1)
    return;
  publish_text(x.reasons, x.published, x.begun, reason);
}

void robot_state::tell_holds(std::string_view lines) noexcept {
  auto& x = state();
  publish_text(x.holds, x.holds_published, x.holds_begun,
               utf8_prefix(lines, state_layout::holds_size - 1));
}

std::string robot_state::holds() const {
  auto& x = state();
  return latest_text(x.holds, x.holds_published, x.holds_begun).value_or("");
}

void robot_state::beat() noexcept {
  auto& x = state();
  auto time = now();
  // Others have seen it stale, or may have.
  if (time - word(x.heartbeat).load(std::memory_order_relaxed) > x.patience)
    raise(word(x.enabled_since), recent_time());
  word(x.heartbeat).store(time, std::memory_order_release);
}

void robot_state::begin_anew() noexcept {
  // Nor those that were made since the last tick of that clock.
  raise(word(state().enabled_since), recent_time() + 1);
}

bool robot_state::follows(uint64_t time) const noexcept {
  auto since = word(state().enabled_since).load(std::memory_order_acquire);
  return time != 0 && time >= since;
}

bool robot_state::enabled() const noexcept {
  auto& x = state();
  if (word(x.enabled).load(std::memory_order_acquire) != 1)
    return false;
  auto age = age_of(word(x.heartbeat));
  auto patience = std::clamp<int64_t>(
    word(x.patience).load(std::memory_order_relaxed), 0, max_patience.count());
  return age <= patience && age >= -patience;
}

robot_state_report robot_state::read() const {
  auto& x = state();
  robot_state_report result;
  result.owner = x.owner_pid;
  result.since_heartbeat = std::chrono::nanoseconds{age_of(word(x.heartbeat))};
  result.enabled = enabled();
  if (result.enabled)
    return result;
  result.reason
    = word(x.enabled).load(std::memory_order_acquire) == 1
        ? "the runtime has given no sign of life for "
            + std::to_string(result.since_heartbeat.count() / 1'000'000) + " ms"
        : reason();
  return result;
}

layout::robot_state& robot_state::state() const noexcept {
  return *reinterpret_cast<state_layout*>(segment_.bytes().data());
}

std::string robot_state::reason() const {
  auto& x = state();
  return latest_text(x.reasons, x.published, x.begun).value_or("unknown");
}

std::string robot_state_name(const std::string& prefix) {
  return prefix + "-robot-state";
}

} // namespace rr
