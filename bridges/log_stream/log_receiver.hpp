// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <caf/expected.hpp>
#include <nlohmann/json_fwd.hpp>
#include <zmq.hpp>

#include "bridges/system/single_writer_counter.hpp"
#include "messages/cbor/cbor_form.hpp"
#include "messages/log/log_event.hpp"
#include "messages/log/log_forwarding.hpp"
#include "messages/log/log_gaps.hpp"

namespace rr {

struct log_receiver_settings {
  /// The forwarder's frontend, `tcp://host:port` or `ipc://path`. It need not
  /// be there yet, and may come and go.
  std::string address;
  /// Events below it are not even sent here.
  log_level level = log_level::info;
  /// Events that wait here, 1 and up; beyond it the forwarder drops them.
  int32_t queue = 10'000;
  /// Larger events are malformed.
  cbor_limits limits = {};
  /// A publisher whose events are skipped, uncounted; empty for none.
  std::string own_source = {};
};

/// Called with each event, as `decode_log_event` returns it.
using log_event_handler
  = std::function<void(log_level level, const nlohmann::json& event)>;

/// A SUB socket at a log forwarder's frontend. Has no thread of its own: one
/// thread at a time calls it, but for `status`.
class log_receiver {
public:
  /// @param context outlives it.
  /// @returns an error that names the address.
  static caf::expected<std::unique_ptr<log_receiver>>
  connect(zmq::context_t& context, const log_receiver_settings& settings);

  /// An unconnected socket with the options that these settings ask for.
  /// @throws zmq::error_t when there are no descriptors left.
  static caf::expected<zmq::socket_t>
  make_socket(zmq::context_t& context, const log_receiver_settings& settings);

  /// @param socket of `make_socket`, connected.
  log_receiver(zmq::socket_t socket, const log_receiver_settings& settings);

  /// Readable when there may be events: after `receive` has taken fewer than it
  /// might, and not before.
  int descriptor() const;

  /// Takes what has come, and calls the handler with each event.
  /// @param limit how many messages at most.
  /// @returns how many there were, malformed ones included.
  /// @throws zmq::error_t when the context has ended; what the handler does.
  size_t receive(size_t limit, const log_event_handler& handler);

  /// For any thread.
  log_subscriber_status status() const noexcept;

private:
  bool is_own(std::string_view payload) const noexcept;
  void take(const std::vector<zmq::message_t>& frames, size_t count,
            const log_event_handler& handler);

  zmq::socket_t socket_;
  cbor_limits limits_;
  /// The end of the payload of an own event but for its number.
  std::string own_end_;
  std::vector<zmq::message_t> frames_;
  log_gaps gaps_;
  single_writer_counter received_;
  single_writer_counter malformed_;
  single_writer_counter missed_;
};

} // namespace rr
