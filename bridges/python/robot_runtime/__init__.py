# SPDX-License-Identifier: BSD-3-Clause
"""What programs of a robot need of robot-runtime, in Python."""
