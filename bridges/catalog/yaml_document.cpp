// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/catalog/yaml_document.hpp"

#include <algorithm>
#include <sstream>
#include <stdexcept>
#include <vector>

#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>

#include "messages/error.hpp"
#include "messages/utf8.hpp"
#include "messages/visible_text.hpp"

namespace rr {

namespace {

constexpr size_t max_depth = 16;
constexpr size_t max_weight = 1'000'000;
constexpr auto nested_too_deep = "nested more than 16 deep";

/// A document that is YAML and not taken.
struct refusal : std::runtime_error {
  refusal(size_t at, const std::string& why)
    : std::runtime_error(why),
      line(at) {
  }
  size_t line;
};

size_t line_of_mark(const YAML::Mark& mark) {
  return mark.is_null() ? 0 : static_cast<size_t>(mark.line) + 1;
}

/// Refuses a second document where it begins. `YAML::LoadAll` would read all of
/// them, and of a comma that is in no list it makes documents without end.
class one_document : public YAML::EventHandler {
public:
  size_t count() const noexcept {
    return count_;
  }

  void OnDocumentStart(const YAML::Mark&) override {
    ++count_;
  }

  void OnDocumentEnd() override {
  }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    see(mark);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    see(mark);
  }

  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                const std::string&) override {
    see(mark);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&,
                       YAML::anchor_t, YAML::EmitterStyle::value) override {
    see(mark);
  }

  void OnSequenceEnd() override {
  }

  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    see(mark);
  }

  void OnMapEnd() override {
  }

private:
  void see(const YAML::Mark& mark) {
    if (count_ > 1)
      throw refusal{line_of_mark(mark),
                    mark.pos == last_ ? "malformed YAML: a comma out of place"
                                      : "a second document, expected one"};
    last_ = mark.pos;
  }

  size_t count_ = 0;
  /// Where the last node began.
  int last_ = -1;
};

/// Refuses what the reader of a document need not be ready for.
class document_check {
public:
  void visit(const YAML::Node& node) {
    auto line = line_of(node);
    auto is_here = [&](const YAML::Node& x) { return x.is(node); };
    if (std::ranges::any_of(above_, is_here))
      throw refusal{line, "an alias within its own anchor"};
    if (++weight_ > max_weight)
      throw refusal{line_of(above_[std::min(above_.size(), size_t{2}) - 1]),
                    "more than a million nodes with all aliases"};
    // `?` and `!` are what yaml-cpp calls no tag and quotes.
    if (auto& tag = node.Tag(); !tag.empty() && tag != "?" && tag != "!")
      throw refusal{line, "tags are not taken, got " + tag};
    if (node.IsNull() || node.IsScalar())
      return;
    if (above_.size() == max_depth)
      throw refusal{line, nested_too_deep};
    above_.push_back(node);
    for (const auto& each : node) {
      if (!node.IsMap()) {
        visit(each);
        continue;
      }
      visit(each.first);
      visit(each.second);
    }
    above_.pop_back();
  }

private:
  std::vector<YAML::Node> above_;
  size_t weight_ = 0;
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

YAML::Node parse(std::string_view text) {
  std::istringstream in{std::string{text}};
  YAML::Parser parser{in};
  one_document documents;
  while (parser.HandleNextDocument(documents))
    continue;
  if (documents.count() == 0)
    return YAML::Node{};
  auto result = YAML::Load(std::string{text});
  document_check{}.visit(result);
  return result;
}

} // namespace

std::optional<YAML::Node> parse_yaml(std::string_view text, yaml_fault& fault) {
  if (auto at = find_forbidden(text); at != text.npos) {
    fault = {line_number(text, at),
             "holds " + name_at(text, at) + ", expected text in UTF-8"};
    return std::nullopt;
  }
  try {
    return parse(text);
  } catch (const refusal& what) {
    fault = {what.line, what.what()};
  } catch (const YAML::DeepRecursion& what) {
    fault = {line_of_mark(what.mark), nested_too_deep};
  } catch (const YAML::Exception& what) {
    fault = {line_of_mark(what.mark), "malformed YAML: " + as_cause(what.msg)
                                        + suspect_near(text, what.mark)};
  } catch (const std::exception& what) {
    fault = {0, std::string{"cannot read YAML: "} + what.what()};
  }
  return std::nullopt;
}

size_t line_of(const YAML::Node& node) {
  return line_of_mark(node.Mark());
}

bool is_quoted(const YAML::Node& node) {
  return node.Tag() == "!";
}

} // namespace rr
