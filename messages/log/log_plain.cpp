// SPDX-License-Identifier: BSD-3-Clause
#include "messages/log/log_plain.hpp"

#include <algorithm>

#include "messages/log/log_text.hpp"

namespace rr {

namespace {

struct plain_value_writer {
  std::string& out;

  void operator()(const std::string& text) const {
    auto is_word = !text.empty()
                   && text.find_first_of(" =\"") == std::string::npos;
    out += is_word ? "" : "\"";
    log_text::append_visible(out, text, !is_word);
    out += is_word ? "" : "\"";
  }

  template <class T>
  void operator()(T number) const {
    log_text::append_number(out, number);
  }
};

void append_below(std::string& out, std::string_view name,
                  std::string_view text) {
  out += '\n';
  log_text::append_visible(out, name);
  out += ':';
  while (!text.empty()) {
    auto end = std::min(text.find('\n'), text.size());
    out += "\n  ";
    log_text::append_visible(out, text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

const std::string* process_of(const log_field& field) noexcept {
  const auto* text = std::get_if<std::string>(&field.value);
  return field.name == "process" && text && !text->empty() ? text : nullptr;
}

} // namespace

std::string to_plain(const log_event& event) {
  auto is_output = std::ranges::any_of(event.fields, [](const log_field& x) {
    return x.name == "stream";
  });
  std::string result;
  std::string below;
  log_text::append_visible(result, event.event);
  log_text::for_each_field(event, [&](const log_field& field) {
    if (process_of(field)
        || (is_output && (field.name == "stream" || field.name == "pid")))
      return;
    const auto* text = std::get_if<std::string>(&field.value);
    if (text && text->find('\n') < text->size() - 1) {
      append_below(below, field.name, *text);
      return;
    }
    result += ' ';
    log_text::append_visible(result, field.name);
    result += '=';
    std::visit(plain_value_writer{result}, field.value);
  });
  return result += below;
}

std::string subject_of(const log_event& event) {
  std::string_view subject = event.app;
  log_text::for_each_field(event, [&](const log_field& field) {
    if (const auto* process = process_of(field))
      subject = *process;
  });
  std::string result;
  log_text::append_visible(result, subject);
  return result;
}

} // namespace rr
