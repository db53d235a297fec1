// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/web/web_server.hpp"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <exception>

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "bridges/system/network_interface.hpp"
#include "bridges/system/woken_thread.hpp"
#include "bridges/web/tls_session.hpp"
#include "bridges/web/web_doorman.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

using net::ip::tcp;
using namespace std::chrono_literals;

/// Connections that are let in before others have their turn.
constexpr size_t accepted_at_once = 16;

/// What is read before the next turn, and more: whoever waits is among it.
constexpr size_t reads_at_once = 1024;

/// How long nobody is let in when the system has no descriptor, or no memory,
/// for one more.
constexpr auto accept_pause = 100ms;

/// Bytes that the kernel keeps for a client that does not read.
constexpr int send_buffer = 256 * 1024;

std::string host_text(const net::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return net::ip::make_address_v4(net::ip::v4_mapped, address.to_v6())
      .to_string();
  return address.is_v6() ? '[' + address.to_string() + ']'
                         : address.to_string();
}

caf::error bind_error(const web_address& address, const std::string& why) {
  return system_error_about("cannot serve " + to_string(address) + ": " + why,
                            to_string(address));
}

/// @returns why it cannot be; empty when it is bound.
std::string bind(tcp::acceptor& acceptor, const web_address& address) {
  auto host = numeric_host(address.host);
  if (host.empty())
    return "no interface of this machine has that name";
  if (host == "*")
    host = "0.0.0.0";
  std::erase(host, '[');
  std::erase(host, ']');
  beast::error_code failed;
  auto ip = net::ip::make_address(host, failed);
  tcp::endpoint where{ip, address.port};
  if (!failed)
    acceptor.open(where.protocol(), failed);
  if (!failed)
    acceptor.set_option(tcp::acceptor::reuse_address(true), failed);
  if (!failed)
    acceptor.bind(where, failed);
  if (!failed)
    acceptor.listen(128, failed);
  if (!failed)
    acceptor.native_non_blocking(true, failed);
  return failed ? error_text(failed.value()) : std::string{};
}

} // namespace

class web_server::impl {
public:
  static caf::expected<std::unique_ptr<impl>> make(web_settings settings);

  ~impl() {
    thread_.stop();
  }

  const web_address& address() const noexcept {
    return core_.access.address();
  }

  web_status status() const;

  heartbeat_witness witness() const {
    return thread_.witness("web");
  }

private:
  impl(web_settings settings, web_address bound,
       std::shared_ptr<web_mailbox> mailbox)
    : core_(std::move(settings), std::move(bound), std::move(mailbox)) {
  }

  void run() noexcept;
  void serve();
  void say_farewell();
  void do_some(web_core::clock::time_point until);
  void wait_to_be_woken();
  void wait_for_mail();
  void wait_for_clients();
  void accept_some();
  void accept(int descriptor);
  void pause_accepting();

  // In the order in which the thread needs them: what is under way has
  // connections, and these have the core.
  web_core core_;
  std::unique_ptr<net::io_context> io_;
  std::unique_ptr<tcp::acceptor> acceptor_;
  std::unique_ptr<net::posix::stream_descriptor> woken_;
  std::unique_ptr<net::posix::stream_descriptor> mail_;
  std::unique_ptr<tls_context> tls_;
  web_doorman doorman_{core_};
  /// While nobody is let in.
  std::optional<web_core::clock::time_point> accept_again_;
  woken_thread thread_;
};

caf::expected<std::unique_ptr<web_server::impl>>
web_server::impl::make(web_settings settings) {
  auto address = settings.address;
  std::unique_ptr<tls_context> tls;
  if (address.secure) {
    auto made = tls_context::make(settings.certificate, settings.key);
    if (!made)
      return std::move(made.error());
    tls = std::move(*made);
  }
  auto mailbox = web_mailbox::make();
  if (!mailbox)
    return std::move(mailbox.error());
  try {
    auto io = std::make_unique<net::io_context>(1);
    auto acceptor = std::make_unique<tcp::acceptor>(*io);
    if (auto why = bind(*acceptor, address); !why.empty())
      return bind_error(address, why);
    address.port = acceptor->local_endpoint().port();
    std::unique_ptr<impl> result{
      new impl{std::move(settings), address, std::move(*mailbox)}};
    result->io_ = std::move(io);
    result->acceptor_ = std::move(acceptor);
    result->tls_ = std::move(tls);
    if (auto failed = result->thread_.start(
          "rr-web", "cannot start a thread for " + to_string(address),
          [self = result.get()] { self->run(); }))
      return failed;
    return result;
  } catch (const std::exception& x) {
    return bind_error(address, as_cause(x.what()));
  }
}

web_status web_server::impl::status() const {
  const auto& count = core_.count;
  web_status result;
  result.address = to_string(address());
  result.connections = count.connections;
  result.websockets = count.websockets;
  result.accepted = count.accepted;
  result.displaced = count.displaced;
  result.requests = count.requests;
  result.refused = count.refused;
  result.slow = count.slow;
  result.received = count.received;
  result.malformed = count.malformed;
  result.sent = count.sent;
  return result;
}

