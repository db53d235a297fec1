// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/catalog/yaml_document.hpp"

#include <algorithm>
#include <map>
#include <sstream>
#include <stdexcept>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "messages/error.hpp"
#include "messages/utf8.hpp"
#include "messages/visible_text.hpp"

namespace rr {

namespace {

constexpr size_t max_depth = 16;
constexpr size_t max_weight = 1'000'000;

/// Ends the parsing, from within a callback of yaml-cpp.
struct refusal : std::runtime_error {
  refusal(size_t at, const std::string& why)
    : std::runtime_error(why),
      line(at) {
  }
  size_t line;
};

size_t line_of(const YAML::Mark& mark) {
  return mark.is_null() ? 0 : static_cast<size_t>(mark.line) + 1;
}

/// Makes nodes of yaml-cpp's events. Its own nodes keep no form of scalars, and
/// looking into them hides all but the first of equal keys.
class document_builder : public YAML::EventHandler {
public:
  yaml_pointer take() {
    return root_ ? root_ : std::make_shared<yaml_node>();
  }

  void OnDocumentStart(const YAML::Mark&) override {
    // Nothing to do.
  }

  void OnDocumentEnd() override {
    // Nothing to do.
  }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(make(yaml_node::form::null, mark), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    auto found = anchors_.find(anchor);
    if (found == anchors_.end())
      throw refusal{line_of(mark), "an alias within its own anchor"};
    place(found->second);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag,
                YAML::anchor_t anchor, const std::string& value) override {
    refuse_tag(mark, tag);
    auto node = make(yaml_node::form::scalar, mark);
    node->text = value;
    node->quoted = tag == "!";
    // yaml-cpp leaves it to its nodes to tell them from texts.
    if (!node->quoted
        && (value.empty() || value == "~" || value == "null" || value == "Null"
            || value == "NULL"))
      node->is = yaml_node::form::null;
    add(std::move(node), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag,
                       YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    refuse_tag(mark, tag);
    open(make(yaml_node::form::sequence, mark), anchor);
  }

  void OnSequenceEnd() override {
    close();
  }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag,
                  YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    refuse_tag(mark, tag);
    open(make(yaml_node::form::map, mark), anchor);
  }

  void OnMapEnd() override {
    close();
  }

private:
  struct level {
    std::shared_ptr<yaml_node> node;
    YAML::anchor_t anchor;
    /// Of a map, waiting for its value.
    yaml_pointer key;
  };

  static std::shared_ptr<yaml_node> make(yaml_node::form is,
                                         const YAML::Mark& mark) {
    auto result = std::make_shared<yaml_node>();
    result->is = is;
    result->line = line_of(mark);
    return result;
  }

  /// `?` and `!` are what yaml-cpp calls no tag and quotes.
  static void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!")
      throw refusal{line_of(mark), "tags are not taken, got " + tag};
  }

  void open(std::shared_ptr<yaml_node> node, YAML::anchor_t anchor) {
    if (levels_.size() == max_depth)
      throw refusal{node->line, "nested more than 16 deep"};
    levels_.push_back({std::move(node), anchor, nullptr});
  }

  void close() {
    auto closed = std::move(levels_.back());
    levels_.pop_back();
    add(std::move(closed.node), closed.anchor);
  }

  void add(std::shared_ptr<yaml_node> node, YAML::anchor_t anchor) {
    if (anchor != 0)
      anchors_[anchor] = node;
    place(std::move(node));
  }

  void place(yaml_pointer node) {
    if (levels_.empty()) {
      root_ = std::move(node);
      return;
    }
    auto& parent = levels_.back();
    parent.node->weight += node->weight;
    if (parent.node->weight > max_weight)
      throw refusal{node->line, "more than a million nodes with all aliases"};
    if (parent.node->is == yaml_node::form::sequence)
      parent.node->items.push_back(std::move(node));
    else if (!parent.key)
      parent.key = std::move(node);
    else
      parent.node->entries.emplace_back(std::move(parent.key), std::move(node));
  }

  std::vector<level> levels_;
  std::map<YAML::anchor_t, yaml_pointer> anchors_;
  yaml_pointer root_;
};

/// Where the first byte stands that no YAML document may have: yaml-cpp takes
/// some of these for the end of the text, and replaces others.
size_t find_forbidden(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    auto [code, size] = first_character(text.substr(i));
    if (size == 0
        || (code < 0x20 && code != '\t' && code != '\n' && code != '\r')
        || code == 0x7f)
      return i;
    i += size;
  }
  return text.npos;
}

size_t line_number(std::string_view text, size_t offset) {
  return static_cast<size_t>(std::ranges::count(text.substr(0, offset), '\n'))
         + 1;
}

/// `a tab (U+0009) in column 3`.
std::string name_at(std::string_view text, size_t offset) {
  auto begin = offset == 0 ? text.npos : text.rfind('\n', offset - 1);
  begin = begin == text.npos ? 0 : begin + 1;
  return name_of_character(text.substr(offset)) + " in column "
         + std::to_string(column_of(text.substr(begin), offset - begin));
}

/// What cannot be seen in the line of an error, or in the one before it, which
/// may be the cause: `: a tab (U+0009) in column 3, expected spaces`.
std::string suspect_near(std::string_view text, const YAML::Mark& mark) {
  if (mark.is_null())
    return {};
  size_t begin = 0;
  for (int i = 0; i < mark.line && begin < text.size(); ++i)
    begin = std::min(text.find('\n', begin), text.size() - 1) + 1;
  auto line = text.substr(begin, text.find('\n', begin) - begin);
  // A carriage return at its end is how some systems end lines.
  if (line.ends_with('\r'))
    line.remove_suffix(1);
  auto found = find_suspect(line);
  if (found == line.npos)
    return {};
  auto is_space = line[found] == '\t' || line.substr(found, 2) == "\u00a0";
  return ": " + name_at(text, begin + found)
         + (is_space ? ", expected spaces" : "");
}

yaml_pointer parse(std::string_view text) {
  std::istringstream in{std::string{text}};
  YAML::Parser parser{in};
  document_builder result;
  parser.HandleNextDocument(result);
  document_builder second;
  if (parser.HandleNextDocument(second)) {
    auto line = second.take()->line;
    throw refusal{line, "a second document, expected one"};
  }
  return result.take();
}

} // namespace

yaml_pointer parse_yaml(std::string_view text, yaml_fault& fault) {
  if (auto at = find_forbidden(text); at != text.npos) {
    fault = {line_number(text, at),
             "holds " + name_at(text, at) + ", expected text in UTF-8"};
    return nullptr;
  }
  try {
    return parse(text);
  } catch (const refusal& what) {
    fault = {what.line, what.what()};
  } catch (const YAML::Exception& what) {
    fault = {line_of(what.mark), "malformed YAML: " + as_cause(what.msg)
                                   + suspect_near(text, what.mark)};
  } catch (const std::exception& what) {
    fault = {0, std::string{"cannot read YAML: "} + what.what()};
  }
  return nullptr;
}

} // namespace rr
