// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/log/journal.hpp"

#include <utility>

#include "messages/log/log_plain.hpp"

namespace rr {

caf::expected<std::shared_ptr<journal>>
journal::make(const journal_settings& settings) {
  auto socket = journal_socket::connect(settings.path);
  if (!socket)
    return std::move(socket.error());
  return std::shared_ptr<journal>{new journal(settings, std::move(*socket))};
}

journal::journal(const journal_settings& settings,
                 std::unique_ptr<journal_socket> socket)
  : level_(settings.level),
    socket_(std::move(socket)),
    losses_("journal", settings.app, settings.report_interval) {
}

void journal::write(const log_event& event) noexcept {
  if (event.level < level_)
    return;
  settle();
  try {
    if (socket_->send(to_journal(event)))
      return;
  } catch (...) {
    // Out of memory.
  }
  losses_.add();
}

void journal::lost(const log_loss& loss) noexcept {
  losses_.add(loss);
}

bool journal::settle() noexcept {
  return losses_.is_told()
         || losses_.report(loss_account::clock::now(), socket_->last_error(),
                           [this](const log_event& x) {
                             return socket_->send(to_journal(x));
                           });
}

void journal::hurry() noexcept {
  socket_->finish();
}

void journal::end() noexcept {
  losses_.report_last(socket_->last_error(), [this](const log_event& x) {
    return socket_->try_send(to_journal(x));
  });
}

sink_loss journal::own_loss() const noexcept {
  return losses_.own(socket_->last_error());
}

uint64_t journal::dropped() const noexcept {
  return losses_.total();
}

} // namespace rr
