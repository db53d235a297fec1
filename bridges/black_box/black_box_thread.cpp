// SPDX-License-Identifier: BSD-3-Clause
// What its thread does with what others have left for it.
#include "bridges/black_box/black_box.hpp"

#include <sys/resource.h>

#include "bridges/black_box/left_rings.hpp"
#include "bridges/black_box/record_directory.hpp"
#include "bridges/black_box/ring_export.hpp"
#include "bridges/system/private_directory.hpp"
#include "messages/process/latch.hpp"
#include "messages/telemetry/topics.hpp"

namespace rr {

namespace {

/// While there is no device.
constexpr std::chrono::milliseconds idle_sample_interval{250};

/// A part of a file's name; empty for what a person has asked for.
std::string end_name(const robot_stopped& how) {
  if (how.signal_latency_us)
    return "emergency-stop";
  if (how.exit_code == 0)
    return how.process.empty() ? "" : "stop";
  return how.reason.starts_with("forced") ? "forced-stop" : "failure";
}

/// Where there are so few descriptors, children need all of them.
constexpr rlim_t fewest_descriptors = 96;

caf::error refuse_for_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0
      || limit.rlim_cur >= fewest_descriptors)
    return {};
  return caf::make_error(ec::system_error,
                         "too few descriptors are left for it (ulimit -n): "
                           + std::to_string(limit.rlim_cur));
}

} // namespace

void black_box::run() {
  open();
  std::vector<item> taken;
  while (wait(taken)) {
    keep_all(taken);
    if (auto now = clock::now(); settings_.devices && now >= next_sample_)
      sample(now);
    flush();
  }
  keep_all(taken);
  finish_file();
  auto guard = std::lock_guard{mutex_};
  ended_ = true;
  ended_at_.notify_all();
}

/// @returns whether more may come than was taken.
bool black_box::wait(std::vector<item>& taken) {
  // With the memory that a flood has taken.
  std::vector<item>{}.swap(taken);
  auto lock = std::unique_lock{mutex_};
  auto is_woken = [this] { return !waiting_.empty() || ends_; };
  waits_ = true;
  if (settings_.devices)
    changed_.wait_until(lock, next_sample_, is_woken);
  else
    changed_.wait(lock, is_woken);
  waits_ = false;
  if (!waiting_.empty())
    changed_.wait_for(lock, gather_time, [this] {
      return urgent_ || ends_ || waiting_.size() >= queue / 2;
    });
  urgent_ = false;
  std::swap(taken, waiting_);
  if (ring_)
    ring_->lose(std::exchange(lost_, 0));
  return !ends_;
}

/// What another run has left is put aside before, and written to files by a
/// thread that has time.
void black_box::open() {
  if (auto failed = refuse_for_descriptors())
    return settings_.log.warning("Black box cannot be kept",
                                 {{"error", rr::describe(failed)}});
  auto left = set_left_aside(settings_.memory);
  auto ring = ring_writer::make(settings_.memory, settings_.size,
                                settings_.run);
  if (ring)
    ring_ = std::move(*ring);
  else
    settings_.log.warning("Black box cannot be kept",
                          {{"error", rr::describe(ring.error())}});
  if (left.empty())
    return;
  auto work = [all = shared_, left](const auto&) {
    return write_left_rings(left, all->directory, all->max_files);
  };
  auto told = [all = shared_](const caf::expected<std::string>& written) {
    if (!written)
      return all->complain(written.error());
    if (written->empty())
      return;
    all->note(*written);
    all->log.info("Black box of an earlier run written", {{"file", *written}});
  };
  if (auto job = record_job::start(work, told, true))
    left_ = std::move(*job);
  else
    shared_->complain(job.error());
}

void black_box::keep_all(std::vector<item>& all) {
  if (!ring_)
    return;
  for (const auto& each : all)
    std::visit([&](const auto& x) { keep(each, x); }, each.what);
}

