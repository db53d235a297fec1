// SPDX-License-Identifier: BSD-3-Clause
#include "tests/simulation/choice.hpp"

#include <array>
#include <charconv>

namespace rr::simulation {

namespace {

constexpr std::array<const char*, step_kinds> names{
  "run",           "pass",         "launch",   "fail_start",  "plant_exception",
  "end_child",     "report_end",   "say",      "stick",       "kill_groups",
  "tell_pull",     "pull",         "order",    "ask",         "ask_health",
  "signal",        "exit_message", "end_core", "fail_bridge", "hang",
  "write_records", "call",         "deliver",  "lose",        "control",
  "network",       "device",       "datagram", "write_latch", "start_again"};

std::string_view cut(std::string_view& text, char end) {
  auto result = text.substr(0, text.find(end));
  text.remove_prefix(std::min(text.size(), result.size() + 1));
  return result;
}

bool read_number(std::string_view text, uint16_t& result) {
  if (text.empty())
    return true;
  auto last = text.data() + text.size();
  auto [end, error] = std::from_chars(text.data(), last, result);
  return error == std::errc{} && end == last;
}

} // namespace

const char* to_string(step_kind kind) noexcept {
  return names[static_cast<size_t>(kind)];
}

std::string to_text(const schedule& steps) {
  std::string result;
  for (const auto& step : steps) {
    result += result.empty() ? "" : ",";
    result += to_string(step.kind);
    if (step.subject != 0 || step.detail != 0)
      result += ':' + std::to_string(step.subject);
    if (step.detail != 0)
      result += ':' + std::to_string(step.detail);
  }
  return result;
}

std::optional<schedule> parse_schedule(std::string_view text) {
  schedule result;
  while (!text.empty()) {
    auto word = cut(text, ',');
    auto name = cut(word, ':');
    choice step;
    size_t kind = 0;
    while (kind < step_kinds && names[kind] != name)
      ++kind;
    if (kind == step_kinds || !read_number(cut(word, ':'), step.subject)
        || !read_number(word, step.detail))
      return std::nullopt;
    step.kind = static_cast<step_kind>(kind);
    result.push_back(step);
  }
  return result;
}

} // namespace rr::simulation
