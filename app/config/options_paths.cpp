// SPDX-License-Identifier: BSD-3-Clause
// Where directories and files of the options lie.
#include <filesystem>

#include <pwd.h>
#include <unistd.h>

#include "app/config/option_value.hpp"
#include "app/config/options_reader.hpp"
#include "bridges/system/rotating_file.hpp"
#include "bridges/web/tls_session.hpp"
#include "bridges/web/web_token.hpp"
#include "messages/error.hpp"
#include "messages/utf8.hpp"
#include "messages/visible_text.hpp"

namespace rr {

namespace {

std::string variable(const options::environment& env, const std::string& name) {
  auto i = env.find(name);
  return i != env.end() ? i->second : std::string{};
}

std::string home_directory(const options::environment& env, unsigned user_id) {
  if (auto home = variable(env, "HOME"); !home.empty())
    return home;
  auto entry = ::getpwuid(user_id);
  return entry && entry->pw_dir ? entry->pw_dir : "/";
}

} // namespace

default_directories default_directories::of(const options::environment& env,
                                            bool is_root, unsigned user_id) {
  if (is_root)
    return {"/var/lib/robot-runtime", "/run/robot-runtime"};
  // What is not absolute is to be ignored, the XDG specification says.
  auto state = variable(env, "XDG_STATE_HOME");
  auto runtime = variable(env, "XDG_RUNTIME_DIR");
  return {
    (state.starts_with('/') ? state
                            : home_directory(env, user_id) + "/.local/state")
      + "/robot-runtime",
    runtime.starts_with('/') ? runtime + "/robot-runtime"
                             : "/tmp/robot-runtime-" + std::to_string(user_id)};
}

default_directories options_reader::own_directories() const {
  auto user = ::geteuid();
  return default_directories::of(env_, user == 0, user);
}

std::string options_reader::absolute(const std::string& path,
                                     config_place at) const {
  if (path.empty() || path.starts_with('/'))
    return path;
  std::error_code ignored;
  auto base = at.from == config_place::source::file && !folder_.empty()
                ? std::filesystem::path{folder_}
                : std::filesystem::current_path(ignored);
  return (base / path).lexically_normal().string();
}

std::string options_reader::normal(const std::string& path,
                                   config_place at) const {
  return std::filesystem::path{absolute(path, at)}.lexically_normal().string();
}

config_place options_reader::place_of(const std::string& name) const {
  auto i = places_.find(name);
  return i != places_.end()
           ? i->second
           : config_place{config_place::source::environment, 0};
}

/// A path that was fine where it was given may lie in a folder that is not.
void options_reader::check_text(const option_row& row, config_place at,
                                const std::string& text) {
  if (!is_utf8(text))
    refuse(row, at,
           about_path(text, "is not UTF-8, expected " + expectation(row)));
}

void options_reader::settle_directories() {
  auto defaults = own_directories();
  for (auto& row : option_table()) {
    if (row.type != option_type::path)
      continue;
    auto name = full_name(row);
    auto path = result_.get<std::string>(name);
    if (path.empty() && row.key == "state-directory")
      path = defaults.state;
    else if (path.empty() && row.key == "runtime-directory")
      path = defaults.runtime;
    auto at = place_of(name);
    path = normal(path, at);
    // So that names can be appended with a slash.
    if (path.size() > 1 && path.ends_with('/'))
      path.pop_back();
    check_text(row, at, path);
    caf::put(result_.values_, name, path);
  }
}

void options_reader::check_log_file() {
  auto path = result_.get<std::string>("log.file");
  auto fault = path.empty() ? caf::error{} : inspect_log_file(path);
  if (fault)
    problems_.error(place_of("log.file"), "log", "file",
                    visible_path(describe(fault)) + ", expected another path");
}

void options_reader::check_web_files() {
  auto text = [this](const char* key) {
    return result_.get<std::string>(std::string{"web."} + key);
  };
  if (text("address").empty())
    return;
  auto tell = [this](const char* key, const caf::error& why) {
    problems_.error(place_of(std::string{"web."} + key), "web", key,
                    describe(why));
  };
  if (auto file = text("token-file"); !file.empty())
    if (auto token = read_web_token(file); !token)
      tell("token-file", token.error());
  if (text("address").starts_with("https://") && !text("certificate").empty()
      && !text("key").empty()) {
    auto is_key = false;
    auto made = tls_context::make(text("certificate"), text("key"), &is_key);
    if (!made)
      tell(is_key ? "key" : "certificate", made.error());
  }
}

} // namespace rr
