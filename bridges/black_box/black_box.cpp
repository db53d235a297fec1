// SPDX-License-Identifier: BSD-3-Clause
// What any thread may call.
#include "bridges/black_box/black_box.hpp"

#include "bridges/system/start_thread.hpp"

namespace rr {

caf::expected<std::shared_ptr<black_box>>
black_box::make(black_box_settings settings) {
  std::shared_ptr<black_box> result{new black_box(std::move(settings))};
  auto self = result.get();
  if (auto failed = start_thread(self->thread_, "rr-black-box",
                                 "cannot keep a black box",
                                 [self] { self->run(); }))
    return failed;
  return result;
}

black_box::black_box(black_box_settings settings)
  : settings_(std::move(settings)),
    shared_(std::make_shared<shared>()) {
  shared_->memory = settings_.memory;
  shared_->directory = settings_.directory;
  shared_->max_files = settings_.max_files;
  shared_->log = settings_.log;
}

black_box::~black_box() {
  if (!thread_.joinable())
    return;
  begin_end(0, {});
  thread_.join();
}

void black_box::on_log(const std::shared_ptr<const log_event>& event) {
  put(event, event->level >= log_level::critical);
}

void black_box::on_state(const telemetry_state& state) {
  put(state.whole, false);
}

void black_box::on_control(const control_view& control) {
  put(control, false);
}

void black_box::on_stopped(const stop_cord_pulled& stop) {
  put(stop, true);
}

/// Where logs are looked for, too.
void black_box::on_call(const std::shared_ptr<const log_event>& head) {
  put(head, false);
}

void black_box::end(const robot_stopped& how) {
  put(how, true);
}

std::string black_box::last_file() const {
  auto guard = std::lock_guard{shared_->mutex};
  return shared_->last_file;
}

void black_box::finish(int exit_code, std::chrono::milliseconds patience) {
  if (!thread_.joinable())
    return;
  begin_end(exit_code, patience);
  auto lock = std::unique_lock{mutex_};
  if (ended_at_.wait_until(lock, give_up_ + patience,
                           [this] { return ended_; })) {
    lock.unlock();
    return thread_.join();
  }
  thread_.detach();
  // It is used as long as the process is there.
  left_behind_ = shared_from_this();
}

void black_box::begin_end(int exit_code, std::chrono::milliseconds patience) {
  put(run_over{exit_code}, true);
  {
    auto guard = std::lock_guard{mutex_};
    ends_ = true;
    give_up_ = clock::now() + patience;
  }
  changed_.notify_one();
}

void black_box::put(content what, bool is_urgent) noexcept {
  auto wakes = false;
  try {
    item added{std::chrono::system_clock::now(),
               clock::now().time_since_epoch(), std::move(what)};
    auto guard = std::lock_guard{mutex_};
    if (ends_)
      return;
    if (waiting_.size() >= queue && !is_urgent) {
      ++lost_;
      return;
    }
    waiting_.push_back(std::move(added));
    urgent_ = urgent_ || is_urgent;
    wakes = std::exchange(waits_, false) || is_urgent
            || waiting_.size() == queue / 2;
  } catch (...) {
    // Out of memory.
    auto guard = std::lock_guard{mutex_};
    ++lost_;
  }
  if (wakes)
    changed_.notify_one();
}

} // namespace rr
