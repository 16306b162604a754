"""Writes inference/testdata/golden/projection.json: points in the coordinate systems
of scenes, and their degrees by PROJ.

    python oracle/projection.py
"""

import json
import pathlib
import random

import pyproj

OUT = pathlib.Path(__file__).resolve().parent.parent / "inference/testdata/golden/projection.json"


def main():
    chosen = random.Random(5)
    points = []
    zones = [(code, 6 * (code - 32600) - 183, 1) for code in range(32601, 32661)]
    zones += [(code, 6 * (code - 32700) - 183, -1) for code in range(32701, 32761)]
    zones += [(code, 6 * (code - 25800) - 183, 1) for code in range(25828, 25839)]
    zones += [(code, 6 * (code - 26900) - 183, 1) for code in range(26901, 26924)]
    zones += [(code, 6 * (code - 31965 + 11) - 183, 1) for code in range(31965, 31977)]
    zones += [(code, 6 * (code - 31977 + 17) - 183, -1) for code in range(31977, 31986)]
    for code, meridian, sign in zones:
        forward = pyproj.Transformer.from_crs(4326, code, always_xy=True)
        back = pyproj.Transformer.from_crs(code, 4326, always_xy=True)
        for _ in range(3):
            x, y = forward.transform(meridian + chosen.uniform(-4, 4), sign * chosen.uniform(0, 83))
            points.append([code, x, y, *back.transform(x, y)])
    back = pyproj.Transformer.from_crs(3857, 4326, always_xy=True)
    for _ in range(10):
        x, y = chosen.uniform(-2e7, 2e7), chosen.uniform(-2e7, 2e7)
        points.append([3857, x, y, *back.transform(x, y)])
    OUT.write_text(json.dumps({"versions": {"pyproj": pyproj.__version__, "proj": pyproj.proj_version_str}, "points": points}).replace("], [", "],\n[") + "\n")
    print(len(points), "points")


if __name__ == "__main__":
    main()
