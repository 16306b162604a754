"""Writes inference/testdata/tables: Parquet files of embeddings as others write them,
and files that must be refused.

    pip install pyarrow==26.0.1 geopandas==1.2.0 duckdb==2.0.1 stac-geoparquet==0.8.3 numpy==2.4.6
    python oracle/tables.py

The embeddings are those that transformers gives for the pictures of
golden/scores-tiny-base.json. golden/tables.json has the rows that each good file must
give, and what the error of each bad one must say.
"""

import datetime
import json
import pathlib
import uuid

import duckdb
import geopandas
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
import stac_geoparquet.arrow

ROOT = pathlib.Path(__file__).resolve().parent.parent / "inference/testdata"
OUT = ROOT / "tables"
GOLDEN = json.loads((ROOT / "golden/scores-tiny-base.json").read_text())
IDS = GOLDEN["pictures"]
VECTORS = np.array(GOLDEN["image_embeds"], dtype=np.float32)
DIMENSIONS = VECTORS.shape[1]
UTC = datetime.timezone.utc
TIMES = [datetime.datetime(2020 + n, 2, 3, 4, 5, 6, 789000, tzinfo=UTC) for n in range(len(IDS))]
SHAPES = [
    shapely.box(10, 40, 10.5, 40.5),
    shapely.Point(11, 41),
    shapely.LineString([(12, 42), (12.5, 42.25)]),
    shapely.MultiPolygon([shapely.box(13, 43, 13.25, 43.25), shapely.box(13.5, 43.5, 14, 44)]),
    shapely.Polygon([(14, 44), (15, 44), (15, 45), (14, 45)], [[(14.2, 44.2), (14.4, 44.2), (14.4, 44.4)]]),
    shapely.MultiPoint([(-170, -45), (-169, -44)]),
    shapely.GeometryCollection([shapely.Point(16, 46), shapely.LineString([(16, 46), (17, 47)])]),
    shapely.Point(17, 47, 500),
]
WKB = [shapely.to_wkb(s, byte_order=n % 2) for n, s in enumerate(SHAPES)]
bad, good = {}, []


def table(ids=IDS, vectors=None, **columns):
    out = {"id": ids, "embedding": list(VECTORS) if vectors is None else vectors, **columns}
    return pa.table({name: column for name, column in out.items() if column is not None})


def lists(kind, large=False, fixed=False, vectors=VECTORS):
    t = pa.list_(kind, DIMENSIONS) if fixed else pa.large_list(kind) if large else pa.list_(kind)
    numbers = np.float16 if kind == pa.float16() else np.float64 if kind == pa.float64() else np.float32
    return pa.array([v.astype(numbers) for v in vectors], t)


def write(name, t, **options):
    good.append(name)
    pq.write_table(t, OUT / f"{name}.parquet", **options)


def refuse(name, t, *said, **options):
    bad[name] = said
    pq.write_table(t, OUT / f"{name}.parquet", **options)


