// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/log_stream/log_publication.hpp"

#include <unistd.h>

#include <cerrno>
#include <random>
#include <utility>

#include <fmt/format.h>

#include "bridges/zmq/socket_options.hpp"
#include "bridges/zmq/zmq_context.hpp"
#include "bridges/zmq/zmq_endpoint.hpp"
#include "messages/error.hpp"
#include "messages/log/log_wire.hpp"

namespace rr {

namespace {

std::string make_source(const std::string& app) {
  return fmt::format("{}-{}-{:08x}", app, ::getpid(), std::random_device{}());
}

} // namespace

caf::expected<std::shared_ptr<log_publication>>
log_publication::make(zmq::context_t& context,
                      log_publication_settings settings,
                      log_failure_listener listener) try {
  auto address = settings.address;
  // An XPUB is a PUB that learns of its subscribers, and says when one of them
  // has no room.
  zmq::socket_t socket{context, zmq::socket_type::xpub};
  auto options = socket_options{{"LINGER", int64_t{100}},
                                {"SNDHWM", int64_t{settings.queue}},
                                {"XPUB_NODROP", int64_t{1}}};
  if (auto error = rr::apply(socket.handle(), options))
    return error;
  if (auto cause = connect_zmq(socket.handle(), address); cause != 0)
    return zmq_error("cannot publish to", address, cause);
  std::shared_ptr<log_publication> result{new log_publication(
    std::move(settings), std::move(socket), std::move(listener))};
  result->wait_for_forwarder();
  return result;
} catch (const zmq::error_t& x) {
  return zmq_error("cannot publish to", settings.address, x.num());
}

log_publication::log_publication(log_publication_settings settings,
                                 zmq::socket_t socket,
                                 log_failure_listener listener)
  : settings_(std::move(settings)),
    listener_(std::move(listener)),
    source_(make_source(settings_.app)),
    socket_(std::move(socket)),
    losses_("publisher", settings_.app, settings_.report_interval) {
}

log_publication::~log_publication() {
  losses_.report_last(0, [this](auto& x) { return publish_report(x); });
}

void log_publication::write(const log_event& event) noexcept {
  if (is_local(event))
    return;
  auto number = ++numbers_[static_cast<size_t>(event.level)];
  auto done = false;
  try {
    done = publish(event, number);
  } catch (...) {
    // Out of memory.
  }
  if (!done)
    losses_.add();
}

bool log_publication::publishes() const noexcept {
  return true;
}

void log_publication::lost(const log_loss& loss) noexcept {
  for (size_t i = 0; i < numbers_.size(); ++i)
    numbers_[i] += loss.by_level[i];
  losses_.add(loss);
}

sink_loss log_publication::own_loss() const noexcept {
  return losses_.own();
}

bool log_publication::settle() noexcept {
  take_subscriptions();
  return losses_.is_told()
         || losses_.report(loss_account::clock::now(), 0,
                           [this](auto& x) { return publish_report(x); });
}

log_publisher_status log_publication::status() const {
  return {source_, published_, losses_.total()};
}

void log_publication::wait_for_forwarder() noexcept {
  zmq_pollitem_t item{socket_.handle(), 0, ZMQ_POLLIN, 0};
  zmq_poll(&item, 1, static_cast<long>(settings_.patience.count()));
  take_subscriptions();
}

/// They are told for our information, and would pile up.
void log_publication::take_subscriptions() noexcept {
  char ignored[16];
  while (zmq_recv(socket_.handle(), ignored, sizeof(ignored), ZMQ_DONTWAIT)
         >= 0) {
  }
}

bool log_publication::publish(const log_event& event, uint64_t number) {
  buffer_.clear();
  encode_log_event(event, source_, number, buffer_);
  if (!send(event.level))
    return false;
  published_.fetch_add(1, std::memory_order_relaxed);
  return true;
}

bool log_publication::send(log_level level) {
  auto topic = to_string(level);
  // Once libzmq takes the first frame it takes the second.
  if (zmq_send(socket_.handle(), topic.data(), topic.size(),
               ZMQ_SNDMORE | ZMQ_DONTWAIT)
        >= 0
      && zmq_send(socket_.handle(), buffer_.data(), buffer_.size(),
                  ZMQ_DONTWAIT)
           >= 0)
    return true;
  note_failure();
  return false;
}

void log_publication::note_failure() {
  auto error = zmq_errno();
  if (error == EAGAIN || error == EINTR)
    return;
  if (auto listener = std::exchange(listener_, nullptr))
    listener({zmq_error("cannot publish to", settings_.address, error)});
}

/// A report that finds no room has no number.
bool log_publication::publish_report(const log_event& report) {
  auto& number = numbers_[static_cast<size_t>(report.level)];
  if (!publish(report, number + 1))
    return false;
  ++number;
  return true;
}

} // namespace rr
