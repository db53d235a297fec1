// SPDX-License-Identifier: BSD-3-Clause
// A target needs a source: this one is for the precompiled header alone.
