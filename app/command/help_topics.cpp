// SPDX-License-Identifier: BSD-3-Clause
#include "app/command/help_topics.hpp"

#include <algorithm>

#include "app/command/commands.hpp"
#include "app/command/option_reference.hpp"
#include "app/config/help.hpp"

namespace rr {

namespace {

help_article configuration_article() {
  return {
    "configuration",
    "Where options come from, and how they are written",
    {
      {{},
       "An option is taken from the command line (--log.level=debug), else "
       "from "
       "the environment (RR_LOG_LEVEL=debug), else from the configuration file "
       "(level = \"debug\" in the section [log]), else it has its default. "
       "Sections [process.NAME] and maps are not read from the environment."},
      {{},
       "The file is the one of --config-file=FILE, else of RR_CONFIG_FILE. "
       "`robot-runtime check` says everything that is wrong with it, with its "
       "line. Unknown sections and keys, wrong types and values out of range "
       "are errors."},
      {"\"text\"", "A text, in double quotes. A backslash escapes."},
      {"250ms", "A duration: an integer and ns, us, ms, s or min; above zero "
                "unless zero is said to be allowed."},
      {"[\"a\", \"b\"]", "A list."},
      {"{ a = 1, b = 2 }", "A map."},
      {"; comment", "A comment, up to the end of the line."},
      {{},
       "A relative path, also inside an ipc:// address, is one from the folder "
       "of the file, or from the working directory where it is given "
       "elsewhere. "
       "An address that begins with ipc://RUNTIME/ lies in "
       "application.runtime-directory."},
      {{},
       "[scheduler], [middleman], [logger], [stream] and [work-stealing] are "
       "the actor system's own sections."},
    }};
}

help_article exit_codes_article() {
  return {
    "exit-codes",
    "What the exit code of a command says",
    {
      {"0", "Success. Of run, an orderly stop, also by on-success = \"stop\"."},
      {"1",
       "It failed at run time: an address in use, no runtime to talk to, "
       "an error of the other side, output that cannot be written. Of run, "
       "also a stop by on-failure = \"stop\", and one that a second signal "
       "forced."},
      {"2", "Bad usage or configuration; standard error says which."},
      {"3",
       "Of run: an emergency stop is latched. `robot-runtime explain` "
       "tells why the robot stopped, `robot-runtime estop --reset` lets it "
       "start again."},
      {"255", "Of run: an emergency stop. The number is "
              "emergency-stop.exit-code."},
    }};
}

help_article emergency_stop_article() {
  return {
    "emergency-stop",
    "What stops the robot at once, and what lets it start again",
    {
      {{},
       "Each of these stops every program of the robot at once: "
       "`robot-runtime estop`; a program that exits with the code "
       "emergency-stop.exit-code, 255 by default, which it finds in "
       "RR_EMERGENCY_STOP_EXIT_CODE; one with on-failure = \"emergency-stop\" "
       "that has failed for good; and, with control.on-timeout = "
       "\"emergency-stop\", a driver who falls silent."},
      {{},
       "First the robot is disabled: whoever drives a device reads safe values "
       "from then on, whatever was requested. Every program gets SIGTERM, and "
       "SIGKILL once emergency-stop.terminate-timeout has passed."},
      {{},
       "The stop is latched, also through a reboot: run refuses with exit code "
       "3 until a person has said `robot-runtime estop --reset`, which starts "
       "nothing. `robot-runtime explain` tells what the cause was."},
      {{},
       "Software alone is no emergency stop in the sense of ISO 13850: a robot "
       "that can hurt someone needs a switch that cuts the power."},
    }};
}

help_article environment_article() {
  return {
    "environment",
    "Variables that the program reads, and its children",
    {
      {"RR_CONFIG_FILE", "The configuration file, where --config-file=FILE is "
                         "not given. Programs "
                         "of the robot find its absolute path there."},
      {"RR_GROUP_KEY",
       "An option, in capitals with _ for . and -, such as RR_LOG_LEVEL for "
       "log.level; items of a list are separated by white space. Maps and "
       "process sections are not read. Programs of the robot find each option "
       "in this form."},
      {"RR_APPLICATION_NAME",
       "Of a program of the robot: the name of its own section."},
      {"RR_DEVICE_NAMES",
       "Of a program of the robot: device.names, as NAME:UID pairs."},
      {"RT_ROUTER_FRONTEND, RT_ROUTER_BACKEND, RT_LOG_FRONTEND, "
       "RT_LOG_BACKEND, RT_CONTROL_ADDR, RT_UPDATE_ADDR",
       "Of a program of the robot: addresses, for programs of the Python "
       "runtime. They are never read."},
      {"NOTIFY_SOCKET, WATCHDOG_USEC",
       "Where run finds them it tells systemd that it is ready, that it lives, "
       "and that it stops. A program with ready = \"notify\" or a watchdog "
       "finds "
       "its own."},
      {"XDG_RUNTIME_DIR, XDG_STATE_HOME", "Where application.runtime-directory "
                                          "and application.state-directory lie "
                                          "for who is not root."},
    }};
}

} // namespace

const std::vector<help_article>& help_articles() {
  static const std::vector<help_article> articles{configuration_article(),
                                                  exit_codes_article(),
                                                  emergency_stop_article(),
                                                  environment_article()};
  return articles;
}

const help_article* find_article(std::string_view name) {
  const auto& all = help_articles();
  auto found = std::ranges::find(all, name, &help_article::name);
  return found != all.end() ? &*found : nullptr;
}

std::string article_as_text(const help_article& article) {
  auto result = std::string{article.title} + '\n';
  for (const auto& item : article.items) {
    result += '\n';
    if (!item.term.empty())
      result += wrap(item.term, 2);
    result += wrap(item.text, item.term.empty() ? 0 : 6);
  }
  return result;
}

std::vector<std::string_view> help_topics() {
  std::vector<std::string_view> result;
  auto add = [&](std::string_view name) {
    if (std::ranges::find(result, name) == result.end())
      result.push_back(name);
  };
  for (const auto& article : help_articles())
    add(article.name);
  for (const auto& section : option_sections())
    add(section.name);
  for (const auto& each : commands())
    add(each.help.name);
  return result;
}

} // namespace rr
