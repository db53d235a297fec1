// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "bridges/system/woken_thread.hpp"
#include "bridges/udp/update_receiver.hpp"

namespace rr {

/// What receives device updates, until its end.
class update_source {
public:
  virtual ~update_source() = default;

  /// From any thread.
  virtual update_reception status() const = 0;
};

/// An update receiver with a thread of its own, on which the listener is
/// called.
class update_socket final : public update_source {
public:
  /// @returns errors as `update_receiver::make`.
  static caf::expected<std::unique_ptr<update_source>>
  make(const std::string& address, const std::string& interface,
       update_listener listener);

  update_reception status() const override;

private:
  update_socket(std::unique_ptr<update_receiver> receiver,
                update_listener listener);

  void run() noexcept;

  std::unique_ptr<update_receiver> receiver_;
  update_listener listener_;
  mutable std::mutex mutex_;
  update_reception status_;
  woken_thread thread_;
};

} // namespace rr