void black_box::keep(const item& from,
                     const std::shared_ptr<const log_event>& event) {
  ring_->append({.kind = kept_kind::log,
                 .time = event->timestamp,
                 .steady = from.steady,
                 .text = to_json(*event)});
}

void black_box::keep(const item& from,
                     const std::shared_ptr<const json>& state) {
  if (state)
    ring_->append({.kind = kept_kind::state,
                   .time = from.time,
                   .steady = from.steady,
                   .text = message_text(state_message(*state))});
}

void black_box::keep(const item& from, const control_view& control) {
  ring_->append({.kind = kept_kind::control,
                 .time = from.time,
                 .steady = from.steady,
                 .text = message_text(control_message(control))});
}

void black_box::keep(const item&, const stop_cord_pulled& stop) {
  flush();
  describe("emergency-stop", rr::describe(stop.cause), false);
  begin_file();
}

void black_box::keep(const item&, const robot_stopped& how) {
  auto end = end_name(how);
  // Whoever has pulled the cord has told more.
  if (end != ring_->description().end || end.empty())
    describe(end, how.reason, end.empty());
}

/// Where nobody has said how.
void black_box::keep(const item&, run_over how) {
  if (how.exit_code != 0 && ring_->description().end.empty())
    describe("failure", "", false);
  else if (ring_->description().end.empty())
    describe("", "", true);
}

void black_box::sample(clock::time_point now) {
  next_sample_ = now + sample_interval;
  if (!ring_)
    return;
  auto append = [&](kept_kind kind, uint16_t topic, const std::string& text) {
    ring_->append({.kind = kind,
                   .topic = topic,
                   .time = std::chrono::system_clock::now(),
                   .steady = now.time_since_epoch(),
                   .text = text});
  };
  auto count = settings_.devices->look(
    now,
    [&](uint16_t topic, const std::string& text) {
      append(kept_kind::topic, topic, text);
    },
    [&](uint16_t topic, const std::string& text) {
      append(kept_kind::device, topic, text);
    });
  if (count == 0)
    next_sample_ = now + idle_sample_interval;
}

void black_box::flush() {
  auto failed = ring_ ? ring_->flush() : caf::error{};
  if (failed && !std::exchange(told_failure_, true))
    settings_.log.warning("Black box cannot be kept",
                          {{"error", rr::describe(failed)}});
  if (!failed)
    told_failure_ = false;
}

void black_box::describe(std::string end, std::string cause, bool is_done) {
  auto what = ring_->description();
  what.end = std::move(end);
  what.cause = std::move(cause);
  what.is_done = is_done;
  // What can be said of it is said of the next record.
  ring_->describe(std::move(what));
}

void black_box::begin_file() {
  if (file_)
    return;
  auto now = std::chrono::system_clock::now();
  auto name = record_name(now, ring_->description().end);
  auto work
    = [all = shared_,
       name](const std::function<bool()>& more) -> caf::expected<std::string> {
    if (auto failed = make_private_directory(all->directory))
      return failed;
    auto ring = ring_reader::open(all->memory);
    if (!ring)
      return std::move(ring.error());
    auto written = write_record(**ring,
                                {all->directory + "/" + name, false, {}}, more);
    if (written)
      prune_records(all->directory, all->max_files, *written);
    return written;
  };
  auto told = [all = shared_](const caf::expected<std::string>& written) {
    if (written)
      all->note(*written);
    else
      all->complain(written.error());
  };
  if (auto job = record_job::start(work, told))
    file_ = std::move(*job);
  else
    shared_->complain(job.error());
}

void black_box::finish_file() {
  if (!ring_)
    return;
  flush();
  if (ring_->description().is_done)
    return;
  begin_file();
  if (!file_)
    return;
  file_->finish();
  if (file_->wait(give_up_).value_or(false))
    describe(ring_->description().end, ring_->description().cause, true);
}

} // namespace rr
