// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/zmq/bound_socket.hpp"

#include <utility>

#include "bridges/zmq/zmq_context.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

const socket_options& safe_options() {
  static const socket_options result{{"BACKLOG", int64_t{1024}},
                                     {"HANDSHAKE_IVL", int64_t{5000}},
                                     {"LINGER", int64_t{100}}};
  return result;
}

} // namespace

bound_socket::bound_socket(zmq::socket_t socket) : socket_(std::move(socket)) {
}

caf::expected<bound_socket>
bound_socket::make(zmq::context_t& context, zmq::socket_type type,
                   const std::string& name, const socket_options& options,
                   const std::vector<std::string>& addresses,
                   const std::string& inside) try {
  bound_socket result{zmq::socket_t{context, type}};
  result.descriptor_ = result.socket_.get(zmq::sockopt::fd);
  for (const auto& part : {safe_options(), options})
    if (auto error = apply(result.handle(), part))
      return caf::make_error(ec::system_error, "cannot configure " + name + ": "
                                                 + describe(error));
  for (const auto& address : addresses) {
    auto endpoint = result.bind(address);
    if (!endpoint)
      return std::move(endpoint.error());
    result.endpoints_.push_back(std::move(*endpoint));
  }
  if (!inside.empty())
    if (auto endpoint = result.bind(inside); !endpoint)
      return std::move(endpoint.error());
  return result;
} catch (const zmq::error_t& x) {
  return zmq_error("cannot make", name, x.num());
}

/// @returns the address that is really bound.
caf::expected<std::string> bound_socket::bind(const std::string& address) {
  auto binding = zmq_binding::make(socket_, address);
  if (!binding)
    return std::move(binding.error());
  bindings_.push_back(std::move(*binding));
  return bindings_.back().endpoint();
}

} // namespace rr
