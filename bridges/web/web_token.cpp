// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/web/web_token.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "bridges/system/file_descriptor.hpp"
#include "bridges/system/input_file.hpp"
#include "messages/error.hpp"
#include "messages/visible_text.hpp"

namespace rr {

namespace {

constexpr std::string_view token_alphabet
  = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Characters of 6 bits: 128 bits and more.
constexpr size_t least_token = 22;

/// 256 bits and more.
constexpr size_t made_token = 43;

caf::error refuse_token(const std::string& path, const std::string& why) {
  return caf::make_error(ec::bad_configuration, "cannot use the token in "
                                                  + visible_path(path) + ": "
                                                  + why);
}

/// What is wrong with who may read it; empty for nothing.
std::string permission_fault(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0)
    return error_text(errno);
  if (!S_ISREG(status.st_mode))
    return "is no regular file";
  if (status.st_uid != ::geteuid() && status.st_uid != 0)
    return "belongs to user " + std::to_string(status.st_uid);
  if ((status.st_mode & 077) != 0)
    return "others than its owner may read or write it, expected mode 0600 "
           "(chmod 600)";
  return {};
}

/// What is wrong with a token; empty for nothing.
std::string token_fault(const std::string& token) {
  if (token.find_first_not_of(token_alphabet) != token.npos)
    return "has other characters than A-Z, a-z, 0-9, - and _ in one line";
  if (token.size() < least_token)
    return "has " + std::to_string(token.size())
           + " characters, expected at least " + std::to_string(least_token)
           + ": `robot-runtime token` makes one where there is no file";
  return {};
}

caf::expected<std::string> random_token() {
  std::array<unsigned char, made_token> bytes;
  if (::getrandom(bytes.data(), bytes.size(), 0)
      != static_cast<ssize_t>(bytes.size()))
    return system_error("cannot make a token: no random numbers", errno);
  std::string result;
  for (auto each : bytes)
    result += token_alphabet[each % token_alphabet.size()];
  return result;
}

bool write_whole(int file, std::string_view text) {
  while (!text.empty()) {
    auto written = ::write(file, text.data(), text.size());
    if (written < 0 && errno != EINTR)
      return false;
    if (written > 0)
      text.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

/// Replaces nothing. Some file systems know no links.
bool give_name(const std::string& temporary, const std::string& path) {
  return ::link(temporary.c_str(), path.c_str()) == 0
         || (errno != EEXIST
             && ::renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, path.c_str(),
                            RENAME_NOREPLACE)
                  == 0);
}

} // namespace

caf::expected<std::string> read_web_token(const std::string& path) {
  if (auto fault = permission_fault(path); !fault.empty())
    return refuse_token(path, fault);
  auto result = read_input_file(path, 4096);
  if (!result)
    return result;
  result->erase(result->find_last_not_of("\r\n") + 1);
  if (auto fault = token_fault(*result); !fault.empty())
    return refuse_token(path, fault);
  return result;
}

caf::expected<std::string> make_web_token(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0)
    return read_web_token(path);
  auto what = "cannot make " + visible_path(path);
  auto token = random_token();
  if (!token)
    return token;
  // Nobody sees half a token, another command that makes it at this moment
  // among them.
  auto temporary = path + ".XXXXXX";
  file_descriptor file{::mkostemp(temporary.data(), O_CLOEXEC)};
  if (!file)
    return system_error(what, errno);
  auto made = ::fchmod(file.get(), 0600) == 0
              && write_whole(file.get(), *token + '\n')
              && ::fsync(file.get()) == 0 && give_name(temporary, path);
  auto cause = errno;
  ::unlink(temporary.c_str());
  if (made)
    return token;
  return cause == EEXIST ? read_web_token(path) : system_error(what, cause);
}

} // namespace rr
