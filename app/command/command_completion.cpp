// SPDX-License-Identifier: BSD-3-Clause
#include "app/command/command_output.hpp"
#include "app/command/commands.hpp"
#include "app/command/completion.hpp"
#include "app/command/single_call.hpp"
#include "app/runtime/robot_devices.hpp"
#include "bridges/buffer/buffer_directory.hpp"
#include "bridges/buffer/shared_buffer.hpp"

namespace rr {

namespace {

/// Whoever presses a key waits for no robot longer than this.
constexpr std::string_view longest_wait = "--timeout=300ms";

/// What was typed, read as the same command would read its configuration. What
/// is wrong with that is told on standard error, and does not matter.
std::optional<command_arguments>
read_typed(const std::vector<std::string>& typed) {
  auto words = command_line::split(typed).options;
  words.emplace_back(longest_wait);
  auto needs = single_call_needs();
  for (auto name : {"device.prefix", "device.names", "device.shared"})
    needs.names.emplace_back(name);
  return command_arguments::parse(
    words, {.name = "completion", .purpose = {}, .options = {timeout_option}},
    needs, command_arguments::fault::is_told);
}

std::vector<std::string> running_processes(const command_arguments& given) {
  std::vector<std::string> result;
  auto status = call_once(given, {.method = "status"});
  if (!status || !status->is_object())
    return result;
  for (const auto& each : status->value("processes", json::array()))
    if (auto name = each.find("name"); name != each.end() && name->is_string())
      result.push_back(*name);
  return result;
}

/// As `buffers` takes them: names, UIDs, and `TYPE:NUMBER`.
std::vector<std::string> known_devices(const command_arguments& given) {
  std::vector<std::string> result;
  const auto& opts = given.opts();
  for (const auto& [name, uid] : opts.get<caf::settings>("device.names"))
    result.push_back(name);
  for (const auto& each : list_buffers(opts.get<std::string>("device.prefix")))
    if (auto buffer = shared_buffer::open(each)) {
      auto uid = to_string(each.key.uid);
      result.push_back((*buffer)->type().device_id ? uid
                                                   : each.key.type + ':' + uid);
    }
  return result;
}

int print_words(const std::string& text) {
  std::vector<std::string> typed{""};
  for (auto c : text)
    if (c == '\n')
      typed.emplace_back();
    else
      typed.back() += c;
  auto ask = [&](auto question) {
    auto given = read_typed({typed.begin(), typed.end() - 1});
    return given ? question(*given) : std::vector<std::string>{};
  };
  std::string result;
  for (const auto& each :
       complete(typed, {[&] { return ask(running_processes); },
                        [&] { return ask(known_devices); }}))
    result += each + '\n';
  return print(result);
}

int complete_for(const command_arguments& given) {
  const auto& words = given.positional();
  if (words.size() == 1 && words[0] == "bash")
    return print(bash_completion());
  if (words.size() == 1 && words[0] == "zsh")
    return print(zsh_completion());
  if (words.size() == 2 && words[0] == "words")
    return print_words(words[1]);
  return usage_error("completion: expected bash, zsh or words TEXT",
                     "completion");
}

} // namespace

command completion_command() {
  return {
    .help
    = {.name = "completion",
       .arguments = "bash | zsh | words TEXT",
       .purpose = "Prints the script by which a shell completes the words of "
                  "this program: `source <(robot-runtime completion bash)`. "
                  "The script asks for the words that may stand in the place "
                  "of the last line of TEXT, whose lines are what was typed.",
       .example = "completion bash"},
    .function = complete_for};
}

} // namespace rr
