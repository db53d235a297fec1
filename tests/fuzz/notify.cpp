// SPDX-License-Identifier: BSD-3-Clause

// Datagrams of the `sd_notify` protocol, which any child may send.

#include "bridges/process/notify_message.hpp"

#include <tuple>

#include "messages/utf8.hpp"
#include "tests/fuzz/target.hpp"

using namespace rr;
using namespace std::chrono_literals;
using fuzz::require;

namespace {

constexpr std::chrono::steady_clock::time_point read_at{1h};

auto all_of(const child_news& x) {
  return std::tie(x.ready, x.stopping, x.triggered, x.heartbeat, x.extension,
                  x.watchdog, x.status, x.refused);
}

bool is_span(std::optional<std::chrono::nanoseconds> x) {
  return !x || (*x > 0ns && *x <= 24h);
}

void check_news(const child_news& news) {
  require(is_span(news.extension) && is_span(news.watchdog),
          "a span is above zero and a day at most");
  require(!news.heartbeat || *news.heartbeat == read_at,
          "a heartbeat is of the time that it was read");
  if (!news.status)
    return;
  // Each of 256 bytes may have to be shown by four.
  require(is_utf8(*news.status) && news.status->size() <= 4 * 256 + 3,
          "a status is a short text");
  for (auto c : *news.status)
    require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f,
            "a status is one line, of which a terminal obeys nothing");
}

} // namespace

FUZZ_TARGET(notify) {
  auto text = fuzz::as_text(bytes);
  auto message = read_notify_message(text, read_at);
  if (text.size() > max_notify_message)
    require(!message, "a long datagram is refused");
  if (!message)
    return;
  check_news(message->news);
  auto twice = message->news;
  merge(twice, child_news{message->news});
  require(all_of(twice) == all_of(message->news),
          "what is said twice counts once");
  // One of 4096 bytes is as long as may be.
  auto longer = std::string{text.substr(0, text.find('\0'))} + "\nWHATEVER=1";
  if (longer.size() > max_notify_message)
    return;
  auto same = read_notify_message(longer, read_at);
  require(same && all_of(same->news) == all_of(message->news)
            && same->main_pid == message->main_pid,
          "a key that is not known changes nothing");
}
