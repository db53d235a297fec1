// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/process/notify_reader.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/epoll.h>

#include "messages/error.hpp"

namespace rr {

namespace {

constexpr auto what_for = "cannot hear what processes say of themselves";

/// Beside those of the sockets.
constexpr uint64_t wake_id = 0;

} // namespace

notify_reader::~notify_reader() {
  thread_.stop();
}

caf::error notify_reader::add(std::shared_ptr<notify_socket> socket) {
  std::lock_guard guard{mutex_};
  if (auto failed = begin())
    return failed;
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = ++last_id_;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, socket->descriptor(), &event)
      != 0)
    return system_error(what_for, errno);
  sockets_.emplace(last_id_, std::move(socket));
  return {};
}

caf::error notify_reader::begin() {
  if (epoll_)
    return {};
  epoll_.reset(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll_)
    return system_error(what_for, errno);
  auto failed = thread_.start("rr-notify", what_for, [this] { run(); });
  if (failed)
    epoll_.reset();
  return failed;
}

void notify_reader::remove(const notify_socket& socket) {
  std::lock_guard guard{mutex_};
  auto found = std::find_if(sockets_.begin(), sockets_.end(),
                            [&socket](const auto& each) {
                              return each.second.get() == &socket;
                            });
  if (found == sockets_.end())
    return;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, socket.descriptor(), nullptr);
  sockets_.erase(found);
}

void notify_reader::run() {
  epoll_event wake{};
  wake.events = EPOLLIN;
  wake.data.u64 = wake_id;
  // Without it the thread could not be ended: whoever looks at a socket reads
  // it then.
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, thread_.descriptor(), &wake)
      != 0)
    return;
  std::array<epoll_event, 64> events;
  while (!thread_.stopping()) {
    auto count = ::epoll_wait(epoll_.get(), events.data(), events.size(), -1);
    for (auto i = 0; i < count; ++i)
      if (auto socket = find(events[static_cast<size_t>(i)].data.u64))
        socket->receive();
  }
}

std::shared_ptr<notify_socket> notify_reader::find(uint64_t id) {
  std::lock_guard guard{mutex_};
  auto found = sockets_.find(id);
  return found == sockets_.end() ? nullptr : found->second;
}

} // namespace rr
