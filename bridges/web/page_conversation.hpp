// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "bridges/control/control_session.hpp"
#include "bridges/telemetry/telemetry_feed.hpp"
#include "bridges/web/page_inbox.hpp"
#include "bridges/web/page_messages.hpp"
#include "bridges/web/page_values.hpp"
#include "bridges/web/web_conversation.hpp"

namespace rr {

/// What the page's conversations are about.
struct page_services {
  /// An object whose members are told with `done`.
  using answer = std::function<void(caf::expected<json>)>;

  std::shared_ptr<telemetry_feed> feed;
  std::shared_ptr<control_session> control;
  /// Null where there are no devices. Only the server's thread uses it.
  std::shared_ptr<device_readings> devices;
  /// Pulls the stop cord, on the server's thread.
  /// @param read when the order had been read.
  /// @returns the time until the last signal, in microseconds; that of the stop
  ///          before where the robot had been stopped.
  std::function<int64_t(std::string_view reason,
                        std::chrono::steady_clock::time_point read)>
    stop;
  // These return at once, and answer once, from any thread, also later than the
  // connection's end.
  std::function<void(const page_order&, answer)> order;
  std::function<void(const page_request&, answer)> request;
  std::function<void(const page_explanation&, answer)> explain;
};

/// The subprotocol `robot-runtime.v1` with one client, docs/protocol.md. Its
/// gamepads go to the control session as those of a source of its own, under
/// the rules for all of them. When it ends, nothing is done but that it is
/// silent from then on.
class page_conversation final : public web_conversation {
public:
  /// What makes no sense, within a second, closes the connection.
  static inline constexpr size_t most_nonsense = 10;

  /// Orders and requests that may wait for their answers.
  static inline constexpr size_t most_pending = 64;

  page_conversation(page_services services, web_client client);

  bool is_urgent(std::string_view message, bool is_text) const override;
  bool take(std::string_view message, bool is_text, time_point now) override;
  std::optional<web_message> next(time_point now) override;
  std::optional<time_point> deadline() const override;
  bool is_overrun() const override;

private:
  bool refuse(const json& id, std::string_view why, time_point now);

  // Each obeys, and answers now or later.
  void obey(const json& id, page_subscription what, time_point now);
  void obey(const json& id, const gamepad_input& what, time_point now);
  void obey(const json& id, page_take_control what, time_point now);
  void obey(const json& id, const page_stop& what, time_point now);
  void obey(const json& id, const page_order& what, time_point now);
  void obey(const json& id, const page_request& what, time_point now);
  void obey(const json& id, const page_explanation& what, time_point now);

  std::optional<page_services::answer> begin_answer(const json& id);
  control_source source() const;

  page_services services_;
  web_client client_;
  std::shared_ptr<page_inbox> inbox_;
  page_values values_;
  /// Whether the client has been told the whole of it.
  bool knows_state_ = false;
  /// Whether the log was told last, and not values.
  bool log_was_last_ = false;
  /// When the last of what made no sense came, the oldest at `oldest_`.
  std::array<std::optional<time_point>, most_nonsense> nonsense_;
  size_t oldest_ = 0;
  /// Those that have not been answered yet.
  std::shared_ptr<std::atomic<size_t>> pending_
    = std::make_shared<std::atomic<size_t>>(0);
};

/// The subprotocol for the server's list, spoken at `/stream`.
web_protocol page_protocol(page_services services);

} // namespace rr
