"""Calibration as a picture: stated confidence against truth, a curve a rule, in plain SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

BINS = (0.9, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999, 1.01)
COLOURS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e")
WIDTH, HEIGHT, EDGE = 640, 400, 56
LEAST = 0.9  # share right at the bottom of the picture


def binned(points: Sequence[tuple[float, bool]]) -> list[tuple[float, float, int]]:
    """(mean stated, share right, count) of each bin that holds something."""
    found = []
    for low, high in zip(BINS, BINS[1:], strict=False):
        inside = [(p, ok) for p, ok in points if low <= p < high]
        if inside:
            n = len(inside)
            found.append((sum(p for p, _ in inside) / n, sum(ok for _, ok in inside) / n, n))
    return found


def calibration(rules: Mapping[str, Sequence[tuple[float, bool]]], path: Path) -> None:
    """Write the picture; the bins are evenly apart, since all that matters is near 1."""
    step = (WIDTH - 2 * EDGE) / (len(BINS) - 2)

    def x(stated: float) -> float:
        return EDGE + step * max(i for i, low in enumerate(BINS[:-1]) if stated >= low)

    def y(share: float) -> float:
        share = max(LEAST, share)
        return HEIGHT - EDGE - (share - LEAST) / (1 - LEAST) * (HEIGHT - 2 * EDGE)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{EDGE}" y="20">Edits applied by default: stated confidence (from) against '
        "share right; dashed: what is stated</text>",
    ]
    for low in BINS[:-1]:
        parts.append(f'<text x="{x(low):.0f}" y="{HEIGHT - 36}" text-anchor="middle">{low}</text>')
    for tick in range(90, 101, 2):
        at = y(tick / 100)
        parts.append(f'<text x="{EDGE - 34}" y="{at + 4:.0f}">{tick} %</text>')
        parts.append(
            f'<line x1="{EDGE}" x2="{WIDTH - EDGE}" y1="{at:.0f}" y2="{at:.0f}" stroke="#ddd"/>'
        )
    stated = " ".join(f"{x(low):.0f},{y(low):.1f}" for low in BINS[:-1])
    parts.append(f'<polyline points="{stated}" fill="none" stroke="#888" stroke-dasharray="4"/>')
    for number, (rule, points) in enumerate(rules.items()):
        colour = COLOURS[number % len(COLOURS)]
        bins = binned(points)
        line = " ".join(f"{x(p):.0f},{y(share):.1f}" for p, share, _ in bins)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}"/>')
        for p, share, n in bins:
            parts.append(f'<circle cx="{x(p):.0f}" cy="{y(share):.1f}" r="4" fill="{colour}"/>')
            parts.append(f'<text x="{x(p) + 6:.0f}" y="{y(share) + 14:.1f}">{n}</text>')
        parts.append(
            f'<text x="{EDGE + 90 * number}" y="{HEIGHT - 12}" fill="{colour}">{rule}</text>'
        )
    path.write_text("\n".join([*parts, "</svg>", ""]), encoding="utf-8")
