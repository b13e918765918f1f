"""A plot as SVG, readable on light and on dark paper: cost against number, both logarithmic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, floor, log10
from typing import Final

WIDTH, HEIGHT = 720, 380
LEFT, RIGHT, TOP, BOTTOM = 70, 210, 20, 50
COLOURS: Final = ("#d1495b", "#2b8a9e", "#c98a1b", "#6a8f3c")

Points = Sequence[tuple[float, float]]


def draw(lines: Mapping[str, Points]) -> str:
    """Return the SVG.

    Args:
        lines: Legend -> (number, microseconds).
    """
    top = ceil(log10(max(y for points in lines.values() for _, y in points)))
    bottom = floor(log10(min(y for points in lines.values() for _, y in points)))
    right = ceil(log10(max(x for points in lines.values() for x, _ in points)))

    def across(x: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * log10(x) / right

    def up(y: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (top - log10(y)) / (top - bottom)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        "<title>Cost of an allowed GET over an empty middleware</title>",
        "<style>text{font:13px sans-serif;fill:#333}.grid{stroke:#8884;stroke-width:1}",
        "@media(prefers-color-scheme:dark){text{fill:#ddd}}</style>",
    ]
    for power in range(bottom, top + 1):
        y = up(10**power)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:,g} µs</text>')
    for power in range(right + 1):
        x = across(10**power)
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>')
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{10**power:,}</text>')
    for number, ((name, points), colour) in enumerate(zip(lines.items(), COLOURS, strict=False)):
        path = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{across(x):.1f}" cy="{up(y):.1f}" r="3.5" fill="{colour}"/>' for x, y in points]
        y = TOP + 16 + 22 * number
        parts.append(f'<rect x="{WIDTH - RIGHT + 14}" y="{y - 10}" width="12" height="12" fill="{colour}"/>')
        parts.append(f'<text x="{WIDTH - RIGHT + 32}" y="{y}">{name}</text>')
    return "\n".join([*parts, "</svg>", ""])
