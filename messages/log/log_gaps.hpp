// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace rr {

/// Tells from `seq` how many events of each source and level never came.
class log_gaps {
public:
  /// Sources that are kept in mind, so that no peer fills the memory. Beyond it
  /// all are forgotten, and with them at most one gap each.
  static constexpr size_t max_sources = 4096;

  /// To be called with each event in the order of its coming.
  /// @returns how many are missing between it and the one before of its source
  ///          and level. None before the first, nor of events without numbers
  ///          or from a publisher that counts anew.
  uint64_t take(const nlohmann::json& event);

private:
  /// The last number by level; zero for none.
  std::map<std::string, std::array<uint64_t, 5>, std::less<>> last_;
};

} // namespace rr
