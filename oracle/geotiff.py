"""Writes inference/testdata/geotiff: TIFF files of every layout that GDAL and
tifffile write, and what rasterio reads of them; of YCbCr in JPEG what Pillow reads.

    python oracle/geotiff.py

golden/geotiff.json has for each file its size, bands, type, nodata, EPSG and
transformation, and for each band the SHA-256 of its samples as little-endian
float64; of complex samples the magnitude as float32. A second run writes the same bytes.
"""

import hashlib
import itertools
import json
import pathlib

import numpy as np
import rasterio
import rasterio.shutil
import tifffile
from PIL import Image
from rasterio.enums import ColorInterp
from rasterio.transform import from_origin

ROOT = pathlib.Path(__file__).resolve().parent.parent / "inference/testdata"
OUT = ROOT / "geotiff"
WIDTH, HEIGHT = 37, 29  # no multiple of a tile
SQUARE = dict(tiled=True, blockxsize=16, blockysize=16)


def scene(dtype, bands=3, bits=None):
    """Smooth bands with some noise, which use the range of their type."""
    bands = min(bands, 2) if np.dtype(dtype).itemsize > 4 else bands  # for small files
    random = np.random.default_rng(7)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    out = []
    for band in range(bands):
        v = np.sin(x / 9 + band) + np.cos(y / 7 - band) + random.normal(0, 0.05, x.shape)
        out.append((v - v.min()) / (v.max() - v.min()))
    v = np.stack(out)
    kind = np.dtype(dtype)
    if kind.kind in "ui":
        low, high = np.iinfo(kind).min, np.iinfo(kind).max
        if bits:
            low, high = 0, 2**bits - 1
        return np.clip(np.round(low + v * (float(high) - float(low))), low, high if kind.itemsize < 8 else high / 2).astype(kind)
    if kind.kind == "c":
        return (v * 100 - 30 + 1j * (50 - v * 80)).astype(kind)
    return (v * 1000 - 200).astype(kind)


