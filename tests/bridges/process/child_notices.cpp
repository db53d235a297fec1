// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE child_notices

#include <sys/stat.h>

#include <algorithm>

#include "tests/support/temporary_folder.hpp"
#include "tests/support/watched.hpp"

using namespace rr;
using namespace rr::test;
using namespace std::chrono_literals;

namespace child_notices_suite {
namespace {

/// Speaks the protocol, as a program of one's own may.
constexpr auto speaker = R"(
import os, socket, sys
address = os.environ["NOTIFY_SOCKET"]
if address[0] == "@":
    address = "\0" + address[1:]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
for text in sys.argv[1:]:
    s.sendto(text.encode(), address)
)";

struct fixture : watcher_fixture {
  temporary_folder folder;
  child_watcher_settings how;
  process_settings settings;
  guarded facts;
  int told = 0;

  fixture() {
    ::chmod(folder.path().c_str(), 0700);
    how.notify_directory = folder.path().string();
    settings.name = "speaker";
    settings.environment = {"PATH=/usr/bin:/bin", "NOTIFY_SOCKET=/planted"};
    settings.ready.kind = readiness::notify;
  }

  ~fixture() {
    watcher.reset();
  }

  /// Runs a shell's script.
  watched* shell(const std::string& script) {
    settings.command = {"/bin/sh", "-c", script};
    return begin();
  }

  watched* speak(const std::vector<std::string>& texts) {
    settings.command = {"/usr/bin/python3", "-c", speaker};
    settings.command.insert(settings.command.end(), texts.begin(), texts.end());
    return begin();
  }

  watched* begin() {
    auto& result = children.emplace_back(std::make_unique<watched>());
    auto listener = result->listener();
    listener.notified = [this] { facts.change([this] { ++told; }); };
    result->process = watcher->start(settings, std::move(listener));
    return result.get();
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(child_notices_tests, fixture)

CAF_TEST(a child that is to say of itself is given a socket) {
  watch(how);
  settings.ready.watchdog = 1500ms;
  shell("echo \"got $NOTIFY_SOCKET $WATCHDOG_USEC\"; "
        "test -S $NOTIFY_SOCKET && echo there")
    ->end();
  auto got = line("got ");
  CAF_CHECK(got.starts_with(folder.path().string() + "/notify-"));
  CAF_CHECK(got.ends_with(" 1500000"));
  line("there");
  children.clear();
  // The thread that hears it may hold it a moment longer.
  watcher.reset();
  CAF_CHECK(list_directory(folder.path().string()).empty());
}

CAF_TEST(one that runs as another user has an abstract name) {
  watch(how);
  settings.limits.user = std::to_string(::geteuid());
  shell("echo \"got $NOTIFY_SOCKET\"")->end();
  CAF_CHECK(line("got ").starts_with("@notify-"));
}

CAF_TEST(other children have none) {
  watch(how);
  settings.ready.kind = readiness::started;
  settings.environment = {"PATH=/usr/bin:/bin"};
  shell("echo \"got ${NOTIFY_SOCKET-none} ${WATCHDOG_USEC-none}\"")->end();
  CAF_CHECK_EQUAL(line("got "), "none none");
}

CAF_TEST(what a child says arrives before its end) {
  watch(how);
  auto child = speak({"READY=1\nSTATUS=warm", "WATCHDOG=1"});
  CAF_CHECK_EQUAL(child->end().exit_code, 0);
  CAF_CHECK(facts.wait([this] { return told == 1; }));
  auto news = child->process->take_news();
  CAF_CHECK(news.ready);
  CAF_CHECK(news.heartbeat);
  CAF_CHECK(news.status == "warm");
  CAF_CHECK(news.refused.empty());
}

CAF_TEST(what waits in the socket is heard by who looks) {
  watch(how);
  auto child = shell("sleep 60");
  child->pid();
  CAF_CHECK(!child->process->take_news().heartbeat);
  child->process->kill();
  child->end();
}

CAF_TEST(without a directory of its own user the name is abstract) {
  ::chmod(folder.path().c_str(), 0755);
  watch(how);
  auto child = speak({"READY=1"});
  child->end();
  CAF_CHECK(list_directory(folder.path().string()).empty());
  CAF_CHECK(child->process->take_news().ready);
}

CAF_TEST(the code of one that raises no emergency pulls no cord) {
  watch(how);
  settings.ready.kind = readiness::started;
  settings.raises_emergency = false;
  auto child = shell("exit 255");
  CAF_CHECK_EQUAL(child->end().exit_code, 255);
  CAF_CHECK(!cord.pulled());
  settings.raises_emergency = true;
  shell("exit 255")->end();
  CAF_CHECK(cord.pulled());
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace child_notices_suite
