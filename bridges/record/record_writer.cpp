// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/record/record_writer.hpp"

#include <poll.h>

#include <algorithm>
#include <utility>

#include "bridges/record/run_history.hpp"
#include "messages/error.hpp"
#include "messages/log/log_event.hpp"
#include "messages/record/causes.hpp"
#include "messages/record/record_line.hpp"
#include "messages/utf8.hpp"

namespace rr {

namespace {

using namespace std::chrono_literals;

/// Records that may wait for the disk.
constexpr size_t queue = 1000;

/// Between two looks at the directory: what holds a robot back is to be known
/// within a second.
constexpr auto look_interval = 900ms;

constexpr auto touch_interval = 60s;

/// How far a file may grow beyond what is worth keeping.
constexpr size_t growth = 2;

/// Of a text that others have made.
constexpr size_t max_text = 500;

void shorten(std::string& text) {
  text = utf8_prefix(text, max_text);
}

/// A line that would not be read again goes without the output of a child.
std::string line_of(process_end end) {
  auto result = as_record_line(as_json(end));
  if (result.size() <= max_record_line)
    return result;
  end.last_lines.clear();
  return as_record_line(as_json(end));
}

} // namespace

caf::expected<std::shared_ptr<record_writer>>
record_writer::make(record_writer_settings settings) {
  std::shared_ptr<record_writer> result{new record_writer(std::move(settings))};
  auto self = result.get();
  if (auto failed = self->thread_.start("rr-records", "cannot write records",
                                        [self] { self->run(); }))
    return failed;
  return result;
}

record_writer::record_writer(record_writer_settings settings)
  : settings_(std::move(settings)),
    ends_file_(*settings_.directory, rr::ends_file),
    runs_file_(*settings_.directory, rr::runs_file) {
}

// -- for any thread -----------------------------------------------------------

void record_writer::begin() {
  put(begun{});
}

void record_writer::know(std::vector<std::string> processes) {
  put(known{std::move(processes)});
}

void record_writer::keep(process_end end) {
  put(std::move(end));
}

void record_writer::keep(robot_stopped end) {
  put(std::move(end));
}

void record_writer::put(item what) {
  {
    std::lock_guard guard{mutex_};
    // How the run ends is never lost.
    if (waiting_.size() >= queue && std::holds_alternative<process_end>(what)) {
      ++lost_;
      return;
    }
    waiting_.push_back(std::move(what));
  }
  thread_.wake();
}

void record_writer::finish(std::function<void()> done) {
  {
    std::lock_guard guard{mutex_};
    done_ = std::move(done);
  }
  thread_.wake();
}

stop_statistics record_writer::stops() const {
  std::lock_guard guard{mutex_};
  return stops_;
}

// -- on the writer's thread ---------------------------------------------------

void record_writer::run() {
  load();
  while (!thread_.stopping()) {
    take_all();
    write();
    std::unique_lock guard{mutex_};
    auto all = waiting_.empty();
    auto done = all ? std::exchange(done_, {}) : std::function<void()>{};
    guard.unlock();
    if (done)
      done();
    if (!all)
      continue;
    pollfd woken{thread_.descriptor(), POLLIN, 0};
    if (::poll(&woken, 1, static_cast<int>(look_interval.count())) > 0)
      thread_.clear();
    else
      look();
  }
  // What came while it was busy.
  take_all();
  write();
}

/// What cannot be read is written over: a robot does not stand for it.
void record_writer::load() {
  auto complain = [&](const caf::error& what) {
    settings_.log.warning("Records could not be read",
                          {{"error", describe(what)}});
  };
  auto whole = false;
  last_sign_ = settings_.directory->written(runs_file).value_or(last_sign_);
  if (auto text = runs_file_.read()) {
    runs_ = read_runs(*text, whole);
    if (!whole)
      runs_file_.spoil();
  } else {
    complain(text.error());
  }
  if (auto text = ends_file_.read()) {
    ends_ = read_ends(*text, whole);
    forget_old_ends(ends_);
    if (!whole)
      ends_file_.spoil();
  } else {
    complain(text.error());
  }
  auto text = settings_.directory->read(stops_file);
  if (!text)
    return complain(text.error());
  auto stops = read_stops(text->value_or(""));
  std::lock_guard guard{mutex_};
  stops_ = std::move(stops);
}

void record_writer::take_all() {
  std::unique_lock guard{mutex_};
  auto all = std::exchange(waiting_, {});
  guard.unlock();
  flushed_ = false;
  for (auto& each : all)
    std::visit([this](auto& x) { take(x); }, each);
  tell_lost();
}

void record_writer::take(begun) {
  for (const auto& lost : end_lost_runs(runs_, last_sign_, ends_)) {
    settings_.log.warning("Previous run did not end in order",
                          {{"reason", lost.end->reason},
                           {"started", format_timestamp(lost.start.time)},
                           {"after", format_timestamp(lost.end->time)}});
    runs_file_.add(end_line(lost));
  }
  runs_.push_back({settings_.run, std::nullopt});
  if (runs_.size() > kept_runs)
    runs_.erase(runs_.begin(), runs_.end() - kept_runs);
  runs_file_.add(as_record_line(as_json(settings_.run)));
  begun_ = true;
}

void record_writer::take(known& all) {
  settings_.processes = std::move(all.processes);
}

void record_writer::take(process_end& end) {
  if (end.pid != 0 && settings_.last_lines) {
    // Its pipes are read by another thread, which may not have come to them.
    if (settings_.flush_output && !std::exchange(flushed_, true))
      settings_.flush_output();
    end.last_lines = settings_.last_lines(end.pid);
  }
  shorten(end.reason);
  shorten(end.given_up);
  ends_file_.add(line_of(end));
  ends_.push_back(std::move(end));
  forget_old_ends(ends_);
}

void record_writer::take(robot_stopped& end) {
  shorten(end.reason);
  if (end.signal_latency_us) {
    std::lock_guard guard{mutex_};
    add_stop(stops_, *end.signal_latency_us);
    stops_wait_ = true;
  }
  if (!begun_)
    return;
  auto of_this_run = ends_;
  std::erase_if(of_this_run, [&](const process_end& x) {
    return x.time < settings_.run.time;
  });
  auto& run = runs_.back();
  run.end = run_end{.time = end.ended,
                    .exit_code = end.exit_code,
                    .reason = end.reason,
                    .in_order = true,
                    .causes = causes_of(end, of_this_run)};
  runs_file_.add(end_line(run));
}

void record_writer::tell_lost() {
  std::unique_lock guard{mutex_};
  auto count = std::exchange(lost_, 0);
  guard.unlock();
  if (count > 0)
    settings_.log.warning("Records lost", {{"count", count}});
}

void record_writer::write() {
  auto waits = ends_file_.waits() || runs_file_.waits() || stops_wait_;
  // What has failed is tried again when it is time.
  if (waits && (!failure_ || !settings_.directory->look()))
    set_failure(write_files());
}

caf::error record_writer::write_files() {
  auto runs = runs_file_.write(growth * 2 * kept_runs,
                               [this] { return runs_text(runs_); });
  auto names = std::max<size_t>(settings_.processes.size(), 1);
  auto ends = ends_file_.write(growth * kept_ends * names,
                               [this] { return ends_text(); });
  caf::error stops;
  if (stops_wait_) {
    stops = settings_.directory->replace(
      stops_file, as_record_line(as_json(this->stops())));
    stops_wait_ = static_cast<bool>(stops);
  }
  return runs ? runs : ends ? ends : stops;
}

/// Of processes that are configured no longer nothing is kept. Where even the
/// rest is too much for a file, the oldest goes.
std::string record_writer::ends_text() {
  std::erase_if(ends_, [this](const process_end& x) {
    const auto& names = settings_.processes;
    return std::find(names.begin(), names.end(), x.process) == names.end();
  });
  std::vector<std::string> lines;
  size_t size = 0;
  for (auto i = ends_.rbegin(); i != ends_.rend(); ++i) {
    lines.push_back(line_of(*i));
    size += lines.back().size();
    if (size > record_file::max_size / 4) {
      lines.pop_back();
      break;
    }
  }
  std::string result;
  for (auto i = lines.rbegin(); i != lines.rend(); ++i)
    result += *i;
  return result;
}

/// Nothing has happened for a while.
void record_writer::look() {
  auto failure = settings_.directory->look();
  if (!failure && failure_)
    failure = ends_file_.waits() || runs_file_.waits() || stops_wait_
                ? write_files()
                : settings_.directory->try_write();
  set_failure(failure);
  auto now = std::chrono::steady_clock::now();
  if (failure_ || !begun_ || now - touched_at_ < touch_interval)
    return;
  touched_at_ = now;
  set_failure(settings_.directory->touch(runs_file));
}

void record_writer::set_failure(const caf::error& failure) {
  auto failed = static_cast<bool>(failure_);
  failure_ = failure;
  auto fails = static_cast<bool>(failure);
  if (fails == failed)
    return;
  if (fails)
    settings_.log.error("Unhandled error", {{"actor", "run-recorder"},
                                            {"error", describe(failure)}});
  else
    settings_.log.info("State directory can be written again",
                       {{"directory", settings_.directory->path()}});
  if (settings_.hold)
    settings_.hold(state_not_written, fails);
}

} // namespace rr
