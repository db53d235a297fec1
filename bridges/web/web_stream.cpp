// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/web/web_stream.hpp"

#include <algorithm>
#include <iterator>

#include <boost/asio/write.hpp>

namespace rr {

namespace {

/// Of what TLS seals at once.
constexpr size_t max_sealed = 16 * 1024;

} // namespace

web_stream::web_stream(net::ip::tcp::socket socket,
                       std::unique_ptr<tls_session> tls)
  : executor_(static_cast<net::io_context&>(socket.get_executor().context())
                .get_executor()),
    socket_(std::move(socket)),
    tls_(std::move(tls)) {
  if (tls_)
    raw_.resize(max_sealed);
}

void web_stream::shutdown() noexcept {
  beast::error_code ignored;
  if (tls_) {
    tls_->shutdown();
    sealed_ += tls_->take();
    // What the socket does not take at once is left out.
    if (!is_flushing_)
      socket_.write_some(net::buffer(sealed_), ignored);
  }
  socket_.shutdown(net::ip::tcp::socket::shutdown_send, ignored);
}

void web_stream::close() noexcept {
  beast::error_code ignored;
  socket_.close(ignored);
}

void web_stream::start_read(net::mutable_buffer into, io_handler done) {
  if (tls_)
    return read_secure(into, std::move(done));
  socket_.async_read_some(net::mutable_buffers_1{into}, std::move(done));
}

void web_stream::start_write(const const_parts& parts, io_handler done) {
  if (!tls_)
    return socket_.async_write_some(parts, std::move(done));
  size_t bytes = 0;
  auto outcome = tls_session::outcome::done;
  for (const auto& part : parts) {
    auto size = std::min(part.size(), max_sealed - bytes);
    if (size != 0 && outcome == tls_session::outcome::done)
      outcome = tls_->write({static_cast<const char*>(part.data()), size});
    bytes += size;
  }
  if (outcome != tls_session::outcome::done)
    return net::post(executor_, [h = std::move(done)]() mutable {
      h(net::error::broken_pipe, 0);
    });
  sealed_ += tls_->take();
  flushed_.emplace_back(
    [bytes, h = std::move(done)](beast::error_code failed, size_t) mutable {
      h(failed, failed ? 0 : bytes);
    });
  flush();
}

/// Reads until something has been said: what comes may be of the handshake.
void web_stream::read_secure(net::mutable_buffer into, io_handler done) {
  size_t got = 0;
  auto outcome = tls_->read({static_cast<char*>(into.data()), into.size()},
                            got);
  // Of the handshake, or an alert.
  sealed_ += tls_->take();
  flush();
  if (outcome == tls_session::outcome::wants_more)
    return socket_.async_read_some(
      net::buffer(raw_), [self = shared_from_this(), into, h = std::move(done)](
                           beast::error_code failed, size_t bytes) mutable {
        if (failed)
          return h(failed, 0);
        self->tls_->feed({self->raw_.data(), bytes});
        self->read_secure(into, std::move(h));
      });
  beast::error_code failed;
  if (outcome == tls_session::outcome::closed)
    failed = net::error::eof;
  else if (outcome == tls_session::outcome::failed)
    failed = net::error::connection_aborted;
  net::post(executor_, [failed, got, h = std::move(done)]() mutable {
    h(failed, failed ? 0 : got);
  });
}

/// Sends what TLS has made, and tells who waits for it once it has left.
void web_stream::flush() {
  if (is_flushing_ || sealed_.empty())
    return;
  is_flushing_ = true;
  leaving_ = std::exchange(sealed_, {});
  told_ = std::exchange(flushed_, {});
  net::async_write(socket_, net::buffer(leaving_),
                   [self = shared_from_this()](beast::error_code failed,
                                               size_t bytes) {
                     self->on_flushed(failed, bytes);
                   });
}

void web_stream::on_flushed(beast::error_code failed, size_t bytes) {
  is_flushing_ = false;
  leaving_.clear();
  auto told = std::exchange(told_, {});
  if (failed)
    std::ranges::move(std::exchange(flushed_, {}), std::back_inserter(told));
  else
    flush();
  for (auto& each : told)
    each(failed, bytes);
}

} // namespace rr
