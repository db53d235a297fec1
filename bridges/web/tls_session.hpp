// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <caf/expected.hpp>

struct ssl_ctx_st;
struct ssl_st;

namespace rr {

/// One client's TLS, without the socket: what has come is given to it, and what
/// is to leave is taken from it.
class tls_session {
public:
  enum class outcome : uint8_t {
    done,
    /// Give it more of what comes.
    wants_more,
    /// The other side has ended it in order.
    closed,
    /// It cannot go on.
    failed,
  };

  explicit tls_session(ssl_st* session) noexcept;
  tls_session(const tls_session&) = delete;
  tls_session& operator=(const tls_session&) = delete;
  ~tls_session();

  /// Gives it what has come from the socket.
  void feed(std::string_view sealed);

  /// Reads what the other side has said; goes on with the handshake.
  /// @param got is set to how much of `into` there is.
  outcome read(std::span<char> into, size_t& got);

  /// Says something, once the handshake is over.
  outcome write(std::string_view text);

  /// What is to leave by the socket now.
  std::string take();

  /// Says that nothing more is said.
  void shutdown() noexcept;

private:
  outcome outcome_of(int result) noexcept;

  ssl_st* session_;
};

/// A certificate and its key. TLS 1.2 and up.
class tls_context {
public:
  /// @param is_key_at_fault set to true where it is the key, not the
  /// certificate.
  /// @returns `ec::system_error` that names the file and says what is wrong.
  static caf::expected<std::unique_ptr<tls_context>>
  make(const std::string& certificate, const std::string& key,
       bool* is_key_at_fault = nullptr);

  tls_context(const tls_context&) = delete;
  tls_context& operator=(const tls_context&) = delete;
  ~tls_context();

  /// Null where there is no memory.
  std::unique_ptr<tls_session> begin() const;

private:
  explicit tls_context(ssl_ctx_st* context) noexcept;

  ssl_ctx_st* context_;
};

} // namespace rr
