// SPDX-License-Identifier: BSD-3-Clause
#include "app/options.hpp"
