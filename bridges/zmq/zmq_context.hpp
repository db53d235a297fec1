// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <string_view>

#include <caf/error.hpp>
#include <caf/expected.hpp>
#include <zmq.hpp>

#include "bridges/log/event_log.hpp"

namespace rr {

/// An `ec::system_error` with libzmq's text for an error number:
/// `cannot bind tcp://127.0.0.1:6000: address already in use`.
/// @param what what failed, as in `cannot bind`.
/// @param address on what; may be empty.
caf::error zmq_error(std::string_view what, std::string_view address,
                     int errno_value);

/// Owns the process's one ZMQ context. It outlives every socket: its end waits
/// until all of them are closed and their `ZMQ_LINGER` has passed, and writes
/// `ZMQ context terminated`.
///
/// Sockets that set no `ZMQ_LINGER` of their own have zero, so that no peer
/// that is not there keeps the process from ending. Whoever has a router seeds
/// `rand()` before: libzmq takes the identities of peers that bring none from
/// it.
class zmq_context {
public:
  /// @returns an error when the system has no descriptors or threads left.
  static caf::expected<std::unique_ptr<zmq_context>> make(event_log log = {});

  zmq_context(const zmq_context&) = delete;
  zmq_context& operator=(const zmq_context&) = delete;

  ~zmq_context();

  /// For any thread.
  zmq::context_t& get() noexcept {
    return context_;
  }

private:
  explicit zmq_context(event_log log);

  event_log log_;
  zmq::context_t context_;
};

} // namespace rr
