// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

namespace rr {

/// What a value may be. Everything down to `interface_name` is one text.
enum class option_type : uint8_t {
  text,
  /// 1 to 200 bytes without control characters.
  name,
  /// `[a-z0-9-]`, 1 to 32 characters.
  short_name,
  /// A file or directory; `""` where the row says so.
  path,
  /// One of the row's choices.
  choice,
  /// `udp://host:port`.
  udp_address,
  /// `http://host:port`, `https://host:port` or `""`.
  web_address,
  /// An IPv4 address or the name of a network interface, or `""`.
  interface_name,
  boolean,
  integer,
  duration,
  /// One or more of `tcp://host:port` and `ipc://path`.
  addresses,
  /// Addresses and prefixes of hosts: `10.0.0.1`, `10.0.0.0/24`, `fe80::/10`.
  prefixes,
  texts,
  /// Integers in the row's range.
  integers,
  /// A name for each UID.
  uids,
  /// ZMQ socket options by their names.
  zmq_options,
  text_map,
};

/// One row of the table of every option: the parser, the environment names,
/// `--help`, `check` and the test of `config/robot.ini` are derived from it.
struct option_row {
  std::string_view group = {};
  std::string_view key = {};
  option_type type = option_type::text;
  /// In the form of the configuration file.
  std::string_view initial = {};
  /// Inclusive; of a duration in nanoseconds.
  int64_t min = 1;
  int64_t max = std::numeric_limits<int64_t>::max();
  /// Separated by a space.
  std::string_view choices = {};
  /// What is taken for a choice and yields another: `warn=warning`.
  std::string_view alias = {};
  bool required = false;
  /// One line.
  std::string_view help = {};
};

/// `group.key`.
/// @relates option_row
inline std::string full_name(const option_row& row) {
  return std::string{row.group} + '.' + std::string{row.key};
}

/// Every option, in the order of the manual.
std::span<const option_row> option_table() noexcept;

/// Every key of a `[process.NAME]` section; its group is `process`.
std::span<const option_row> process_table() noexcept;

/// The option of that name, or `nullptr`.
const option_row* find_option(std::string_view group,
                              std::string_view key) noexcept;

/// The key of a process section, or `nullptr`.
const option_row* find_process_key(std::string_view key) noexcept;

} // namespace rr
