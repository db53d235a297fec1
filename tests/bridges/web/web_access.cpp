// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE web_access

#include "bridges/web/web_access.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace web_access_suite {
namespace {

using verdict = web_access::verdict;

constexpr auto token = "0123456789012345678901";

struct fixture {
  web_access::machine own{
    [](std::string_view host) { return host == "192.168.7.2"; }, "rover"};

  web_access at(const char* address, std::string secret = {}) {
    return {*parse_web_address(address), std::move(secret), own};
  }

  static verdict judge(const web_access& access, std::string_view host,
                       std::optional<std::string_view> origin = {}) {
    return access.judge({.host = host, .origin = origin});
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(web_access_tests, fixture)

CAF_TEST(an address has a scheme a host and a port) {
  CAF_CHECK(*parse_web_address("http://127.0.0.1:8080")
            == (web_address{false, "127.0.0.1", 8080}));
  CAF_CHECK(*parse_web_address("https://[::1]:1")
            == (web_address{true, "[::1]", 1}));
  for (auto text :
       {"", "http://", "http://a", "ftp://127.0.0.1:1", "http://127.0.0.1:0",
        "http://127.0.0.1:80/x", "http://u@127.0.0.1:80", "127.0.0.1:80"})
    CAF_CHECK(!parse_web_address(text));
}

CAF_TEST(an interface is not loopback for its name) {
  for (auto host : {"127.0.0.1", "127.8.9.10", "localhost", "[::1]"})
    CAF_CHECK(is_loopback_host(host));
  for (auto host : {"127.wan", "127.0.0.1.wan", "127.1", "lo", "0.0.0.0", "*",
                    "[::]", "[::2]", "192.168.7.2"})
    CAF_CHECK(!is_loopback_host(host));
}

CAF_TEST(loopback is served to its own names alone) {
  auto access = at("http://127.0.0.1:8080");
  for (auto host :
       {"127.0.0.1:8080", "localhost:8080", "LocalHost:8080", "[::1]:8080"})
    CAF_CHECK(judge(access, host) == verdict::granted);
  for (auto host : {"127.0.0.1",
                    "127.0.0.1:80",
                    "evil.example:8080",
                    "192.168.7.2:8080",
                    "rover:8080",
                    "localhost.:8080",
                    "localhost.evil.example:8080",
                    "0.0.0.0:8080",
                    "127.0.0.2:8080",
                    "[::]:8080",
                    "*:8080",
                    "x@127.0.0.1:8080",
                    "127.0.0.1 :8080",
                    ":8080",
                    "127.0.0.1:",
                    "127.0.0.1:8080x",
                    "127.0.0.1:65536",
                    "127.0.0.1:-1",
                    "[::1",
                    "[::1]8080",
                    "a:b:8080"})
    CAF_CHECK(judge(access, host) == verdict::other_host);
  CAF_CHECK(judge(access, "") == verdict::no_host);
}

CAF_TEST(another loopback address is its own) {
  auto access = at("http://127.0.0.5:8080");
  CAF_CHECK(judge(access, "127.0.0.5:8080") == verdict::granted);
  CAF_CHECK(judge(access, "127.0.0.6:8080") == verdict::other_host);
}

CAF_TEST(a network is served to this machines addresses and its name) {
  for (auto address : {"http://*:80", "http://192.168.7.2:80"}) {
    auto access = at(address, token);
    for (auto host : {"192.168.7.2", "192.168.7.2:80", "rover", "ROVER:80",
                      "rover.local", "localhost"})
      CAF_CHECK(judge(access, host) == verdict::no_token);
    for (auto host : {"192.168.7.3", "evil.example", "rover.evil.example",
                      "0.0.0.0", "[::]", "192.168.7.2:81", "eth0"})
      CAF_CHECK(judge(access, host) == verdict::other_host);
  }
}

CAF_TEST(a machine without a name has none) {
  own.name.clear();
  auto access = at("http://*:80", token);
  CAF_CHECK(judge(access, ".local") == verdict::other_host);
}

CAF_TEST(an origin is this servers or none) {
  auto access = at("http://127.0.0.1:8080");
  auto from = [&](std::string_view origin) {
    return judge(access, "127.0.0.1:8080", origin);
  };
  CAF_CHECK(from("http://127.0.0.1:8080") == verdict::granted);
  CAF_CHECK(from("http://localhost:8080") == verdict::granted);
  for (auto origin : {"", "null", "http://127.0.0.1", "http://127.0.0.1:80",
                      "https://127.0.0.1:8080", "http://evil.example:8080",
                      "http://evil.example", "127.0.0.1:8080", "http://",
                      "HTTP://127.0.0.1:8080", "http://127.0.0.1:8080/"})
    CAF_CHECK(from(origin) == verdict::other_origin);
}

CAF_TEST(an origin over TLS is of https) {
  auto access = at("https://127.0.0.1:443");
  CAF_CHECK(judge(access, "localhost", "https://localhost")
            == verdict::granted);
  CAF_CHECK(judge(access, "localhost", "http://localhost")
            == verdict::other_origin);
}

CAF_TEST(a token comes as a bearers or as a cookie) {
  auto access = at("http://127.0.0.1:8080", token);
  auto with = [&](std::string authorization, std::string cookies = {}) {
    return access.judge({.host = "127.0.0.1:8080",
                         .origin = {},
                         .authorization = authorization,
                         .cookies = cookies});
  };
  auto text = std::string{token};
  auto cookie = "robot-runtime-8080=" + text;
  CAF_CHECK(with("Bearer " + text) == verdict::granted);
  CAF_CHECK(with("bearer  " + text + ' ') == verdict::granted);
  CAF_CHECK(with("", cookie) == verdict::granted);
  CAF_CHECK(with("", "a=b; " + cookie + "; c") == verdict::granted);
  CAF_CHECK(with("", "robot-runtime-8080=old;" + cookie) == verdict::granted);
  for (const auto& wrong :
       {std::string{}, std::string{"Bearer"}, text, "Bearer " + text.substr(1),
        "Bearer " + text + 'x', "Basic " + text, "Bearer" + text})
    CAF_CHECK(with(wrong) == verdict::no_token);
  for (const auto& wrong :
       {"robot-runtime-8081=" + text, "x" + cookie, cookie + "x",
        "robot-runtime-8080 =" + text, std::string{"robot-runtime-8080="},
        std::string{";;"}})
    CAF_CHECK(with("", wrong) == verdict::no_token);
}

CAF_TEST(who has the token is still of another page) {
  auto access = at("http://127.0.0.1:8080", token);
  auto text = "Bearer " + std::string{token};
  CAF_CHECK(access.judge({.host = "evil.example:8080",
                          .origin = {},
                          .authorization = text,
                          .cookies = {}})
            == verdict::other_host);
  CAF_CHECK(access.judge({.host = "127.0.0.1:8080",
                          .origin = "http://evil.example",
                          .authorization = text,
                          .cookies = {}})
            == verdict::other_origin);
}

CAF_TEST(a cookie is for the server alone) {
  auto plain = at("http://127.0.0.1:8080", token).cookie();
  for (auto part : {"; HttpOnly", "; SameSite=Strict", "; Path=/"})
    CAF_CHECK(plain.find(part) != plain.npos);
  CAF_CHECK(plain.find("Secure") == plain.npos);
  CAF_CHECK(plain.starts_with("robot-runtime-8080=" + std::string{token}));
  CAF_CHECK(at("https://127.0.0.1:1", token).cookie().find("; Secure")
            != plain.npos);
}

CAF_TEST(no token is none that anybody could have) {
  auto access = at("http://127.0.0.1:8080");
  CAF_CHECK(!access.needs_token());
  CAF_CHECK(!access.is_token(""));
  CAF_CHECK(equal_in_constant_time("", ""));
  CAF_CHECK(!equal_in_constant_time("a", ""));
  CAF_CHECK(!equal_in_constant_time("a", "b"));
  CAF_CHECK(equal_in_constant_time("ab", "ab"));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace web_access_suite
