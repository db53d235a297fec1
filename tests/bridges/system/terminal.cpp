// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE terminal

#include "bridges/system/terminal.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>

#include <cstdlib>
#include <optional>
#include <string>

#include "bridges/system/file_descriptor.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace terminal_suite {
namespace {

/// A variable of this process, as it was again at the end.
class changed_variable {
public:
  changed_variable(const char* name, const char* value) : name_(name) {
    if (auto old = std::getenv(name))
      old_ = old;
    set(value);
  }

  ~changed_variable() {
    set(old_ ? old_->c_str() : nullptr);
  }

  void set(const char* value) const {
    if (value)
      ::setenv(name_, value, 1);
    else
      ::unsetenv(name_);
  }

private:
  const char* name_;
  std::optional<std::string> old_;
};

file_descriptor open_terminal() {
  file_descriptor result{::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)};
  CAF_REQUIRE(result);
  return result;
}

} // namespace

CAF_TEST(a terminal takes colours unless somebody wants none) {
  auto terminal = open_terminal();
  changed_variable term{"TERM", "xterm"};
  changed_variable none{"NO_COLOR", nullptr};
  CAF_CHECK(takes_colours(terminal.get()));
  none.set("");
  CAF_CHECK(takes_colours(terminal.get()));
  none.set("1");
  CAF_CHECK(!takes_colours(terminal.get()));
  none.set(nullptr);
  term.set("dumb");
  CAF_CHECK(!takes_colours(terminal.get()));
}

CAF_TEST(what is no terminal takes no colours and has no rows) {
  file_descriptor null{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
  changed_variable term{"TERM", "xterm"};
  changed_variable none{"NO_COLOR", nullptr};
  CAF_CHECK(!takes_colours(null.get()));
  CAF_CHECK_EQUAL(terminal_rows(null.get()), 0u);
}

CAF_TEST(a terminal knows its rows) {
  auto terminal = open_terminal();
  winsize size{};
  size.ws_row = 17;
  size.ws_col = 80;
  CAF_REQUIRE_EQUAL(::ioctl(terminal.get(), TIOCSWINSZ, &size), 0);
  CAF_CHECK_EQUAL(terminal_rows(terminal.get()), 17u);
}

} // namespace terminal_suite
