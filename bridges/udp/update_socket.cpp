// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/udp/update_socket.hpp"

#include <poll.h>

#include "bridges/system/start_thread.hpp"
#include "messages/error.hpp"

namespace rr {

caf::expected<std::unique_ptr<update_source>>
update_socket::make(const std::string& address, const std::string& interface,
                    update_listener listener) {
  auto receiver = update_receiver::make(address, interface);
  if (!receiver)
    return receiver.error();
  auto wake = wake_event::make();
  if (!wake)
    return wake.error();
  std::unique_ptr<update_socket> result{new update_socket{
    std::move(*receiver), std::move(*wake), std::move(listener)}};
  if (auto err = start_thread(result->thread_, "rr-updates",
                              "cannot start a thread for " + address,
                              [raw = result.get()] { raw->run(); }))
    return err;
  return std::unique_ptr<update_source>{std::move(result)};
}

update_socket::update_socket(std::unique_ptr<update_receiver> receiver,
                             wake_event wake, update_listener listener)
  : receiver_(std::move(receiver)),
    wake_(std::move(wake)),
    listener_(std::move(listener)) {
}

update_socket::~update_socket() {
  stopping_ = true;
  wake_.signal();
  if (thread_.joinable())
    thread_.join();
}

update_reception update_socket::status() const {
  std::lock_guard guard{mutex_};
  return status_;
}

void update_socket::run() noexcept {
  while (!stopping_) {
    receiver_->wait(wake_.descriptor(), POLLIN);
    receiver_->receive(listener_);
    std::lock_guard guard{mutex_};
    status_ = receiver_->status();
  }
}

} // namespace rr
