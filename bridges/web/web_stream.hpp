// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/role.hpp>

#include "bridges/web/tls_session.hpp"

namespace rr {

namespace net = boost::asio;
namespace beast = boost::beast;

/// A function that is called once. Of one type, so that what uses it is
/// compiled once.
class io_handler {
public:
  template <class F>
  requires(!std::is_same_v<F, io_handler>) explicit io_handler(F f)
    : impl_(std::make_unique<holder<F>>(std::move(f))) {
  }

  void operator()(beast::error_code failed, size_t bytes) {
    // It may destroy whoever owns this.
    auto impl = std::move(impl_);
    impl->call(failed, bytes);
  }

private:
  struct base {
    virtual ~base() = default;
    virtual void call(beast::error_code failed, size_t bytes) = 0;
  };

  template <class F>
  struct holder : base {
    explicit holder(F&& f) : function(std::move(f)) {
    }

    explicit holder(const F& f) : function(f) {
    }

    void call(beast::error_code failed, size_t bytes) override {
      function(failed, bytes);
    }

    F function;
  };

  std::unique_ptr<base> impl_;
};

/// A client's connection, with TLS or without: an AsyncStream as Beast has it.
/// One read and one write may be under way. For one thread.
class web_stream : public std::enable_shared_from_this<web_stream> {
public:
  using executor_type = net::io_context::executor_type;

  /// @param tls null for none.
  web_stream(net::ip::tcp::socket socket, std::unique_ptr<tls_session> tls);

  executor_type get_executor() noexcept {
    return executor_;
  }

  template <class Buffers, class Handler>
  auto async_read_some(const Buffers& buffers, Handler&& handler) {
    return net::async_initiate<Handler, void(beast::error_code, size_t)>(
      [this](auto&& h, net::mutable_buffer into) {
        start_read(into, io_handler{std::forward<decltype(h)>(h)});
      },
      handler, first_of<net::mutable_buffer>(buffers));
  }

  template <class Buffers, class Handler>
  auto async_write_some(const Buffers& buffers, Handler&& handler) {
    std::array<net::const_buffer, 4> parts;
    size_t count = 0;
    auto end = net::buffer_sequence_end(buffers);
    for (auto i = net::buffer_sequence_begin(buffers);
         i != end && count < parts.size(); ++i)
      if (net::const_buffer part = *i; part.size() != 0)
        parts[count++] = part;
    return net::async_initiate<Handler, void(beast::error_code, size_t)>(
      [this](auto&& h, auto all) {
        start_write(all, io_handler{std::forward<decltype(h)>(h)});
      },
      handler, parts);
  }

  /// Says that nothing more is sent. What has been written still leaves.
  void shutdown() noexcept;

  /// What is under way fails.
  void close() noexcept;

  bool is_open() const noexcept {
    return socket_.is_open();
  }

  /// Bytes that have come, those of TLS included.
  uint64_t received() const noexcept {
    return received_;
  }

private:
  using const_parts = std::array<net::const_buffer, 4>;

  template <class Buffer, class Buffers>
  static Buffer first_of(const Buffers& buffers) {
    auto end = net::buffer_sequence_end(buffers);
    for (auto i = net::buffer_sequence_begin(buffers); i != end; ++i)
      if (Buffer part = *i; part.size() != 0)
        return part;
    return {};
  }

  void start_read(net::mutable_buffer into, io_handler done);
  void start_write(const const_parts& parts, io_handler done);
  void read_secure(net::mutable_buffer into, io_handler done);
  void flush();
  void on_flushed(beast::error_code failed, size_t bytes);

  executor_type executor_;
  net::ip::tcp::socket socket_;
  std::unique_ptr<tls_session> tls_;
  uint64_t received_ = 0;
  /// What TLS has made of what is to be sent, and who waits until it has left.
  std::string sealed_;
  std::vector<io_handler> flushed_;
  /// The same of what is on its way.
  std::string leaving_;
  std::vector<io_handler> told_;
  bool is_flushing_ = false;
  /// What has come for TLS.
  std::vector<char> raw_;
};

/// What Beast calls at the end of a WebSocket.
template <class Handler>
void async_teardown(beast::role_type, web_stream& stream, Handler&& handler) {
  stream.shutdown();
  net::post(stream.get_executor(),
            [h = std::forward<Handler>(handler)]() mutable {
              h(beast::error_code{});
            });
}

inline void beast_close_socket(web_stream& stream) {
  stream.close();
}

} // namespace rr