def good_files():
    times = pa.array(TIMES, pa.timestamp("us", "UTC"))
    text = [t.isoformat().replace("+00:00", "Z") for t in TIMES]
    write("pyarrow-plain", table(vectors=lists(pa.float32()), geometry=WKB, datetime=times), compression="none", use_dictionary=False, data_page_version="2.0")
    write("pyarrow-zstd-dictionary", table(ids=pa.array(IDS).dictionary_encode(), vectors=lists(pa.float32(), fixed=True), geometry=WKB, datetime=times), compression="zstd")
    write("pyarrow-snappy-large-list", table(ids=pa.array(IDS, pa.large_string()), vectors=lists(pa.float64(), large=True), geometry=WKB, datetime=times.cast(pa.timestamp("ns"))), compression="snappy", version="2.6")
    write("pyarrow-gzip-half", table(vectors=lists(pa.float16()), geometry=WKB, datetime=text), compression="gzip")
    write("pyarrow-brotli-split", table(vectors=lists(pa.float32()), geometry=WKB, datetime=times), compression="brotli", use_dictionary=["id"], column_encoding={"embedding.list.element": "BYTE_STREAM_SPLIT"}, use_deprecated_int96_timestamps=True)
    write("pyarrow-lz4-groups", table(vectors=lists(pa.float32(), fixed=True), geometry=WKB, datetime=times.cast(pa.timestamp("ms", "Europe/Zurich"))), compression="lz4", row_group_size=3, data_page_size=200)
    # Pages of the second version say for themselves whether they are packed.
    write("pyarrow-zstd-pages-v2", table(vectors=lists(pa.float32()), geometry=WKB, datetime=times), compression="zstd", data_page_version="2.0")
    write("pyarrow-gzip-pages-v2", table(vectors=lists(pa.float32()), geometry=WKB, datetime=times), compression="gzip", data_page_version="2.0")
    said = table(vectors=lists(pa.float64(), vectors=7 * VECTORS.astype(np.float64)), geometry=WKB, datetime=times)
    write("pyarrow-says-model", said.replace_schema_metadata({"emb:model_sha256": "0" * 64}))
    frame = geopandas.GeoDataFrame({"id": IDS, "embedding": list(VECTORS), "datetime": TIMES}, geometry=SHAPES, crs=4326)
    good.append("geopandas")
    frame.to_parquet(OUT / "geopandas.parquet", write_covering_bbox=True)
    rows = pa.table({"id": IDS, "embedding": lists(pa.float32()), "geometry": WKB, "datetime": times})
    good.append("duckdb")
    duckdb.sql(f"SET TimeZone='UTC'; COPY (SELECT id, embedding::FLOAT[{DIMENSIONS}] AS embedding, geometry, datetime FROM rows) TO '{OUT}/duckdb.parquet' (COMPRESSION zstd)")
    good.append("duckdb-lists")
    duckdb.sql(f"COPY (SELECT id, embedding::DOUBLE[] AS embedding, geometry, datetime FROM rows) TO '{OUT}/duckdb-lists.parquet' (PARQUET_VERSION v2)")
    items = [
        {"type": "Feature", "stac_version": "1.0.0", "stac_extensions": [], "id": id, "collection": "c", "geometry": shapely.geometry.mapping(shape), "bbox": list(shape.bounds),
         "properties": {"datetime": t, "eo:cloud_cover": 5}, "links": [], "assets": {"visual": {"href": "scene.tif"}}}
        for id, shape, t in zip(IDS, SHAPES, text)
    ]
    items = stac_geoparquet.arrow.parse_stac_items_to_arrow(items).read_all()
    good.append("stac-geoparquet")
    stac_geoparquet.arrow.to_parquet(items.append_column("embedding", lists(pa.float32())), OUT / "stac-geoparquet.parquet")