def write(name, data, mask=None, overviews=(), interpretation=None, **options):
    path = OUT / name
    env = dict(GDAL_TIFF_INTERNAL_MASK=True, GDAL_TIFF_DEFLATE_SUBCODEC="ZLIB", GDAL_NUM_THREADS="1", GDAL_PAM_ENABLED="NO")
    with rasterio.Env(**env):
        with rasterio.open(path, "w", driver="GTiff", width=data.shape[2], height=data.shape[1], count=data.shape[0], dtype=options.pop("dtype", data.dtype), **options) as f:
            f.write(data)
            if interpretation:
                f.colorinterp = interpretation
            if mask is not None:
                f.write_mask(mask)
        if overviews:
            with rasterio.open(path, "r+") as f:
                f.build_overviews(list(overviews), rasterio.enums.Resampling.nearest)


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.iterdir():
        old.unlink()

    types = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64", "complex64", "complex128"]
    for dtype in types:
        write(f"{dtype}.tif", scene(dtype), compress="deflate")
        write(f"{dtype}-big-endian-planar-tiled.tif", scene(dtype), compress="lzw", endianness="big", interleave="band", **SQUARE)
    for dtype in types[:10]:
        write(f"{dtype}-predictor-2.tif", scene(dtype), compress="deflate", predictor=2, **SQUARE)
        write(f"{dtype}-predictor-2-big-endian.tif", scene(dtype), compress="lzw", predictor=2, endianness="big", blockysize=5)
    for dtype in ("float32", "float64"):
        write(f"{dtype}-predictor-3.tif", scene(dtype), compress="zstd", predictor=3, **SQUARE)
        write(f"{dtype}-predictor-3-big-endian-grey.tif", scene(dtype, 1), compress="deflate", predictor=3, endianness="big")
    write("float16.tif", scene("float32"), compress="deflate", nbits=16)
    write("float16-predictor-3.tif", scene("float32"), compress="deflate", nbits=16, predictor=3)
    write("float24.tif", scene("float32"), compress="lzw", nbits=24)
    write("complex-int16.tif", (scene("int16", 1) // 7).astype(np.int16), dtype="complex_int16", compress="deflate")
    for bits in (1, 2, 3, 4, 5, 6, 7):
        write(f"grey-{bits}-bit.tif", scene("uint8", 1, bits), nbits=bits, compress="deflate")
        write(f"bands-{bits}-bit.tif", scene("uint8", 3, bits), nbits=bits, compress="lzw", **SQUARE)
    for bits in (9, 10, 11, 12, 13, 14, 15):
        write(f"grey-{bits}-bit.tif", scene("uint16", 1, bits), nbits=bits, compress="deflate")
    write("bands-12-bit-big-endian.tif", scene("uint16", 4, 12), nbits=12, compress="deflate", endianness="big", **SQUARE)

    for compression in ("none", "lzw", "deflate", "packbits", "zstd", "lzma"):
        for (layout, tiles), interleave in itertools.product((("strips", dict(blockysize=5)), ("tiles", SQUARE)), ("pixel", "band")):
            write(f"{compression}-{layout}-{interleave}.tif", scene("uint16"), compress=compression, interleave=interleave, **tiles)
    write("webp.tif", scene("uint8"), compress="webp", webp_lossless=True, photometric="rgb", **SQUARE)
    write("webp-alpha.tif", scene("uint8", 4), compress="webp", webp_lossless=True, photometric="rgb", alpha="yes", **SQUARE)
    write("jpeg-ycbcr.tif", scene("uint8"), compress="jpeg", photometric="ycbcr", **SQUARE)
    write("jpeg-ycbcr-strips.tif", scene("uint8"), compress="jpeg", photometric="ycbcr", blockysize=16)
    write("jpeg-rgb.tif", scene("uint8"), compress="jpeg", photometric="rgb", **SQUARE)
    write("jpeg-grey.tif", scene("uint8", 1), compress="jpeg", **SQUARE)
    write("jpeg-planar.tif", scene("uint8"), compress="jpeg", interleave="band", photometric="rgb", **SQUARE)
    write("jpeg-four-bands.tif", scene("uint8", 4), compress="jpeg", photometric="minisblack", **SQUARE)
    jpeg_mask = np.full((HEIGHT, WIDTH), 255, np.uint8)
    jpeg_mask[:9, 11:] = 0
    write("jpeg-ycbcr-mask-overviews.tif", scene("uint8"), mask=jpeg_mask, overviews=(2,), compress="jpeg", photometric="ycbcr", **SQUARE)
    for compression in ("ccittfax4",):
        write(f"{compression}.tif", scene("uint8", 1, 1), compress=compression, nbits=1, blockysize=5)
    write("bigtiff.tif", scene("int16"), bigtiff="yes", compress="zstd", **SQUARE)

    # What the field has every day.
    transform = from_origin(399960, 4500000, 10, 10)
    cut = scene("int16")
    cut[:, 5:20, 3:21] = -9999
    write("nodata.tif", cut, nodata=-9999, compress="deflate", predictor=2, crs="EPSG:32633", transform=transform, **SQUARE)
    cut = scene("float32", 2)
    cut[0, :9] = np.nan
    cut[1, 12:] = -np.inf
    write("nan-and-infinity.tif", cut, nodata=float("nan"), compress="lzw", crs="EPSG:4326", transform=from_origin(13.1, 52.4, 0.0001, 0.0001))
    cut = scene("float32", 1)
    cut[0, :9] = np.float32(-3.4e38)
    write("nodata-float32.tif", cut, nodata=-3.4e38, compress="deflate", crs="EPSG:3857", transform=transform)
    mask = np.full((HEIGHT, WIDTH), 255, np.uint8)
    mask[:, 20:] = 0
    write("mask.tif", scene("uint8"), mask=mask, photometric="rgb", compress="deflate", **SQUARE)
    write("overviews-and-mask.tif", scene("uint16"), mask=mask, overviews=(2, 4), compress="zstd", **SQUARE)
    write("placed-overviews.tif", scene("uint16"), overviews=(2, 4), compress="deflate", crs="EPSG:32633", transform=transform, **SQUARE)
    write("alpha.tif", np.concatenate([scene("uint8"), mask[None]]), photometric="rgb", alpha="yes", compress="deflate")
    sparse = np.zeros((3, HEIGHT, WIDTH), np.uint16)
    sparse[:, :16, :16] = scene("uint16")[:, :16, :16]
    write("sparse.tif", sparse, sparse_ok=True, compress="deflate", **SQUARE)
    write("sparse-nodata.tif", np.where(sparse == 0, 65535, sparse), sparse_ok=True, nodata=65535, compress="deflate", **SQUARE)
    write("sparse-empty-planar.tif", np.zeros_like(sparse), sparse_ok=True, interleave="band", blockysize=7)

    # Layouts of tifffile that GDAL does not write.
    save = lambda name, data, **options: tifffile.imwrite(OUT / name, data, software=False, datetime=False, metadata=None, **options)
    save("tifffile-float16.tif", np.moveaxis(scene("float32"), 0, -1).astype(np.float16), photometric="minisblack", planarconfig="contig")
    save("tifffile-float16-planar.tif", scene("float32").astype(np.float16), photometric="minisblack", planarconfig="separate", compression="zlib", predictor=True)
    save("tifffile-int8-big-endian.tif", scene("int8", 1)[0], byteorder=">", photometric="minisblack")
    save("tifffile-uint32-predictor.tif", scene("uint32", 1)[0], photometric="minisblack", compression="zlib", predictor=True)
    save("tifffile-lzma.tif", scene("uint16", 1)[0], photometric="minisblack", compression="lzma")

    # JPEG 2000 without loss.
    def jpeg2000(name, data, **options):
        with rasterio.Env(GDAL_PAM_ENABLED="NO"):
            with rasterio.MemoryFile() as memory:
                with memory.open(driver="GTiff", width=data.shape[2], height=data.shape[1], count=data.shape[0], dtype=data.dtype, **({"photometric": "rgb"} if data.shape[0] == 3 else {})) as f:
                    f.write(data)
                rasterio.shutil.copy(memory.name, OUT / name, driver="JP2OpenJPEG", quality=100, reversible=True, ycc=options.pop("ycc", False), GMLJP2=False, GeoJP2=False, **options)

    jpeg2000("rgb.jp2", scene("uint8"))
    jpeg2000("rgb-transformed.jp2", scene("uint8"), ycc=True)
    jpeg2000("uint16.jp2", scene("uint16", 1))
    jpeg2000("int16-tiled.jp2", scene("int16", 1), blockxsize=32, blockysize=32, resolutions=1)
    jpeg2000("sentinel-2-15-bit.jp2", scene("uint16", 1, 15), nbits=15, resolutions=2)
    jpeg2000("codestream.j2k", scene("uint8", 3), codec="J2K")

    goldens = {}
    for path in sorted(OUT.iterdir()):
        with rasterio.open(path) as f:
            bands = f.read()
            entry = {
                "width": f.width, "height": f.height, "bands": f.count, "nodata": None if f.nodata is None else repr(f.nodata),
                "epsg": f.crs.to_epsg() if f.crs else 0, "transform": list(f.transform.to_gdal()) if f.crs else None,
                "overviews": f.overviews(1), "valid": int((f.dataset_mask() > 0).sum()),
            }
        if path.name.startswith("jpeg-ycbcr"):  # rasterio's libjpeg spreads chroma in another way than Pillow's
            bands = np.moveaxis(np.asarray(Image.open(path)), -1, 0)
        if bands.dtype.kind == "c":
            entry["complex"] = True
            bands = np.hypot(bands.real.astype(np.float64), bands.imag.astype(np.float64)).astype(np.float32)
        values = bands.astype("<f8")
        values[np.isnan(values)] = np.nan  # one bit pattern
        entry["sha256"] = [hashlib.sha256(np.ascontiguousarray(b).tobytes()).hexdigest() for b in values]
        try:
            with Image.open(path) as image:
                image.load()
            entry["pillow"] = True
        except Exception:
            entry["pillow"] = False
        goldens[path.name] = entry
    (ROOT / "golden/geotiff.json").write_text(json.dumps({"versions": {"rasterio": rasterio.__version__, "gdal": rasterio.__gdal_version__, "tifffile": tifffile.__version__, "pillow": Image.__version__, "numpy": np.__version__}, "files": goldens}, indent=1) + "\n")
    print(len(goldens), "files,", sum(p.stat().st_size for p in OUT.iterdir()), "bytes")


if __name__ == "__main__":
    main()
