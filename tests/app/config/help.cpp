// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE help

#include "app/config/help.hpp"

#include <sstream>

#include "app/config/option_table.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace help_suite {
namespace {

const std::vector<command_help> commands{
  {"run", "", "Runs the robot in the foreground until it is told to stop.", {}},
  {"call",
   "METHOD [JSON-ARG...]",
   "Makes one remote call through the router's frontend and prints the result "
   "as JSON.",
   {{"--timeout=5s", "How long it waits for the answer."}},
   "call ping"},
};

bool fits(const std::string& text) {
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);)
    if (line.size() > 80 || line.ends_with(' ')) {
      CAF_MESSAGE("too long: " << line);
      return false;
    }
  return true;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

} // namespace

CAF_TEST(the overview lists every command and where options come from) {
  auto text = help_text(commands);
  CAF_CHECK(fits(text));
  CAF_CHECK(has(text, "\n  run   Runs the robot"));
  CAF_CHECK(has(text, "\n  call  Makes one remote call"));
  CAF_CHECK(has(text, "--config-file=FILE"));
  CAF_CHECK(has(text, "--version"));
}

CAF_TEST(the help of a command has its own options and an example) {
  auto text = help_text(commands[1]);
  CAF_CHECK(fits(text));
  CAF_CHECK(text.starts_with("Usage: robot-runtime call METHOD [JSON-ARG...]"));
  CAF_CHECK(has(text, "  --timeout=5s        How long"));
  CAF_CHECK(has(text, "  --config-file=FILE  Else"));
  CAF_CHECK(!has(text, "--router.frontend"));
  CAF_CHECK(text.ends_with("\nExample\n  robot-runtime call ping\n"));
}

CAF_TEST(the long help of a command has every option with its default) {
  auto text = help_all_text(commands[1]);
  CAF_CHECK(fits(text));
  CAF_CHECK(has(text, "Usage: robot-runtime call METHOD [JSON-ARG...]"));
  CAF_CHECK(has(text, "  --timeout=5s          How long"));
  for (auto& row : option_table())
    CAF_CHECK(has(text, "--" + std::string{row.group} + '.'
                          + std::string{row.key} + '='));
  CAF_CHECK(has(text, "auto, json or pretty."));
  CAF_CHECK(has(text, "--emergency-stop.exit-code=255\n"));
  CAF_CHECK(has(text, "Expects an integer from 1 to 64."));
}

CAF_TEST(the help of a program on the application has what concerns it) {
  auto text = peer_help_text("arm_service");
  CAF_CHECK(fits(text));
  CAF_CHECK(has(text, "Usage: arm_service [--group.key=value...]"));
  CAF_CHECK(has(text, "--version"));
  CAF_CHECK(has(text, "--application.name=\"robot\"\n"));
  CAF_CHECK(has(text, "--client.timeout=5s\n"));
  CAF_CHECK(has(text, "--service.workers=5\n"));
  CAF_CHECK(!has(text, "[update]"));
  CAF_CHECK(!has(text, "[control]"));
  CAF_CHECK(!has(text, "--help-all"));
}

CAF_TEST(text is wrapped between words) {
  auto text = wrap(std::string(50, 'a') + ' ' + std::string(40, 'b'), 2);
  CAF_CHECK_EQUAL(text, "  " + std::string(50, 'a') + "\n  "
                          + std::string(40, 'b') + '\n');
  CAF_CHECK_EQUAL(wrap("", 2), "  \n");
}

} // namespace help_suite
