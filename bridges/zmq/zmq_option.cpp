// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/zmq/zmq_option.hpp"

#include <algorithm>
#include <limits>

#include <zmq.h>

namespace rr {

namespace {

using enum zmq_option_type;

#define RR_ZMQ(name, type)                                                     \
  zmq_option {                                                                 \
#    name, ZMQ_##name, type                                                    \
  }

constexpr zmq_option table[] = {
  RR_ZMQ(AFFINITY, int64),
  RR_ZMQ(BACKLOG, int32),
  RR_ZMQ(BINDTODEVICE, text),
  RR_ZMQ(CONFLATE, int32),
  RR_ZMQ(CONNECT_RID, text),
  RR_ZMQ(CONNECT_ROUTING_ID, text),
  RR_ZMQ(CONNECT_TIMEOUT, int32),
  RR_ZMQ(CURVE_PUBLICKEY, text),
  RR_ZMQ(CURVE_SECRETKEY, text),
  RR_ZMQ(CURVE_SERVER, int32),
  RR_ZMQ(CURVE_SERVERKEY, text),
  RR_ZMQ(GSSAPI_PLAINTEXT, int32),
  RR_ZMQ(GSSAPI_PRINCIPAL, text),
  RR_ZMQ(GSSAPI_PRINCIPAL_NAMETYPE, int32),
  RR_ZMQ(GSSAPI_SERVER, int32),
  RR_ZMQ(GSSAPI_SERVICE_PRINCIPAL, text),
  RR_ZMQ(GSSAPI_SERVICE_PRINCIPAL_NAMETYPE, int32),
  RR_ZMQ(HANDSHAKE_IVL, int32),
  RR_ZMQ(HEARTBEAT_IVL, int32),
  RR_ZMQ(HEARTBEAT_TIMEOUT, int32),
  RR_ZMQ(HEARTBEAT_TTL, int32),
  RR_ZMQ(IDENTITY, text),
  RR_ZMQ(IMMEDIATE, int32),
  RR_ZMQ(INVERT_MATCHING, int32),
  RR_ZMQ(IPV6, int32),
  RR_ZMQ(LINGER, int32),
  RR_ZMQ(MAXMSGSIZE, int64),
  RR_ZMQ(MULTICAST_HOPS, int32),
  RR_ZMQ(MULTICAST_MAXTPDU, int32),
  RR_ZMQ(PLAIN_PASSWORD, text),
  RR_ZMQ(PLAIN_SERVER, int32),
  RR_ZMQ(PLAIN_USERNAME, text),
  RR_ZMQ(PROBE_ROUTER, int32),
  RR_ZMQ(RATE, int32),
  RR_ZMQ(RCVBUF, int32),
  RR_ZMQ(RCVHWM, int32),
  RR_ZMQ(RCVTIMEO, int32),
  RR_ZMQ(RECONNECT_IVL, int32),
  RR_ZMQ(RECONNECT_IVL_MAX, int32),
  RR_ZMQ(RECOVERY_IVL, int32),
  RR_ZMQ(REQ_CORRELATE, int32),
  RR_ZMQ(REQ_RELAXED, int32),
  RR_ZMQ(ROUTER_HANDOVER, int32),
  RR_ZMQ(ROUTER_MANDATORY, int32),
  RR_ZMQ(ROUTER_RAW, int32),
  RR_ZMQ(ROUTING_ID, text),
  RR_ZMQ(SNDBUF, int32),
  RR_ZMQ(SNDHWM, int32),
  RR_ZMQ(SNDTIMEO, int32),
  RR_ZMQ(SOCKS_PROXY, text),
  RR_ZMQ(STREAM_NOTIFY, int32),
  RR_ZMQ(SUBSCRIBE, text),
  RR_ZMQ(TCP_ACCEPT_FILTER, text),
  RR_ZMQ(TCP_KEEPALIVE, int32),
  RR_ZMQ(TCP_KEEPALIVE_CNT, int32),
  RR_ZMQ(TCP_KEEPALIVE_IDLE, int32),
  RR_ZMQ(TCP_KEEPALIVE_INTVL, int32),
  RR_ZMQ(TCP_MAXRT, int32),
  RR_ZMQ(TOS, int32),
  RR_ZMQ(UNSUBSCRIBE, text),
  RR_ZMQ(USE_FD, int32),
  RR_ZMQ(VMCI_BUFFER_MAX_SIZE, int64),
  RR_ZMQ(VMCI_BUFFER_MIN_SIZE, int64),
  RR_ZMQ(VMCI_BUFFER_SIZE, int64),
  RR_ZMQ(VMCI_CONNECT_TIMEOUT, int32),
  RR_ZMQ(XPUB_MANUAL, int32),
  RR_ZMQ(XPUB_NODROP, int32),
  RR_ZMQ(XPUB_VERBOSE, int32),
  RR_ZMQ(XPUB_VERBOSER, int32),
  RR_ZMQ(XPUB_WELCOME_MSG, text),
  RR_ZMQ(ZAP_DOMAIN, text),
};

#undef RR_ZMQ

} // namespace

std::span<const zmq_option> zmq_options() noexcept {
  return table;
}

const zmq_option* find_zmq_option(std::string_view name) noexcept {
  auto i = std::ranges::find(table, name, &zmq_option::name);
  return i != std::end(table) ? &*i : nullptr;
}

std::string_view expected_by(const zmq_option& option, const int64_t* number,
                             bool is_text) noexcept {
  using limits = std::numeric_limits<int32_t>;
  if (option.type == text)
    return is_text ? "" : "text";
  if (!number)
    return "an integer";
  if (option.type == int32
      && (*number < limits::min() || *number > limits::max()))
    return "an integer of 32 bits";
  return {};
}

} // namespace rr
