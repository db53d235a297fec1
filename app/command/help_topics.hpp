// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rr {

/// A term and what it means; without a term, a paragraph.
struct help_item {
  std::string_view term;
  std::string_view text;
};

/// A page of help that is about no command.
struct help_article {
  std::string_view name;
  /// Without a full stop.
  std::string_view title;
  std::vector<help_item> items;
};

/// Every such page; man pages and docs/configuration.md have them, too.
const std::vector<help_article>& help_articles();

/// The page of that name, or `nullptr`.
const help_article* find_article(std::string_view name);

/// A page for a terminal.
std::string article_as_text(const help_article& article);

/// What `robot-runtime help` may be asked for: articles, sections of the
/// configuration and commands, each once.
std::vector<std::string_view> help_topics();

} // namespace rr
