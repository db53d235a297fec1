// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <caf/config_value.hpp>
#include <caf/expected.hpp>
#include <caf/settings.hpp>

namespace rr {

/// The options of the actor system itself, `[scheduler]`, `[middleman]`,
/// `[logger]` and so on, as CAF declares them.
class caf_options {
public:
  caf_options();
  ~caf_options();

  /// The names of the sections.
  std::vector<std::string_view> sections() const;

  /// The keys of a section; none of an unknown one.
  std::vector<std::string_view> keys(std::string_view section) const;

  /// Checks a value from a file.
  /// @returns `ec::malformed` with what is wrong and what was expected.
  caf::expected<caf::config_value> check(std::string_view section,
                                         std::string_view key,
                                         const caf::config_value& value) const;

  /// Reads and checks a value that came as text; atoms need no quotes.
  caf::expected<caf::config_value> parse(std::string_view section,
                                         std::string_view key,
                                         std::string_view text) const;

private:
  class table;
  std::unique_ptr<table> table_;
};

/// Whether the actor system's library was built without its own log.
extern const bool actor_system_is_silent;

/// Why a value that is fine does nothing in this program; empty when it does
/// something.
/// @param all the options of the actor system.
std::string_view idle_cause(std::string_view section, std::string_view key,
                            const caf::settings& all);

} // namespace rr