def bad_files():
    def changed(row, column, value):
        v = VECTORS.copy()
        v[row, column] = value
        return v

    refuse("two-models", table().replace_schema_metadata({"emb:model_sha256": "1" * 64}), "of the model with the hash 1111", "has 0000")
    refuse("no-embedding", table().rename_columns(["id", "vector"]), "it has no column embedding")
    refuse("no-id", table().rename_columns(["name", "embedding"]), "it has no column id")
    refuse("id-numbers", table(ids=list(range(len(IDS)))), "column id", "must be text", "cast it")
    refuse("integers", table(vectors=[[1] * DIMENSIONS] * len(IDS)), "column embedding", "must be a list of 16, 32 or 64-bit floats")
    refuse("one-number", table(vectors=[0.5] * len(IDS)), "column embedding", "must be a list")
    refuse("lists-of-lists", table(vectors=[[[0.5]]] * len(IDS)), "column embedding", "a list of lists")
    refuse("nan", table(vectors=list(changed(3, 7, np.nan))), "row 3 (the first is 0), column embedding", "number 7 is NaN; must be finite")
    refuse("infinite", table(vectors=lists(pa.float16(), vectors=changed(2, 0, np.inf))), "row 2 (", "number 0 is +Inf")
    refuse("zeros", table(vectors=list(VECTORS[:4]) + [VECTORS[0] * 0] + list(VECTORS[5:])), "row 4 (", "all numbers are 0")
    refuse("ragged", table(vectors=list(VECTORS[:5]) + [VECTORS[0][:-1]] + list(VECTORS[6:])), "row 5 (", "has 39 numbers; must have 40")
    refuse("longer", table(vectors=[np.append(v, 1) for v in VECTORS]), "row 0 (", "has 41 numbers; must have 40")
    refuse("null-embedding", table(vectors=[None] + list(VECTORS[1:])), "row 0 (", "null or empty")
    refuse("empty-embedding", table(vectors=list(VECTORS[:1]) + [[]] + list(VECTORS[2:])), "row 1 (", "null or empty")
    refuse("null-number", table(vectors=[list(VECTORS[0][:-1]) + [None]] + list(VECTORS[1:])), "row 0 (", "one of its numbers is null")
    refuse("doubled-id", table(ids=IDS[:-1] + IDS[1:2]), "row 7 (", "column id", f'"{IDS[1]}" is that of an earlier row')
    refuse("null-id", table(ids=[None] + IDS[1:]), "row 0 (", "column id", "it is null")
    refuse("empty-id", table(ids=[""] + IDS[1:]), "row 0 (", "column id", "must have 1 to 1024")
    refuse("datetime-text", table(datetime=["2024-05-06T07:08:09Z"] * 6 + ["06.05.2024", None]), "row 6 (", "column datetime", '"06.05.2024"; must be as RFC 3339 has it')
    refuse("datetime-number", table(datetime=[1] * len(IDS)), "row 0 (", "column datetime", "of no unit")
    refuse("datetime-far", table(datetime=pa.array([2**60] * len(IDS), pa.timestamp("ms"))), "row 0 (", "column datetime", "must be 1 to 9999")
    refuse("geometry-broken", table(geometry=[WKB[0][:-1]] + WKB[1:]), "row 0 (", "column geometry", "it is cut off")
    refuse("geometry-metres", table(geometry=[shapely.to_wkb(shapely.Point(500000, 4000000))] * len(IDS)), "row 0 (", "column geometry", "no longitude and latitude in degrees")
    refuse("cloud-infinite", table(cloud_cover=[np.inf] * len(IDS)), "row 0 (", "column cloud_cover", "must be finite")
    refuse("properties-list", table(properties=["[]"] * len(IDS)), "row 0 (", "column properties", "no JSON object")
    bad["crs-utm"] = ("column geometry", "WGS 84 / UTM zone 32N", "to_crs(4326)")
    geopandas.GeoDataFrame({"id": IDS, "embedding": list(VECTORS)}, geometry=SHAPES, crs=4326).to_crs(32632).to_parquet(OUT / "crs-utm.parquet")
    noise = [np.random.default_rng(n).bytes(1500).hex() for n in range(len(IDS))]
    refuse("lz4-little-packed", table(source=noise), "column source", "packed by LZ4", "zstd or snappy", compression="lz4", use_dictionary=False)
    # A few kilobytes that would take gigabytes.
    refuse("bomb-zstd", table(source=["a" * (300 << 20)] + ["b"] * 7), "column source", "a page has 8 values and 3", compression="zstd", compression_level=19, use_dictionary=False, write_statistics=False)
    many = pa.DictionaryArray.from_arrays(pa.array(np.zeros(100_000_000, np.int8)), ["same"])
    options = dict(row_group_size=len(many), data_page_size=1 << 30, max_rows_per_page=len(many), compression="zstd", write_statistics=False)
    refuse("bomb-values", pa.table({"id": many, "embedding": pa.nulls(len(many), pa.list_(pa.float32()))}), "column id", "a page has 67108864 values", **options)


def main():
    OUT.mkdir(exist_ok=True)
    good_files()
    bad_files()
    rows = [
        {"id": id, "datetime": round(t.timestamp() * 1000), "bbox": list(shape.bounds), "type": shape.geom_type}
        for id, t, shape in zip(IDS, TIMES, SHAPES)
    ]
    golden = {"good": good, "rows": rows, "bad": bad}
    # UUIDs and days, which no row of the others has.
    ids = [uuid.uuid5(uuid.NAMESPACE_URL, id) for id in IDS]
    uuids = pa.table({"id": [str(i) for i in ids], "embedding": lists(pa.float32()), "datetime": [t.date() for t in TIMES]})
    duckdb.sql(f"COPY (SELECT id::UUID AS id, embedding, datetime FROM uuids) TO '{OUT}/duckdb-uuids.parquet'")
    golden["uuids"] = [str(i) for i in ids]
    (ROOT / "golden/tables.json").write_text(json.dumps(golden, indent=1) + "\n")


main()
