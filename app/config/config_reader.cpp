// SPDX-License-Identifier: BSD-3-Clause
#include "app/config/config_reader.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include <caf/detail/parser/read_ini.hpp>
#include <caf/parser_state.hpp>
#include <caf/settings.hpp>

namespace rr {

namespace {

constexpr size_t max_depth = 16;

/// A list or map that is being read.
struct frame {
  bool is_map = false;
  caf::settings map;
  std::vector<caf::config_value> list;
  std::string key;
};

/// Builds a `reading` from what the parser finds.
class recorder {
public:
  recorder(const config_text& text, caf::string_parser_state& state)
    : text_(text),
      state_(state),
      begin_(state.i) {
  }

  void begin_key(std::string name) {
    if (!frames_.empty()) {
      frames_.back().key = std::move(name);
      return;
    }
    result_.in_entry = true;
    result_.entry_offset = offset();
    result_.key = std::move(name);
  }

  void begin_map() {
    if (frames_.empty() && !(offset() > 0 && state_.i[-1] == '{'))
      begin_section();
    else
      push(true);
  }

  void begin_list() {
    push(false);
  }

  void end_map() {
    if (frames_.empty()) {
      if (!path_.empty())
        path_.pop_back();
      return;
    }
    auto xs = std::move(frames_.back().map);
    frames_.pop_back();
    add(caf::config_value{std::move(xs)});
  }

  void end_list() {
    auto xs = std::move(frames_.back().list);
    frames_.pop_back();
    add(caf::config_value{std::move(xs)});
  }

  void add(caf::config_value x) {
    if (frames_.empty()) {
      finish_entry(std::move(x));
      return;
    }
    auto& top = frames_.back();
    if (!top.is_map)
      top.list.push_back(std::move(x));
    else if (!top.map.emplace(top.key, std::move(x)).second)
      fault_ = "names `" + top.key + "` twice";
  }

  reading finish() {
    result_.offset = stopped_ ? *stopped_ : offset();
    result_.code = state_.code;
    result_.in_section = !result_.group.empty();
    result_.nested = result_.in_entry && !frames_.empty();
    result_.in_list = result_.nested && !frames_.back().is_map;
    return std::move(result_);
  }

private:
  size_t offset() const noexcept {
    return static_cast<size_t>(state_.i - begin_);
  }

  /// The parser takes this for the end of the text.
  void stop(std::string cause) {
    if (stopped_)
      return;
    stopped_ = offset();
    result_.abort = std::move(cause);
    state_.e = state_.i;
  }

  void push(bool is_map) {
    frames_.emplace_back().is_map = is_map;
    if (frames_.size() > max_depth)
      stop("lists and maps nest more than " + std::to_string(max_depth)
           + " deep");
  }

  /// The name came as a key. `[a.b]` comes as two sections, one in the other.
  void begin_section() {
    result_.in_entry = false;
    path_.push_back(std::move(result_.key));
    if (offset() > 0 && state_.i[-1] == '.')
      return;
    auto line = text_.line_of(offset());
    auto is_header = text_.trimmed(line).starts_with('[');
    auto is_global = path_.size() == 1 && path_[0] == "global" && !is_header;
    auto before = text_.str().substr(text_.begin_of(line),
                                     offset() - text_.begin_of(line));
    if (is_global ? before.find_first_not_of(" \t") != before.npos
                  : !is_header) {
      stop("more text than one value, expected the end of the line");
      return;
    }
    result_.group.clear();
    for (auto& part : path_)
      result_.group += (result_.group.empty() ? "" : ".") + part;
    result_.file.sections.push_back({result_.group, line});
  }

  void finish_entry(caf::config_value x) {
    result_.in_entry = false;
    config_entry entry;
    entry.section = result_.file.sections.size() - 1;
    entry.group = result_.group;
    entry.key = result_.key;
    entry.line = text_.line_of(result_.entry_offset);
    entry.value = std::move(x);
    entry.fault = std::exchange(fault_, {});
    auto token = text_.overflow_in(result_.entry_offset, offset());
    if (!token.empty())
      entry.fault = '`' + excerpt(token) + "` is out of range";
    result_.file.entries.push_back(std::move(entry));
  }

  const config_text& text_;
  caf::string_parser_state& state_;
  const char* begin_;
  reading result_;
  std::vector<std::string> path_;
  std::vector<frame> frames_;
  std::string fault_;
  caf::optional<size_t> stopped_;
};

/// What the parser copies and calls.
struct consumer {
  recorder* to;

  void key(std::string name) {
    to->begin_key(std::move(name));
  }
  consumer begin_map() {
    to->begin_map();
    return *this;
  }
  consumer begin_list() {
    to->begin_list();
    return *this;
  }
  void end_map() {
    to->end_map();
  }
  void end_list() {
    to->end_list();
  }
  template <class T>
  void value(T&& x) {
    to->add(caf::config_value{std::forward<T>(x)});
  }
};

} // namespace

reading read_once(const config_text& text) {
  auto str = text.str();
  caf::string_parser_state state{str.data(), str.data() + str.size()};
  recorder to{text, state};
  caf::detail::parser::read_ini(state, consumer{&to});
  return to.finish();
}

} // namespace rr
