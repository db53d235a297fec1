// SPDX-License-Identifier: BSD-3-Clause
#include "app/config/caf_options.hpp"

#include <algorithm>

#include <caf/actor_system_config.hpp>
#include <caf/config.hpp>

#include "app/config/config_file.hpp"
#include "app/config/option_value.hpp"
#include "app/config/suggestion.hpp"
#include "messages/error.hpp"
#include "messages/visible_text.hpp"

namespace rr {

namespace {

std::string_view view(caf::string_view x) noexcept {
  return {x.data(), x.size()};
}

caf::error refuse_argument(const caf::config_value& value,
                           std::string_view expected) {
  return caf::make_error(ec::malformed, visible_text(render_value(value))
                                          + " is not allowed, expected "
                                          + std::string{expected});
}

std::string_view expected(const caf::config_option& option) {
  auto type = view(option.type_name());
  if (type == "atom")
    return "a word in single quotes";
  if (type == "uint64")
    return "an integer of 0 and up";
  if (type == "timespan")
    return "a duration such as 250ms";
  return type == "string" ? "text" : type;
}

/// What CAF takes and then cannot run with, or replaces in silence.
std::string_view expected_instead(std::string_view section,
                                  std::string_view key,
                                  const caf::config_value& value) {
  if (auto span = caf::get_if<caf::timespan>(&value)) {
    // One that sleeps is woken by nobody, and its actors wait.
    constexpr caf::timespan longest_sleep{std::chrono::milliseconds{100}};
    auto is_sleep = section == "work-stealing";
    if (span->count() < (is_sleep ? 0 : 1) || *span > longest_duration)
      return is_sleep ? "a duration from 0s to 100ms"
                      : "a duration above zero such as 250ms";
    return is_sleep && *span > longest_sleep ? "a duration from 0s to 100ms"
                                             : "";
  }
  // By 0 it would divide, or run nothing at all.
  if (auto number = caf::get_if<int64_t>(&value.get_data());
      number && *number < 1
      && (key == "max-throughput" || key.ends_with("-steal-interval")))
    return "an integer of 1 and up";
  if (section != "scheduler")
    return {};
  if (key == "policy") {
    auto policy = caf::get_if<caf::atom_value>(&value);
    if (policy && *policy != caf::atom("sharing")
        && *policy != caf::atom("stealing"))
      return "'sharing' or 'stealing'";
  }
  if (key == "max-threads") {
    auto threads = caf::get_if<int64_t>(&value.get_data());
    if (threads && (*threads < 1 || *threads > 1024))
      return "an integer from 1 to 1024";
  }
  return {};
}

} // namespace

/// CAF keeps its table from everyone but heirs.
class caf_options::table : private caf::actor_system_config {
public:
  const caf::config_option* find(std::string_view section,
                                 std::string_view key) const {
    auto i = std::ranges::find_if(custom_options_, [=](const auto& x) {
      return view(x.category()) == section && view(x.long_name()) == key;
    });
    return i != custom_options_.end() ? &*i : nullptr;
  }

  template <class F>
  void for_each(F f) const {
    // The global ones belong to CAF's own command line.
    for (auto& x : custom_options_)
      if (view(x.category()) != "global")
        f(view(x.category()), view(x.long_name()));
  }
};

caf_options::caf_options() : table_(std::make_unique<table>()) {
}

caf_options::~caf_options() = default;

std::vector<std::string_view> caf_options::sections() const {
  std::vector<std::string_view> result;
  table_->for_each([&](std::string_view section, std::string_view) {
    if (std::ranges::find(result, section) == result.end())
      result.push_back(section);
  });
  return result;
}

std::vector<std::string_view>
caf_options::keys(std::string_view section) const {
  std::vector<std::string_view> result;
  table_->for_each([&](std::string_view other, std::string_view key) {
    if (other == section)
      result.push_back(key);
  });
  return result;
}

caf::expected<caf::config_value>
caf_options::check(std::string_view section, std::string_view key,
                   const caf::config_value& value) const {
  auto option = table_->find(section, key);
  if (!option)
    return caf::make_error(ec::malformed,
                           "unknown key" + expected_one_of(key, keys(section)));
  auto text = expected_instead(section, key, value);
  if (option->check(value))
    return refuse_argument(value, text.empty() ? expected(*option) : text);
  if (!text.empty())
    return refuse_argument(value, text);
  return value;
}

caf::expected<caf::config_value>
caf_options::parse(std::string_view section, std::string_view key,
                   std::string_view text) const {
  auto option = table_->find(section, key);
  auto type = option ? view(option->type_name()) : std::string_view{};
  if (type == "string" && !text.starts_with('"'))
    return check(section, key, caf::config_value{std::string{text}});
  auto quoted = '\'' + std::string{text} + '\'';
  auto value = type == "atom" && !text.starts_with('\'') ? parse_literal(quoted)
                                                         : parse_literal(text);
  if (!value)
    return value;
  return check(section, key, *value);
}

const bool actor_system_is_silent = CAF_LOG_LEVEL == CAF_LOG_LEVEL_QUIET;

std::string_view idle_cause(std::string_view section, std::string_view key,
                            const caf::settings& all) {
  auto is_word = [&](const std::string& name, const char* word) {
    auto value = caf::get_if<caf::atom_value>(&all, name);
    return value && caf::to_string(*value) == word;
  };
  auto name = std::string{section} + '.' + std::string{key};
  if (section == "logger")
    return actor_system_is_silent && !is_word(name, "quiet")
               && !is_word(name, "none")
             ? "does nothing: the actor system's library is built without a "
               "log of its own"
             : "";
  if (section == "stream")
    return "does nothing: no actor of this program streams";
  if (section == "work-stealing")
    return is_word("scheduler.policy", "stealing")
             ? ""
             : "does nothing, expected scheduler.policy = 'stealing' beside it";
  if (section == "scheduler")
    return key.starts_with("profiling-")
               && !caf::get_or(all, "scheduler.enable-profiling", false)
             ? "does nothing, expected scheduler.enable-profiling = true "
               "beside it"
             : "";
  return "does nothing: this program does not load that module of the actor "
         "system";
}

} // namespace rr
