// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <caf/expected.hpp>

#include "bridges/system/file_descriptor.hpp"
#include "messages/network_prefix.hpp"

namespace rr {

/// The address and port of a UDP socket.
struct udp_endpoint {
  sockaddr_storage address{};
  socklen_t size = 0;

  const sockaddr* get() const noexcept {
    return reinterpret_cast<const sockaddr*>(&address);
  }

  /// The host's bytes in network order.
  host_address host() const;

  bool is_multicast() const noexcept;

  friend bool operator==(const udp_endpoint& x,
                         const udp_endpoint& y) noexcept {
    return x.size == y.size && std::memcmp(&x.address, &y.address, x.size) == 0;
  }
};

/// `127.0.0.1:6002`, `[::1]:6002`; the name of a process that shares the
/// machine is not known.
/// @relates udp_endpoint
std::string to_string(const udp_endpoint& x);

/// Resolves `udp://host:port`, by `numeric_host`; `*` is every IPv4 interface.
/// @returns `ec::bad_configuration` or `ec::system_error`; the text is `VERB
///          ADDRESS: why`.
/// @relates udp_endpoint
caf::expected<udp_endpoint> resolve_udp(const std::string& address,
                                        const std::string& verb);

/// A socket that is bound and shares its port with nobody: neither
/// `SO_REUSEADDR`, by which another user could take every packet, nor
/// `SO_REUSEPORT`. Non-blocking, as all of these; datagrams that find the
/// kernel's buffer full are counted.
/// @returns errors such as `cannot bind udp://127.0.0.1:6002: address already
///          in use`.
caf::expected<file_descriptor> bind_udp(const std::string& address);

/// A socket that sends to one peer.
/// @param address where; `*` is this machine.
caf::expected<file_descriptor> connect_udp_socket(const std::string& address);

/// Where a socket is bound.
caf::expected<udp_endpoint> local_endpoint(int socket);

/// A socket from which multicast leaves: time to live 1, looped back to this
/// machine, broadcasts allowed.
caf::expected<file_descriptor> open_multicast_sender();

/// Has multicast leave by this interface.
/// @param interface an IPv4 address or a name; empty for the kernel's choice.
/// @returns an error when there is no such interface now.
caf::error set_multicast_interface(int socket, const std::string& interface);

/// A socket that shares its port with other receivers.
/// @param where a group, or any other address.
caf::expected<file_descriptor> bind_multicast(const udp_endpoint& where,
                                              const std::string& address);

/// Joins the group on an interface, anew if it is joined already. Does nothing
/// where the address is no group.
/// @returns an error when there is no such interface now.
caf::error join_group(int socket, const udp_endpoint& group,
                      const std::string& interface);

/// Sends datagrams, in as few system calls as there can be.
/// @param to where; the peer of a connected socket when null.
/// @returns the first error; what stands behind is not sent.
caf::error send_datagrams(int socket, const udp_endpoint* to,
                          std::span<const std::vector<uint8_t>> datagrams);

/// Receives datagrams in batches.
class datagram_batch {
public:
  /// @param largest bytes of the largest datagram that is taken whole.
  explicit datagram_batch(size_t largest, size_t capacity = 32);

  datagram_batch(const datagram_batch&) = delete;
  datagram_batch& operator=(const datagram_batch&) = delete;

  /// Takes what has come, without waiting.
  /// @returns how many; 0 for none.
  size_t receive(int socket) noexcept;

  size_t capacity() const noexcept {
    return headers_.size();
  }

  std::span<const std::byte> payload(size_t index) const noexcept;

  /// Whether it was larger than what is taken whole.
  bool truncated(size_t index) const noexcept;

  const udp_endpoint& source(size_t index) const noexcept {
    return sources_[index];
  }

  /// How many datagrams have found the kernel's buffer full so far.
  uint64_t overruns() const noexcept {
    return overruns_;
  }

private:
  static inline constexpr size_t control_size = 64;

  void count_overruns(msghdr& header) noexcept;

  size_t largest_;
  std::vector<std::byte> bytes_;
  std::vector<std::byte> control_;
  std::vector<udp_endpoint> sources_;
  std::vector<iovec> parts_;
  std::vector<mmsghdr> headers_;
  uint64_t overruns_ = 0;
  uint32_t last_overruns_ = 0;
};

} // namespace rr
