// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridges/telemetry/telemetry_feed.hpp"
#include "bridges/web/foxglove_channels.hpp"
#include "bridges/web/foxglove_devices.hpp"
#include "bridges/web/foxglove_inbox.hpp"
#include "bridges/web/web_conversation.hpp"

namespace rr {

/// What a Foxglove conversation is made of.
struct foxglove_settings {
  /// The robot's, for people.
  std::string name;
  /// Another one for each run of the robot: tools forget the run before.
  std::string session;
  std::shared_ptr<telemetry_feed> feed;
  /// Null where there are no devices. Only the server's thread uses it.
  std::shared_ptr<device_readings> devices;
  foxglove_intervals intervals;
};

/// Foxglove's WebSocket protocol: a client reads topics, and can do nothing
/// else. Log events and states come in order, values and control as they are
/// when the client is ready for them. A client that reads slowly is told how
/// many log events were left out; for one that does not read, states wait until
/// it is overrun.
class foxglove_conversation final : public web_conversation {
public:
  /// Messages that make no sense, in a second, that end the conversation.
  static inline constexpr int most_nonsense = 10;

  foxglove_conversation(web_client client, foxglove_settings settings);

  bool take(std::string_view message, bool is_text, time_point now) override;
  std::optional<web_message> next(time_point now) override;
  std::optional<time_point> deadline() const override;
  bool is_overrun() const override;

private:
  bool refuse(std::string_view why, time_point now);
  void begin(const foxglove::subscription& what);
  void end(uint32_t channel_id);

  std::optional<web_message> next_text(time_point now);
  std::optional<web_message> next_state();
  std::optional<web_message> next_control(time_point now);
  std::optional<web_message> next_event(time_point now);
  std::optional<web_message> next_sample(time_point now);

  /// @returns none when nobody has subscribed to the channel.
  std::optional<web_message> data(uint32_t channel_id,
                                  std::chrono::system_clock::time_point time,
                                  const json& message) const;

  foxglove_settings settings_;
  std::function<void()> count_malformed_;
  std::shared_ptr<foxglove_inbox> inbox_;
  bool listens_ = false;
  /// Texts that are not of channels.
  std::deque<std::string> texts_;
  foxglove_channels channels_;
  const uint32_t log_;
  const uint32_t state_;
  const uint32_t control_;
  foxglove_devices devices_;
  /// As the client knows it.
  json last_state_;
  time_point next_control_{};
  /// Log events that were left out, and when that may be told.
  uint64_t missed_ = 0;
  time_point next_report_{};
  bool sample_first_ = false;
  int nonsense_ = 0;
  time_point nonsense_since_{};
};

/// Its subprotocols for the server's list, spoken on any path:
/// `foxglove.websocket.v1`, and `foxglove.sdk.v1`, by which newer clients ask
/// for the same.
std::vector<web_protocol> foxglove_protocols(foxglove_settings settings);

} // namespace rr
