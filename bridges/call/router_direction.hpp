// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include <zmq.h>

#include "bridges/call/router_reporter.hpp"
#include "bridges/system/single_writer_counter.hpp"
#include "messages/call/routing.hpp"

namespace rr {

/// One half of a router: moves messages from one ROUTER socket to another, as
/// `[sender][recipient][payload]` to `[recipient][sender][payload]`. Frames
/// are moved, never copied, and nothing is allocated but for a reported fact.
///
/// Everything but `counters` is for one thread, the same for both halves.
class router_direction {
public:
  /// What a batch has done.
  struct batch {
    /// Nothing is left to receive. Holds until the next call to libzmq on the
    /// same socket, which may take in more than it says.
    bool dry = false;
    /// The other socket was called.
    bool touched_other = false;
    /// Zero, or why the socket cannot be used any more.
    int error = 0;
  };

  /// @param from,to ROUTER sockets with `ZMQ_ROUTER_MANDATORY`.
  /// @param reserved of the backend: clients reach it by its identity and see
  ///                 that alone, and who else claims it is not heard.
  router_direction(router_side side, void* from, void* to,
                   router_reporter& reporter,
                   const reserved_service& reserved = {});

  router_direction(const router_direction&) = delete;
  router_direction& operator=(const router_direction&) = delete;

  ~router_direction();

  /// Moves up to `budget` messages and never blocks. A frame too many costs as
  /// much as a message; a message of more frames than that is given up over
  /// several batches.
  batch move_batch(size_t budget);

  /// For any thread. The numbers are each exact, and not of one instant.
  direction_counters counters() const noexcept;

private:
  int receive_message();
  int discard_frame() noexcept;
  int receive(zmq_msg_t& frame) noexcept;
  int route(batch& result);
  void keep_for_report() noexcept;
  void report() noexcept;
  void forget_report() noexcept;
  int send(zmq_msg_t& frame, int flags) noexcept;
  bool is_reserved() noexcept;
  bool is_impostor() noexcept;
  std::string_view sender_name() noexcept;
  int send_recipient() noexcept;
  int send_copy(zmq_msg_t& frame) noexcept;
  void drop(drop_cause cause);
  single_writer_counter& counter_of(drop_cause cause) noexcept;

  router_side side_;
  void* from_;
  void* to_;
  router_reporter& reporter_;
  zmq_msg_t sender_;
  zmq_msg_t recipient_;
  zmq_msg_t payload_;
  /// As `reserved_service` has them.
  zmq_msg_t identity_;
  zmq_msg_t secret_;
  zmq_msg_t urgent_secret_;
  std::string urgent_method_;
  /// A copy of one of them, on its way.
  zmq_msg_t copy_;
  /// Copies of sender, recipient and payload of a message that is told of.
  std::array<zmq_msg_t, 3> told_;
  /// Whether frames of a message that has been dropped are still to come.
  bool discarding_ = false;

  alignas(64) single_writer_counter routed_;
  single_writer_counter probes_;
  single_writer_counter no_such_peer_;
  single_writer_counter malformed_;
  single_writer_counter loopback_;
  single_writer_counter would_block_;
};

} // namespace rr
