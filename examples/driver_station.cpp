// SPDX-License-Identifier: BSD-3-Clause

// A driver station in a terminal: each line of its input, such as `0 0.5 0 0`,
// says where the four axes of gamepad 0 are from now on; what the robot tells
// of its devices is printed. At the end of its input the sticks are at rest.

#include <cstdio>
#include <poll.h>
#include <unistd.h>

#include "app/peer/peer.hpp"

namespace {

using namespace std::chrono_literals;

/// What has come on standard input, without waiting for it.
/// @returns how many bytes; 0 at its end, less for none.
ssize_t read_input(char* line, size_t size) {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  return poll(&input, 1, 0) > 0 ? read(STDIN_FILENO, line, size) : -1;
}

void show(const std::string& robot, const rr::device_update& update) {
  for (const auto& device : update)
    if (!device.values.empty())
      std::printf("%s: %s %s\n", robot.c_str(), device.uid.c_str(),
                  device.values.dump().c_str());
}

} // namespace

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  return rr::run_peer(argc, argv, [](rr::peer& self) {
    self.subscribe_updates(show);
    auto driver = self.drive({.heard = [](const rr::control_answer& answer) {
      std::printf("the robot says: %s\n", describe(answer).c_str());
    }});
    self.spin(20ms, [&self, driver]() -> caf::error {
      char line[128] = "";
      rr::gamepad_input sticks{.axes = {0.0, 0.0, 0.0, 0.0}};
      auto& [lx, ly, rx, ry] = sticks.axes;
      auto size = read_input(line, sizeof line - 1);
      if (size == 0)
        self.stop("the driver has left");
      else if (size < 0
               || std::sscanf(line, "%lf %lf %lf %lf", &*lx, &*ly, &*rx, &*ry)
                    != 4)
        return {};
      return driver.send(sticks);
    });
  });
}
