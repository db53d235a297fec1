// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/log_stream/log_subscription.hpp"

#include <poll.h>

#include <exception>
#include <utility>

#include "bridges/system/woken_thread.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

/// Events before the thread looks whether it is to stop.
constexpr size_t receive_batch = 256;

/// Events that are taken at the end.
constexpr size_t last_batch_size = 10'000;

class subscription_thread final : public log_subscription {
public:
  subscription_thread(std::unique_ptr<log_receiver> receiver,
                      log_event_handler handler, log_failure_listener listener)
    : receiver_(std::move(receiver)),
      handler_(std::move(handler)),
      listener_(std::move(listener)) {
  }

  caf::error start(const std::string& address) {
    return thread_.start("rr-log-reader",
                         "cannot start a thread for " + address,
                         [this] { run(); });
  }

  log_subscriber_status status() const override {
    return receiver_->status();
  }

private:
  void run() noexcept {
    try {
      while (!thread_.stopping())
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
                      {thread_.descriptor(), POLLIN, 0}};
    ::poll(items, 2, -1);
  }

  std::unique_ptr<log_receiver> receiver_;
  log_event_handler handler_;
  log_failure_listener listener_;
  woken_thread thread_;
};

} // namespace

log_subscription::~log_subscription() = default;

caf::expected<std::unique_ptr<log_subscription>>
subscribe_log(zmq::context_t& context, const log_receiver_settings& settings,
              log_event_handler handler, log_failure_listener listener) {
  auto receiver = log_receiver::connect(context, settings);
  if (!receiver)
    return receiver.error();
  auto result = std::make_unique<subscription_thread>(
    std::move(*receiver), std::move(handler), std::move(listener));
  if (auto err = result->start(settings.address))
    return err;
  return std::unique_ptr<log_subscription>{std::move(result)};
}

} // namespace rr
