// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <caf/expected.hpp>

namespace rr {

/// `http://host:port` or `https://host:port`.
struct web_address {
  bool secure = false;
  /// As in `udp_address`.
  std::string host;
  /// 0 for any that is free, which no option says.
  uint16_t port = 0;
  friend bool operator==(const web_address&, const web_address&) = default;

  const char* scheme() const noexcept {
    return secure ? "https" : "http";
  }
};

/// @returns `ec::malformed` for what is none.
/// @relates web_address
caf::expected<web_address> parse_web_address(std::string_view text);

/// Whether browsers refuse to connect to that port, as the Fetch standard has
/// it ("port blocking"): other protocols have their servers there.
/// @relates web_address
bool is_refused_by_browsers(uint16_t port) noexcept;

/// Whether only this machine reaches what is bound to that host.
/// @relates web_address
bool is_loopback_host(std::string_view host) noexcept;

/// As in `http://192.168.1.5:8080`, with the port.
/// @relates web_address
std::string to_string(const web_address& address);

/// Whether two texts are the same, in a time that tells nothing of where they
/// differ.
bool equal_in_constant_time(std::string_view given,
                            std::string_view secret) noexcept;

/// What a request says of where it goes, where it comes from, and what it may.
/// Empty where it says nothing.
struct web_credentials {
  std::string_view host;
  /// None where there is none: an empty one is one.
  std::optional<std::string_view> origin = {};
  /// The header `Authorization`.
  std::string_view authorization = {};
  /// The headers `Cookie`, with `;` between them.
  std::string_view cookies = {};
};

/// Who may use the server. Without threads, sockets or state.
///
/// `Host` is looked at since a name of somebody else's may be made to mean this
/// machine, and then a page of theirs is, for a browser, of the same origin;
/// `Origin` since a browser lets a page of another site send requests, and open
/// WebSockets, with the cookies of its user.
class web_access {
public:
  /// What this machine is known by.
  struct machine {
    /// Whether it has that address now, as `has_address` does.
    std::function<bool(std::string_view host)> has_address;
    /// Its own name; empty where it has none.
    std::string name;
  };

  enum class verdict : uint8_t {
    granted,
    /// `Host` is missing, or there twice.
    no_host,
    /// `Host` is not this server's.
    other_host,
    /// `Origin` is not this server's.
    other_origin,
    /// A token is needed, and not there.
    no_token,
  };

  /// @param bound where the server listens, with the port that it has got.
  /// @param token that is asked for; empty for none.
  web_access(web_address bound, std::string token, machine own);

  verdict judge(const web_credentials& given) const;

  /// Whether a token is asked for.
  bool needs_token() const noexcept {
    return !token_.empty();
  }

  bool is_token(std::string_view text) const noexcept;

  /// The value of `Set-Cookie` that carries the token. Its name has the port:
  /// browsers give a host's cookies to each of its ports.
  std::string cookie() const;

  const web_address& address() const noexcept {
    return bound_;
  }

private:
  bool is_own_host(std::string_view host) const;
  bool is_own_name(std::string_view name) const;
  bool is_own_origin(std::string_view origin) const;
  bool has_token(const web_credentials& given) const noexcept;

  web_address bound_;
  bool is_loopback_;
  std::string token_;
  machine own_;
  std::string cookie_name_;
};

} // namespace rr
