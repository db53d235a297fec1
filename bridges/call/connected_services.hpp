// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/types.h>

#include <array>
#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace rr {

/// A service that is connected to a router.
struct connected_service {
  /// As `identity_text` makes it.
  std::string identity;
  /// When it introduced itself last.
  std::chrono::system_clock::time_point since;
};

/// Who is connected to a router's backend, as far as they have introduced
/// themselves by a probe, and whose messages found nobody there. Learned from
/// what is no message between peers, so that routing costs nothing for it; that
/// somebody has gone is found out when it is asked. Any thread may call it.
class connected_services {
public:
  /// A service has introduced itself.
  /// @param descriptor of its connection; -1 for one inside this process, which
  ///                   stays.
  void met(std::string_view identity, int descriptor);

  /// A message of that sender could not be sent on: nobody has that identity.
  void missed(std::string_view sender, std::string_view recipient);

  /// Those that are connected still, by identity.
  std::vector<connected_service> list();

  /// Whether nobody was there for that sender's last message to this recipient
  /// that is remembered, of the last few of all senders, and nobody has
  /// introduced itself by that name since; or nobody can have that identity.
  /// @param recipient as `identity_text` makes it.
  bool was_missed(std::string_view sender, std::string_view recipient) const;

private:
  struct connection {
    std::chrono::system_clock::time_point since;
    int descriptor = -1;
    /// A descriptor's number is used again, this is not.
    ino_t socket = 0;
  };

  struct miss {
    std::string sender;
    std::string recipient;
  };

  void forget_gone();

  mutable std::mutex mutex_;
  /// By the identity's bytes.
  std::map<std::string, connection, std::less<>> known_;
  /// Of `known_` from which on those that have gone are looked for.
  size_t look_at_ = 64;
  std::array<miss, 64> misses_;
  size_t next_miss_ = 0;
};

} // namespace rr
