// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE rotating_file

#include "bridges/system/rotating_file.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "messages/error.hpp"
#include "tests/support/temporary_folder.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace rotating_file_suite {
namespace {

namespace fs = std::filesystem;

/// A disk that takes so many bytes more.
struct small_disk {
  size_t room = 0;
  int error = ENOSPC;

  ssize_t operator()(int fd, const void* bytes, size_t size) {
    auto some = std::min(size, room);
    if (some == 0) {
      errno = error;
      return -1;
    }
    room -= some;
    return ::write(fd, bytes, some);
  }
};

struct fixture {
  temporary_folder folder;
  rotating_file_settings settings;
  std::unique_ptr<rotating_file> file;

  fixture() {
    settings.path = folder.file("logs/robot.log");
    settings.look_interval = std::chrono::seconds{0};
  }

  void open() {
    auto made = rotating_file::open(settings);
    CAF_REQUIRE(made);
    file = std::move(*made);
  }

  std::string text(const std::string& name = "logs/robot.log") {
    std::ifstream in{folder.file(name)};
    return {std::istreambuf_iterator<char>{in}, {}};
  }

  std::string refusal() {
    auto inspected = inspect_log_file(settings.path);
    auto made = rotating_file::open(settings);
    CAF_REQUIRE(!made);
    CAF_CHECK(made.error() == ec::bad_configuration);
    CAF_CHECK_EQUAL(describe(inspected), describe(made.error()));
    return describe(made.error());
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(rotating_file_tests, fixture)

CAF_TEST(a line that does not fit is not there at all) {
  small_disk disk;
  settings.write = std::ref(disk);
  open();
  for (auto error : {ENOSPC, EFBIG, EDQUOT, EIO})
    for (size_t room = 0; room < 6; ++room) {
      disk = {100, error};
      CAF_CHECK_EQUAL(file->append("first"), 0);
      auto before = text();
      disk.room = room;
      CAF_CHECK_EQUAL(file->append("second"), error);
      CAF_CHECK_EQUAL(text(), before);
      disk.room = 100;
      CAF_CHECK_EQUAL(file->append("third"), 0);
      CAF_CHECK_EQUAL(text(), before + "third\n");
    }
}

CAF_TEST(a piece that another program has written after is ended) {
  auto pieces = 0;
  settings.write = [&](int fd, const void* bytes, size_t size) -> ssize_t {
    if (++pieces == 2) {
      std::ofstream{settings.path, std::ios::app} << "other\n";
      errno = ENOSPC;
      return -1;
    }
    return ::write(fd, bytes, pieces == 1 ? 3 : size);
  };
  open();
  CAF_CHECK_EQUAL(file->append("first"), ENOSPC);
  CAF_CHECK_EQUAL(file->append("second"), 0);
  CAF_CHECK_EQUAL(text(), "firother\n\nsecond\n");
}

CAF_TEST(what a dead program has left unfinished is ended) {
  fs::create_directories(folder.file("logs"));
  folder.write("logs/robot.log", "{\"event\":");
  open();
  CAF_CHECK_EQUAL(file->append("line"), 0);
  CAF_CHECK_EQUAL(file->append("line"), 0);
  CAF_CHECK_EQUAL(text(), "{\"event\":\nline\nline\n");
}

CAF_TEST(whoever removes or renames the file gets a new one) {
  open();
  CAF_CHECK_EQUAL(file->append("one"), 0);
  fs::remove(settings.path);
  CAF_CHECK_EQUAL(file->append("two"), 0);
  CAF_CHECK_EQUAL(text(), "two\n");
  fs::rename(settings.path, folder.file("logs/old"));
  CAF_CHECK_EQUAL(file->append("three"), 0);
  CAF_CHECK_EQUAL(text(), "three\n");
  fs::remove_all(folder.file("logs"));
  CAF_CHECK_EQUAL(file->append("four"), 0);
  CAF_CHECK_EQUAL(text(), "four\n");
}

CAF_TEST(what cannot be made again is an error until it can) {
  open();
  fs::remove_all(folder.file("logs"));
  folder.write("logs", "in the way");
  CAF_CHECK_NOT_EQUAL(file->append("one"), 0);
  CAF_CHECK_NOT_EQUAL(file->append("two"), 0);
  fs::remove(folder.file("logs"));
  CAF_CHECK_EQUAL(file->append("three"), 0);
  CAF_CHECK_EQUAL(text(), "three\n");
}

CAF_TEST(a file that cannot be rotated grows no further) {
  settings.max_size = 10;
  open();
  // A folder that is not empty is replaced by no file.
  fs::create_directories(folder.file("logs/robot.1.log/x"));
  settings.max_files = 2;
  open();
  CAF_CHECK_EQUAL(file->append("12345678"), 0);
  CAF_CHECK_EQUAL(file->append("lost"), EISDIR);
  CAF_CHECK_EQUAL(text(), "12345678\n");
  fs::remove_all(folder.file("logs/robot.1.log"));
  CAF_CHECK_EQUAL(file->append("there"), 0);
  CAF_CHECK_EQUAL(text(), "there\n");
  CAF_CHECK_EQUAL(text("logs/robot.1.log"), "12345678\n");
}

CAF_TEST(two that rotate one file lose no line) {
  settings.max_size = 100;
  settings.max_files = 100;
  settings.look_interval = std::chrono::hours{1};
  open();
  auto other = rotating_file::open(settings);
  CAF_REQUIRE(other);
  for (auto i = 100; i < 200; ++i) {
    auto& writer = i % 3 == 0 ? *other : file;
    CAF_CHECK_EQUAL(writer->append(std::to_string(i)), 0);
  }
  std::string all;
  for (auto& entry : fs::directory_iterator{folder.file("logs")})
    all += text("logs/" + entry.path().filename().string());
  CAF_CHECK_EQUAL(all.size(), 400u);
  for (auto i = 100; i < 200; ++i)
    CAF_CHECK(all.find(std::to_string(i) + '\n') != std::string::npos);
}

CAF_TEST(names are those of the file with a number before the extension) {
  settings.max_size = 1;
  for (auto [name, old] : {std::pair{"a.log", "a.1.log"},
                           {"noextension", "noextension.1"},
                           {".hidden", ".hidden.1"},
                           {"b.tar.gz", "b.tar.1.gz"}}) {
    settings.path = folder.file(name);
    open();
    CAF_CHECK_EQUAL(file->append("one"), 0);
    CAF_CHECK_EQUAL(file->append("two"), 0);
    CAF_CHECK_EQUAL(text(old), "one\n");
  }
}

CAF_TEST(what is no regular file is refused and says what it is) {
  auto check = [&](const std::string& path, const std::string& kind) {
    settings.path = path;
    CAF_CHECK_EQUAL(refusal(), path + " is a " + kind + " and no regular file");
  };
  auto fifo = folder.file("fifo");
  CAF_REQUIRE_EQUAL(::mkfifo(fifo.c_str(), 0600), 0);
  check(fifo, "FIFO");
  fs::create_symlink(fifo, folder.file("link"));
  check(folder.file("link"), "FIFO");
  // With a reader it is one all the same.
  file_descriptor reader{::open(fifo.c_str(), O_RDONLY | O_NONBLOCK)};
  check(fifo, "FIFO");
  check(folder.path().string(), "directory");
  check("/dev/full", "device");
  check("/dev/null", "device");
  file_descriptor bound{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_un address{AF_UNIX, {}};
  auto name = folder.file("socket");
  std::strncpy(address.sun_path, name.c_str(), sizeof(address.sun_path) - 1);
  CAF_REQUIRE_EQUAL(::bind(bound.get(), reinterpret_cast<sockaddr*>(&address),
                           sizeof(address)),
                    0);
  check(name, "socket");
}

CAF_TEST(a real disk that fills up and has room again) {
  auto disk = folder.file("disk");
  fs::create_directories(disk);
  if (::mount("none", disk.c_str(), "tmpfs", 0, "size=64k") != 0) {
    CAF_MESSAGE("skipped: may not mount");
    return;
  }
  settings.path = disk + "/robot.log";
  settings.max_size = 40'000;
  open();
  auto line = std::string(999, 'x');
  auto lost = 0;
  for (auto i = 0; i < 100; ++i)
    lost += file->append(line) == ENOSPC ? 1 : 0;
  CAF_CHECK_GREATER(lost, 0);
  fs::remove(disk + "/robot.1.log");
  CAF_CHECK_EQUAL(file->append(line), 0);
  file.reset();
  std::ifstream in{settings.path};
  for (std::string seen; std::getline(in, seen);)
    CAF_CHECK_EQUAL(seen, line);
  CAF_CHECK_EQUAL(::umount2(disk.c_str(), MNT_DETACH), 0);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace rotating_file_suite
