# SPDX-License-Identifier: BSD-3-Clause
"""Panels of lines over what they have in common, one below the other, as SVG."""

import math
from dataclasses import dataclass, field
from html import escape

WIDTH, HEIGHT = 860, 190  # of a panel
LEFT, RIGHT, TOP, BOTTOM = 70, 170, 28, 36
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")  # Okabe and Ito
POINTS = 2000  # of a line, at most


@dataclass
class Line:
    name: str
    points: list  # (place, value)
    # Two points of a straight line through them.
    trend: tuple = ()
    note: str = ""


@dataclass
class Axis:
    """What all panels have below them, from 0 or, logarithmic, from `begin`."""

    label: str
    end: float
    begin: float = 0
    logarithmic: bool = False
    # Up to where it is marked as not looked at.
    ignored: float = 0

    def scale(self) -> "Scale":
        ends = (LEFT, WIDTH - RIGHT)
        result = Scale([self.begin, self.end], ends, self.logarithmic)
        if not self.logarithmic:
            result.low, result.high = 0, max(self.end, 1e-4)
            result.marks = ticks(result.low, result.high, 8)
        return result


@dataclass
class Panel:
    title: str
    unit: str
    lines: list = field(default_factory=list)
    logarithmic: bool = False


def ticks(low: float, high: float, count: int = 5) -> list:
    """Round numbers from low to high."""
    raw = (high - low) / count
    power = 10 ** math.floor(math.log10(raw))
    step = next(x * power for x in (1, 2, 5, 10) if x * power >= raw)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [i * step for i in range(first, last + 1)]


class Scale:
    """From values to places, from one end to the other."""

    def __init__(self, values: list, ends: tuple, logarithmic: bool = False):
        self.logarithmic = logarithmic
        self.ends = ends
        if logarithmic:
            values = [math.log10(x) for x in values if x > 0] or [0.0]
            self.low = math.floor(min(values))
            self.high = max(math.ceil(max(values)), self.low + 1)
            self.marks = [10.0**i for i in range(self.low, self.high + 1)]
            return
        low, high = min(values, default=0), max(values, default=1)
        if high - low < 1e-9 * max(1, abs(high)):
            low, high = low - 1, high + 1
        room = 0.06 * (high - low)
        self.low, self.high = low - room, high + room
        self.marks = ticks(self.low, self.high)

    def __call__(self, value: float) -> float:
        if self.logarithmic:
            value = math.log10(value) if value > 0 else self.low
        part = (value - self.low) / (self.high - self.low)
        return self.ends[0] + part * (self.ends[1] - self.ends[0])


def text(x, y, what, anchor="start", more="") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {more}>'
        f"{escape(what)}</text>"
    )


def stroke(points, x, y, style) -> str:
    places = " ".join(f"{x(t):.1f},{y(v):.1f}" for t, v in points)
    return f'<polyline points="{places}" fill="none" {style}/>'


def draw_panel(panel: Panel, axis: Axis) -> list:
    x = axis.scale()
    values = [v for line in panel.lines for _, v in line.points]
    y = Scale(values, (HEIGHT - BOTTOM, TOP), panel.logarithmic)
    ignored = x(axis.ignored) if axis.ignored else LEFT
    wide, high = WIDTH - RIGHT - LEFT, HEIGHT - BOTTOM - TOP
    result = [
        text(LEFT, TOP - 10, f"{panel.title} [{panel.unit}]", more='class="t"'),
        f'<rect x="{LEFT}" y="{TOP}" width="{ignored - LEFT:.1f}"'
        f' height="{high}" fill="#eee"/>',
        f'<rect x="{LEFT}" y="{TOP}" width="{wide}" height="{high}"'
        ' fill="none" stroke="#888"/>',
        text(WIDTH - RIGHT, HEIGHT - 4, axis.label, "end"),
    ]
    for mark in y.marks:
        result.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(mark):.1f}"'
            f' y2="{y(mark):.1f}" stroke="#ddd"/>'
        )
        result.append(text(LEFT - 6, y(mark) + 4, f"{mark:.6g}", "end"))
    for mark in x.marks:
        result.append(
            text(x(mark), HEIGHT - BOTTOM + 14, f"{mark:.6g}", "middle")
        )
    for i, line in enumerate(panel.lines):
        colour = COLOURS[i % len(COLOURS)]
        every = max(1, math.ceil(len(line.points) / POINTS))
        style = f'stroke="{colour}" stroke-width="1.2"'
        result.append(stroke(line.points[::every], x, y, style))
        if line.trend:
            style = f'stroke="{colour}" stroke-dasharray="6 3"'
            result.append(stroke(line.trend, x, y, style))
        place = TOP + 12 + 30 * i
        more = f'style="fill:{colour}"'
        result.append(text(WIDTH - RIGHT + 8, place, line.name, more=more))
        result.append(text(WIDTH - RIGHT + 8, place + 13, line.note))
    return result


def draw(title: str, panels: list, axis: Axis) -> str:
    height = 30 + HEIGHT * len(panels)
    result = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}"'
        f' height="{height}" viewBox="0 0 {WIDTH} {height}">',
        "<style>text{font:11px sans-serif;fill:#222}"
        ".t{font-weight:bold;font-size:12px}</style>",
        '<rect width="100%" height="100%" fill="#fff"/>',
        text(LEFT, 20, title, more='class="t"'),
    ]
    for i, panel in enumerate(panels):
        result.append(f'<g transform="translate(0 {30 + HEIGHT * i})">')
        result += draw_panel(panel, axis)
        result.append("</g>")
    return "\n".join(result + ["</svg>", ""])
