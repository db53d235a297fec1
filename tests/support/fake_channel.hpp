// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <deque>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "bridges/call/message_channel.hpp"
#include "messages/call/remote_call.hpp"
#include "messages/error.hpp"

namespace rr {

/// What a test sees of a channel, also after its end, and what it says to
/// whoever has opened it. For the test's one thread.
struct channel_record {
  struct sent_message {
    std::string recipient;
    call_message message;
    /// By which `listener.unsent` names it.
    uint64_t ticket;
  };

  /// What has been sent and not been taken, the oldest first.
  std::deque<sent_message> sent;
  /// Places of the window that have been given back.
  size_t released = 0;
  /// Whether there is the channel, and its owner has not ended.
  bool open = false;
  /// Whether nothing has been sent with `more` since the last flush.
  bool flushed = true;
  /// Sends without `more`, and flushes.
  size_t flushes = 0;
  /// What the next sends fail with.
  caf::error refusal;
  /// The owner's: the test calls it in the place of the channel's thread, and
  /// lets the owner handle what it was told by `sched.run()`.
  channel_listener listener;
  message_channel::addressing addressed_by
    = message_channel::addressing::identity;

  /// The oldest message sent, which must be of that kind.
  template <class T>
  std::pair<std::string, T> take() {
    if (sent.empty())
      throw std::runtime_error("nothing has been sent");
    auto result = std::pair{sent.front().recipient,
                            std::get<T>(sent.front().message)};
    sent.pop_front();
    return result;
  }

  /// Has the owner receive a message of that peer, in the form that it has on
  /// the wire.
  void deliver(std::string_view sender, const call_message& message) {
    auto payload = encode(message);
    listener.received(sender, std::as_bytes(std::span{payload}));
    listener.batch_ended();
  }
};

/// A channel that goes nowhere and keeps what is sent, in its record. What is
/// no message of remote calls throws `std::runtime_error`.
class fake_channel : public message_channel {
public:
  explicit fake_channel(std::shared_ptr<channel_record> record)
    : record_(std::move(record)) {
    record_->open = true;
  }

  ~fake_channel() override {
    record_->open = false;
  }

  caf::error send(std::string_view recipient,
                  std::span<const std::byte> payload, uint64_t ticket,
                  bool more) override {
    record_->flushed = !more;
    record_->flushes += more ? 0 : 1;
    if (record_->refusal)
      return record_->refusal;
    auto message = decode(payload, {});
    if (!message)
      throw std::runtime_error(describe(message.error()));
    record_->sent.push_back(
      {std::string{recipient}, std::move(*message), ticket});
    return caf::none;
  }

  void flush() override {
    record_->flushed = true;
    ++record_->flushes;
  }

  void release(size_t places) override {
    record_->released += places;
  }

  addressing addressed_by() const noexcept override {
    return record_->addressed_by;
  }

  channel_counters counters() const override {
    return {};
  }

private:
  std::shared_ptr<channel_record> record_;
};

/// For actors that open a channel themselves, once: opens a fake one, of which
/// the test keeps the record.
inline channel_opener open_fake(std::shared_ptr<channel_record> record) {
  return [record](channel_listener listener)
           -> caf::expected<std::unique_ptr<message_channel>> {
    record->listener = std::move(listener);
    return std::unique_ptr<message_channel>{
      std::make_unique<fake_channel>(record)};
  };
}

} // namespace rr
