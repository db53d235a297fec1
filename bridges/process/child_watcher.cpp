// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/process/child_watcher.hpp"

#include "bridges/process/adopted_children.hpp"
#include "bridges/process/child_loop.hpp"
#include "bridges/process/child_orders.hpp"
#include "bridges/process/child_sentry.hpp"
#include "bridges/process/spawn.hpp"
#include "bridges/system/start_thread.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

/// To look for what children have left may take its time.
constexpr auto owner_bound = std::chrono::seconds{1};

class ordered_child final : public child_process {
public:
  ordered_child(uint64_t id, std::shared_ptr<child_orders> orders)
    : id_(id),
      orders_(std::move(orders)) {
  }

  ~ordered_child() override {
    kill();
  }

  void terminate() noexcept override {
    orders_->put(terminate_order{id_});
  }

  void kill() noexcept override {
    orders_->put(kill_order{id_});
  }

private:
  uint64_t id_;
  std::shared_ptr<child_orders> orders_;
};

} // namespace

caf::expected<std::unique_ptr<child_watcher>>
child_watcher::make(child_watcher_settings settings, stop_cord& cord,
                    line_callback take) {
  if (auto failed = block_child_signal())
    return failed;
  auto launcher = find_launcher(std::move(settings.launcher));
  if (!launcher)
    return launcher.error();
  settings.launcher = std::move(*launcher);
  auto wake = wake_event::make();
  if (!wake)
    return std::move(wake.error());
  auto reader = output_reader::make(std::move(take));
  if (!reader)
    return reader.error();
  std::unique_ptr<child_watcher> result{new child_watcher};
  result->reader_ = std::move(*reader);
  result->orders_ = std::make_shared<child_orders>(std::move(*wake));
  auto sentry = child_sentry::make(
    {settings.emergency_exit_code, settings.emergency_terminate_timeout}, cord);
  if (!sentry)
    return sentry.error();
  result->sentry_ = std::move(*sentry);
  auto loop = child_loop::make(std::move(settings), cord, *result->sentry_,
                               result->orders_, *result->reader_);
  if (!loop)
    return loop.error();
  result->loop_ = std::move(*loop);
  if (auto err = start_thread(result->thread_, "rr-children",
                              "cannot watch processes",
                              [loop = result->loop_.get()] { loop->run(); }))
    return err;
  return result;
}

child_watcher::child_watcher() = default;

child_watcher::~child_watcher() {
  if (!thread_.joinable())
    return;
  orders_->put(finish_order{});
  thread_.join();
  sentry_->stop();
}

std::unique_ptr<child_process> child_watcher::start(process_settings settings,
                                                    child_listener listener) {
  auto id = ++last_id_;
  orders_->put(start_order{id, std::move(settings), std::move(listener)});
  return std::make_unique<ordered_child>(id, orders_);
}

void child_watcher::kill_all() noexcept {
  sentry_->kill_all();
  orders_->put(kill_all_order{});
}

void child_watcher::flush_output() noexcept {
  reader_->flush();
}

std::vector<heartbeat_witness>
child_watcher::witnesses(std::chrono::nanoseconds bound) const {
  auto owner = heartbeat_witness{
    [orders = orders_](uint64_t question) {
      orders->life().ask(question);
      orders->wake();
    },
    [orders = orders_] { return orders->life().answered(); }, owner_bound};
  return {sentry_->witness(bound), std::move(owner)};
}

size_t child_watcher::count() const noexcept {
  return loop_->count();
}

} // namespace rr
