// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/socket_options.hpp"

#include <array>
#include <limits>
#include <string_view>

#include <zmq.h>

#include "messages/error.hpp"

namespace rr {

namespace {

enum class kind { number, wide_number, text };

struct option {
  std::string_view name;
  int id;
  kind type;
};

#define RR_NUMBER(name)                                                        \
  option {                                                                     \
#    name, ZMQ_##name, kind::number                                            \
  }
#define RR_TEXT(name)                                                          \
  option {                                                                     \
#    name, ZMQ_##name, kind::text                                              \
  }

/// What may be set on a socket, as of libzmq 4.3. `ROUTING_ID` is what newer
/// texts call `IDENTITY`.
constexpr std::array known{
  option{"AFFINITY", ZMQ_AFFINITY, kind::wide_number},
  option{"MAXMSGSIZE", ZMQ_MAXMSGSIZE, kind::wide_number},
  RR_TEXT(BINDTODEVICE),
  RR_TEXT(CONNECT_ROUTING_ID),
  RR_TEXT(CURVE_PUBLICKEY),
  RR_TEXT(CURVE_SECRETKEY),
  RR_TEXT(CURVE_SERVERKEY),
  RR_TEXT(GSSAPI_PRINCIPAL),
  RR_TEXT(GSSAPI_SERVICE_PRINCIPAL),
  RR_TEXT(IDENTITY),
  RR_TEXT(PLAIN_PASSWORD),
  RR_TEXT(PLAIN_USERNAME),
  RR_TEXT(ROUTING_ID),
  RR_TEXT(SOCKS_PROXY),
  RR_TEXT(SUBSCRIBE),
  RR_TEXT(UNSUBSCRIBE),
  RR_TEXT(XPUB_WELCOME_MSG),
  RR_TEXT(ZAP_DOMAIN),
  RR_NUMBER(BACKLOG),
  RR_NUMBER(CONFLATE),
  RR_NUMBER(CONNECT_TIMEOUT),
  RR_NUMBER(CURVE_SERVER),
  RR_NUMBER(GSSAPI_PLAINTEXT),
  RR_NUMBER(GSSAPI_PRINCIPAL_NAMETYPE),
  RR_NUMBER(GSSAPI_SERVER),
  RR_NUMBER(GSSAPI_SERVICE_PRINCIPAL_NAMETYPE),
  RR_NUMBER(HANDSHAKE_IVL),
  RR_NUMBER(HEARTBEAT_IVL),
  RR_NUMBER(HEARTBEAT_TIMEOUT),
  RR_NUMBER(HEARTBEAT_TTL),
  RR_NUMBER(IMMEDIATE),
  RR_NUMBER(INVERT_MATCHING),
  RR_NUMBER(IPV6),
  RR_NUMBER(LINGER),
  RR_NUMBER(MULTICAST_HOPS),
  RR_NUMBER(MULTICAST_MAXTPDU),
  RR_NUMBER(PLAIN_SERVER),
  RR_NUMBER(PROBE_ROUTER),
  RR_NUMBER(RATE),
  RR_NUMBER(RCVBUF),
  RR_NUMBER(RCVHWM),
  RR_NUMBER(RCVTIMEO),
  RR_NUMBER(RECONNECT_IVL),
  RR_NUMBER(RECONNECT_IVL_MAX),
  RR_NUMBER(RECOVERY_IVL),
  RR_NUMBER(REQ_CORRELATE),
  RR_NUMBER(REQ_RELAXED),
  RR_NUMBER(ROUTER_HANDOVER),
  RR_NUMBER(ROUTER_MANDATORY),
  RR_NUMBER(ROUTER_RAW),
  RR_NUMBER(SNDBUF),
  RR_NUMBER(SNDHWM),
  RR_NUMBER(SNDTIMEO),
  RR_NUMBER(STREAM_NOTIFY),
  RR_NUMBER(TCP_KEEPALIVE),
  RR_NUMBER(TCP_KEEPALIVE_CNT),
  RR_NUMBER(TCP_KEEPALIVE_IDLE),
  RR_NUMBER(TCP_KEEPALIVE_INTVL),
  RR_NUMBER(TCP_MAXRT),
  RR_NUMBER(TOS),
  RR_NUMBER(USE_FD),
  RR_NUMBER(VMCI_CONNECT_TIMEOUT),
  RR_NUMBER(XPUB_MANUAL),
  RR_NUMBER(XPUB_NODROP),
  RR_NUMBER(XPUB_VERBOSE),
  RR_NUMBER(XPUB_VERBOSER),
};

#undef RR_NUMBER
#undef RR_TEXT

using option_value = socket_options::mapped_type;

caf::error refused(std::string_view name, std::string_view why) {
  return caf::make_error(ec::bad_configuration, "socket option "
                                                  + std::string{name} + ": "
                                                  + std::string{why});
}

caf::expected<option> find(std::string_view name, const option_value& value) {
  for (const auto& candidate : known) {
    if (candidate.name != name)
      continue;
    auto number = std::get_if<int64_t>(&value);
    if (candidate.type == kind::text) {
      if (number)
        return refused(name, "expected a text");
    } else if (!number) {
      return refused(name, "expected an integer");
    } else if (candidate.type == kind::number
               && (*number < std::numeric_limits<int>::min()
                   || *number > std::numeric_limits<int>::max())) {
      return refused(name, "expected an integer of 32 bits");
    }
    return candidate;
  }
  return refused(name, "no such option");
}

int set(void* socket, const option& which, const option_value& value) {
  if (auto text = std::get_if<std::string>(&value))
    return zmq_setsockopt(socket, which.id, text->data(), text->size());
  auto wide = std::get<int64_t>(value);
  if (which.type == kind::wide_number)
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

caf::error apply(void* socket, const socket_options& options) {
  for (const auto& [name, value] : options) {
    auto which = find(name, value);
    if (!which)
      return which.error();
    if (set(socket, *which, value) != 0)
      return refused(name, zmq_strerror(zmq_errno()));
  }
  return caf::none;
}

} // namespace rr
