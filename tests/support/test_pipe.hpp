// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "bridges/system/file_descriptor.hpp"

namespace rr {

/// A pipe, and what a reader does with it.
struct test_pipe {
  file_descriptor in;
  file_descriptor out;

  test_pipe() {
    int fds[2];
    if (::pipe2(fds, O_CLOEXEC) != 0)
      throw std::runtime_error("no pipe");
    in.reset(fds[0]);
    out.reset(fds[1]);
    ::fcntl(out.get(), F_SETPIPE_SZ, 4096);
  }

  /// Writes line feeds into an empty pipe until the pipe takes no more.
  void fill() {
    auto page = std::string(4096, '\n');
    pollfd room{out.get(), POLLOUT, 0};
    while (::poll(&room, 1, 0) == 1)
      if (::write(out.get(), page.data(), page.size()) != 4096)
        throw std::runtime_error("cannot fill the pipe");
  }

  bool is_blocking() const {
    return (::fcntl(out.get(), F_GETFL) & O_NONBLOCK) == 0;
  }

  /// Whether there is something to read, now or within 10 s.
  bool readable() const {
    pollfd event{in.get(), POLLIN, 0};
    return ::poll(&event, 1, 10'000) == 1;
  }

  /// What there is to read, at least a byte.
  std::string read_some() {
    char buffer[65536];
    auto n = readable() ? ::read(in.get(), buffer, sizeof(buffer)) : -1;
    return std::string(buffer, n > 0 ? static_cast<size_t>(n) : 0u);
  }

  /// Everything, until the last writer has closed its end.
  std::string read_all() {
    std::string result;
    for (auto some = read_some(); !some.empty(); some = read_some())
      result += some;
    return result;
  }
};

/// The lines of a text, but for empty ones.
inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> result;
  auto stream = std::istringstream{text};
  for (std::string line; std::getline(stream, line);)
    if (!line.empty())
      result.push_back(line);
  return result;
}

} // namespace rr
