// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <vector>

#include "messages/log/log_event.hpp"
#include "messages/log/log_text.hpp"
#include "messages/utf8.hpp"

namespace rr {

namespace {

/// Of a terminal.
constexpr size_t line_width = 80;

constexpr size_t level_width = 9;

constexpr size_t process_width = 16;

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

/// `09:30:00.125`, as the clock on the wall has it.
void append_clock(std::string& out, std::chrono::system_clock::time_point at) {
  using namespace std::chrono;
  auto whole = floor<seconds>(at);
  auto count = system_clock::to_time_t(whole);
  std::tm parts{};
  char text[32];
  if (!::localtime_r(&count, &parts)
      || std::strftime(text, sizeof(text), "%H:%M:%S", &parts) == 0)
    text[0] = '\0';
  out += text;
  auto millis = floor<milliseconds>(at - whole).count();
  std::snprintf(text, sizeof(text), ".%03d", static_cast<int>(millis));
  out += text;
}

void append_level(std::string& out, log_level level, bool coloured) {
  auto text = to_string(level);
  if (coloured)
    out += colour_of(level);
  out += text;
  if (coloured)
    out += plain;
  pad(out, text.size(), level_width);
}

/// @returns the width of what a terminal shows.
size_t append_name(std::string& out, std::string_view name, bool coloured) {
  if (coloured)
    out += dim;
  auto begin = out.size();
  log_text::append_visible(out, name);
  auto width = width_of(std::string_view{out}.substr(begin));
  if (coloured)
    out += plain;
  pad(out, width, process_width - 1);
  out += ' ';
  return std::max(width + 1, process_width);
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

/// What stands behind the text of an event: the process's number first, then by
/// name, however the event came here.
std::vector<const log_field*> ordered(std::vector<const log_field*> fields) {
  std::ranges::stable_sort(fields, [](const auto* x, const auto* y) {
    auto rank = [](const log_field& field) { return field.name != "pid"; };
    return std::pair{rank(*x), std::string_view{x->name}}
           < std::pair{rank(*y), std::string_view{y->name}};
  });
  return fields;
}

/// The parts of an event that stand in a pretty line.
struct line_parts {
  std::string_view process;
  std::vector<const log_field*> fields;
  std::vector<const log_field*> below;
};

/// Of a line of a child's output its level and process say all that matters.
line_parts parts_of(const log_event& event) {
  line_parts result{event.app, {}, {}};
  auto is_output = std::ranges::any_of(event.fields, [](const log_field& x) {
    return x.name == "stream";
  });
  log_text::for_each_field(event, [&](const log_field& field) {
    auto text = std::get_if<std::string>(&field.value);
    if (field.name == "process" && text && !text->empty())
      result.process = *text;
    else if (has_lines(field.value))
      result.below.push_back(&field);
    else if (!is_output || (field.name != "stream" && field.name != "pid"))
      result.fields.push_back(&field);
  });
  result.fields = ordered(std::move(result.fields));
  result.below = ordered(std::move(result.below));
  return result;
}

/// Appends fields behind the text of an event, in lines that fit a terminal.
class field_writer {
public:
  /// @param width of what is there.
  field_writer(std::string& out, size_t width, bool coloured)
    : out_(out),
      width_(width),
      coloured_(coloured) {
  }

  void add(const log_field& field) {
    std::string item;
    auto size = append_dim(item, field.name, '=', coloured_);
    auto begin = item.size();
    std::visit(pretty_value_writer{item}, field.value);
    size += width_of(std::string_view{item}.substr(begin));
    if (width_ + gap_ + size <= line_width) {
      out_.append(gap_, ' ');
      width_ += gap_ + size;
    } else {
      out_ += indent;
      width_ = indent.size() - 1 + size;
    }
    gap_ = 1;
    out_ += item;
  }

private:
  std::string& out_;
  size_t width_;
  /// The first one keeps away from the text.
  size_t gap_ = 2;
  bool coloured_;
};

} // namespace

std::string to_pretty(const log_event& event, bool coloured) {
  std::string out;
  out.reserve(96 + event.event.size() + 32 * event.fields.size());
  auto parts = parts_of(event);
  append_clock(out, event.timestamp);
  out += ' ';
  auto width = width_of(out) + level_width;
  append_level(out, event.level, coloured);
  width += append_name(out, parts.process.empty() ? "-" : parts.process,
                       coloured);
  auto begin = out.size();
  log_text::append_visible(out, event.event);
  width += width_of(std::string_view{out}.substr(begin));
  field_writer line{out, width, coloured};
  auto room = most_lines;
  std::string below;
  for (const auto* field : parts.fields)
    line.add(*field);
  for (const auto* field : parts.below) {
    if (room < 3) {
      line.add(*field);
      continue;
    }
    below += indent;
    append_dim(below, field->name, ':', coloured);
    room -= append_lines(below, std::get<std::string>(field->value), room);
  }
  return out += below;
}

} // namespace rr