void web_server::impl::run() noexcept {
  try {
    serve();
    say_farewell();
  } catch (const std::exception& x) {
    if (core_.settings.owner.failed)
      core_.settings.owner.failed({bind_error(address(), as_cause(x.what()))});
  }
  core_.mailbox->close();
  doorman_.close_all();
  try {
    // What was under way ends now.
    io_->restart();
    while (io_->poll_one() != 0)
      doorman_.close_all();
  } catch (const std::exception&) {
    // Then it ends with the context.
  }
  core_.turns.clear();
}

/// Reads whatever there is on any connection, stops that are among it obeyed,
/// before the next of those that wait has its turn.
void web_server::impl::serve() {
  woken_ = std::make_unique<net::posix::stream_descriptor>(
    *io_, ::fcntl(thread_.descriptor(), F_DUPFD_CLOEXEC, 0));
  mail_ = std::make_unique<net::posix::stream_descriptor>(
    *io_, ::fcntl(core_.mailbox->descriptor(), F_DUPFD_CLOEXEC, 0));
  wait_to_be_woken();
  wait_for_mail();
  wait_for_clients();
  while (!thread_.stopping())
    do_some(web_core::clock::now() + 24h);
}

void web_server::impl::do_some(web_core::clock::time_point until) {
  // Who sends without end keeps nobody from his turn.
  for (size_t i = 0; i < reads_at_once && io_->poll_one() != 0; ++i)
    if (thread_.stopping() && !core_.is_ending)
      return;
  auto now = web_core::clock::now();
  doorman_.look(now);
  if (accept_again_ && now >= *accept_again_) {
    accept_again_.reset();
    wait_for_clients();
  }
  if (!core_.turns.empty()) {
    auto turn = std::move(core_.turns.front());
    core_.turns.pop_front();
    return turn();
  }
  if (core_.is_ending && doorman_.is_empty())
    return;
  for (const auto& next : {doorman_.deadline(), accept_again_})
    if (next)
      until = std::min(until, *next);
  io_->run_one_until(until);
}

void web_server::impl::say_farewell() {
  core_.is_ending = true;
  beast::error_code ignored;
  acceptor_->close(ignored);
  doorman_.end();
  auto deadline = web_core::clock::now() + core_.settings.limits.farewell;
  while (!doorman_.is_empty() && web_core::clock::now() < deadline)
    do_some(deadline);
}

void web_server::impl::wait_to_be_woken() {
  woken_->async_wait(net::posix::stream_descriptor::wait_read,
                     [this](beast::error_code failed) {
                       if (failed)
                         return;
                       thread_.clear();
                       thread_.answer();
                       wait_to_be_woken();
                     });
}

void web_server::impl::wait_for_mail() {
  mail_->async_wait(net::posix::stream_descriptor::wait_read,
                    [this](beast::error_code failed) {
                      if (failed)
                        return;
                      for (auto& each : core_.mailbox->take())
                        each();
                      doorman_.look_if_woken();
                      wait_for_mail();
                    });
}

void web_server::impl::wait_for_clients() {
  acceptor_->async_wait(tcp::acceptor::wait_read,
                        [this](beast::error_code failed) {
                          if (!failed)
                            accept_some();
                        });
}

void web_server::impl::accept_some() {
  for (size_t i = 0; i < accepted_at_once; ++i) {
    // Not accept4, which the guard of descriptors answers for: these clients
    // are few, and one of them may want to stop the robot.
    auto descriptor = ::accept(acceptor_->native_handle(), nullptr, nullptr);
    if (descriptor >= 0) {
      accept(descriptor);
      continue;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK)
      break;
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS
        || errno == ENOMEM)
      return pause_accepting();
  }
  wait_for_clients();
}

/// Without it the thread would try again at once, and so for ever.
void web_server::impl::pause_accepting() {
  doorman_.displace();
  accept_again_ = web_core::clock::now() + accept_pause;
}

void web_server::impl::accept(int descriptor) {
  ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  auto family = acceptor_->local_endpoint().protocol();
  tcp::socket socket{*io_, family, descriptor};
  beast::error_code failed;
  auto from = socket.remote_endpoint(failed);
  if (failed)
    return;
  auto host = host_text(from.address());
  auto peer = doorman_.admit(host, web_core::clock::now());
  if (!peer)
    return;
  beast::error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  socket.set_option(net::socket_base::send_buffer_size(send_buffer), ignored);
  std::unique_ptr<tls_session> tls;
  if (tls_ && !(tls = tls_->begin()))
    return;
  doorman_.add(std::make_shared<web_connection>(
    core_, std::make_shared<web_stream>(std::move(socket), std::move(tls)),
    std::move(peer), host + ':' + std::to_string(from.port())));
}

web_server::web_server(std::unique_ptr<impl> made) : impl_(std::move(made)) {
}

web_server::~web_server() = default;

caf::expected<std::unique_ptr<web_server>>
web_server::make(web_settings settings) {
  auto made = impl::make(std::move(settings));
  if (!made)
    return std::move(made.error());
  return std::unique_ptr<web_server>{new web_server{std::move(*made)}};
}

const web_address& web_server::address() const noexcept {
  return impl_->address();
}

web_status web_server::status() const {
  return impl_->status();
}

heartbeat_witness web_server::witness() const {
  return impl_->witness();
}

} // namespace rr
