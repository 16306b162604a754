"""Writes inference/projection/systems.csv, the coordinate systems of scenes, and
inference/testdata/golden/projection.json, points in them and their degrees by PROJ.

    python oracle/projection.py

The systems are those of EPSG that are degrees, or UTM on any datum, if the datum is
known to be near WGS 84: EPSG has a way there that is good to four metres, which is
what it says of NAD83, and PROJ moves no point by more than two. PROJ must find no
grids: with pip it has none, and its network is off.
"""

import functools
import itertools
import json
import math
import pathlib
import random
import warnings

import pyproj
import pyproj.transformer
from pyproj.database import query_crs_info
from pyproj.enums import PJType

ROOT = pathlib.Path(__file__).resolve().parent.parent
SYSTEMS = ROOT / "inference/projection/systems.csv"
GOLDEN = ROOT / "inference/testdata/golden/projection.json"

MOST_METRES, MOST_ACCURACY = 2, 4
# EPSG has no way from these, and they are realizations of ITRF, ETRS89 or NAD83.
BY_DEFINITION = {"China Geodetic Coordinate System 2000", "ETRS89/DREF91/2016", "NAD83(PA11)", "NAD83(MA11)", "NAD83(CSRS)v2", "NAD83(CSRS)v3", "NAD83(CSRS)v4", "NAD83(CSRS)v5"}
METRES_A_DEGREE = 111_320


def distance(a, b):
    east = ((a[0] - b[0] + 540) % 360 - 180) * math.cos(math.radians(a[1]))
    return math.hypot(east, a[1] - b[1]) * METRES_A_DEGREE


def zone_of(crs):
    """Zone, whether it is south, and the false easting of a system of UTM; None for others."""
    conversion = crs.coordinate_operation
    if conversion is None or conversion.method_name != "Transverse Mercator":
        return None
    value = {p.name: p.value for p in conversion.params}
    meridian, easting, northing = (value[k] for k in ("Longitude of natural origin", "False easting", "False northing"))
    if value["Scale factor at natural origin"] != 0.9996 or value["Latitude of natural origin"] != 0:
        return None
    if (meridian + 183) % 6 or easting % 1_000_000 != 500_000 or northing not in (0, 10_000_000):
        return None
    return int(meridian + 183) // 6, int(northing > 0), int(easting)


def points_of(crs, zone):
    """Points of the area of a system: as it has them, and in degrees of its own datum."""
    area, chosen = crs.area_of_use, random.Random(crs.to_epsg())
    west, east = area.west, area.east + 360 * (area.east < area.west)
    if zone:
        meridian = 6 * zone[0] - 183
        meridian += 360 * round((west / 2 + east / 2 - meridian) / 360)
        west, east = max(west, meridian - 5), min(east, meridian + 5)
    degrees = [(chosen.uniform(west, east), chosen.uniform(area.south, area.north)) for _ in range(4)]
    own = crs.geodetic_crs.to_2d()
    forward = pyproj.Transformer.from_crs(own, crs.to_2d(), always_xy=True)
    return [(forward.transform(*d), ((d[0] + 180) % 360 - 180, d[1])) for d in degrees]


@functools.cache
def is_near(datum):
    """Whether EPSG says that degrees of a datum are near WGS 84."""
    if datum.name in BY_DEFINITION:
        return True
    group = pyproj.transformer.TransformerGroup(datum, 4326, always_xy=True, allow_ballpark=False)
    return any(0 <= t.accuracy <= MOST_ACCURACY for t in group.transformers)


def systems():
    """Rows of the table, of one code each, and their points."""
    kinds = [PJType.PROJECTED_CRS, PJType.GEOGRAPHIC_2D_CRS, PJType.GEOGRAPHIC_3D_CRS]
    for epsg in sorted({int(info.code) for info in query_crs_info("EPSG", kinds, allow_deprecated=True)}):
        crs = pyproj.CRS.from_epsg(epsg)
        zone = zone_of(crs) if crs.is_projected else (0, 0, 0)
        if zone is None or any(a.unit_name not in ("metre", "degree") for a in crs.axis_info):
            continue
        if crs.prime_meridian.longitude or abs(crs.ellipsoid.semi_major_metre - 6378137) > 1e-6 or abs(crs.ellipsoid.inverse_flattening - 298.2572229) > 1e-5:
            continue
        if not is_near(crs.geodetic_crs.to_2d()):
            continue
        points = points_of(crs, zone[0] and zone)
        if any(not all(map(math.isfinite, p[0])) for p in points):
            continue
        to = pyproj.Transformer.from_crs(crs.geodetic_crs.to_2d(), 4326, always_xy=True)
        if max(distance(to.transform(*p[1]), p[1]) for p in points) <= MOST_METRES:
            yield (epsg, *zone, crs.geodetic_crs.name), points


def main():
    warnings.simplefilter("ignore")  # That the best way needs a grid.
    rows, golden = [], []
    for row, points in systems():
        rows.append(row)
        golden += [[row[0], *p, *d] for p, d in points[:2]]
    lines = ["first,last,zone,south,easting,datum"]
    # The next code is of the next zone, and the next code of degrees is of any datum.
    for _, run in itertools.groupby(enumerate(rows), lambda r: (r[1][0] - r[0], r[1][1] and r[1][1] - r[0], *r[1][2:])):
        run = [r for _, r in run]
        code, zone, south, easting, datum = run[0]
        lines.append(f"{code},{run[-1][0]},{zone},{south},{easting},{datum}")
    SYSTEMS.write_text("\n".join(lines) + "\n")
    back, chosen = pyproj.Transformer.from_crs(3857, 4326, always_xy=True), random.Random(5)
    for _ in range(10):
        x, y = chosen.uniform(-2e7, 2e7), chosen.uniform(-2e7, 2e7)
        golden.append([3857, x, y, *back.transform(x, y)])
    versions = {"pyproj": pyproj.__version__, "proj": pyproj.proj_version_str}
    GOLDEN.write_text(json.dumps({"versions": versions, "points": golden}).replace("], [", "],\n[") + "\n")
    print(len(lines) - 1, "ranges of systems,", len(golden), "points")


if __name__ == "__main__":
    main()
