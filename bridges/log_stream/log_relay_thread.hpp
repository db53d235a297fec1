// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <zmq.hpp>

#include "bridges/log_stream/gathering.hpp"
#include "bridges/log_stream/log_relay.hpp"
#include "bridges/log_stream/waiting_frames.hpp"
#include "bridges/system/single_writer_counter.hpp"
#include "bridges/system/woken_thread.hpp"
#include "bridges/zmq/bound_socket.hpp"

namespace rr {

/// Readers of this process connect to `log_forwarder_settings::inside` with
/// this behind it.
constexpr std::string_view readers_inside = "-readers";

/// Moves frames from a SUB socket that takes everything to a PUB socket, on a
/// thread of its own: whole messages, of any number of frames, unchanged and in
/// the order of each publisher. Frames are never looked at, but for their size:
/// what waits for readers is bounded in bytes (see `small_frame_compaction` and
/// `large_frame_bound`).
///
/// Readers filter: a reader's subscriptions are kept at the PUB socket, so that
/// what it did not ask for never takes up its link. Publishers are sent no
/// filter but "everything" and apply their own `log.level`: what a reader asks
/// for later is there at once, and the log of one reader is not that of
/// another.
///
/// Events that come after a silence wait for others (see `gathering`).
///
/// A reader that does not read loses events once `queue` of them wait for it,
/// and delays nothing. A publisher that is faster than this thread is held up
/// by its own socket, which loses events in turn; both losses show as gaps in
/// `seq`.
class log_relay_thread : public log_relay {
public:
  /// Binds every address before it returns, and then starts.
  /// @param context outlives the relay.
  /// @returns the error of the first address that cannot be bound, with its
  ///          name and the cause.
  static caf::expected<std::unique_ptr<log_relay_thread>>
  make(zmq::context_t& context, const log_forwarder_settings& settings,
       log_failure_listener listener);

  /// Forwards what publishers have sent already, for 100 ms at most, and all of
  /// what those inside this process have; then waits for the thread. What
  /// readers have not taken yet has 100 ms more, on libzmq's thread.
  ~log_relay_thread() override = default;

  const std::vector<std::string>& frontend_endpoints() const noexcept override;
  const std::vector<std::string>& backend_endpoints() const noexcept override;
  log_forwarder_counters counters() const noexcept override;

  /// Asks the thread that forwards.
  heartbeat_witness witness() const {
    return thread_.witness("log forwarder");
  }

private:
  log_relay_thread(bound_socket frontend, bound_socket backend,
                   const log_forwarder_settings& settings,
                   log_failure_listener listener);

  void run() noexcept;
  int forward_until_stopped() noexcept;
  int forward_rest() noexcept;
  int forward_batch(bool& dry) noexcept;
  int forward_message() noexcept;
  int receive_message() noexcept;
  int send_message() noexcept;
  void drop_message() noexcept;
  std::span<zmq::message_t> message() noexcept {
    return std::span{frames_}.first(count_);
  }
  int wait() noexcept;
  int gather() noexcept;

  bound_socket frontend_;
  bound_socket backend_;
  log_failure_listener listener_;
  small_frame_compaction small_frames_;
  large_frame_bound large_frames_;
  gathering gathering_;
  /// One message, whole or in part: as many frames as have been received.
  std::vector<zmq::message_t> frames_{2};
  size_t count_ = 0;
  bool whole_ = false;
  single_writer_counter received_;
  single_writer_counter forwarded_;
  woken_thread thread_;
};

} // namespace rr
