// Watches the battery, says how it is, and stops the whole robot at once when
// it fails: a program does so by its exit code, which the runtime hands it in
// RR_EMERGENCY_STOP_EXIT_CODE. Here the battery fails when there is a file
// battery-low.

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>

namespace {

volatile std::sig_atomic_t stopped = 0;

int emergency_stop_code() {
  auto text = std::getenv("RR_EMERGENCY_STOP_EXIT_CODE");
  return text ? std::atoi(text) : 255;
}

} // namespace

int main() {
  using namespace std::chrono_literals;
  // So the runtime ends a program.
  std::signal(SIGTERM, [](int) { stopped = 1; });
  // Each line leaves at once, also through a pipe.
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  auto volts = 12.6;
  for (auto ticks = 0; !stopped; ++ticks) {
    if (std::filesystem::exists("battery-low")) {
      std::fprintf(stderr, "battery-low is there: emergency stop\n");
      return emergency_stop_code();
    }
    // A line of text is an event of the log; one of JSON may carry fields.
    if (ticks % 50 == 0)
      std::printf("{\"event\": \"battery at %.2f V\", \"level\": \"info\", "
                  "\"volts\": %.2f}\n",
                  volts, volts);
    volts -= 0.0001;
    std::this_thread::sleep_for(100ms);
  }
  std::printf("battery is no longer watched\n");
}
