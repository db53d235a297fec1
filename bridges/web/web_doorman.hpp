// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "bridges/web/web_connection.hpp"
#include "bridges/web/web_core.hpp"

namespace rr {

/// Who may come in, and who goes for it. On the server's thread.
class web_doorman {
public:
  using time_point = web_core::clock::time_point;

  /// @param core lives longer.
  explicit web_doorman(web_core& core) : core_(core) {
  }

  /// Lets one more of that host in, for whom another may have to go.
  /// @returns null when there is no room.
  std::shared_ptr<web_peer> admit(const std::string& host, time_point now);

  void add(std::shared_ptr<web_connection> client);

  /// Closes the connection that is missed least, if there is any.
  /// @param host of whom; empty for whoever has most.
  bool displace(const std::string& host = {});

  /// Does what is due, and lets go of those that have ended.
  void look(time_point now);

  /// Those who are woken are asked for what is to be sent.
  void look_if_woken();

  /// When to `look` at the latest.
  std::optional<time_point> deadline() const;

  /// Says that the server ends.
  void end();

  void close_all();

  bool is_empty() const noexcept {
    return clients_.empty();
  }

private:
  size_t count(const std::string& host) const;
  void forget_peers();

  web_core& core_;
  std::list<std::shared_ptr<web_connection>> clients_;
  std::map<std::string, std::shared_ptr<web_peer>> peers_;
};

} // namespace rr
