// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE child_start

#include "bridges/process/child_watcher.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>

#include "bridges/process/spawn.hpp"
#include "messages/error.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/watched.hpp"

using namespace rr;
using namespace rr::test;
using namespace std::chrono_literals;

namespace child_start_suite {
namespace {

struct fixture : watcher_fixture {
  temporary_folder folder;
  const std::filesystem::path& directory = folder.path();
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(child_start_tests, fixture)

CAF_TEST(a start that fails says what failed on what and why) {
  watch();
  process_settings settings;
  settings.name = "camera";
  settings.command = {directory / "missing"};
  CAF_CHECK_EQUAL(start(settings)->failure(),
                  "cannot execute " + (directory / "missing").string()
                    + ": no such file or directory");
  auto plain = directory / "plain";
  std::ofstream{plain} << "text";
  settings.command = {plain};
  CAF_CHECK_EQUAL(start(settings)->failure(),
                  "cannot execute " + plain.string() + ": permission denied");
  settings.command = {RR_TEST_CHILD, "exit", "0"};
  settings.directory = directory / "nowhere";
  CAF_CHECK_EQUAL(start(settings)->failure(),
                  "cannot change directory to " + settings.directory
                    + ": no such file or directory");
  settings.directory.clear();
  settings.command.clear();
  CAF_CHECK_EQUAL(start(settings)->failure(),
                  "cannot start camera: no command");
  CAF_CHECK_EQUAL(watcher->count(), 0u);
}

CAF_TEST(what the kernel refuses to execute is a failed start) {
  watch();
  process_settings settings;
  settings.name = "drive";
  auto failure = [&](const std::string& text) {
    auto path = folder.write("drive", text);
    ::chmod(path.c_str(), 0755);
    settings.command = {path};
    auto result = start(settings)->failure();
    auto begin = "cannot execute " + path + ": it ";
    CAF_CHECK(result.starts_with(begin));
    return result.substr(begin.size());
  };
  CAF_CHECK_EQUAL(failure(""), "is empty: it is neither an executable nor a "
                               "script with an interpreter line");
  CAF_CHECK_EQUAL(failure("exit 0\n"), "is neither an executable nor a script "
                                       "with an interpreter line");
  CAF_CHECK_EQUAL(failure("#!/usr/bin/python3\r\n"),
                  R"(needs the interpreter "/usr/bin/python3\r", which does )"
                  "not exist");
  // As in PATH, where no shell gets it either.
  settings.command = {"drive"};
  settings.environment = {"PATH=/nowhere:" + directory.string()};
  folder.write("drive", "exit 0\n");
  CAF_CHECK_EQUAL(start(settings)->failure(),
                  "cannot execute drive: it is neither an executable nor a "
                  "script with an interpreter line (in \""
                    + directory.string() + "\")");
  CAF_CHECK(!cord.pulled());
}

CAF_TEST(a program that cannot be executed yet says why) {
  watch();
  process_settings settings;
  settings.name = "drive";
  auto path = folder.file("drive");
  settings.command = {path};
  std::filesystem::copy(RR_TEST_CHILD, path);
  auto writer = file_descriptor{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
  CAF_CHECK_EQUAL(start(settings)->failure(),
                  "cannot execute " + path
                    + ": it is being written: text file busy");
  settings.command = {directory.string()};
  CAF_CHECK_EQUAL(start(settings)->failure(), "cannot execute "
                                                + directory.string()
                                                + ": it is a directory");
  settings.command = {path + "/x"};
  CAF_CHECK_EQUAL(start(settings)->failure(), "cannot execute " + path
                                                + "/x: it cannot be reached: \""
                                                + path + "\" is no directory");
  std::filesystem::create_symlink("circle", folder.file("circle"));
  settings.command = {folder.file("circle")};
  CAF_CHECK_EQUAL(start(settings)->failure(),
                  "cannot execute " + folder.file("circle")
                    + ": it is a link that leads in a circle");
}

CAF_TEST(a program in PATH is the first that can be executed) {
  watch();
  for (auto name : {"first", "second"})
    std::filesystem::create_directory(directory / name);
  folder.write("first/own-program", "text");
  process_settings settings;
  settings.name = "camera";
  settings.command = {"own-program", "exit", "3"};
  settings.environment = {"PATH=first:" + folder.file("second")};
  settings.directory = directory;
  CAF_CHECK_EQUAL(start(settings)->failure(),
                  "cannot execute own-program: permission denied");
  std::filesystem::create_symlink(RR_TEST_CHILD,
                                  directory / "second" / "own-program");
  CAF_CHECK_EQUAL(start(settings)->end().exit_code, 3);
  settings.environment = {"PATH=:/nowhere"};
  settings.directory = folder.file("second");
  CAF_CHECK_EQUAL(start(settings)->end().exit_code, 3);
}

CAF_TEST(a program is looked up in the path of its own environment) {
  watch();
  std::filesystem::create_symlink(RR_TEST_CHILD, directory / "own-program");
  process_settings settings;
  settings.name = "camera";
  settings.command = {"own-program", "exit", "3"};
  settings.environment = {"PATH=" + directory.string()};
  CAF_CHECK_EQUAL(start(settings)->end().exit_code, 3);
}

CAF_TEST(a missing launcher is an error) {
  child_watcher_settings settings;
  settings.launcher = directory / "missing";
  auto made = child_watcher::make(settings, cord, [](auto&) {});
  CAF_REQUIRE(!made);
  CAF_CHECK_EQUAL(describe(made.error()), "cannot execute the launcher "
                                            + settings.launcher
                                            + ": no such file or directory");
}

CAF_TEST(an upgrade or removal gives running children no other launcher) {
  auto found = find_launcher();
  CAF_REQUIRE(found);
  child_watcher_settings settings;
  settings.launcher = directory / "launcher";
  std::filesystem::copy(*found, settings.launcher);
  watch(settings);
  std::filesystem::remove(settings.launcher);
  CAF_CHECK_EQUAL(run({"exit", "3"})->end().exit_code, 3);
  std::ofstream{settings.launcher} << "#!/bin/sh\nexit 9\n";
  ::chmod(settings.launcher.c_str(), 0755);
  CAF_CHECK_EQUAL(run({"exit", "4"})->end().exit_code, 4);
}

CAF_TEST(a launcher that fails is no emergency) {
  child_watcher_settings settings;
  // That of the launcher.
  settings.emergency_exit_code = 1;
  watch(settings);
  process_settings missing;
  missing.name = "camera";
  missing.command = {directory / "missing"};
  CAF_CHECK_EQUAL(start(missing)->failure(), "cannot execute "
                                               + missing.command[0]
                                               + ": no such file or directory");
  CAF_CHECK(!cord.pulled());
  run({"exit", "1"})->end();
  CAF_CHECK(cord.pulled());
}

CAF_TEST(a launcher that hangs delays nobody) {
  child_watcher_settings settings;
  settings.launcher = directory / "launcher";
  std::ofstream{settings.launcher}
    << "#!/bin/sh\n"
    << "[ \"$1\" = child ] || exec cat\n"
    << "while [ \"$1\" != -- ]; do shift; done; shift\n"
    << "case \"$2\" in stay) exec \"$@\";; esac\n"
    << "exec \"$@\" 3>&-\n";
  ::chmod(settings.launcher.c_str(), 0755);
  watch(settings);
  // This one never closes its launch pipe.
  auto hangs = run({"stay"});
  CAF_CHECK_EQUAL(run({"exit", "0"})->end().exit_code, 0);
  CAF_CHECK(!hangs->started);
  hangs->process->kill();
  CAF_CHECK_EQUAL(hangs->end().exit_code, -SIGKILL);
}

CAF_TEST(a child starts from a clean state) {
  sigset_t mask, before;
  ::sigfillset(&mask);
  ::pthread_sigmask(SIG_BLOCK, &mask, &before);
  auto old = ::signal(SIGHUP, SIG_IGN);
  auto low = file_descriptor{::open("/dev/zero", O_RDONLY)};
  auto high = file_descriptor{::fcntl(low.get(), F_DUPFD, 100)};
  watch();
  process_settings settings;
  settings.name = "state";
  settings.command = {RR_TEST_CHILD, "state"};
  settings.directory = directory;
  settings.environment = {"RR_PROCESS_COOKIE=another"};
  CAF_CHECK_EQUAL(start(settings)->end().exit_code, 0);
  ::signal(SIGHUP, old);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  CAF_CHECK_EQUAL(line("stdin "), "/dev/null");
  CAF_CHECK_EQUAL(line("open "), "0 1 2");
  CAF_CHECK_EQUAL(line("SigBlk:\t"), "0000000000000000");
  // The C library keeps signals 32 and 33 to itself.
  auto ignored = std::stoull(line("SigIgn:\t"), nullptr, 16);
  CAF_CHECK_EQUAL(ignored & ~0x180000000ull, 0u);
  CAF_CHECK_EQUAL(line("directory "), directory.string());
  CAF_CHECK_EQUAL(line("leader"), "");
  CAF_CHECK_NOT_EQUAL(line("cookie "), "another");
}

CAF_TEST(a start copies none of the many descriptors that are open) {
  watch();
  std::vector<file_descriptor> many;
  for (int i = 0; i < 600; ++i)
    many.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  CAF_REQUIRE(many.back());
  process_settings settings;
  settings.name = "table";
  settings.command = {"/bin/sh", "-c", "grep FDSize: /proc/$$/status"};
  CAF_CHECK_EQUAL(start(settings)->end().exit_code, 0);
  // The kernel's table of the child's has room for what was copied.
  CAF_CHECK_LESS(std::stoi(line("FDSize:")), 512);
}

CAF_TEST(a child has the limit of open files that the settings say) {
  child_watcher_settings settings;
  settings.descriptor_limit = 123;
  watch(settings);
  process_settings child;
  child.name = "child";
  child.command = {"/bin/sh", "-c", "echo limit $(ulimit -Sn)"};
  start(child);
  CAF_CHECK_EQUAL(line("limit "), "123");
}

CAF_TEST(a child has the own limit of open files without a setting) {
  watch();
  rlimit own;
  ::getrlimit(RLIMIT_NOFILE, &own);
  process_settings child;
  child.name = "child";
  child.command = {"/bin/sh", "-c", "echo limit $(ulimit -Sn)"};
  start(child);
  CAF_CHECK_EQUAL(line("limit "), std::to_string(own.rlim_cur));
}

CAF_TEST(a start without descriptors left fails and the next one succeeds) {
  watch();
  rlimit before;
  ::getrlimit(RLIMIT_NOFILE, &before);
  auto low = before;
  low.rlim_cur = open_descriptors() + 2;
  ::setrlimit(RLIMIT_NOFILE, &low);
  auto child = run({"exit", "0"});
  auto text = child->failure();
  ::setrlimit(RLIMIT_NOFILE, &before);
  CAF_CHECK(text.find("cannot start child-1") == 0);
  CAF_CHECK(text.find("too many open files") != std::string::npos);
  CAF_CHECK_EQUAL(run({"exit", "0"})->end().exit_code, 0);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace child_start_suite
