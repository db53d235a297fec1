// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/control/gamepad_device.hpp"

#include <fcntl.h>
#include <libevdev/libevdev.h>
#include <poll.h>

#include <array>
#include <cerrno>
#include <filesystem>

#include "messages/error.hpp"

namespace rr {

namespace {

constexpr auto input_folder = "/dev/input";

/// All that the mapping knows.
constexpr uint16_t axis_codes[] = {ABS_X, ABS_Y,  ABS_RX,    ABS_RY,
                                   ABS_Z, ABS_RZ, ABS_HAT0X, ABS_HAT0Y};

bool is_gamepad(const libevdev* device) {
  return libevdev_has_event_code(device, EV_KEY, BTN_GAMEPAD) != 0
         && libevdev_has_event_code(device, EV_ABS, ABS_X) != 0
         && libevdev_has_event_code(device, EV_ABS, ABS_Y) != 0;
}

} // namespace

void gamepad_device::closer::operator()(libevdev* device) const noexcept {
  libevdev_free(device);
}

gamepad_device::gamepad_device(std::string path) : path_(std::move(path)) {
}

caf::expected<std::unique_ptr<gamepad_device>>
gamepad_device::find(std::string path) {
  std::unique_ptr<gamepad_device> result{new gamepad_device{std::move(path)}};
  const auto& name = result->path_;
  result->file_.reset(::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!result->file_)
    return system_error("cannot open " + name, errno);
  libevdev* device = nullptr;
  if (libevdev_new_from_fd(result->file_.get(), &device) < 0)
    return caf::make_error(ec::bad_configuration,
                           name + ": it is no input device");
  result->device_.reset(device);
  if (!is_gamepad(device))
    return caf::make_error(ec::bad_configuration,
                           name + ": it is no gamepad but "
                             + libevdev_get_name(device));
  return result;
}

caf::expected<std::unique_ptr<gamepad_device>>
gamepad_device::open(const std::string& path,
                     gamepad_device_listener listener) {
  caf::expected<std::unique_ptr<gamepad_device>> result
    = caf::make_error(ec::bad_configuration,
                      "there is no gamepad in " + std::string{input_folder});
  if (path != "auto") {
    result = find(path);
  } else {
    std::error_code none;
    for (const auto& entry :
         std::filesystem::directory_iterator{input_folder, none})
      if (entry.path().filename().string().starts_with("event") && !result)
        if (auto found = find(entry.path().string()))
          result = std::move(found);
  }
  if (result)
    if (auto failed = (*result)->start(std::move(listener)))
      return failed;
  return result;
}

caf::error gamepad_device::start(gamepad_device_listener listener) {
  listener_ = std::move(listener);
  for (auto code : axis_codes)
    if (auto info = libevdev_get_abs_info(device_.get(), code))
      mapping_.set_range(code, info->minimum, info->maximum);
  read_state();
  return thread_.start("rr-gamepad", "cannot start a thread for " + path_,
                       [this] { run(); });
}

/// What is held and pressed already makes no event.
void gamepad_device::read_state() noexcept {
  for (auto code : axis_codes)
    if (libevdev_has_event_code(device_.get(), EV_ABS, code) != 0)
      mapping_.take(EV_ABS, code,
                    libevdev_get_event_value(device_.get(), EV_ABS, code));
  for (unsigned code = BTN_GAMEPAD; code <= BTN_DPAD_RIGHT; ++code)
    if (libevdev_has_event_code(device_.get(), EV_KEY, code) != 0)
      mapping_.take(EV_KEY, static_cast<uint16_t>(code),
                    libevdev_get_event_value(device_.get(), EV_KEY, code));
}

void gamepad_device::run() noexcept {
  listener_.changed(mapping_.state());
  tell_stray();
  while (!thread_.stopping()) {
    std::array<pollfd, 2> polled{pollfd{thread_.descriptor(), POLLIN, 0},
                                 pollfd{file_.get(), POLLIN, 0}};
    ::poll(polled.data(), polled.size(), -1);
    auto before = mapping_.state();
    auto error = read_events();
    if (error != 0) {
      listener_.gone(system_error("lost " + path_, error));
      return;
    }
    if (mapping_.state() != before)
      listener_.changed(mapping_.state());
    tell_stray();
  }
}

void gamepad_device::tell_stray() {
  if (stray_told_ || !mapping_.stray() || !listener_.strayed)
    return;
  stray_told_ = true;
  const auto& [code, value, least, most] = *mapping_.stray();
  listener_.strayed(path_ + ": " + libevdev_event_code_get_name(EV_ABS, code)
                    + " tells " + std::to_string(value) + ", which is beyond "
                    + std::to_string(least) + " to " + std::to_string(most)
                    + ", and is clamped");
}

/// Events that the kernel had no room for are made up for by libevdev.
/// @returns zero or an error number.
int gamepad_device::read_events() noexcept {
  auto flag = static_cast<unsigned>(LIBEVDEV_READ_FLAG_NORMAL);
  for (;;) {
    input_event event;
    auto result = libevdev_next_event(device_.get(), flag, &event);
    if (result == LIBEVDEV_READ_STATUS_SYNC)
      flag = LIBEVDEV_READ_FLAG_SYNC;
    else if (result == -EAGAIN && flag == LIBEVDEV_READ_FLAG_SYNC)
      flag = LIBEVDEV_READ_FLAG_NORMAL;
    else if (result == -EAGAIN)
      return 0;
    else if (result < 0 && result != -EINTR)
      return -result;
    if (result >= 0)
      mapping_.take(event.type, event.code, event.value);
  }
}

} // namespace rr
