// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE notify_message

#include "bridges/process/notify_message.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace std::chrono_literals;

namespace notify_message_suite {
namespace {

const auto now = std::chrono::steady_clock::now();

notify_message read(std::string_view text) {
  auto result = read_notify_message(text, now);
  CAF_REQUIRE(result);
  return *result;
}

} // namespace

CAF_TEST(every line of a message counts) {
  auto x = read("READY=1\nSTATUS=calibrating\nWATCHDOG=1\nMAINPID=17\n"
                "EXTEND_TIMEOUT_USEC=5000000\nWATCHDOG_USEC=20000\nSTOPPING=1");
  CAF_CHECK(x.news.ready);
  CAF_CHECK(x.news.stopping);
  CAF_CHECK(x.news.status == "calibrating");
  CAF_CHECK(x.news.heartbeat == now);
  CAF_CHECK(x.main_pid == 17);
  CAF_CHECK(x.news.extension == std::chrono::nanoseconds{5s});
  CAF_CHECK(x.news.watchdog == std::chrono::nanoseconds{20ms});
  CAF_CHECK(!x.news.triggered);
  CAF_CHECK(read("WATCHDOG=trigger").news.triggered);
  CAF_CHECK(read("FDSTORE=1").keeps_descriptors);
  CAF_CHECK(read(std::string_view{"READY=1\0", 8}).news.ready);
}

CAF_TEST(what is not known or has no such value changes nothing) {
  for (auto text : {"",
                    "\n\n",
                    "READY",
                    "READY=",
                    "READY=0",
                    "READY=11",
                    "READY= 1",
                    "ready=1",
                    " READY=1",
                    "=",
                    "=READY=1",
                    "RELOADING=1",
                    "BARRIER=1",
                    "ERRNO=2",
                    "WATCHDOG=0",
                    "WATCHDOG=",
                    "WATCHDOG_USEC=0",
                    "WATCHDOG_USEC=-1",
                    "WATCHDOG_USEC=1s",
                    "WATCHDOG_USEC=0x10",
                    "EXTEND_TIMEOUT_USEC=",
                    "EXTEND_TIMEOUT_USEC=99999999999999999999",
                    "MAINPID=",
                    "MAINPID=99999999999",
                    "MAINPID=1 "}) {
    CAF_MESSAGE(text);
    auto x = read(text);
    CAF_CHECK(!x.news.ready && !x.news.stopping && !x.news.triggered);
    CAF_CHECK(!x.news.heartbeat && !x.news.extension && !x.news.watchdog);
    CAF_CHECK(!x.main_pid && !x.keeps_descriptors && !x.news.status);
  }
}

CAF_TEST(times are a day at most) {
  CAF_CHECK(read("WATCHDOG_USEC=18446744073709551615").news.watchdog
            == std::chrono::nanoseconds{24h});
  CAF_CHECK(read("EXTEND_TIMEOUT_USEC=9223372036854775807").news.extension
            == std::chrono::nanoseconds{24h});
}

CAF_TEST(a status is visible and short) {
  CAF_CHECK(read("STATUS=\x1b[2J\xff").news.status == "\\x1b[2J\\xff");
  auto status = read("STATUS=" + std::string(4000, 'x')).news.status;
  CAF_REQUIRE(status);
  CAF_CHECK_LESS(status->size(), 260u);
}

CAF_TEST(what is too long or no text is refused) {
  CAF_CHECK(read_notify_message(std::string(4096, 'x'), now));
  CAF_CHECK(!read_notify_message(std::string(4097, 'x'), now));
  CAF_CHECK(!read_notify_message(std::string_view{"READY=1\0\0", 9}, now));
  CAF_CHECK(!read_notify_message(std::string_view{"\0READY=1", 8}, now));
}

CAF_TEST(news add up until they are taken) {
  child_news all;
  merge(all, {.ready = true, .status = "one", .refused = {"a"}});
  merge(all, {.stopping = true, .heartbeat = now, .refused = {"b"}});
  merge(all, {.status = "two"});
  CAF_CHECK(all.ready && all.stopping);
  CAF_CHECK(all.heartbeat == now);
  CAF_CHECK(all.status == "two");
  CAF_CHECK((all.refused == std::vector<std::string>{"a", "b"}));
}

} // namespace notify_message_suite
