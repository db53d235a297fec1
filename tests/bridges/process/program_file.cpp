// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE program_file

#include "bridges/process/program_file.hpp"

#include <elf.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <link.h>
#include <sys/stat.h>
#include <unistd.h>

#include <caf/test/dsl.hpp>

#include "tests/support/temporary_folder.hpp"

using namespace rr;

namespace program_file_suite {
namespace {

constexpr std::string_view no_format
  = "is neither an executable nor a script with an interpreter line";

std::string fault_of(const std::string& path,
                     const std::string& directory = {}) {
  return inspect_program_file(path, directory).text;
}

std::string lookup_fault(const std::string& program,
                         const std::string& directory, std::string_view path) {
  return inspect_program(program, directory, path).text;
}

struct fixture {
  temporary_folder folder;

  std::string make(const std::string& name, const std::string& text,
                   mode_t mode = 0755) {
    auto path = folder.write(name, text);
    ::chmod(path.c_str(), mode);
    return path;
  }

  std::string fault(const std::string& text) {
    return fault_of(make("program", text));
  }
};

std::string own_executable() {
  std::ifstream file{"/proc/self/exe", std::ios::binary};
  std::string result(4096, '\0');
  file.read(result.data(), static_cast<std::streamsize>(result.size()));
  return result;
}

ElfW(Ehdr) & header(std::string& executable) {
  return *reinterpret_cast<ElfW(Ehdr)*>(executable.data());
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(program_file_tests, fixture)

CAF_TEST(executables and scripts are good) {
  CAF_CHECK_EQUAL(fault_of("/proc/self/exe"), "");
  CAF_CHECK_EQUAL(fault_of("/bin/sh"), "");
  CAF_CHECK_EQUAL(fault("#!/bin/sh\n"), "");
  CAF_CHECK_EQUAL(fault("#! \t/bin/sh -e\necho"), "");
  CAF_CHECK_EQUAL(fault("#!/bin/sh"), "");
  CAF_CHECK_EQUAL(fault("#!/usr/bin/env sh\n\r\n"), "");
}

CAF_TEST(a fault is of the file or of what is in it or of its interpreter) {
  using kind = program_fault::kind;
  CAF_CHECK(inspect_program_file("/bin/sh").what == kind::none);
  CAF_CHECK(inspect_program_file("/nowhere").what == kind::file);
  CAF_CHECK(inspect_program_file(make("text", "text")).what == kind::format);
  CAF_CHECK(inspect_program_file(make("script", "#!/nowhere")).what
            == kind::interpreter);
}

CAF_TEST(what is in no format that the kernel executes is named) {
  CAF_CHECK_EQUAL(fault(""), "is empty: it " + std::string{no_format});
  CAF_CHECK_EQUAL(fault("echo hello\n"), no_format);
  CAF_CHECK_EQUAL(fault("#"), no_format);
  CAF_CHECK_EQUAL(fault("\n#!/bin/sh\n"), no_format);
  CAF_CHECK_EQUAL(fault("\xef\xbb\xbf#!/bin/sh\n"),
                  "begins with a byte order mark, not with #!: it "
                    + std::string{no_format});
  CAF_CHECK_EQUAL(fault("#!\n/bin/sh"),
                  "has an interpreter line that names none");
  CAF_CHECK_EQUAL(fault("#!  \t "), "has an interpreter line that names none");
  CAF_CHECK_EQUAL(fault("#!/" + std::string(300, 'x')),
                  "has an interpreter line that is longer than 256 bytes");
}

CAF_TEST(an interpreter that cannot be executed is named) {
  CAF_CHECK_EQUAL(fault("#!/usr/bin/python3\r\n"),
                  R"(needs the interpreter "/usr/bin/python3\r", )"
                  "which does not exist");
  CAF_CHECK_EQUAL(fault("#!/nowhere/bash\n"),
                  "needs the interpreter \"/nowhere/bash\", which does not "
                  "exist");
  CAF_CHECK_EQUAL(fault("#!/tmp\n"),
                  "needs the interpreter \"/tmp\", which is a directory");
  auto plain = make("plain", "text", 0644);
  CAF_CHECK_EQUAL(fault("#!" + plain), "needs the interpreter \"" + plain
                                         + "\", which is not executable");
  auto text = make("text", "text");
  auto middle = make("middle", "#!" + text + " -x\n");
  CAF_CHECK_EQUAL(fault("#!" + middle + "\n"),
                  "needs the interpreter \"" + middle
                    + "\", which needs the interpreter \"" + text + "\", which "
                    + std::string{no_format});
  CAF_CHECK_EQUAL(fault("#!/usr/bin/env python3\r\n"),
                  "has an interpreter line that ends in \"\\r\", which becomes "
                  R"(part of "python3\r")");
  auto circle = folder.file("program");
  CAF_CHECK(fault("#!" + circle).ends_with("interpreter of too many scripts"));
}

CAF_TEST(a relative interpreter is sought in the working directory) {
  std::filesystem::create_symlink("/bin/sh", folder.file("own-shell"));
  auto script = make("script", "#!./own-shell\n");
  CAF_CHECK_EQUAL(fault_of("./script", folder.path()), "");
  CAF_CHECK_EQUAL(fault_of(script, "/"),
                  "needs the interpreter \"./own-shell\", which does not "
                  "exist");
}

CAF_TEST(an executable for another machine is named) {
  auto text = own_executable();
  auto other = header(text).e_machine == EM_RISCV ? EM_AARCH64 : EM_RISCV;
  header(text).e_machine = static_cast<uint16_t>(other);
  auto name = other == EM_RISCV ? "riscv" : "aarch64";
  CAF_CHECK(fault(text).starts_with("is an executable for another machine ("
                                    + std::string{name} + ")"));
}

CAF_TEST(what is no whole executable is named) {
  auto text = own_executable();
  CAF_CHECK_EQUAL(fault(text.substr(0, 40)),
                  "is an executable that is cut off");
  CAF_CHECK_EQUAL(fault(text.substr(0, sizeof(ElfW(Ehdr)) + 8)),
                  "is an executable that is cut off");
  header(text).e_type = ET_REL;
  CAF_CHECK_EQUAL(fault(text), "is an object file, which is not linked");
}

CAF_TEST(a dynamic linker that is missing is named) {
  auto text = own_executable();
  auto& head = header(text);
  auto segments = reinterpret_cast<ElfW(Phdr)*>(text.data() + head.e_phoff);
  for (auto segment = segments; segment != segments + head.e_phnum; ++segment)
    if (segment->p_type == PT_INTERP)
      text.replace(segment->p_offset, segment->p_filesz,
                   std::string("/nowhere\0", 9)
                     + std::string(segment->p_filesz - 9, '\0'));
  CAF_CHECK_EQUAL(fault(text), "needs the interpreter \"/nowhere\", which "
                               "does not exist");
}

CAF_TEST(a path that leads nowhere says where it ends) {
  CAF_CHECK_EQUAL(fault_of(folder.file("missing")), "does not exist");
  CAF_CHECK_EQUAL(fault_of(folder.path()), "is a directory");
  CAF_CHECK_EQUAL(fault_of("/dev/null"), "is no regular file");
  auto plain = make("plain", "#!/bin/sh\n", 0644);
  CAF_CHECK_EQUAL(fault_of(plain), "is not executable");
  CAF_CHECK_EQUAL(fault_of(plain + "/x"),
                  "cannot be reached: \"" + plain + "\" is no directory");
  std::filesystem::create_symlink("/nowhere", folder.file("dangling"));
  CAF_CHECK_EQUAL(fault_of(folder.file("dangling")),
                  "is a link to \"/nowhere\", which does not exist");
  std::filesystem::create_symlink("circle", folder.file("circle"));
  CAF_CHECK_EQUAL(fault_of(folder.file("circle")),
                  "is a link that leads in a circle");
  auto fifo = folder.file("fifo");
  ::mkfifo(fifo.c_str(), 0755);
  CAF_CHECK_EQUAL(fault_of(fifo), "is no regular file");
  if (::geteuid() == 0)
    return;
  auto closed = folder.file("closed");
  ::mkdir(closed.c_str(), 0600);
  CAF_CHECK_EQUAL(fault_of(closed + "/x"),
                  "cannot be reached: permission denied in \"" + closed + "\"");
}

CAF_TEST(a program is looked up as execvp does) {
  std::filesystem::create_directory(folder.file("first"));
  std::filesystem::create_directory(folder.file("second"));
  auto both = folder.file("first") + ':' + folder.file("second");
  CAF_CHECK_EQUAL(lookup_fault("drive", "", both),
                  "is in no directory of PATH");
  auto first = make("first/drive", "#!/bin/sh\n", 0644);
  CAF_CHECK_EQUAL(lookup_fault("drive", "", both),
                  "is not executable (in \"" + folder.file("first") + "\")");
  make("second/drive", "#!/bin/sh\n");
  CAF_CHECK_EQUAL(lookup_fault("drive", "", both), "");
  CAF_CHECK_EQUAL(lookup_fault("drive", folder.file("second"), ":/nowhere"),
                  "");
  CAF_CHECK_EQUAL(lookup_fault("drive", folder.path(), "second"), "");
  CAF_CHECK_EQUAL(lookup_fault("./drive", folder.file("second"), ""), "");
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace program_file_suite
