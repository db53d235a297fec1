// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/process/program_file.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <elf.h>
#include <fcntl.h>
#include <filesystem>
#include <link.h>
#include <span>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <vector>

#include "bridges/system/file_descriptor.hpp"
#include "messages/error.hpp"
#include "messages/log/log_text.hpp"

namespace rr {

namespace {

/// What the kernel reads of a file to tell what it is.
constexpr size_t head_size = 256;

/// Scripts whose interpreters are scripts: the kernel gives up beyond it.
constexpr int deepest = 5;

constexpr std::string_view no_format
  = "is neither an executable nor a script with an interpreter line";

std::string in_quotes(std::string_view text) {
  std::string result = "\"";
  log_text::append_visible(result, text, true);
  return result + '"';
}

std::string in_directory(std::string_view path, std::string_view directory) {
  if (path.starts_with('/') || directory.empty())
    return std::string{path};
  return std::string{directory} + '/' + std::string{path};
}

size_t read_at(int fd, off_t offset, void* to, size_t size) {
  auto count = ::pread(fd, to, size, offset);
  return count < 0 ? 0 : static_cast<size_t>(count);
}

/// Why a path leads nowhere; `error` is what the kernel says.
std::string path_fault(const std::string& path, int error) {
  struct stat status {};
  if (error == ENOENT && ::lstat(path.c_str(), &status) == 0) {
    std::error_code failed;
    auto target = std::filesystem::read_symlink(path, failed);
    return "is a link to " + in_quotes(target.string())
           + ", which does not exist";
  }
  if (error == ENOENT)
    return "does not exist";
  if (error == ELOOP)
    return "is a link that leads in a circle";
  // The first folder on the way that lets nobody through.
  for (auto i = path.find('/', 1); i != path.npos; i = path.find('/', i + 1)) {
    auto folder = path.substr(0, i);
    if (error == EACCES && ::access(folder.c_str(), F_OK) == 0
        && ::faccessat(AT_FDCWD, folder.c_str(), X_OK, AT_EACCESS) != 0)
      return "cannot be reached: permission denied in " + in_quotes(folder);
    if (error == ENOTDIR && ::stat(folder.c_str(), &status) == 0
        && !S_ISDIR(status.st_mode))
      return "cannot be reached: " + in_quotes(folder) + " is no directory";
  }
  return "cannot be reached: " + error_text(error);
}

/// What is wrong with the file as such, whatever is in it.
std::string access_fault(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0)
    return path_fault(path, errno);
  if (S_ISDIR(status.st_mode))
    return "is a directory";
  if (!S_ISREG(status.st_mode))
    return "is no regular file";
  if (::faccessat(AT_FDCWD, path.c_str(), X_OK, AT_EACCESS) == 0)
    return {};
  struct statvfs system {};
  constexpr mode_t anybody = S_IXUSR | S_IXGRP | S_IXOTH;
  if ((status.st_mode & anybody) != 0 && ::statvfs(path.c_str(), &system) == 0
      && (system.f_flag & ST_NOEXEC) != 0)
    return "is on a file system that is mounted noexec";
  return "is not executable";
}

/// Whether the kernel has been taught formats of which nothing is known here.
bool has_other_formats() {
  std::error_code failed;
  auto known = [](const std::filesystem::path& name) {
    return name == "register" || name == "status";
  };
  for (auto i = std::filesystem::directory_iterator{"/proc/sys/fs/binfmt_misc",
                                                    failed};
       !failed && i != std::filesystem::directory_iterator{};
       i.increment(failed))
    if (!known(i->path().filename()))
      return true;
  return false;
}

std::string machine_name(unsigned machine) {
  switch (machine) {
    case EM_386:
      return "i386";
    case EM_X86_64:
      return "x86-64";
    case EM_ARM:
      return "arm";
    case EM_AARCH64:
      return "aarch64";
    case EM_RISCV:
      return "riscv";
    case EM_PPC64:
      return "powerpc64";
    case EM_MIPS:
      return "mips";
    default:
      return "machine " + std::to_string(machine);
  }
}

unsigned read_own_machine() {
  auto fd = file_descriptor{::open("/proc/self/exe", O_RDONLY | O_CLOEXEC)};
  ElfW(Ehdr) header{};
  return read_at(fd.get(), 0, &header, sizeof(header)) == sizeof(header)
           ? header.e_machine
           : EM_NONE;
}

unsigned own_machine() {
  static const auto result = read_own_machine();
  return result;
}

/// Whether a kernel for one machine may execute the programs of another.
bool may_execute(unsigned own, unsigned machine) {
  return own == machine || own == EM_NONE
         || (own == EM_X86_64 && machine == EM_386)
         || (own == EM_AARCH64 && machine == EM_ARM);
}

/// The dynamic linker that an executable names; empty when it needs none.
/// @returns whether the executable could be read so far.
template <class Header, class Segment>
bool find_linker(int fd, std::string& linker) {
  Header header{};
  if (read_at(fd, 0, &header, sizeof(header)) != sizeof(header)
      || header.e_phentsize != sizeof(Segment) || header.e_phnum == 0)
    return false;
  std::vector<Segment> segments(header.e_phnum);
  auto bytes = std::as_writable_bytes(std::span{segments});
  if (read_at(fd, static_cast<off_t>(header.e_phoff), bytes.data(),
              bytes.size())
      != bytes.size())
    return false;
  for (const auto& segment : segments) {
    if (segment.p_type != PT_INTERP)
      continue;
    std::array<char, 4096> name{};
    auto size = std::min<size_t>(segment.p_filesz, name.size() - 1);
    if (read_at(fd, static_cast<off_t>(segment.p_offset), name.data(), size)
        != size)
      return false;
    linker = name.data();
    return true;
  }
  return true;
}

std::string executable_fault(int fd, std::span<const char> head,
                             std::string& interpreter) {
  constexpr auto own_order
    = std::endian::native == std::endian::little ? ELFDATA2LSB : ELFDATA2MSB;
  Elf32_Ehdr common{};
  // Type and machine are where they are in both classes.
  if (head.size() < sizeof(common))
    return "is an executable that is cut off";
  std::memcpy(&common, head.data(), sizeof(common));
  auto own = own_machine();
  if (common.e_ident[EI_DATA] != own_order
      || !may_execute(own, common.e_machine)) {
    if (has_other_formats())
      return {};
    return "is an executable for another machine ("
           + (common.e_ident[EI_DATA] == own_order
                ? machine_name(common.e_machine)
                : std::string{"of another byte order"})
           + "), this one is " + machine_name(own);
  }
  if (common.e_type != ET_EXEC && common.e_type != ET_DYN)
    return common.e_type == ET_REL ? "is an object file, which is not linked"
                                   : "is no executable, but another ELF file";
  auto whole = common.e_ident[EI_CLASS] == ELFCLASS64
                 ? find_linker<Elf64_Ehdr, Elf64_Phdr>(fd, interpreter)
                 : find_linker<Elf32_Ehdr, Elf32_Phdr>(fd, interpreter);
  return whole ? std::string{} : "is an executable that is cut off";
}

/// A script's first line, without `#!`.
std::string_view first_line(std::span<const char> head) {
  std::string_view text{head.data(), head.size()};
  text.remove_prefix(2);
  return text.substr(0, std::min(text.find('\n'), text.find('\0')));
}

constexpr std::string_view blanks = " \t";

/// The words of an interpreter line: the interpreter, and one argument.
std::pair<std::string, std::string> split_line(std::string_view line) {
  line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
  auto end = std::min(line.find_first_of(blanks), line.size());
  auto rest = line.substr(end);
  rest.remove_prefix(std::min(rest.find_first_not_of(blanks), rest.size()));
  rest = rest.substr(0, rest.find_last_not_of(blanks) + 1);
  return {std::string{line.substr(0, end)}, std::string{rest}};
}

std::string format_fault(const std::string& path, std::string& interpreter) {
  // What may be executed need not be readable; then the kernel alone knows.
  auto fd = file_descriptor{
    ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  if (!fd)
    return {};
  std::array<char, head_size> bytes{};
  auto size = read_at(fd.get(), 0, bytes.data(), bytes.size());
  auto head = std::span<const char>{bytes}.first(size);
  if (size == 0)
    return "is empty: it " + std::string{no_format};
  if (size >= SELFMAG && std::memcmp(bytes.data(), ELFMAG, SELFMAG) == 0)
    return executable_fault(fd.get(), head, interpreter);
  if (size < 2 || bytes[0] != '#' || bytes[1] != '!') {
    // A byte order mark that an editor has put in front, which nobody sees.
    if (std::string_view{bytes.data(), size}.starts_with("\xef\xbb\xbf#!"))
      return "begins with a byte order mark, not with #!: it "
             + std::string{no_format};
    return has_other_formats() ? std::string{} : std::string{no_format};
  }
  auto line = first_line(head);
  auto [name, argument] = split_line(line);
  if (name.empty())
    return "has an interpreter line that names none";
  if (line.size() == head.size() - 2 && size == head_size && argument.empty()
      && line.find_last_not_of(blanks) == line.size() - 1)
    return "has an interpreter line that is longer than "
           + std::to_string(head_size) + " bytes";
  if (argument.ends_with('\r'))
    return "has an interpreter line that ends in \"\\r\", which becomes part "
           "of "
           + in_quotes(argument);
  interpreter = name;
  return {};
}

using kind = program_fault::kind;

program_fault fault_at_depth(const std::string& path,
                             const std::string& directory, int depth) {
  auto whole = in_directory(path, directory);
  if (auto text = access_fault(whole); !text.empty())
    return {kind::file, text};
  if (depth > deepest)
    return {kind::format, "is an interpreter of too many scripts"};
  std::string interpreter;
  if (auto text = format_fault(whole, interpreter); !text.empty())
    return {kind::format, text};
  if (interpreter.empty())
    return {};
  auto fault = fault_at_depth(interpreter, directory, depth + 1);
  if (!fault)
    return {};
  return {kind::interpreter, "needs the interpreter " + in_quotes(interpreter)
                               + ", which " + fault.text};
}

} // namespace

program_fault inspect_program_file(const std::string& path,
                                   const std::string& directory) {
  return fault_at_depth(path, directory, 0);
}

program_fault inspect_program(const std::string& program,
                              const std::string& directory,
                              std::string_view search_path) {
  if (program.find('/') != program.npos)
    return inspect_program_file(program, directory);
  program_fault result{kind::file, "is in no directory of PATH"};
  auto found = false;
  for (size_t i = 0; i <= search_path.size();) {
    auto end = std::min(search_path.find(':', i), search_path.size());
    auto part = search_path.substr(i, end - i);
    auto folder = std::string{part.empty() ? "." : part};
    auto fault = inspect_program_file(folder + '/' + program, directory);
    if (!fault)
      return {};
    auto is_there = fault.what != kind::file || fault.text.starts_with("is ");
    if (!found && is_there) {
      found = true;
      result = {fault.what, fault.text + " (in " + in_quotes(folder) + ')'};
    }
    i = end + 1;
  }
  return result;
}

} // namespace rr
