// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/control/control_socket.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <utility>

#include "bridges/system/start_thread.hpp"
#include "messages/control/control_answer.hpp"
#include "messages/error.hpp"

namespace rr {

using clock = control_session::clock;

bool source_budget::take(const udp_endpoint& source, time_point now) {
  using namespace std::chrono_literals;
  auto found = std::ranges::find(entries_, source, &entry::source);
  if (found == entries_.end() && entries_.size() < capacity)
    found = entries_.insert(entries_.end(), entry{source, now - 1s});
  if (found == entries_.end())
    found = std::ranges::min_element(entries_, {}, &entry::last);
  if (now - found->last < 1s)
    return false;
  *found = {source, now};
  return true;
}

caf::expected<std::unique_ptr<control_socket>>
control_socket::make(const control_socket_settings& settings,
                     std::shared_ptr<control_session> session) {
  auto socket = bind_udp(settings.address);
  if (!socket)
    return socket.error();
  std::unique_ptr<control_socket> result{new control_socket{
    settings.allow_from, std::move(session), std::move(*socket)}};
  if (auto err = result->thread_.start(
        "rr-control", "cannot start a thread for " + settings.address,
        [self = result.get()] { self->run(); }))
    return err;
  return result;
}

control_socket::control_socket(std::vector<network_prefix> allow_from,
                               std::shared_ptr<control_session> session,
                               file_descriptor socket)
  : allow_from_(std::move(allow_from)),
    session_(std::move(session)),
    socket_(std::move(socket)) {
}

control_socket::~control_socket() {
  thread_.stop();
  session_->on_deadline({});
  session_->close();
}

void control_socket::run() noexcept {
  make_thread_urgent();
  session_->on_deadline([this] { thread_.wake(); });
  while (!thread_.stopping()) {
    wait();
    auto count = receive();
    give_way(count == batch_.capacity());
    session_->expire(clock::now());
    thread_.answer();
  }
}

/// Until something has come, the session's deadline, or the end.
void control_socket::wait() noexcept {
  std::array<pollfd, 2> polled{
    pollfd{thread_.descriptor(), POLLIN, 0},
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
    thread_.clear();
}

/// One batch: a flood keeps the deadline from nobody.
size_t control_socket::receive() {
  auto count = batch_.receive(socket_.get());
  if (count == 0)
    return 0;
  auto now = clock::now();
  for (size_t i = 0; i < count; ++i)
    take(i, now);
  session_->set_overruns(batch_.overruns());
  return count;
}

/// To everybody else on this machine, as long as packets come faster than they
/// are taken: no driver sends so many.
void control_socket::give_way(bool is_flooded) noexcept {
  if (std::exchange(is_flooded_, is_flooded) == is_flooded)
    return;
  if (is_flooded)
    make_thread_ordinary();
  else
    make_thread_urgent();
}

void control_socket::take(size_t index, control_session::time_point now) {
  const auto& from = batch_.source(index);
  if (from != named_ || name_.empty()) {
    named_ = from;
    name_ = to_string(from);
  }
  if (!allowed(from)) {
    take_unallowed(index, now);
  } else if (batch_.truncated(index)) {
    session_->refuse(name_, control_fault::oversized, {}, now);
    if (from == sound_)
      tell(index, control_fault::oversized, now);
  } else if (auto inputs = decode_control_packet(batch_.payload(index))) {
    sound_ = from;
    submit(index, *inputs, now);
  } else {
    session_->refuse(name_, control_fault::malformed, describe(inputs.error()),
                     now);
    if (from == sound_)
      tell(index, control_fault::malformed, now);
  }
}

/// Packets of these are looked into for an answer alone, and so seldom.
void control_socket::take_unallowed(size_t index,
                                    control_session::time_point now) {
  session_->refuse(name_, control_fault::not_allowed, {}, now);
  if (!refusals_.take(batch_.source(index), now))
    return;
  auto payload = batch_.payload(index);
  if (!batch_.truncated(index) && decode_control_packet(payload))
    send(index,
         encode_refusal({.fault = control_fault::not_allowed}, payload.size()));
}

void control_socket::submit(size_t index,
                            const std::vector<gamepad_input>& inputs,
                            control_session::time_point now) {
  auto verdict = session_->submit({control_source::way::udp, name_}, inputs,
                                  now);
  const auto& from = batch_.source(index);
  if (verdict.connected && grants_.take(from, now))
    send(index, encode_grant());
  if (verdict.fault && refusals_.take(from, now))
    send(index, encode_refusal(verdict, batch_.payload(index).size()));
}

void control_socket::tell(size_t index, control_fault fault,
                          control_session::time_point now) {
  if (refusals_.take(batch_.source(index), now))
    send(index, encode_refusal({.fault = fault}, batch_.payload(index).size()));
}

/// What the network does not take is not said.
void control_socket::send(size_t index,
                          const std::vector<uint8_t>& answer) const noexcept {
  const auto& to = batch_.source(index);
  if (!answer.empty())
    ::sendto(socket_.get(), answer.data(), answer.size(),
             MSG_DONTWAIT | MSG_NOSIGNAL, to.get(), to.size);
}

bool control_socket::allowed(const udp_endpoint& source) const {
  return allow_from_.empty()
         || std::ranges::any_of(allow_from_,
                                [host = source.host()](const auto& prefix) {
                                  return prefix.contains(host);
                                });
}

} // namespace rr
