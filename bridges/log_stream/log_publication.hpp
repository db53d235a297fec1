// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <caf/expected.hpp>
#include <zmq.hpp>

#include "bridges/log/loss_account.hpp"
#include "bridges/log_stream/log_relay.hpp"
#include "messages/log/log_forwarding.hpp"

namespace rr {

struct log_publication_settings {
  /// The forwarder's backend: `ipc://path`, `tcp://host:port`, or where it is
  /// within this process.
  std::string address;
  /// What the source's name begins with, and the `app` of reports.
  std::string app;
  /// Events that wait for the forwarder, 1 and up.
  int32_t queue = 512;
  /// How long `make` waits for the forwarder, so that the first event is not
  /// lost on it; publishing goes on without it all the same.
  std::chrono::milliseconds patience{200};
  /// How far apart `Log events dropped` events are at least.
  std::chrono::nanoseconds report_interval = std::chrono::seconds{1};
};

/// Publishes events to a log forwarder as `[level][CBOR of [2, level,
/// [event]]]`. Never blocks: what the forwarder has no room for is dropped and
/// counted, and the count published as `Log events dropped`, once a second at
/// most. Every event has its number before it can be lost, so that readers see
/// a gap where one is missing.
///
/// When the socket fails for another reason than that, the listener is told.
///
/// Events with `transmit` false are left out, and have no number.
///
/// One thread at a time calls it, but for `status`; an output of
/// `log_dispatcher`.
class log_publication final : public log_output {
public:
  /// @param context outlives it.
  /// @returns an error that names the address.
  static caf::expected<std::shared_ptr<log_publication>>
  make(zmq::context_t& context, log_publication_settings settings,
       log_failure_listener listener);

  log_publication(const log_publication&) = delete;
  log_publication& operator=(const log_publication&) = delete;

  /// Reports what was dropped and closes the socket, from which events leave
  /// for 100 ms more, on libzmq's thread.
  ~log_publication() override;

  void write(const log_event& event) noexcept override;
  bool publishes() const noexcept override;
  void lost(const log_loss& loss) noexcept override;
  bool settle() noexcept override;
  sink_loss own_loss() const noexcept override;

  /// For any thread.
  log_publisher_status status() const;

private:
  log_publication(log_publication_settings settings, zmq::socket_t socket,
                  log_failure_listener listener);

  void wait_for_forwarder() noexcept;
  void take_subscriptions() noexcept;
  bool publish(const log_event& event, uint64_t number);
  bool send(log_level level);
  void note_failure();
  bool publish_report(const log_event& report);

  log_publication_settings settings_;
  log_failure_listener listener_;
  std::string source_;
  zmq::socket_t socket_;
  /// The last number, by level.
  std::array<uint64_t, 5> numbers_{};
  std::vector<uint8_t> buffer_;
  loss_account losses_;
  std::atomic<uint64_t> published_{0};
};

} // namespace rr
