// SPDX-License-Identifier: BSD-3-Clause
#include <string>
#include <vector>

#include "app/commands.hpp"

int main(int argc, char** argv) {
  return rr::run_program({argv + 1, argv + argc});
}
