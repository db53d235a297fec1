// SPDX-License-Identifier: BSD-3-Clause
#include "tests/simulation/runner.hpp"

#include <algorithm>
#include <memory>

#include "tests/simulation/disk.hpp"
#include "tests/simulation/simulated_robot.hpp"

namespace rr::simulation {

namespace {

/// Steps after which a calm robot should have ended long since.
constexpr size_t most_calm_steps = 5000;

/// Of one robot, the first one, too.
constexpr size_t most_starts = 3;

std::optional<step_kind>& planted_fault() {
  static std::optional<step_kind> result;
  return result;
}

/// A robot that is started, runs and ends, and may be started again after it.
class running {
public:
  running(uint64_t seed, const step_listener& told)
    : world_(make_scenario(seed)),
      robot_(std::make_unique<simulated_robot>(world_, disk_)),
      told_(told) {
  }

  const scenario& world() const noexcept {
    return world_;
  }

  const std::optional<breach>& broken() const noexcept {
    return robot_ ? robot_->first_breach() : broken_;
  }

  bool take(const choice& step) {
    auto again = step.kind == step_kind::start_again;
    if (!(again ? start_again(step) : apply(step)))
      return false;
    if (planted_fault() == step.kind && !broken())
      accuse("nothing of that kind happens", to_string(step.kind));
    return true;
  }

  /// So many that are drawn, or fewer when nothing is possible any more.
  void draw(random_numbers& numbers, size_t count) {
    for (size_t i = 0; i < count && !rests(); ++i)
      if (!draw(numbers))
        return;
  }

  void keep(const choice& step) {
    report_.steps.push_back(step);
  }

  bool take_and_keep(const choice& step) {
    if (!take(step))
      return false;
    keep(step);
    return true;
  }

  run_report finish() {
    calm_down();
    report_.broken = broken();
    return std::move(report_);
  }

private:
  /// Whether nothing more can come of this robot.
  bool rests() const {
    return !robot_ || robot_->is_over();
  }

  void accuse(const char* promise, std::string detail) {
    if (robot_)
      robot_->accuse(promise, std::move(detail));
    else
      broken_ = breach{promise, std::move(detail)};
  }

  bool apply(const choice& step) {
    if (rests())
      return false;
    auto text = told_ ? robot_->tell(step) : std::string{};
    if (!robot_->apply(step))
      return false;
    if (told_)
      told_(text);
    note(step);
    return true;
  }

  /// One that is drawn; false when nothing is possible.
  bool draw(random_numbers& numbers) {
    robot_->list(possible_);
    auto acts = !possible_.actors.empty();
    if (acts && numbers.percent(world_.busy))
      return act(numbers);
    if (possible_.may_pass && numbers.percent(world_.hasty))
      return take_and_keep({step_kind::pass});
    uint32_t total = 0;
    for (const auto& each : possible_.outside)
      total += each.weight;
    if (total == 0)
      return acts ? act(numbers)
                  : possible_.may_pass && take_and_keep({step_kind::pass});
    auto left = numbers.below(total);
    for (const auto& each : possible_.outside) {
      if (left < each.weight)
        return take_and_keep(each.what);
      left -= each.weight;
    }
    return false;
  }

  bool act(random_numbers& numbers) {
    auto which = numbers.below(possible_.actors.size());
    return take_and_keep({step_kind::run, possible_.actors[which]});
  }

  /// Lets the robot come to its end.
  void calm_down() {
    for (size_t i = 0; !rests(); ++i) {
      auto step = robot_->calm_step();
      if (!step)
        return robot_->judge_end();
      if (i == most_calm_steps || !take(*step))
        return robot_->accuse(promise::bounded_end,
                              "the robot comes to no rest");
    }
  }

  bool start_again(const choice& step) {
    if (starts_ == most_starts)
      return false;
    ++starts_;
    calm_down();
    if (broken())
      return true;
    robot_.reset();
    if (told_)
      told_("               " + to_text({step}));
    note(step);
    switch (static_cast<before_start>(step.detail)) {
      case before_start::reset:
        disk_.reset();
        break;
      case before_start::spoil:
        disk_.spoil();
        break;
      default:
        break;
    }
    if (disk_.refuses() != disk_.is_latched())
      accuse(promise::stays_disabled, disk_.is_latched()
                                        ? "a start has not been refused"
                                        : "a start is refused after a reset");
    else if (!disk_.is_latched())
      robot_ = std::make_unique<simulated_robot>(world_, disk_);
    return true;
  }

  void note(const choice& step) {
    auto number = static_cast<uint64_t>(step.kind) << 32
                  | static_cast<uint64_t>(step.subject) << 16 | step.detail;
    report_.trace = (report_.trace ^ number) * 0x9e3779b97f4a7c15;
    report_.trace ^= report_.trace >> 29;
    ++report_.length;
  }

  scenario world_;
  disk disk_;
  /// None while a stop is latched.
  std::unique_ptr<simulated_robot> robot_;
  size_t starts_ = 1;
  std::optional<breach> broken_;
  const step_listener& told_;
  possible_steps possible_;
  run_report report_;
};

} // namespace

void plant_fault(step_kind kind) {
  planted_fault() = kind;
}

run_report run_seed(uint64_t seed, const step_listener& told) {
  running now{seed, told};
  random_numbers numbers{seed * 2};
  now.draw(numbers, now.world().steps);
  for (auto left = now.world().starts; left > 1 && !now.broken(); --left) {
    constexpr auto ways = static_cast<size_t>(before_start::count);
    auto way = static_cast<uint16_t>(numbers.below(ways));
    now.take_and_keep({step_kind::start_again, 0, way});
    now.draw(numbers, now.world().steps / 2);
  }
  return now.finish();
}

run_report run_schedule(uint64_t seed, const schedule& steps,
                        const step_listener& told) {
  running now{seed, told};
  for (const auto& step : steps) {
    if (now.broken())
      break;
    now.take_and_keep(step);
  }
  return now.finish();
}

schedule shrink(uint64_t seed, const run_report& failed) {
  auto best = failed.steps;
  auto still_fails = [&](const schedule& steps) {
    auto result = run_schedule(seed, steps);
    if (!result.broken || result.broken->promise != failed.broken->promise)
      return false;
    best = std::move(result.steps);
    return true;
  };
  for (auto size = std::max<size_t>(best.size() / 2, 1);;) {
    auto shorter = false;
    for (size_t from = 0; from < best.size();) {
      auto steps = best;
      auto begin = steps.begin() + static_cast<std::ptrdiff_t>(from);
      auto count = std::min(size, steps.size() - from);
      steps.erase(begin, begin + static_cast<std::ptrdiff_t>(count));
      if (still_fails(steps))
        shorter = true;
      else
        from += size;
    }
    if (size == 1 && !shorter)
      return best;
    if (!shorter)
      size = std::max<size_t>(size / 2, 1);
  }
}

} // namespace rr::simulation
