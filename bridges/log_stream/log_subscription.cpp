// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/log_stream/log_subscription.hpp"

#include <poll.h>

#include <atomic>
#include <exception>
#include <system_error>
#include <thread>
#include <utility>

#include "bridges/system/start_thread.hpp"
#include "bridges/system/wake_event.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

/// Events before the thread looks whether it is to stop.
constexpr size_t receive_batch = 256;

/// Events that are taken at the end.
constexpr size_t last_batch_size = 10'000;

class subscription_thread final : public log_subscription {
public:
  subscription_thread(std::unique_ptr<log_receiver> receiver, wake_event wake,
                      log_event_handler handler, log_failure_listener listener)
    : receiver_(std::move(receiver)),
      wake_(std::move(wake)),
      handler_(std::move(handler)),
      listener_(std::move(listener)) {
  }

  ~subscription_thread() override {
    stopping_ = true;
    wake_.signal();
    if (thread_.joinable())
      thread_.join();
  }

  caf::error start(const std::string& address) {
    return start_thread(thread_, "rr-log-reader",
                        "cannot start a thread for " + address,
                        [this] { run(); });
  }

  log_subscriber_status status() const override {
    return receiver_->status();
  }

private:
  void run() noexcept {
    try {
      while (!stopping_)
        if (receiver_->receive(receive_batch, handler_) < receive_batch)
          wait();
      // What has come by now.
      receiver_->receive(last_batch_size, handler_);
    } catch (const std::exception& x) {
      listener_({caf::make_error(ec::system_error,
                                 std::string{"cannot receive log events: "}
                                   + x.what())});
    }
  }

  void wait() {
    pollfd items[] = {{receiver_->descriptor(), POLLIN, 0},
                      {wake_.descriptor(), POLLIN, 0}};
    ::poll(items, 2, -1);
  }

  std::unique_ptr<log_receiver> receiver_;
  wake_event wake_;
  log_event_handler handler_;
  log_failure_listener listener_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

} // namespace

log_subscription::~log_subscription() = default;

caf::expected<std::unique_ptr<log_subscription>>
subscribe_log(zmq::context_t& context, const log_receiver_settings& settings,
              log_event_handler handler, log_failure_listener listener) {
  auto receiver = log_receiver::connect(context, settings);
  if (!receiver)
    return receiver.error();
  auto wake = wake_event::make();
  if (!wake)
    return wake.error();
  auto result = std::make_unique<subscription_thread>(std::move(*receiver),
                                                      std::move(*wake),
                                                      std::move(handler),
                                                      std::move(listener));
  if (auto err = result->start(settings.address))
    return err;
  return std::unique_ptr<log_subscription>{std::move(result)};
}

} // namespace rr
