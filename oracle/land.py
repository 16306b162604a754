"""Prints the outlines of the land that the page draws its map on, as a path of SVG in
degrees, with the south down.

    python oracle/land.py land-110m.json

The file is Natural Earth's land (public domain) as the npm package world-atlas 2.0.2
ships it. Lines are simplified to half a degree, and small islands are left out.
"""

import json
import math
import pathlib
import sys

TOLERANCE = 0.5  # degrees
SMALLEST = 1.5  # square degrees


def rings(topology):
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((x * sx + tx, y * sy + ty))
        arcs.append(points)
    for geometry in topology["objects"]["land"]["geometries"]:
        for polygon in geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]:
            for ring in polygon:
                yield [p for a in ring for p in (arcs[a] if a >= 0 else arcs[~a][::-1])]


def simplified(points):
    """Douglas and Peucker's way: the points that lie off the line of those that are kept."""
    (ax, ay), (bx, by) = points[0], points[-1]
    length = math.hypot(bx - ax, by - ay)

    def off(p):
        if length == 0:
            return math.hypot(p[0] - ax, p[1] - ay)
        return abs((bx - ax) * (ay - p[1]) - (ax - p[0]) * (by - ay)) / length

    far = max(range(len(points)), key=lambda n: off(points[n]))
    if off(points[far]) < TOLERANCE:
        return [points[0], points[-1]]
    return simplified(points[: far + 1])[:-1] + simplified(points[far:])


def area(points):
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(points, points[1:] + points[:1]))) / 2


def main():
    out = ""
    for ring in rings(json.loads(pathlib.Path(sys.argv[1]).read_text())):
        heights = [y for _, y in ring]
        over = any(abs(a[0] - b[0]) > 180 for a, b in zip(ring, ring[1:])) and max(heights) < 0 and min(heights) > -60
        if area(ring) < SMALLEST or over:  # Fiji lies on both sides of the map.
            continue
        # In tenths, so that steps add up to where they should.
        points = [(round(10 * x), round(-10 * y)) for x, y in simplified(ring)]
        step = lambda v: f"{v / 10:g}".replace("0.", ".", 1) if abs(v) < 10 else f"{v / 10:g}"
        x, y = points[0]
        out += f"M{x / 10:g} {y / 10:g}l" + " ".join(f"{step(b[0] - a[0])} {step(b[1] - a[1])}" for a, b in zip(points, points[1:-1])) + "z"
    print(out.replace(" -", "-"))


if __name__ == "__main__":
    main()
