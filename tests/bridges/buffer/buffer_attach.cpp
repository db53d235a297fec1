// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE buffer_attach

#include "bridges/buffer/memory_segment.hpp"
#include "bridges/buffer/shared_buffer.hpp"

#include <caf/test/dsl.hpp>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <fstream>

#include "messages/error.hpp"
#include "tests/support/buffer_fixture.hpp"
#include "tests/support/forked.hpp"

using namespace rr;

namespace buffer_attach_suite {
namespace {

constexpr int not_permitted = 77;

/// Somebody who is not root and owns nothing.
constexpr uid_t stranger = 65534;

struct fixture : buffer_fixture {
  buffer_name name = name_of("camera");
  std::string path = segment_path(to_string(name));

  void create() {
    auto made = shared_buffer::create(name, camera_type());
    CAF_REQUIRE(made);
  }

  /// Leaves this many bytes of the object.
  void cut(off_t size) {
    CAF_REQUIRE_EQUAL(::truncate(path.c_str(), size), 0);
  }

  void overwrite(size_t at, const char* bytes, size_t size) {
    auto file = file_descriptor{::open(path.c_str(), O_RDWR)};
    CAF_REQUIRE_EQUAL(::pwrite(file.get(), bytes, size, static_cast<off_t>(at)),
                      static_cast<ssize_t>(size));
  }

  template <class T>
  static std::string refusal(const caf::expected<T>& result) {
    return result ? "none" : describe(result.error());
  }

  std::string cannot_open(const std::string& why) const {
    return "cannot open " + to_string(name) + ": " + why;
  }

