// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/process/notify_socket.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <sys/socket.h>
#include <sys/un.h>
#include <utility>

#include "bridges/process/containment.hpp"
#include "bridges/process/process_family.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

/// At a time: others wait for the thread, and their next turn comes.
constexpr int most_at_a_time = 64;

/// Of one start.
constexpr unsigned most_main_checks = 16;

struct socket_name {
  sockaddr_un address{};
  socklen_t size = 0;
};

/// @param path a leading null byte for an abstract name.
/// @returns none that is too long.
std::optional<socket_name> name_of(const std::string& path) {
  socket_name result;
  result.address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(result.address.sun_path))
    return std::nullopt;
  std::memcpy(result.address.sun_path, path.data(), path.size());
  auto end = path[0] == '\0' ? path.size() : path.size() + 1;
  result.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + end);
  return result;
}

/// Who has sent a datagram.
std::optional<ucred> sender_of(msghdr& header) {
  auto first = CMSG_FIRSTHDR(&header);
  if (!first || first->cmsg_level != SOL_SOCKET
      || first->cmsg_type != SCM_CREDENTIALS)
    return std::nullopt;
  ucred result;
  std::memcpy(&result, CMSG_DATA(first), sizeof(result));
  return result;
}

constexpr std::string_view name_start = "notify-";

/// `notify-PID-RANDOM`: nobody can take it before.
std::string make_name() {
  std::random_device random;
  char digits[17];
  std::snprintf(digits, sizeof(digits), "%08x%08x", random(), random());
  return std::string{name_start} + std::to_string(::getpid()) + '-' + digits;
}

caf::error bind_to(int socket, const std::string& path) {
  auto name = name_of(path);
  if (!name)
    return caf::make_error(ec::system_error, "the path is too long");
  if (::bind(socket, reinterpret_cast<sockaddr*>(&name->address), name->size)
      != 0)
    return system_error("cannot bind " + path, errno);
  return {};
}

} // namespace

caf::expected<std::shared_ptr<notify_socket>>
notify_socket::make(const std::string& directory) {
  auto name = make_name();
  auto socket = file_descriptor{
    ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  auto on = 1;
  if (!socket
      || ::setsockopt(socket.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof(on))
           != 0)
    return system_error("cannot make a socket for " + name, errno);
  std::shared_ptr<notify_socket> result{new notify_socket{std::move(socket)}};
  auto path = directory + '/' + name;
  if (directory.empty() || !name_of(path)) {
    if (auto failed = bind_to(result->descriptor(), '\0' + name))
      return failed;
    result->address_ = '@' + name;
    return result;
  }
  if (auto failed = bind_to(result->descriptor(), path))
    return failed;
  result->path_ = path;
  result->address_ = std::move(path);
  return result;
}

notify_socket::~notify_socket() {
  if (!path_.empty())
    ::unlink(path_.c_str());
}

void notify_socket::remove_stale(const std::string& directory) noexcept {
  for (const auto& name : list_directory(directory)) {
    if (!name.starts_with(name_start))
      continue;
    auto pid = std::atoi(name.c_str() + name_start.size());
    if (pid > 0 && pid != ::getpid() && ::kill(pid, 0) != 0 && errno == ESRCH)
      ::unlink((directory + '/' + name).c_str());
  }
}

void notify_socket::open_for(pid_t child, std::function<void()> told) {
  std::lock_guard guard{mutex_};
  child_ = child;
  told_ = std::move(told);
}

void notify_socket::receive() {
  std::function<void()> told;
  {
    std::lock_guard guard{mutex_};
    if (child_ == 0)
      return;
    for (auto i = 0; i < most_at_a_time && receive_one(); ++i)
      continue;
    if (std::exchange(has_news_, false) && !std::exchange(announced_, true))
      told = told_;
  }
  if (told)
    told();
}

void notify_socket::close() {
  receive();
  std::lock_guard guard{mutex_};
  child_ = 0;
  told_ = nullptr;
}

child_news notify_socket::take() {
  std::lock_guard guard{mutex_};
  announced_ = false;
  auto heartbeat = news_.heartbeat;
  auto result = std::exchange(news_, {});
  news_.heartbeat = heartbeat;
  return result;
}

bool notify_socket::receive_one() {
  char text[max_notify_message + 1];
  // No room for descriptors: the kernel closes what anybody sends, and nothing
  // of it is ever one of this process's.
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(ucred))];
  iovec where{text, sizeof(text)};
  msghdr header{};
  header.msg_iov = &where;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof(control);
  auto size = ::recvmsg(socket_.get(), &header,
                        MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (size < 0)
    return errno == EINTR;
  auto sender = sender_of(header);
  if (!sender)
    return true;
  arrival what;
  what.text = {text, static_cast<size_t>(size)};
  what.is_whole = (header.msg_flags & MSG_TRUNC) == 0;
  what.sender = sender->pid;
  what.user = sender->uid;
  take_in(what);
  return true;
}

void notify_socket::take_in(const arrival& what) {
  // What costs little first: anybody may send to an abstract name.
  if (!may_speak_for(what.user, child_)
      || kinship_of(what.sender, child_) == kinship::foreign)
    return refuse(unknown_sender, "it comes from process "
                                    + std::to_string(what.sender) + " of user "
                                    + std::to_string(what.user)
                                    + ", which is none of this process's");
  auto message = read_notify_message(what.text,
                                     std::chrono::steady_clock::now());
  if (!what.is_whole || !message)
    return refuse(malformed, "it is too long, or no text");
  if (message->keeps_descriptors)
    refuse(descriptors, "FDSTORE=1: no descriptor is kept");
  // Whatever it is changes nothing, and to look for it may take its time.
  if (message->main_pid && main_checks_++ < most_main_checks
      && kinship_of(seen_from_here(*message->main_pid, child_), child_)
           != kinship::own)
    refuse(main_pid, "MAINPID=" + std::to_string(*message->main_pid)
                       + ": that is no process of this one's");
  auto& news = message->news;
  has_news_ |= news.ready || news.stopping || news.triggered || news.extension
               || news.watchdog || news.status;
  merge(news_, std::move(news));
}

void notify_socket::refuse(refusal kind, std::string why) {
  auto bit = 1u << kind;
  if ((std::exchange(refused_, refused_ | bit) & bit) != 0)
    return;
  news_.refused.push_back(std::move(why));
  has_news_ = true;
}

} // namespace rr
