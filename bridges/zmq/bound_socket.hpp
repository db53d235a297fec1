// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include <caf/expected.hpp>
#include <zmq.hpp>

#include "bridges/zmq/socket_options.hpp"
#include "bridges/zmq/zmq_binding.hpp"

namespace rr {

/// A ZMQ socket for peers that connect, with the addresses that it is bound to;
/// they go before it does. It is safe against peers: `ZMQ_BACKLOG` 1024,
/// because fifty that start at once must not see one refused;
/// `ZMQ_HANDSHAKE_IVL` 5 s, because each connection costs a descriptor and
/// anybody can open one; `ZMQ_LINGER` 100 ms, in which the last messages may
/// leave at the end.
class bound_socket {
public:
  /// Binds every address.
  /// @param name for errors, as in `cannot configure router-frontend`.
  /// @param options on top of those above.
  /// @param inside one more address, `inproc://...`, for peers in this process:
  ///               what they have sent is there at once. May be empty.
  /// @returns the error of the first address that cannot be bound, with its
  ///          name and the cause.
  static caf::expected<bound_socket>
  make(zmq::context_t& context, zmq::socket_type type, const std::string& name,
       const socket_options& options, const std::vector<std::string>& addresses,
       const std::string& inside = {});

  /// For libzmq's C interface.
  void* handle() noexcept {
    return socket_.handle();
  }

  /// Readable while libzmq has news for the socket that no call has taken in.
  int descriptor() const noexcept {
    return descriptor_;
  }

  /// The addresses that are really bound, wildcard ports filled in, but for the
  /// one inside this process.
  const std::vector<std::string>& endpoints() const noexcept {
    return endpoints_;
  }

private:
  explicit bound_socket(zmq::socket_t socket);

  caf::expected<std::string> bind(const std::string& address);

  zmq::socket_t socket_;
  int descriptor_ = -1;
  std::vector<zmq_binding> bindings_;
  std::vector<std::string> endpoints_;
};

} // namespace rr
