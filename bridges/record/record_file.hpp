// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include <caf/error.hpp>

#include "bridges/system/state_directory.hpp"

namespace rr {

/// A file of lines that only grows, until it has grown too far and is written
/// as a whole, with what is still worth keeping. For one thread.
class record_file {
public:
  /// What the file is to hold, all of it.
  using whole_text = std::function<std::string()>;

  /// Bytes, beyond which a file of records is none of ours.
  static constexpr size_t max_size = size_t{8} * 1024 * 1024;

  /// @param directory outlives it.
  record_file(const state_directory& directory, std::string name);

  /// What is in it; empty without one. What is too large, or no regular file,
  /// is an error, and is written over.
  caf::expected<std::string> read();

  /// Has it written as a whole the next time.
  void spoil() noexcept {
    spoilt_ = true;
  }

  /// Takes a line that is to be written.
  void add(const std::string& line);

  /// Whether anything is to be written.
  bool waits() const noexcept {
    return spoilt_ || !waiting_.empty();
  }

  /// Writes what is to be written. After an error `whole` is written the next
  /// time.
  /// @param most lines, after which it has grown too far.
  caf::error write(size_t most, const whole_text& whole);

  const std::string& name() const noexcept {
    return name_;
  }

private:
  const state_directory* directory_;
  std::string name_;
  std::string waiting_;
  /// In the file, and in `waiting_`.
  size_t lines_ = 0;
  size_t size_ = 0;
  bool spoilt_ = false;
};

} // namespace rr
