// SPDX-License-Identifier: BSD-3-Clause
#include "app/single_call.hpp"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <random>

#include <fmt/format.h>
#include <zmq.hpp>

#include "app/option_value.hpp"
#include "bridges/file_descriptor.hpp"
#include "bridges/zmq_context.hpp"
#include "messages/address.hpp"
#include "messages/error.hpp"
#include "messages/remote_exchange.hpp"

namespace rr {

namespace {

using clock = std::chrono::steady_clock;

/// Of an answer: a router lets no larger one pass, unless configured to.
constexpr auto answer_limits = cbor_limits{16'777'216};

caf::error no_runtime(const std::string& address, const std::string& why) {
  return caf::make_error(ec::system_error,
                         "no runtime at " + address + ": " + why);
}

/// `<app>-cli-<pid>-<random>`, so that any number may run at once.
std::string make_identity(const options& opts) {
  return fmt::format("{}-cli-{}-{:08x}",
                     opts.get<std::string>("application.name"), ::getpid(),
                     std::random_device{}());
}

/// A connected DEALER and its context.
class caller {
public:
  caf::error open(const options& opts, const single_call& call) {
    auto address
      = get_connection(opts.get<std::vector<std::string>>("router.frontend"));
    if (!address)
      return address.error();
    address_ = *address;
    if (auto failed = find_listener(address_))
      return failed;
    auto context = zmq_context::make();
    if (!context)
      return context.error();
    context_ = std::move(*context);
    auto linger
      = std::chrono::duration_cast<std::chrono::milliseconds>(call.timeout);
    socket_ = zmq::socket_t{context_->get(), zmq::socket_type::dealer};
    socket_.set(zmq::sockopt::routing_id, make_identity(opts));
    socket_.set(zmq::sockopt::probe_router, true);
    socket_.set(zmq::sockopt::linger, static_cast<int>(linger.count()));
    socket_.connect(address_);
    return {};
  }

  void send(const std::string& service, const std::vector<uint8_t>& payload) {
    socket_.send(zmq::buffer(service), zmq::send_flags::sndmore);
    socket_.send(zmq::buffer(payload));
  }

  /// The response to that id, whatever else may come before it.
  caf::expected<response> receive(uint32_t id, const single_call& call) {
    auto deadline = clock::now() + call.timeout;
    for (;;) {
      auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - clock::now());
      if (left.count() <= 0)
        break;
      socket_.set(zmq::sockopt::rcvtimeo, static_cast<int>(left.count()));
      zmq::message_t frame;
      if (!socket_.recv(frame))
        break;
      auto sender = frame.to_string();
      auto count = 1;
      while (frame.more() && socket_.recv(frame))
        ++count;
      if (count != 2 || sender != call.service)
        continue;
      auto message = decode(
        std::as_bytes(std::span{frame.data<const char>(), frame.size()}),
        answer_limits);
      if (!message)
        return message.error();
      if (auto answer = std::get_if<response>(&*message);
          answer && answer->id == id)
        return *answer;
    }
    return caf::make_error(ec::call_timed_out,
                           fmt::format("{}: no answer from {} at {} within {}",
                                       call.method, call.service, address_,
                                       render_duration(call.timeout)));
  }

private:
  std::string address_;
  std::unique_ptr<zmq_context> context_;
  zmq::socket_t socket_;
};

} // namespace

caf::error find_listener(const std::string& address) {
  auto parsed = parse_zmq_address(address);
  if (!parsed)
    return parsed.error();
  if (auto ipc = std::get_if<ipc_address>(&*parsed)) {
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    std::memcpy(to.sun_path, ipc->path.data(), ipc->path.size());
    file_descriptor fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&to), sizeof(to)) != 0)
      return no_runtime(address, error_text(errno));
    return {};
  }
  const auto& tcp = std::get<tcp_address>(*parsed);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (auto failed = ::getaddrinfo(
        tcp.host.c_str(), std::to_string(tcp.port).c_str(), &hints, &found);
      failed != 0)
    return no_runtime(address, ::gai_strerror(failed));
  auto why = ECONNREFUSED;
  for (auto each = found; each != nullptr && why != 0; each = each->ai_next) {
    file_descriptor fd{
      ::socket(each->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    why = ::connect(fd.get(), each->ai_addr, each->ai_addrlen) == 0 ? 0 : errno;
  }
  ::freeaddrinfo(found);
  return why == 0 ? caf::error{} : no_runtime(address, error_text(why));
}

caf::expected<json> call_once(const options& opts, const single_call& call) {
  try {
    caller self;
    if (auto failed = self.open(opts, call))
      return failed;
    constexpr uint32_t id = 1;
    self.send(call.service, encode(request{id, call.method, call.args}));
    auto answer = self.receive(id, call);
    if (!answer)
      return answer.error();
    if (answer->error)
      return remote_error(std::move(*answer->error), call.method);
    return std::move(answer->result);
  } catch (const zmq::error_t& x) {
    return caf::make_error(ec::system_error, std::string{x.what()});
  }
}

caf::error notify_once(const options& opts, const single_call& call) {
  try {
    caller self;
    if (auto failed = self.open(opts, call))
      return failed;
    self.send(call.service, encode(notification{call.method, call.args}));
    return {};
  } catch (const zmq::error_t& x) {
    return caf::make_error(ec::system_error, std::string{x.what()});
  }
}

} // namespace rr
