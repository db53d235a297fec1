// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/zmq/socket_options.hpp"

#include <string_view>

#include <zmq.h>

#include "bridges/zmq/zmq_option.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

using option_value = socket_options::mapped_type;

caf::error refused(std::string_view name, std::string_view why) {
  return caf::make_error(ec::bad_configuration, "socket option "
                                                  + std::string{name} + ": "
                                                  + std::string{why});
}

caf::expected<zmq_option> find(std::string_view name,
                               const option_value& value) {
  auto known = find_zmq_option(name);
  if (!known)
    return refused(name, "no such option");
  auto expected = expected_by(*known, std::get_if<int64_t>(&value),
                              std::holds_alternative<std::string>(value));
  if (!expected.empty())
    return refused(name, "expected " + std::string{expected});
  return *known;
}

int set(void* socket, const zmq_option& which, const option_value& value) {
  if (auto text = std::get_if<std::string>(&value))
    return zmq_setsockopt(socket, which.id, text->data(), text->size());
  auto wide = std::get<int64_t>(value);
  if (which.type == zmq_option_type::int64)
    return zmq_setsockopt(socket, which.id, &wide, sizeof wide);
  auto number = static_cast<int>(wide);
  return zmq_setsockopt(socket, which.id, &number, sizeof number);
}

} // namespace

caf::error check(const socket_options& options) {
  for (const auto& [name, value] : options)
    if (auto which = find(name, value); !which)
      return which.error();
  return caf::none;
}

bool is_taken(const zmq_option& option, const option_value& value) {
  auto context = zmq_ctx_new();
  auto result = !context;
  for (auto kind :
       {ZMQ_DEALER, ZMQ_PUB, ZMQ_SUB, ZMQ_ROUTER, ZMQ_REQ, ZMQ_STREAM}) {
    if (result)
      break;
    auto socket = zmq_socket(context, kind);
    result = !socket || set(socket, option, value) == 0;
    if (socket)
      zmq_close(socket);
  }
  if (context)
    zmq_ctx_term(context);
  return result;
}

caf::error apply(void* socket, const socket_options& options) {
  for (const auto& [name, value] : options) {
    auto which = find(name, value);
    if (!which)
      return which.error();
    if (set(socket, *which, value) != 0)
      return refused(name, as_cause(zmq_strerror(zmq_errno())));
  }
  return caf::none;
}

} // namespace rr
