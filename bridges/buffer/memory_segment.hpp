// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <boost/interprocess/mapped_region.hpp>
#include <caf/expected.hpp>

#include "bridges/system/file_descriptor.hpp"
#include "messages/error.hpp"

namespace rr {

/// One piece of memory, shared by its name or private to this process. It stays
/// mapped for the life of the object; its name is another matter.
class memory_segment {
public:
  /// Writes the first bytes of a segment that is all zeros.
  using writer = std::function<void(std::span<std::byte>)>;

  /// Makes a shared-memory object of mode 0600, whole before it has its name:
  /// a process that is killed half-way leaves nothing.
  /// @param size in bytes, all of which are set aside here and now.
  /// @param lock holds an exclusive `flock` before the object has its name, or
  ///             is null.
  /// @returns whether the object was made: false when the name is taken.
  ///          `ec::system_error` when there is no room or no permission.
  static caf::expected<bool> create(const std::string& name, size_t size,
                                    const writer& write,
                                    file_descriptor* lock = nullptr);

  /// Maps an object that is there, all of it, for reading and writing.
  /// @returns `ec::unknown_device` when there is none of that name,
  ///          `ec::system_error` without permission, and
  ///          `ec::incompatible_buffer` for one that users other than this one
  ///          (and root) may write to: what they do to it could harm us.
  static caf::expected<memory_segment> open(const std::string& name);

  /// Memory of this process and its forks alone, all zeros.
  static caf::expected<memory_segment> make_private(size_t size);

  memory_segment() = default;

  std::span<std::byte> bytes() const noexcept {
    return {static_cast<std::byte*>(region_.get_address()), region_.get_size()};
  }

  /// Whether the object of that name is this one: not so when it has been
  /// removed, or when it never had a name.
  bool is_named(const std::string& name) const;

private:
  explicit memory_segment(boost::interprocess::mapped_region region);

  boost::interprocess::mapped_region region_;
  /// Which file it is, and of which file system; 0 without a name.
  ino_t file_ = 0;
  dev_t device_ = 0;
};

/// An error of what cannot be used as what it is named:
/// `ec::incompatible_buffer` with the text `cannot open NAME: WHY`.
caf::error cannot_open(const std::string& name, const std::string& why);

/// Opens an object, or makes it where there is none.
/// @param open returns `ec::unknown_device` when there is none.
/// @returns errors as `open` and `memory_segment::create`.
template <class Open>
auto open_or_create(const std::string& name, size_t size,
                    const memory_segment::writer& write, Open open) {
  // Whoever removes it in between cannot do so for ever.
  for (int i = 0;; ++i) {
    auto result = open();
    if (result || result.error() != ec::unknown_device || i == 100)
      return result;
    if (auto made = memory_segment::create(name, size, write); !made)
      return decltype(result){std::move(made.error())};
  }
}

/// Takes the name from an object; who has it mapped keeps it.
/// @returns none also when there is no such object.
caf::error remove_segment(const std::string& name);

/// The names of all shared-memory objects that begin with a text, sorted.
std::vector<std::string> list_segments(const std::string& beginning);

/// When a segment was last made or removed, by whomever, since the system's
/// epoch; as of the kernel's last tick, up to 10 ms before. None where it
/// cannot be told.
std::optional<std::chrono::nanoseconds> segments_changed() noexcept;

/// The path of an object.
std::string segment_path(const std::string& name);

} // namespace rr
