"""Writes inference/testdata/golden/majortom.json: places, and the cells that the
Major TOM project's own grid gives them.

    python oracle/majortom.py FOLDER     # that holds grid.py of github.com/ESA-PhiLab/Major-TOM

The golden names the SHA-256 of grid.py. Needs numpy, pandas, geopandas and tqdm.
"""

import hashlib
import json
import pathlib
import random
import sys

OUT = pathlib.Path(__file__).resolve().parent.parent / "inference/testdata/golden/majortom.json"


def main():
    folder = pathlib.Path(sys.argv[1])
    sys.path.insert(0, str(folder))
    import grid

    chosen = random.Random(3)
    cells = []
    for kilometres in (100, 500):
        g = grid.Grid(kilometres, latitude_range=(-89, 89))
        places = [(chosen.uniform(-180, 180), chosen.uniform(-80, 80)) for _ in range(60)]
        places += [(side * chosen.uniform(178, 180), chosen.uniform(-80, 80)) for side in (-1, 1) for _ in range(30)]
        rows, columns = g.latlon2rowcol([latitude for _, latitude in places], [longitude for longitude, _ in places])
        cells += [[kilometres, *place, f"{row}_{column}"] for place, row, column in zip(places, rows, columns)]
    OUT.write_text(json.dumps({"grid.py": hashlib.sha256((folder / "grid.py").read_bytes()).hexdigest(), "cells": cells}).replace("], [", "],\n[") + "\n")
    print(len(cells), "cells")


if __name__ == "__main__":
    main()
