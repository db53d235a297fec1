// SPDX-License-Identifier: BSD-3-Clause
#include "app/config/script_argument.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>

#include <fcntl.h>
#include <unistd.h>

#include "app/config/config_problem.hpp"
#include "messages/error.hpp"
#include "messages/visible_text.hpp"

namespace rr {

namespace {

/// An interpreter whose first operand is a file that it reads.
struct interpreter {
  std::string_view name;
  /// Options of one letter that change nothing of that.
  std::string_view flags;
  /// Options of one letter that take the next word.
  std::string_view with_word;
};

constexpr interpreter interpreters[] = {
  {"python", "bBdEiIOPqsSuvx", "WX"},
  {"pypy", "bBdEiIOqsSuvx", "WX"},
  {"sh", "aefuvx", ""},
  {"dash", "aefuvx", ""},
  {"bash", "aefuvx", ""},
  {"ksh", "aefuvx", ""},
  {"perl", "tTuUwWX", ""},
  {"ruby", "wWv", ""},
  {"lua", "", ""},
  {"node", "", ""},
  {"nodejs", "", ""},
};

/// `/usr/bin/python3.11` is `python`.
const interpreter* find_interpreter(std::string_view program) {
  auto name = program.substr(program.rfind('/') + 1);
  auto bare = name.substr(0, name.find_last_not_of("0123456789.") + 1);
  auto found = std::ranges::find(interpreters, bare, &interpreter::name);
  return found != std::end(interpreters) ? found : nullptr;
}

/// node looks for more names than the one it is given, unless it has an ending.
bool is_certain(std::string_view interpreter, std::string_view script) {
  return !interpreter.starts_with("node") || script.ends_with(".js")
         || script.ends_with(".mjs") || script.ends_with(".cjs");
}

bool is_in_path(const std::string& name, std::string_view search_path) {
  for (size_t i = 0; i <= search_path.size();) {
    auto end = std::min(search_path.find(':', i), search_path.size());
    auto folder = std::string{search_path.substr(i, end - i)};
    if (::access((folder + '/' + name).c_str(), R_OK) == 0)
      return true;
    i = end + 1;
  }
  return false;
}

/// Where the program stands: behind `env`, if that is one.
size_t program_of(const std::vector<std::string>& command) {
  auto is_env = command[0] == "env" || command[0].ends_with("/env");
  return is_env && command.size() > 1 && !command[1].starts_with('-')
             && command[1].find('=') == std::string::npos
           ? 1
           : 0;
}

} // namespace

std::optional<std::string>
script_argument(const std::vector<std::string>& command) {
  if (command.empty())
    return std::nullopt;
  auto i = program_of(command);
  auto known = find_interpreter(command[i]);
  if (!known)
    return std::nullopt;
  for (++i; i < command.size(); ++i) {
    auto word = std::string_view{command[i]};
    if (!word.starts_with('-'))
      return is_certain(known->name, word) ? std::optional{command[i]}
                                           : std::nullopt;
    auto letters = word.substr(1);
    if (letters.size() == 1
        && known->with_word.find(letters[0]) != std::string_view::npos)
      ++i;
    else if (letters.empty()
             || letters.find_first_not_of(known->flags)
                  != std::string_view::npos)
      return std::nullopt;
  }
  return std::nullopt;
}

std::string script_fault(const std::vector<std::string>& command,
                         const std::string& directory,
                         std::string_view search_path) {
  auto script = script_argument(command);
  if (!script || script->empty())
    return {};
  auto path = *script;
  if (!path.starts_with('/') && !directory.empty())
    path = directory + '/' + path;
  if (::faccessat(AT_FDCWD, path.c_str(), R_OK, AT_EACCESS) == 0)
    return {};
  auto cause = errno;
  auto is_bash = command[program_of(command)].ends_with("bash");
  if (cause == ENOENT && is_bash && script->find('/') == std::string::npos
      && is_in_path(*script, search_path))
    return {};
  auto where = script->starts_with('/') || directory.empty()
                 ? std::string{}
                 : " in " + visible_path(directory);
  return about_path(*script, cause == ENOENT
                               ? "does not exist" + where
                               : "cannot be read: " + error_text(cause));
}

} // namespace rr