  ~fixture() {
    ::unlink(path.c_str());
  }
};

/// In a user namespace: this process keeps the ids that it had. Whoever has
/// none there can create no file.
bool keep_ids(uid_t user, gid_t group) {
  auto map = [](const char* path, auto id) {
    auto text = std::to_string(id);
    return static_cast<bool>(std::ofstream{path} << text << ' ' << text << " 1"
                                                 << std::flush);
  };
  std::ofstream{"/proc/self/setgroups"} << "deny";
  return map("/proc/self/uid_map", user) && map("/proc/self/gid_map", group);
}

/// A `/dev/shm` of this process alone, of 256 KiB.
bool shrink_shared_memory() {
  auto user = ::geteuid();
  auto group = ::getegid();
  auto is_root = user == 0;
  return ::unshare(CLONE_NEWNS | (is_root ? 0 : CLONE_NEWUSER)) == 0
         && (is_root || keep_ids(user, group))
         && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0
         && ::mount("tmpfs", "/dev/shm", "tmpfs", 0, "size=256k") == 0;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(buffer_attach_tests, fixture)

CAF_TEST(a buffer is for its owner alone) {
  create();
  struct stat status {};
  CAF_REQUIRE_EQUAL(::stat(path.c_str(), &status), 0);
  CAF_CHECK_EQUAL(status.st_mode & 07777, 0600u);
}

CAF_TEST(one that is not there is an error) {
  CAF_CHECK_EQUAL(refusal(shared_buffer::open(name)),
                  cannot_open("there is no such buffer"));
}

CAF_TEST(one of another catalog is refused) {
  create();
  auto other = camera_type();
  other.parameters[0].upper = 100;
  CAF_CHECK_EQUAL(refusal(shared_buffer::open(name, other)),
                  cannot_open("it was made with another catalog"));
  CAF_CHECK_EQUAL(refusal(shared_buffer::create(name, other)),
                  cannot_open("it was made with another catalog"));
  CAF_CHECK(shared_buffer::open(name, camera_type()));
}

CAF_TEST(one of another layout version is refused) {
  create();
  overwrite(8, "\x09", 1);
  CAF_CHECK_EQUAL(refusal(shared_buffer::open(name)),
                  cannot_open("its layout has version 9, this program knows "
                              "version 6"));
}

CAF_TEST(one that is cut short is refused at any length) {
  for (off_t size : {0, 1, 100, 327, 328, 600, 4096, 8192, 200'000}) {
    create();
    cut(size);
    auto seen = refusal(shared_buffer::open(name));
    CAF_CHECK_EQUAL(seen, cannot_open("it is cut short"));
    CAF_CHECK_EQUAL(refusal(shared_buffer::create(name, camera_type())), seen);
    CAF_CHECK(!remove_buffer(name));
  }
}

CAF_TEST(one with a damaged lock is refused) {
  create();
  auto lock = make_buffer_layout(name, camera_type(), 0).header.lock;
  overwrite(lock, std::string(64, '\xff').data(), 64);
  CAF_CHECK_EQUAL(refusal(shared_buffer::open(name)),
                  cannot_open("its lock is damaged"));
}

CAF_TEST(one under the name of another device is refused) {
  create();
  auto other = name_of("camera", 1);
  CAF_REQUIRE_EQUAL(
    ::link(path.c_str(), segment_path(to_string(other)).c_str()), 0);
  auto refused = shared_buffer::open(other);
  CAF_CHECK_EQUAL(refusal(refused), "cannot open " + to_string(other)
                                      + ": it is the buffer of another device");
  CAF_CHECK_EQUAL(list_buffers(prefix).size(), 1u);
  ::unlink(segment_path(to_string(other)).c_str());
}

CAF_TEST(one that others may write to is refused) {
  create();
  CAF_REQUIRE_EQUAL(::chmod(path.c_str(), 0666), 0);
  CAF_CHECK_EQUAL(refusal(shared_buffer::open(name)),
                  cannot_open("other users may write to it"));
}

CAF_TEST(without permission there is an error that says so) {
  create();
  auto code = forked{[&]() -> int {
                auto* why = "permission denied";
                if (::geteuid() == 0) {
                  if (::setuid(stranger) != 0)
                    return not_permitted;
                  why = "permission denied, it belongs to user 0";
                } else {
                  ::chmod(path.c_str(), 0);
                }
                auto result = shared_buffer::open(name);
                return refusal(result) == cannot_open(why) ? 0 : 1;
              }}.join();
  if (code == not_permitted)
    CAF_MESSAGE("skipped: cannot become another user");
  else
    CAF_CHECK_EQUAL(code, 0);
}

CAF_TEST(root takes nothing from another user) {
  if (::geteuid() != 0) {
    CAF_MESSAGE("skipped: this is not root");
    return;
  }
  create();
  CAF_REQUIRE_EQUAL(::chown(path.c_str(), stranger, stranger), 0);
  CAF_CHECK_EQUAL(refusal(shared_buffer::open(name)),
                  cannot_open("it belongs to user 65534, not to user 0"));
}

CAF_TEST(a buffer that is closed to a user is named with its owner) {
  if (::geteuid() != 0) {
    CAF_MESSAGE("skipped: this is not root");
    return;
  }
  create();
  auto state = robot_state::own(prefix);
  CAF_REQUIRE(state);
  auto why = "permission denied, it belongs to user 0";
  auto code = forked{[&]() -> int {
                if (::setresuid(stranger, stranger, stranger) != 0)
                  return not_permitted;
                if (refusal(shared_buffer::open(name)) != cannot_open(why))
                  return 1;
                auto hidden = list_unreadable(prefix);
                if (hidden.size() != 1 || hidden[0].object != to_string(name)
                    || describe(hidden[0].why) != cannot_open(why))
                  return 2;
                if (refusal(robot_state::own(prefix))
                    != "cannot own " + robot_state_name(prefix) + ": " + why)
                  return 3;
                return describe(remove_segment(to_string(name)))
                           == "cannot remove " + to_string(name)
                                + ": operation not permitted, it belongs to "
                                  "user 0"
                         ? 0
                         : 4;
              }}.join();
  CAF_CHECK_EQUAL(code, 0);
  CAF_CHECK(list_unreadable(prefix).empty());
}

CAF_TEST(without room there is an error and nothing is left) {
  auto code
    = forked{[&]() -> int {
        if (!shrink_shared_memory())
          return not_permitted;
        auto made = shared_buffer::create(name, camera_type());
        if (refusal(made)
            != "cannot create " + to_string(name) + ": no space left on device")
          return 1;
        if (!list_segments("").empty())
          return 2;
        auto small = name_of("gamepad");
        return shared_buffer::create(small, gamepad_type()) ? 0 : 3;
      }}.join();
  if (code == not_permitted)
    CAF_MESSAGE("skipped: no mount namespace");
  else
    CAF_CHECK_EQUAL(code, 0);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace buffer_attach_suite
