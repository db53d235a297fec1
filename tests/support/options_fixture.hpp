// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <unistd.h>

#include <fstream>

#include "app/config/options.hpp"

#include <caf/test/dsl.hpp>

namespace rr::test {

using texts = std::vector<std::string>;

/// A configuration file with a name of its own, gone with the test.
struct options_fixture {
  std::string path;
  options::environment env{{"HOME", "/home/robot"}, {"PATH", "/usr/bin:/bin"}};

  ~options_fixture() {
    if (!path.empty())
      ::unlink(path.c_str());
  }

  options read(const std::string& text, texts arguments = {}) {
    if (path.empty()) {
      path = "/tmp/robot-runtime-test-XXXXXX";
      ::close(::mkstemp(path.data()));
    }
    std::ofstream{path} << text;
    arguments.push_back("--config-file=" + path);
    return options::read(arguments, env);
  }

  /// The problems, with `FILE` for the name of the file.
  texts problems(const options& x) {
    texts result;
    for (auto& problem : x.problems()) {
      auto text = to_string(problem);
      if (auto i = text.find(path); !path.empty() && i != text.npos)
        text.replace(i, path.size(), "FILE");
      result.push_back(text);
    }
    return result;
  }

  texts problems(const std::string& text) {
    return problems(read(text));
  }
};

} // namespace rr::test
