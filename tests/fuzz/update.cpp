// SPDX-License-Identifier: BSD-3-Clause

// Datagrams of updates: what is read, and sent again in one or several.

#include <algorithm>

#include "messages/device/device_update.hpp"
#include "messages/error.hpp"
#include "tests/fuzz/target.hpp"

using namespace rr;
using fuzz::require;

namespace {

bool same(const device_values& x, const device_values& y) {
  // NaN is not equal to itself.
  return x.uid == y.uid && json::to_cbor(x.values) == json::to_cbor(y.values);
}

void check_sent(const device_update& update, size_t datagram) {
  auto sent = encode_update(update, datagram);
  require(sent.left_out.empty(), "there was room for all of it");
  require(!sent.datagrams.empty(), "an update is one datagram at least");
  device_update again;
  for (const auto& each : sent.datagrams) {
    auto read = decode_update(std::as_bytes(std::span{each}));
    require(static_cast<bool>(read), "what was sent can be read");
    require(each.size() <= datagram || read->size() == 1,
            "an update is split where it is too long");
    again.insert(again.end(), read->begin(), read->end());
  }
  require(std::ranges::equal(again, update, same),
          "each device is told of once, as it was");
}

} // namespace

FUZZ_TARGET(update) {
  auto update = decode_update(bytes);
  if (!update) {
    require(update.error() == ec::malformed, "a bad update is malformed");
    return;
  }
  for (auto datagram : {size_t{64}, size_t{508}, whole_datagram})
    check_sent(*update, datagram);
  require(encode_update(*update, largest_datagram).datagrams.size() == 1,
          "one that is never split is one datagram");
}
