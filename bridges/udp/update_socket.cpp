// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/udp/update_socket.hpp"

#include <poll.h>

#include "messages/error.hpp"

namespace rr {

caf::expected<std::unique_ptr<update_source>>
update_socket::make(const std::string& address, const std::string& interface,
                    update_listener listener) {
  auto receiver = update_receiver::make(address, interface);
  if (!receiver)
    return receiver.error();
  std::unique_ptr<update_socket> result{
    new update_socket{std::move(*receiver), std::move(listener)}};
  if (auto err = result->thread_.start("rr-updates",
                                       "cannot start a thread for " + address,
                                       [self = result.get()] { self->run(); }))
    return err;
  return std::unique_ptr<update_source>{std::move(result)};
}

update_socket::update_socket(std::unique_ptr<update_receiver> receiver,
                             update_listener listener)
  : receiver_(std::move(receiver)),
    listener_(std::move(listener)) {
}

update_reception update_socket::status() const {
  std::lock_guard guard{mutex_};
  return status_;
}

void update_socket::run() noexcept {
  while (!thread_.stopping()) {
    receiver_->wait(thread_.descriptor(), POLLIN);
    receiver_->receive(listener_);
    std::lock_guard guard{mutex_};
    status_ = receiver_->status();
  }
}

} // namespace rr
