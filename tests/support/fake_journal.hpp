// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <map>
#include <optional>
#include <string>

#include "bridges/system/file_descriptor.hpp"

namespace rr {

/// The fields of an entry in the journal's native protocol; of equal names the
/// first. Empty for what is malformed.
inline std::map<std::string, std::string> journal_fields(std::string entry) {
  std::map<std::string, std::string> result;
  for (size_t at = 0; at < entry.size();) {
    auto end = entry.find_first_of("=\n", at);
    if (end == std::string::npos)
      return {};
    auto name = entry.substr(at, end - at);
    uint64_t size = 0;
    if (entry[end] == '=') {
      size = entry.find('\n', end) - end - 1;
    } else if (end + 9 <= entry.size()) {
      std::memcpy(&size, entry.data() + end + 1, sizeof size);
      end += 8;
    }
    if (size >= entry.size() || entry.size() - size < end + 2
        || entry[end + 1 + size] != '\n')
      return {};
    result.emplace(name, entry.substr(end + 1, size));
    at = end + 2 + size;
  }
  return result;
}

/// A socket as systemd's journal listens at.
class fake_journal {
public:
  explicit fake_journal(const std::string& path)
    : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    // There is no moment without a socket of that name.
    auto next = path + "~";
    std::memcpy(address.sun_path, next.data(), next.size());
    is_bound = ::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address),
                      sizeof address)
                 == 0
               && std::rename(next.c_str(), path.c_str()) == 0;
  }

  /// The next entry; none when nothing comes for the time.
  std::optional<std::string> receive(int timeout_ms = 20'000) {
    pollfd waiting{socket_.get(), POLLIN, 0};
    if (::poll(&waiting, 1, timeout_ms) != 1)
      return std::nullopt;
    std::string bytes(1 << 20, '\0');
    iovec part{bytes.data(), bytes.size()};
    alignas(cmsghdr) char room[CMSG_SPACE(sizeof(int))]{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = room;
    message.msg_controllen = sizeof room;
    auto n = ::recvmsg(socket_.get(), &message, MSG_CMSG_CLOEXEC);
    bytes.resize(n > 0 ? static_cast<size_t>(n) : 0);
    if (auto* head = CMSG_FIRSTHDR(&message)) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(head), sizeof fd);
      return read_file(file_descriptor{fd});
    }
    return bytes;
  }

  std::map<std::string, std::string> receive_fields() {
    return journal_fields(receive().value_or(""));
  }

  bool is_bound = false;
  /// Entries that came as files, all of them sealed.
  int files = 0;

private:
  std::string read_file(file_descriptor file) {
    struct stat status {};
    ::fstat(file.get(), &status);
    std::string result(static_cast<size_t>(status.st_size), '\0');
    auto n = ::pread(file.get(), result.data(), result.size(), 0);
    auto seals = ::fcntl(file.get(), F_GET_SEALS);
    auto all = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
    if (n == status.st_size && seals == all)
      ++files;
    return result;
  }

  file_descriptor socket_;
};

} // namespace rr
