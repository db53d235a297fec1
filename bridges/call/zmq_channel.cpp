// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/call/zmq_channel.hpp"

#include <memory>
#include <utility>

#include "bridges/call/zmq_link.hpp"

namespace rr {

namespace {

/// What the owner holds.
class zmq_channel final : public message_channel {
public:
  explicit zmq_channel(std::shared_ptr<zmq_link> link)
    : link_(std::move(link)) {
  }

  ~zmq_channel() override {
    link_->end();
  }

  caf::error send(std::string_view recipient,
                  std::span<const std::byte> payload, uint64_t ticket,
                  bool more) override {
    return link_->send(recipient, payload, ticket, more);
  }

  void flush() override {
    link_->flush();
  }

  void release(size_t places) override {
    link_->release(places);
  }

  addressing addressed_by() const noexcept override {
    return link_->has_peers() ? addressing::identity : addressing::topic;
  }

  channel_counters counters() const override {
    return link_->counters();
  }

private:
  std::shared_ptr<zmq_link> link_;
};

caf::expected<std::unique_ptr<message_channel>>
make_channel(zmq::context_t& context, zmq::socket_type type,
             zmq_channel_settings settings, channel_listener listener) {
  auto wake = wake_event::make();
  if (!wake)
    return wake.error();
  auto link = std::make_shared<zmq_link>(context, type, std::move(settings),
                                         std::move(listener), std::move(*wake));
  if (auto err = link->start())
    return err;
  return std::unique_ptr<message_channel>{
    std::make_unique<zmq_channel>(std::move(link))};
}

} // namespace

caf::expected<std::unique_ptr<message_channel>>
connect_dealer(zmq::context_t& context, zmq_channel_settings settings,
               channel_listener listener) {
  return make_channel(context, zmq::socket_type::dealer, std::move(settings),
                      std::move(listener));
}

caf::expected<std::unique_ptr<message_channel>>
connect_publisher(zmq::context_t& context, zmq_channel_settings settings,
                  channel_listener listener) {
  return make_channel(context, zmq::socket_type::pub, std::move(settings),
                      std::move(listener));
}

caf::expected<std::unique_ptr<message_channel>>
connect_subscriber(zmq::context_t& context, zmq_channel_settings settings,
                   channel_listener listener) {
  return make_channel(context, zmq::socket_type::sub, std::move(settings),
                      std::move(listener));
}

} // namespace rr
