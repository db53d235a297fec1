// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/control_socket.hpp"

#include <poll.h>
#include <pthread.h>

#include <algorithm>
#include <array>
#include <system_error>

#include "bridges/quiet_thread.hpp"
#include "messages/error.hpp"

namespace rr {

using clock = control_session::clock;

caf::expected<std::unique_ptr<control_socket>>
control_socket::make(const control_socket_settings& settings,
                     std::shared_ptr<control_session> session) {
  auto socket = bind_udp(settings.address);
  if (!socket)
    return socket.error();
  auto wake = wake_event::make();
  if (!wake)
    return wake.error();
  std::unique_ptr<control_socket> result{
    new control_socket{settings.allow_from, std::move(session),
                       std::move(*socket), std::move(*wake)}};
  try {
    result->thread_ = quiet_thread([raw = result.get()] { raw->run(); });
  } catch (const std::system_error& x) {
    return system_error("cannot start a thread for " + settings.address,
                        x.code().value());
  }
  pthread_setname_np(result->thread_.native_handle(), "rr-control");
  return result;
}

control_socket::control_socket(std::vector<network_prefix> allow_from,
                               std::shared_ptr<control_session> session,
                               file_descriptor socket, wake_event wake)
  : allow_from_(std::move(allow_from)),
    session_(std::move(session)),
    socket_(std::move(socket)),
    wake_(std::move(wake)) {
  session_->on_deadline([this] { wake_.signal(); });
}

control_socket::~control_socket() {
  session_->on_deadline({});
  stopping_ = true;
  wake_.signal();
  if (thread_.joinable())
    thread_.join();
  session_->close();
}

void control_socket::run() noexcept {
  make_thread_urgent();
  while (!stopping_) {
    wait();
    receive();
    session_->expire(clock::now());
  }
}

/// Until something has come, the session's deadline, or the end.
void control_socket::wait() noexcept {
  std::array<pollfd, 2> polled{
    pollfd{wake_.descriptor(), POLLIN, 0},
    pollfd{socket_.get(), POLLIN, 0},
  };
  timespec left{};
  auto deadline = session_->deadline();
  if (deadline) {
    auto span = std::max(*deadline - clock::now(), clock::duration{0});
    auto seconds = std::chrono::floor<std::chrono::seconds>(span);
    left.tv_sec = seconds.count();
    left.tv_nsec = static_cast<long>((span - seconds).count());
  }
  ::ppoll(polled.data(), polled.size(), deadline ? &left : nullptr, nullptr);
  if (polled[0].revents != 0)
    wake_.clear();
}

/// One batch: a flood keeps the deadline from nobody.
void control_socket::receive() {
  auto count = batch_.receive(socket_.get());
  if (count == 0)
    return;
  auto now = clock::now();
  for (size_t i = 0; i < count; ++i)
    take(i, now);
  session_->set_overruns(batch_.overruns());
}

void control_socket::take(size_t index, control_session::time_point now) {
  const auto& from = batch_.source(index);
  if (from != named_ || name_.empty()) {
    named_ = from;
    name_ = to_string(from);
  }
  if (!allowed(from)) {
    session_->refuse(name_, control_fault::not_allowed, {}, now);
  } else if (batch_.truncated(index)) {
    session_->refuse(name_, control_fault::oversized, {}, now);
  } else if (auto inputs = decode_control_packet(batch_.payload(index))) {
    session_->submit({control_source::way::udp, name_}, *inputs, now);
  } else {
    session_->refuse(name_, control_fault::malformed, describe(inputs.error()),
                     now);
  }
}

bool control_socket::allowed(const udp_endpoint& source) const {
  return allow_from_.empty()
         || std::ranges::any_of(allow_from_,
                                [host = source.host()](const auto& prefix) {
                                  return prefix.contains(host);
                                });
}

} // namespace rr
