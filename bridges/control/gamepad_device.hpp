// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include "bridges/control/evdev_mapping.hpp"
#include "bridges/system/file_descriptor.hpp"
#include "bridges/system/woken_thread.hpp"
#include "messages/control/gamepad.hpp"

struct libevdev;

namespace rr {

/// Called on the device's own thread; must not block, nor end the device.
struct gamepad_device_listener {
  /// What the gamepad does: once at the start, then whenever that changes.
  std::function<void(const gamepad_state&)> changed;
  /// An axis tells a value that is beyond its range, and is clamped: once, with
  /// the text that says which.
  std::function<void(const std::string&)> strayed;
  /// It cannot be read any more: most likely it was unplugged. The last call.
  std::function<void(const caf::error&)> gone;
};

/// A gamepad at this machine, through the kernel's evdev interface.
class gamepad_device {
public:
  /// @param path such as `/dev/input/event5`; `auto` for the first gamepad of
  ///        that folder.
  /// @returns `ec::bad_configuration` for what is no gamepad and when there is
  ///          none, `ec::system_error` when it cannot be opened.
  static caf::expected<std::unique_ptr<gamepad_device>>
  open(const std::string& path, gamepad_device_listener listener);

private:
  struct closer {
    void operator()(libevdev* device) const noexcept;
  };

  explicit gamepad_device(std::string path);

  static caf::expected<std::unique_ptr<gamepad_device>> find(std::string path);
  caf::error start(gamepad_device_listener listener);
  void run() noexcept;
  int read_events() noexcept;
  void tell_stray();
  void read_state() noexcept;

  std::string path_;
  file_descriptor file_;
  std::unique_ptr<libevdev, closer> device_;
  gamepad_device_listener listener_;
  evdev_mapping mapping_;
  bool stray_told_ = false;
  woken_thread thread_;
};

} // namespace rr
