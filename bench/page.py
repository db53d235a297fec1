#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Makes docs/benchmarks.md, and its plots in docs/benchmarks/, of what
benchmarks have recorded.

usage: page.py [RECORDS [DOCS]]   docs/benchmarks.json and docs by default
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from figures import ROOT, shown
from plots import Axis, Line, Panel, draw

HEAD = """# Benchmarks

What `scripts/bench` has measured, one benchmark after the other, and when. Each
figure stands beside its floor, the least that a program can do for the same, in
bare C on libzmq or the kernel; [bench/README.md](../bench/README.md) says what
each is and how it is measured. Compare ratios, not figures of two machines: a
ratio is worth what the floor's ratio to itself (noise) leaves of it.
"""


def is_grown(rows: list[dict]) -> bool:
    return any("size" in row for row in rows)


def table(rows: list[dict]) -> list[str]:
    result = ["| figure | floor | ours | ratio | noise | limit |",
              "| --- | ---: | ---: | ---: | --- | --- |"]
    for row in rows:
        name = row["figure"] + (f" [{row['unit']}]" if row["unit"] else "")
        limit = f"{row['limit']}: {row['verdict']}" if row["limit"] else ""
        cells = [name, shown(row["floor"]), shown(row["ours"]),
                 shown(row["ratio"]), row["noise"], limit]
        result.append("| " + " | ".join(x.replace("|", "\\|") for x in cells)
                      + " |")
    return result


def panels(rows: list[dict]) -> list[Panel]:
    """One for each figure that has been measured of several sizes."""
    result = {}
    for row in rows:
        if "size" not in row:
            continue
        panel = result.setdefault(row["of"], Panel(
            row["of"], row["unit"] or "number", [Line("floor", []),
                                                 Line("ours", [])], True))
        for line in panel.lines:
            if row[line.name] is not None:
                line.points.append((row["size"], row[line.name]))
    for panel in result.values():
        panel.lines = [line for line in panel.lines if line.points]
    return list(result.values())


def plot(part: str, rows: list[dict]) -> str:
    sizes = [row["size"] for row in rows if "size" in row]
    axis = Axis(part, max(sizes), min(sizes), logarithmic=True)
    return draw(f"Cost by the number of {part}", panels(rows), axis)


def about(part: dict) -> str:
    return f"{part['date']}, commit {part['commit']}, {part['machine']}"


def section(name: str, parts: dict, folder: Path) -> list[str]:
    result = [f"## {name}", ""]
    said = ""
    for part, measured in parts.items():
        if about(measured) != said:
            said = about(measured)
            result += [f"{said}.", ""]
        result += [f"`scripts/bench {name} {part}`", ""]
        if is_grown(measured["rows"]):
            file = folder / f"{name}-{re.sub('[^a-z0-9-]', '-', part)}.svg"
            file.write_text(plot(part, measured["rows"]))
            result += [f"![{name} by {part}]({folder.name}/{file.name})", ""]
        result += table(measured["rows"]) + [""]
    return result


def write(records: Path, docs: Path) -> None:
    folder = docs / "benchmarks"
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.svg"):
        old.unlink()
    lines = [HEAD]
    for name, parts in json.loads(records.read_text()).items():
        lines += section(name, parts, folder)
    (docs / "benchmarks.md").write_text("\n".join(lines).rstrip() + "\n")


def main() -> int:
    given = [Path(x) for x in sys.argv[1:]]
    if len(given) > 2 or any(str(x).startswith("-") for x in given):
        print(__doc__)
        return 2
    records = given[0] if given else ROOT / "docs" / "benchmarks.json"
    write(records, given[1] if len(given) > 1 else ROOT / "docs")
    return 0


if __name__ == "__main__":
    sys.exit(main())
