// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include <caf/error.hpp>

#include "bridges/web/foxglove_message.hpp"

namespace rr {

/// Which topics one client knows of, and which it has subscribed to.
class foxglove_channels {
public:
  /// A message that advertises has no more.
  static inline constexpr size_t most_at_once = 16;

  /// @returns its number.
  uint32_t add(telemetry_topic topic);

  /// Ends its subscription, too.
  void remove(uint32_t channel_id);

  /// The next text that tells the client of what was added or removed; none
  /// when it knows all.
  std::optional<std::string> next_text();

  /// @returns `ec::malformed` for a channel that has never been, one that has
  ///          been subscribed to already, and an id that is in use.
  caf::error subscribe(const foxglove::subscription& what);

  /// @returns the channel, 0 for one that has been removed meanwhile, or
  ///          `ec::malformed` for an id that is not in use.
  caf::expected<uint32_t> unsubscribe(uint32_t subscription_id);

  /// The id that messages of the channel bear; none without a subscription.
  std::optional<uint32_t> subscription_of(uint32_t channel_id) const;

private:
  struct entry {
    std::optional<uint32_t> subscription_id;
    bool is_told = false;
  };

  using ids = std::map<uint32_t, uint32_t>;

  /// Subscriptions to what is gone.
  static inline constexpr size_t most_gone = 1000;

  void forget_some();

  uint32_t next_id_ = 1;
  std::map<uint32_t, entry> channels_;
  /// Channels by the client's ids; 0 for one that has been removed, of which
  /// the client may not have heard.
  ids subscriptions_;
  std::vector<foxglove::channel> added_;
  std::vector<uint32_t> removed_;
};

} // namespace rr
