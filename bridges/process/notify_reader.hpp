// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

#include <caf/expected.hpp>

#include "bridges/process/notify_socket.hpp"
#include "bridges/system/file_descriptor.hpp"
#include "bridges/system/woken_thread.hpp"

namespace rr {

/// Reads what children say of themselves, on one thread of its own: whatever
/// one of them sends, the others have their turns. It says nothing of
/// heartbeats, so that they cost no message; who waits for one looks at the
/// socket.
class notify_reader {
public:
  notify_reader() = default;

  notify_reader(const notify_reader&) = delete;
  notify_reader& operator=(const notify_reader&) = delete;

  /// Ends the thread.
  ~notify_reader();

  /// Reads a socket from now on. Thread safe. The thread begins with the first.
  /// @returns an `ec::system_error` when descriptors or threads are exhausted.
  caf::error add(std::shared_ptr<notify_socket> socket);

  /// Reads it no more. Thread safe.
  void remove(const notify_socket& socket);

private:
  caf::error begin();

  void run();

  std::shared_ptr<notify_socket> find(uint64_t id);

  file_descriptor epoll_;
  std::mutex mutex_;
  uint64_t last_id_ = 0;
  std::unordered_map<uint64_t, std::shared_ptr<notify_socket>> sockets_;
  woken_thread thread_;
};

} // namespace rr
