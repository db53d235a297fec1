// SPDX-License-Identifier: BSD-3-Clause

// A robot's arm, in C++, that other programs move by remote calls; here it
// moves in memory only. Its service is `arm-service`, after its process:
//
//   move_to(angle)    begins to move, in degrees; answers how long it will take
//   position()        answers the angle
//   emergency_stop()  stops the whole robot, as a collision would
//
// When it has arrived it calls `arrived(angle)` of the student's program, by
// the same router, and prints what that answers.

#include <cmath>
#include <cstdio>
#include <mutex>

#include "app/peer/peer.hpp"

namespace {

using namespace std::chrono_literals;

using rr::argument_count;
using rr::json;
using rr::remote_method;

constexpr auto step_time = 20ms;
constexpr auto step_angle = 1.0;

/// For two threads: the one that answers calls, and the one that moves.
class robot_arm {
public:
  /// @returns how many seconds it will take.
  double move_to(double angle) {
    std::scoped_lock guard{mutex_};
    target_ = angle;
    moving_ = true;
    return std::abs(target_ - angle_) / step_angle
           * std::chrono::duration<double>{step_time}.count();
  }

  double position() {
    std::scoped_lock guard{mutex_};
    return angle_;
  }

  /// @returns whether this step was the last one.
  bool step() {
    std::scoped_lock guard{mutex_};
    if (!moving_)
      return false;
    auto left = target_ - angle_;
    moving_ = std::abs(left) > step_angle;
    angle_ = moving_ ? angle_ + std::copysign(step_angle, left) : target_;
    return !moving_;
  }

private:
  std::mutex mutex_;
  double angle_ = 0;
  double target_ = 0;
  bool moving_ = false;
};

caf::expected<json> move_to(robot_arm& arm, const json& args) {
  if (!args[0].is_number() || std::abs(args[0].get<double>()) > 90)
    return rr::remote_error({"out of reach", {{"limit", 90}}});
  std::printf("moving to %g degrees\n", args[0].get<double>());
  return json{{"seconds", arm.move_to(args[0].get<double>())}};
}

void print_answer(const caf::expected<json>& answer) {
  if (answer)
    std::printf("arrived; the student says %s\n", answer->dump().c_str());
  else
    std::printf("arrived; %s\n", rr::describe(answer.error()).c_str());
}

} // namespace

int main(int argc, char** argv) {
  // A pipe is fully buffered unless told otherwise.
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  robot_arm arm;
  return rr::run_peer(argc, argv, [&](rr::peer& self) {
    self.serve({
      {"move_to", remote_method::at_once(argument_count::exactly(1),
                                         [&](const json& args) {
                                           return move_to(arm, args);
                                         })},
      {"position", remote_method::at_once(
                     {}, [&](const json&) { return json(arm.position()); })},
      {"emergency_stop",
       remote_method::at_once({},
                              [](const json&) -> caf::expected<json> {
                                return caf::make_error(
                                  rr::ec::emergency_stop,
                                  std::string{"the arm has collided"});
                              })},
    });
    auto client = self.client();
    self.spin(step_time, [&, client] {
      if (arm.step())
        client.call("student-service", "arrived", {arm.position()},
                    print_answer);
      return caf::error{};
    });
  });
}
