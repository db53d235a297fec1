// SPDX-License-Identifier: BSD-3-Clause
// What it takes to start a C++ program with the libraries of robot-runtime, of
// which the linker leaves out none: it does nothing.
int main() {
}
