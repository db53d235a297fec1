// SPDX-License-Identifier: BSD-3-Clause
// Runs simulated robots by schedules that seeds draw.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "tests/simulation/runner.hpp"
#include "tests/simulation/scenario.hpp"

namespace {

using namespace rr::simulation;

constexpr auto help
  = R"(Runs the actors of a robot by schedules drawn from seeds, and checks after each
step what is always true of them.

usage: robot-runtime-simulation [--schedules=N] [--from=SEED] [--resume=FILE]
       robot-runtime-simulation --seed=SEED [--steps=LIST] [--trace]

  --schedules=N  how many, each with a trace of its own (default: 10000)
  --from=SEED    the first seed, the others follow it (default: 1)
  --resume=FILE  goes on where a run with that file has been stopped
  --no-shrink    leaves a schedule that fails as it is
  --seed=SEED    runs the schedule of that seed
  --steps=LIST   with a schedule of one's own, as a failure prints it
  --trace        prints every step
  --plant=KIND   takes every step of that kind as a fault, to try all this
)";

struct command_line {
  uint64_t schedules = 10'000;
  uint64_t from = 1;
  std::string resume;
  std::optional<uint64_t> seed;
  std::optional<schedule> steps;
  bool trace = false;
  bool shrinks = true;
};

std::optional<command_line> parse(int argc, char** argv) {
  command_line result;
  for (auto i = 1; i < argc; ++i) {
    auto word = std::string_view{argv[i]};
    auto key = word.substr(0, word.find('='));
    auto value
      = std::string{word.substr(std::min(key.size() + 1, word.size()))};
    try {
      if (key == "--schedules")
        result.schedules = std::stoull(value);
      else if (key == "--from")
        result.from = std::stoull(value);
      else if (key == "--seed")
        result.seed = std::stoull(value);
      else if (key == "--resume" && !value.empty())
        result.resume = value;
      else if (key == "--steps")
        result.steps = parse_schedule(value).value();
      else if (key == "--plant")
        plant_fault(parse_schedule(value).value().at(0).kind);
      else if (word == "--trace")
        result.trace = true;
      else if (word == "--no-shrink")
        result.shrinks = false;
      else
        return std::nullopt;
    } catch (const std::exception&) {
      return std::nullopt;
    }
  }
  return result;
}

void print(const std::string& line) {
  std::cout << line << '\n';
}

int fail(uint64_t seed, const run_report& failed, bool shrinks) {
  const auto& broken = *failed.broken;
  std::cout << "seed " << seed << ": broken: " << broken.promise << " ("
            << broken.detail << ")\n"
            << "replay: robot-runtime-simulation --seed=" << seed
            << " --trace\n";
  if (!shrinks)
    return 1;
  auto few = shrink(seed, failed);
  std::cout << "shrunk from " << failed.steps.size() << " steps to "
            << few.size() << ": robot-runtime-simulation --seed=" << seed
            << " --trace --steps=" << to_text(few) << '\n'
            << to_text(make_scenario(seed));
  run_schedule(seed, few, print);
  return 1;
}

/// What has been done, kept in a file, for whoever goes on later.
class progress {
public:
  explicit progress(const command_line& line)
    : file_(line.resume),
      from_(line.from),
      next_(line.from) {
    auto in = std::ifstream{file_, std::ios::binary};
    std::string header;
    uint64_t from = 0;
    uint64_t next = 0;
    if (file_.empty() || !std::getline(in, header)
        || std::sscanf(header.c_str(), "from %lu next %lu", &from, &next) != 2
        || from != from_)
      return;
    next_ = next;
    for (uint64_t trace = 0;
         in.read(reinterpret_cast<char*>(&trace), sizeof(trace));)
      traces_.insert(trace);
  }

  uint64_t next() const noexcept {
    return next_;
  }

  uint64_t seeds() const noexcept {
    return next_ - from_;
  }

  size_t distinct() const noexcept {
    return traces_.size();
  }

  void add(uint64_t trace) {
    traces_.insert(trace);
    ++next_;
  }

  void save() const {
    if (file_.empty())
      return;
    auto beside = file_ + ".new";
    {
      auto out = std::ofstream{beside, std::ios::binary};
      out << "from " << from_ << " next " << next_ << '\n';
      for (auto trace : traces_)
        out.write(reinterpret_cast<const char*>(&trace), sizeof(trace));
    }
    std::rename(beside.c_str(), file_.c_str());
  }

private:
  std::string file_;
  uint64_t from_;
  uint64_t next_;
  std::unordered_set<uint64_t> traces_;
};

int run_many(const command_line& line) {
  using clock = std::chrono::steady_clock;
  progress so_far{line};
  auto begin = clock::now();
  auto told = begin;
  auto first = so_far.distinct();
  uint64_t steps = 0;
  while (so_far.distinct() < line.schedules) {
    auto seed = so_far.next();
    auto result = run_seed(seed);
    if (result.broken)
      return fail(seed, result, line.shrinks);
    steps += result.length;
    so_far.add(result.trace);
    if (clock::now() < told + std::chrono::seconds{10})
      continue;
    told = clock::now();
    so_far.save();
    auto rate
      = std::chrono::duration<double>{told - begin}
        / static_cast<double>(std::max<size_t>(so_far.distinct() - first, 1));
    std::cout << so_far.distinct() << " of " << line.schedules << " schedules, "
              << static_cast<int>(
                   rate.count()
                   * static_cast<double>(line.schedules - so_far.distinct()))
              << " s left" << std::endl;
  }
  so_far.save();
  std::cout << so_far.distinct() << " schedules, each with a trace of its own, "
            << "of " << so_far.seeds() << " seeds, " << steps << " steps, "
            << std::chrono::duration<double>{clock::now() - begin}.count()
            << " s: every promise kept\n";
  return 0;
}

int run_one(const command_line& line) {
  auto seed = *line.seed;
  auto told = line.trace ? step_listener{print} : step_listener{};
  if (line.trace)
    std::cout << to_text(make_scenario(seed));
  auto result = line.steps ? run_schedule(seed, *line.steps, told)
                           : run_seed(seed, told);
  std::cout << "trace " << std::hex << result.trace << std::dec << ", "
            << result.length << " steps\n";
  if (!result.broken)
    return 0;
  return fail(seed, result, line.shrinks && !line.steps && !line.trace);
}

} // namespace

int main(int argc, char** argv) {
  auto line = parse(argc, argv);
  if (!line) {
    std::cerr << help;
    return 2;
  }
  return line->seed ? run_one(*line) : run_many(*line);
}
