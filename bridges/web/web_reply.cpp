// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/web/web_reply.hpp"

#include <array>
#include <ctime>

namespace rr {

namespace {

/// As RFC 9110 has it, in English whatever the locale.
std::string http_date(std::chrono::system_clock::time_point now) {
  constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed",
                                            "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr",
                                               "May", "Jun", "Jul", "Aug",
                                               "Sep", "Oct", "Nov", "Dec"};
  auto time = std::chrono::system_clock::to_time_t(now);
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  std::array<char, 32> rest{};
  std::strftime(rest.data(), rest.size(), " %Y %H:%M:%S GMT", &parts);
  auto day = std::to_string(parts.tm_mday);
  return std::string{days[static_cast<size_t>(parts.tm_wday)]} + ", "
         + (day.size() < 2 ? "0" : "") + day + ' '
         + months[static_cast<size_t>(parts.tm_mon)] + rest.data();
}

} // namespace

std::string_view reason_phrase(unsigned status) noexcept {
  switch (status) {
    case 100:
      return "Continue";
    case 200:
      return "OK";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Internal Server Error";
  }
}

std::string refusal_text(unsigned status) {
  return std::to_string(status) + ' ' + std::string{reason_phrase(status)}
         + '\n';
}

std::string head_of(const web_reply& reply,
                    std::chrono::system_clock::time_point now) {
  std::string result = "HTTP/1.1 ";
  result += std::to_string(reply.status);
  result += ' ';
  result += reason_phrase(reply.status);
  auto add = [&result](std::string_view name, std::string_view value) {
    result += "\r\n";
    result += name;
    result += ": ";
    result += value;
  };
  add("Date", http_date(now));
  // Of what a cache has already, only what it needs.
  if (reply.status != 304) {
    add("Content-Type", reply.content_type);
    add("Content-Length", std::to_string(reply.length));
  }
  add("Content-Security-Policy", reply.policy);
  add("X-Content-Type-Options", "nosniff");
  add("Referrer-Policy", "no-referrer");
  add("X-Frame-Options", "DENY");
  add("Cross-Origin-Resource-Policy", "same-origin");
  add("Cross-Origin-Opener-Policy", "same-origin");
  add("Cache-Control", reply.caching);
  add("Connection", reply.keep_alive ? "keep-alive" : "close");
  result += "\r\n";
  result += reply.fields;
  return result + "\r\n";
}

} // namespace rr
