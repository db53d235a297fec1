// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/system/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace rr {

namespace {

std::string_view variable(const char* name) noexcept {
  auto value = std::getenv(name);
  return value ? value : "";
}

} // namespace

bool takes_colours(int descriptor) noexcept {
  return ::isatty(descriptor) != 0 && variable("NO_COLOR").empty()
         && variable("TERM") != "dumb";
}

size_t terminal_rows(int descriptor) noexcept {
  winsize size{};
  return ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_row : 0;
}

} // namespace rr
