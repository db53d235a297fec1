// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE web_request

#include "bridges/web/web_request.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace web_request_suite {
namespace {

struct fixture {
  web_request_reader reader{8192, 16384};

  /// The status of the refusal of a text that comes byte by byte, 0 for none.
  unsigned read(std::string_view text) {
    std::string buffer;
    for (auto each : text) {
      buffer += each;
      if (auto fault = reader.take(buffer); fault != 0)
        return fault;
    }
    return 0;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(web_request_tests, fixture)

CAF_TEST(a request is read however it comes) {
  std::string_view text
    = "POST /estop?x=1&token=abc&y=a%2D%5f%%4%g1%0a% HTTP/1.1\r\n"
      "Host: a:1\r\nAuthorization: Bearer t\r\n"
      "Cookie: a=1\r\nCookie: b=2\r\n"
      "Content-Length: 2\r\n\r\n{}";
  CAF_CHECK(!reader.has_begun());
  CAF_CHECK_EQUAL(read(text), 0u);
  CAF_REQUIRE(reader.is_done());
  const auto& request = reader.get();
  CAF_CHECK_EQUAL(request.body(), "{}");
  CAF_CHECK_EQUAL(path_of(request), "/estop");
  CAF_CHECK_EQUAL(query_value(request, "token"), "abc");
  CAF_CHECK_EQUAL(query_value(request, "x"), "1");
  CAF_CHECK_EQUAL(query_value(request, "oken"), "");
  CAF_CHECK_EQUAL(query_value(request, "y"), "a-_%%4%g1\n%");
  std::string cookies;
  auto given = credentials_of(request, cookies);
  CAF_CHECK_EQUAL(given.host, "a:1");
  CAF_CHECK_EQUAL(given.authorization, "Bearer t");
  CAF_CHECK_EQUAL(given.cookies, "a=1;b=2;");
  CAF_CHECK(!given.origin);
}

CAF_TEST(what follows a request is left for the next one) {
  std::string buffer
    = "\r\nGET / HTTP/1.1\r\nHost: a\r\nOrigin: \r\n\r\nGET /s";
  CAF_CHECK_EQUAL(reader.take(buffer), 0u);
  CAF_REQUIRE(reader.is_done());
  CAF_CHECK_EQUAL(buffer, "GET /s");
  std::string cookies;
  CAF_CHECK(credentials_of(reader.get(), cookies).origin == std::string_view{});
  reader.begin_anew();
  buffer += "tatus HTTP/1.1\r\nHost: a\r\n\r\n";
  CAF_CHECK_EQUAL(reader.take(buffer), 0u);
  CAF_REQUIRE(reader.is_done());
  CAF_CHECK_EQUAL(path_of(reader.get()), "/status");
  CAF_CHECK(buffer.empty());
}

CAF_TEST(a body comes in chunks) {
  CAF_CHECK_EQUAL(read("POST /estop HTTP/1.1\r\nHost: a\r\n"
                       "Transfer-Encoding: chunked\r\n\r\n"
                       "1\r\n{\r\n1;x=y\r\n}\r\n0\r\n\r\n"),
                  0u);
  CAF_REQUIRE(reader.is_done());
  CAF_CHECK_EQUAL(reader.get().body(), "{}");
}

CAF_TEST(fields behind a body are refused however they come) {
  std::string_view text = "POST /estop HTTP/1.1\r\nHost: a\r\n"
                          "Transfer-Encoding: chunked\r\n\r\n"
                          "1\r\n{\r\n0\r\nAuthorization: Bearer t\r\n\r\n";
  CAF_CHECK_EQUAL(read(text), 400u);
  reader.begin_anew();
  std::string buffer{text};
  CAF_CHECK_EQUAL(reader.take(buffer), 400u);
}

CAF_TEST(empty lines before a request are passed over however they come) {
  std::string_view text = "\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n";
  CAF_CHECK_EQUAL(read(text), 0u);
  CAF_CHECK(reader.is_done());
  reader.begin_anew();
  std::string buffer{text};
  CAF_CHECK_EQUAL(reader.take(buffer), 0u);
  CAF_CHECK(reader.is_done());
}

CAF_TEST(a header that others read in another way is ambiguous) {
  for (auto text : {"GET / HTTP/1.1\n", "a\r\n b", "a\r\n\tb", "a\rb", "a\x01",
                    "a\x7f", "\n"})
    CAF_CHECK(is_ambiguous(text));
  CAF_CHECK(is_ambiguous(std::string_view{"a\0b", 3}));
  for (auto text : {"GET / HTTP/1.1\r\nX: a\tb\r\n\r\n", "a\r", "", "\xe4"})
    CAF_CHECK(!is_ambiguous(text));
}

CAF_TEST(a line without end is refused before it fills the memory) {
  std::string text(8193, 'a');
  CAF_CHECK_EQUAL(read(text), 431u);
}

CAF_TEST(a header of the whole length is taken) {
  std::string text = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
  text += std::string(8192 - text.size() - 4, 'x') + "\r\n\r\n";
  std::string buffer = text;
  CAF_CHECK_EQUAL(reader.take(buffer), 0u);
  CAF_CHECK(reader.is_done());
  reader.begin_anew();
  buffer = text.insert(text.size() - 4, "x");
  CAF_CHECK_EQUAL(reader.take(buffer), 431u);
}

CAF_TEST(gzip is taken by whoever says so) {
  auto accepts = [this](const std::string& value) {
    reader.begin_anew();
    std::string buffer = "GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: "
                         + value + "\r\n\r\n";
    CAF_REQUIRE_EQUAL(reader.take(buffer), 0u);
    return accepts_gzip(reader.get());
  };
  for (auto value : {"gzip", "deflate, GZIP;q=0.5, br", "gzip;q=1"})
    CAF_CHECK(accepts(value));
  for (auto value : {"", "br", "gzip;q=0", "gzip;q=0.000", "xgzip"})
    CAF_CHECK(!accepts(value));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace web_request_suite
