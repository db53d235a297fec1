// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include <caf/expected.hpp>

#include "bridges/buffer/buffer_handle.hpp"
#include "messages/device/device_names.hpp"

namespace rr {

/// The buffers of a robot's devices, as a peer has them. A small value: copy it
/// freely, use it from any thread.
class device_buffers {
public:
  /// Where they are; see `peer::buffers`.
  class source {
  public:
    virtual ~source() = default;
    /// The buffer of one device.
    virtual caf::expected<buffer_handle> open(const device_key& key) = 0;
    /// Those that are there.
    virtual std::vector<buffer_handle> valid() = 0;
    /// Which types of devices there are.
    virtual const catalog& types() const = 0;
    /// What people call devices.
    virtual const device_names& names() const = 0;
  };

  /// @param from null where there are none: then every `open` fails.
  explicit device_buffers(std::shared_ptr<source> from)
    : source_(std::move(from)) {
  }

  /// Opens the buffer of a device, or makes it where there is none.
  /// @param device a UID, a name of `device.names`, or `TYPE:NUMBER`.
  /// @returns `ec::unknown_device` for what the catalog does not have; errors
  ///          as `shared_buffer::create`.
  caf::expected<buffer_handle> open(std::string_view device) const;

  /// Every buffer that is valid now, in ascending order of type and UID.
  std::vector<buffer_handle> valid() const;

  /// What `device.catalog` says.
  const catalog& types() const;

private:
  std::shared_ptr<source> source_;
};

} // namespace rr
