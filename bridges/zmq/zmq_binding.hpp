// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/types.h>

#include <string>

#include <caf/expected.hpp>
#include <zmq.hpp>

namespace rr {

/// One address that a ZMQ socket is bound to.
///
/// libzmq binds an `ipc` path that another process serves in silence, and takes
/// its traffic away. Here whoever answers at the path is an error, and what a
/// dead process left behind is replaced; a lock on the folder makes both one
/// step among all who bind so, and leaves nothing behind.
///
/// To be destroyed before its socket is closed.
class zmq_binding {
public:
  /// Binds. `ZMQ_BACKLOG` and the socket's other options are to be set before.
  /// @param address `tcp://host:port`, whose port may be `*`, or `ipc://path`.
  /// @returns an error that names address and cause, as in `cannot bind
  ///          ipc:///run/rpc.sock: another process is serving it`.
  static caf::expected<zmq_binding> make(zmq::socket_t& socket,
                                         const std::string& address);

  zmq_binding(zmq_binding&& other) noexcept;
  zmq_binding& operator=(zmq_binding&& other) = delete;

  /// Removes the path of an `ipc` address while it is still this one's.
  ~zmq_binding();

  /// The address that is really bound.
  const std::string& endpoint() const noexcept {
    return endpoint_;
  }

private:
  zmq_binding() = default;

  std::string endpoint_;
  /// Empty unless the address is an `ipc` one.
  std::string path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

} // namespace rr
