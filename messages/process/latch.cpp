// SPDX-License-Identifier: BSD-3-Clause
#include "messages/process/latch.hpp"

#include <utility>

#include "messages/error.hpp"
#include "messages/json.hpp"
#include "messages/process/process.hpp"

namespace rr {

namespace {

std::string to_line(const json& object) {
  return object.dump(-1, ' ', false, json::error_handler_t::replace) + '\n';
}

caf::error malformed(const char* what) {
  return caf::make_error(ec::malformed, std::string{"its text is "} + what);
}

/// Reads texts out of a file's object; remembers whether one was missing.
class reader {
public:
  explicit reader(std::string_view text)
    : object_(json::parse(text, nullptr, false)) {
  }

  bool is_object() const {
    return object_.is_object();
  }

  std::string text(const char* key, bool required = true) {
    auto found = object_.find(key);
    if (found != object_.end() && found->is_string())
      return found->get<std::string>();
    complete_ = complete_ && !required && found == object_.end();
    return {};
  }

  int32_t number(const char* key) {
    auto found = object_.find(key);
    if (found != object_.end() && found->is_number_integer()) {
      auto result = found->get<int64_t>();
      auto fits = std::in_range<int32_t>(result)
                  && (!found->is_number_unsigned() || result >= 0);
      if (fits)
        return static_cast<int32_t>(result);
    }
    complete_ = false;
    return 0;
  }

  bool complete() const noexcept {
    return complete_;
  }

private:
  json object_;
  bool complete_ = true;
};

} // namespace

std::string to_file(const stop_latch& x) {
  json object{{"time", x.time},
              {"cause", x.cause},
              {"exit_code", x.exit_code},
              {"user", x.user}};
  if (!x.process.empty())
    object["process"] = x.process;
  return to_line(object);
}

std::string to_file(const stop_reset& x) {
  return to_line({{"by", x.by},
                  {"reset_at", x.reset_at},
                  {"cause", x.cause},
                  {"time", x.time}});
}

caf::expected<stop_latch> parse_latch(std::string_view text) {
  reader in{text};
  if (!in.is_object())
    return malformed("no JSON object");
  stop_latch result{in.text("time"), in.text("cause"),
                    in.text("process", false), in.number("exit_code"),
                    in.text("user")};
  if (!in.complete())
    return malformed("incomplete");
  return result;
}

caf::expected<stop_reset> parse_reset(std::string_view text) {
  reader in{text};
  if (!in.is_object())
    return malformed("no JSON object");
  stop_reset result{in.text("by"), in.text("reset_at"), in.text("cause"),
                    in.text("time")};
  if (!in.complete())
    return malformed("incomplete");
  return result;
}

std::string describe(const stop_cause& x) {
  if (x.process.empty())
    return x.cause.empty() ? "unknown" : x.cause;
  auto result = "process " + x.process;
  if (!x.cause.empty())
    return result + ": " + x.cause;
  // One that has no process could not be started.
  if (x.pid == 0)
    return result;
  if (x.exit_code < 0)
    return result + " died by " + signal_name(-x.exit_code);
  return result + " exited with code " + std::to_string(x.exit_code);
}

} // namespace rr
