// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/system/service_manager.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "messages/error.hpp"
#include "messages/visible_text.hpp"

namespace rr {

namespace {

/// A longer time is as good as none, and no clock overflows.
constexpr uint64_t longest_patience = 365ull * 24 * 3600 * 1'000'000;

std::optional<uint64_t> number_of(const char* text) noexcept {
  if (text == nullptr)
    return std::nullopt;
  uint64_t result = 0;
  auto* end = text + std::strlen(text);
  auto read = std::from_chars(text, end, result);
  if (read.ec != std::errc{} || read.ptr != end)
    return std::nullopt;
  return result;
}

caf::error no_socket(const std::string& name, const std::string& why) {
  return caf::make_error(ec::bad_configuration,
                         "cannot use NOTIFY_SOCKET " + name + ": " + why);
}

} // namespace

caf::expected<std::unique_ptr<service_manager>>
service_manager::find(const variables& environment) {
  const auto* text = environment("NOTIFY_SOCKET");
  if (text == nullptr || *text == '\0')
    return std::unique_ptr<service_manager>{};
  auto path = std::string_view{text};
  auto name = visible_text(path, 200);
  std::unique_ptr<service_manager> result{new service_manager};
  auto& address = result->address_;
  auto is_abstract = path.front() == '@';
  if (!is_abstract && path.front() != '/')
    return no_socket(name, "expected a path that begins with / or @");
  // Of a path the zero at its end has to have room, too.
  if (path.size() >= sizeof(address.sun_path) || path.size() < 2)
    return no_socket(name, "expected a path of 2 to 107 bytes");
  address.sun_family = AF_UNIX;
  std::copy(path.begin(), path.end(), address.sun_path);
  result->size_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path)
                                         + path.size() + (is_abstract ? 0 : 1));
  if (is_abstract) {
    address.sun_path[0] = '\0';
  } else {
    struct stat status {};
    if (::stat(text, &status) != 0)
      return no_socket(name, std::strerror(errno));
    if (!S_ISSOCK(status.st_mode))
      return no_socket(name, "it is no socket");
  }
  result->socket_.reset(
    ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!result->socket_)
    return system_error("cannot use NOTIFY_SOCKET " + name, errno);
  result->name_ = std::move(name);
  result->patience_ = patience_of(environment);
  return result;
}

std::optional<std::chrono::microseconds>
service_manager::patience_of(const variables& environment) {
  auto patience = number_of(environment("WATCHDOG_USEC"));
  if (!patience || *patience == 0 || *patience > longest_patience)
    return std::nullopt;
  if (const auto* text = environment("WATCHDOG_PID"))
    if (number_of(text) != static_cast<uint64_t>(::getpid()))
      return std::nullopt;
  return std::chrono::microseconds{static_cast<int64_t>(*patience)};
}

caf::error service_manager::tell(std::string_view state) const {
  auto sent = ::sendto(socket_.get(), state.data(), state.size(),
                       MSG_DONTWAIT | MSG_NOSIGNAL,
                       reinterpret_cast<const sockaddr*>(&address_), size_);
  if (sent >= 0)
    return {};
  return system_error("cannot send to NOTIFY_SOCKET " + name_, errno);
}

} // namespace rr
