// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include "messages/log/log_event.hpp"
#include "messages/log/log_text.hpp"
#include "messages/utf8.hpp"

namespace rr {

namespace {

constexpr size_t level_width = 9;

constexpr size_t app_width = 9;

constexpr size_t event_width = 28;

/// Lines below an event, of all its values.
constexpr size_t most_lines = 50;

/// Bytes of such a line.
constexpr size_t longest_line = 500;

/// Wider than that of any line that begins an event.
constexpr std::string_view indent = "\n    ";

constexpr std::string_view plain = "\x1b[0m";

constexpr std::string_view dim = "\x1b[2m";

std::string_view colour_of(log_level level) noexcept {
  switch (level) {
    case log_level::debug:
      return dim;
    case log_level::info:
      return "\x1b[32m";
    case log_level::warning:
      return "\x1b[33m";
    case log_level::error:
      return "\x1b[31m";
    case log_level::critical:
      return "\x1b[1;31m";
  }
  return plain;
}

/// Characters, not bytes.
size_t width_of(std::string_view text) noexcept {
  size_t result = 0;
  for (auto c : text)
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80)
      ++result;
  return result;
}

void pad(std::string& out, size_t used, size_t width) {
  if (used < width)
    out.append(width - used, ' ');
}

/// @returns the width of what a terminal shows.
size_t append_dim(std::string& out, std::string_view text, char mark,
                  bool coloured) {
  if (coloured)
    out += dim;
  auto begin = out.size();
  log_text::append_visible(out, text);
  out += mark;
  auto width = width_of(std::string_view{out}.substr(begin));
  if (coloured)
    out += plain;
  return width;
}

void append_app(std::string& out, std::string_view app, bool coloured) {
  if (app.empty())
    return;
  auto width = append_dim(out, app, ':', coloured);
  out += ' ';
  pad(out, width + 1, app_width);
}

struct pretty_value_writer {
  std::string& out;

  void operator()(const std::string& text) const {
    if (!text.empty() && text.find_first_of(" =\"") == std::string::npos) {
      log_text::append_visible(out, text);
      return;
    }
    out += '"';
    log_text::append_visible(out, text, true);
    out += '"';
  }

  template <class T>
  void operator()(T number) const {
    log_text::append_number(out, number);
  }
};

/// A line feed at the end alone makes no lines.
bool has_lines(const log_value& value) noexcept {
  auto text = std::get_if<std::string>(&value);
  return text && text->find('\n') < text->size() - 1;
}

/// The lines of a text, one after the other.
class text_lines {
public:
  explicit text_lines(std::string_view text) noexcept : rest_(text) {
    if (rest_.ends_with('\n'))
      rest_.remove_suffix(1);
  }

  size_t count() const noexcept {
    auto feeds = std::count(rest_.begin(), rest_.end(), '\n');
    return static_cast<size_t>(feeds) + 1;
  }

  std::string_view next() noexcept {
    auto end = std::min(rest_.find('\n'), rest_.size());
    auto result = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    if (result.ends_with('\r'))
      result.remove_suffix(1);
    return result;
  }

private:
  std::string_view rest_;
};

/// Appends the lines of a text, without those in its middle that are too many:
/// a traceback says the most at its end.
/// @param room how many lines; 3 at least.
/// @returns how many there are.
size_t append_lines(std::string& out, std::string_view text, size_t room) {
  text_lines lines{text};
  auto count = lines.count();
  auto head = count > room ? room / 3 : count;
  auto tail = count > room ? room - head - 1 : 0;
  for (size_t i = 0; i < count; ++i) {
    auto line = lines.next();
    if (i == head && head + tail < count)
      out.append(indent).append("  ... ").append(
        std::to_string(count - head - tail) + " lines left out");
    if (i >= head && i < count - tail)
      continue;
    out.append(indent) += "  ";
    auto shown = utf8_prefix(line, longest_line);
    log_text::append_visible(out, shown);
    if (shown.size() < line.size())
      out += "...";
  }
  return std::min(count, room);
}

} // namespace

std::string to_pretty(const log_event& event, bool coloured) {
  std::string out;
  out.reserve(96 + event.event.size() + 32 * event.fields.size());
  log_text::append_time(out, event.timestamp, ' ', 3);
  out += ' ';
  auto level = to_string(event.level);
  if (coloured)
    out += colour_of(event.level);
  out += level;
  if (coloured)
    out += plain;
  pad(out, level.size(), level_width);
  append_app(out, event.app, coloured);
  auto begin = out.size();
  log_text::append_visible(out, event.event);
  auto width = width_of(std::string_view{out}.substr(begin));
  auto room = most_lines;
  std::string below;
  auto first = true;
  log_text::for_each_field(event, [&](const log_field& field) {
    if (room >= 3 && has_lines(field.value)) {
      below += indent;
      append_dim(below, field.name, ':', coloured);
      room -= append_lines(below, std::get<std::string>(field.value), room);
      return;
    }
    if (std::exchange(first, false))
      pad(out, width, event_width);
    out += ' ';
    append_dim(out, field.name, '=', coloured);
    std::visit(pretty_value_writer{out}, field.value);
  });
  return out += below;
}

} // namespace rr
