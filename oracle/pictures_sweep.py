"""Writes pictures in as many layouts as Pillow, tifffile, rasterio and libtiff's and
libjpeg's programs can write, and what Pillow, or where Pillow refuses rasterio,
reads of them.

    pip install pillow==12.0.0 numpy==2.4.6 tifffile==2026.3.3 imagecodecs==2026.3.6 rasterio==1.4.4
    apt install libtiff-tools libjpeg-turbo-progs      # 4.5.0 and 2.1.5 of Debian 12
    python oracle/pictures_sweep.py FOLDER [SUITE ...]
    RSCLIP_SWEEP=FOLDER go test ./inference/picture ./inference/geotiff -run TestSweep

SUITE are folders of more files, such as PngSuite or the pictures of Pillow's tests,
which are copied and asked about, too. Of FOLDER only what KEPT names goes into
inference/testdata/layouts, which the tests read always, and of which they write the
table of docs/pictures.md.
"""

import fnmatch
import hashlib
import io
import itertools
import json
import pathlib
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import warnings
import zlib

import numpy as np
import rasterio
import rasterio.shutil
import tifffile
from PIL import Image, ImageFile
from rasterio.enums import ColorInterp

WIDTH, HEIGHT = 45, 35  # no multiple of a tile or of a block
FORMATS = {"JPEG", "MPO", "PNG", "WEBP", "TIFF", "JPEG2000", "GIF", "BMP", "DIB"}
SUFFIXES = {".png", ".tif", ".tiff", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".jp2", ".j2k"}


def scene(bands=3, dtype=np.uint8, bits=None, width=WIDTH, height=HEIGHT):
    """Smooth bands with some noise, over the range of their type or of some bits."""
    random = np.random.default_rng(3)
    y, x = np.mgrid[:height, :width]
    out = []
    for band in range(bands):
        v = np.sin(x / 9 + band) + np.cos(y / 7 - band) + random.normal(0, 0.05, x.shape)
        out.append((v - v.min()) / (v.max() - v.min()))
    v, kind = np.stack(out, axis=-1), np.dtype(dtype)
    if kind.kind in "ui":
        low, high = (0, 2**bits - 1) if bits else (int(np.iinfo(kind).min), int(np.iinfo(kind).max))
        v = np.round(low + v * (high - low))
        if kind.itemsize >= 4:
            v = np.clip(v, low, high - 2 ** (8 * kind.itemsize - 24))
        return v.astype(kind)
    if kind.kind == "c":
        return (v * 100 - 30 + 1j * (50 - v * 80)).astype(kind)
    return (v * 1000 - 200).astype(kind)


# What goes into the repository: patterns of files, and the words of their row.
KEPT = {
    "pillow/bilevel-tiff_ccitt-1.tif": "CCITT RLE",
    "pillow/bilevel-tiff_ccitt-2.tif": "CCITT RLE, bits turned round",
    "pillow/bilevel-tiff_raw_16-1.tif": "CCITT RLE in words",
    "tiffcp/bilevel-g3-1d-lsb2msb-10.tif": "CCITT Group 3",
    "tiffcp/bilevel-white-g3-1d-fill-*-10.tif": "CCITT Group 3, fill bits",
    "tiffcp/bilevel*-g3-2d-msb2lsb-None.tif": "CCITT Group 3 of two dimensions",
    "tiffcp/bilevel-g3-2d-fill-*-10.tif": "CCITT Group 3 of two dimensions, fill bits",
    "tiffcp/bilevel*-g4-lsb2msb-10.tif": "CCITT Group 4, bits turned round",
    "hand/ycbcr-*-8-*-True.tif": "YCbCr without JPEG, all samplings",
    "hand/ycbcr-22-1-default-False.tif": "YCbCr without compression",
    "tifffile/ycbcr-separate.tif": "YCbCr, bands apart",
    "tifffile/ycbcr-separate-raw.tif": "YCbCr, bands apart, without compression",
    "hand/old-jpeg-tables-*.tif": "old JPEG, with its tables apart",
    "hand/old-jpeg-*.tif": "old JPEG",
    "hand/palette-alpha-0-8.tif": "palette with another band",
    "hand/palette-alpha-2-8.tif": "palette with alpha",
    "tifffile/cielab-u1-zlib.tif": "CIE L*a*b*",
    "tifffile/icclab-u1-zlib.tif": "ICC L*a*b*",
    "hand/depth-[124]-photometric-?-True-fill-2-1.tif": "1, 2, 4 bits of grey and palette, bits turned round",
    "tifffile/extra-assocalpha-4-u?-zlib-*.tif": "alpha that is multiplied in",
    "tifffile/extra-un*-4-u1-zlib-contig.tif": "alpha that is not, or another band",
    "tifffile/cmyk-?-u1-lzw-contig.tif": "CMYK",
    "tifffile/cmyk-4-u1-lzw-separate.tif": "CMYK, bands apart",
    "tifffile/cmyk-4-u2-lzw-contig.tif": "CMYK of 16 bits",
    "tifffile/cmyk-4-u2-None-separate.tif": "CMYK of 16 bits, bands apart",
    "tifffile/u2-3-separate-strips-little-rgb.tif": "RGB of 16 bits, bands apart",
    "tifffile/zlib-[fi][24]-1-predictor-None.tif": "int16 and float32, compressed, big-endian",
    "tifffile/u4-1-contig-strips-little-minisblack.tif": "uint32 beyond int32",
    "pillow/pages.tif": "several pages",
    "pillow/orientation-lzw-?.tif": "turned",
    "pillow/RGB-tiff_lzw-True.tif": "BigTIFF",
    "gdal/jpeg-cmyk-4-pixel-True.tif": "JPEG of CMYK",
    "tifffile/jpeg-ycbcr-*-True.tif": "JPEG of YCbCr, all samplings",
    "png/color-0-*-0-False-3.png": "grey of 1 to 16 bits",
    "png/color-0-*-1-True-3.png": "grey, interlaced, with a transparent value",
    "png/color-2-*-3.png": "colours of 8 and 16 bits, interlaced or not",
    "png/color-3-*-3.png": "palettes of 1 to 8 bits, interlaced or not, with alpha or not",
    "png/color-[46]-*-3.png": "alpha of 8 and 16 bits, interlaced or not",
    "png/no-end.png": "no end",
    "png/cut-check.png": "no end",
    "png/bad-check-idat.png": "wrong checksum of pixels",
    "png/[tu]*.png": "chunks that are unknown, too many or in the wrong place",
    "png/empty-piece.png": "pixels in several chunks",
    "png/apart.png": "pixels in several chunks",
    "png/cut-adler.png": "pixels without their last checksum",
    "png/more-data.png": "more pixels than it has",
    "png/no-palette.png": "a palette that is not there",
    "png/cut.png": "cut off",
    "pillow/RGB-animated.png": "animated",
    "pillow/colors-16-?-2.gif": "interlaced or not, with a transparent colour",
    "gif/local-palette.gif": "palette of the frame",
    "gif/no-palette.gif": "no palette",
    "gif/no-end-block.gif": "no end",
    "gif/[ej]*.gif": "blocks that are unknown, and none",
    "gif/frame-beyond.gif": "frame beyond the screen",
    "gif/code-size-11.gif": "codes of more than 8 bits",
    "gif/cut.gif": "cut off",
    "pillow/animated-[23].gif": "animated",
    "pillow/P.bmp": "palette",
    "pillow/RGB-80-*.webp": "with and without loss",
    "pillow/RGBA-80-*.webp": "with alpha",
    "pillow/animated-True.webp": "animated",
    "webp/unknown-chunk.webp": "unknown chunks",
    "webp/cut.webp": "cut off",
    "pillow/CMYK-0-*.jpg": "CMYK, also progressive",
    "jpeg/CMYK-0-False-adobe-alone-?.jpg": "CMYK and YCCK by Adobe's marker",
    "jpeg/RGB-2-False-adobe-alone-?.jpg": "RGB and YCbCr by Adobe's marker",
    "jpeg/ids-rgb.jpg": "RGB by its names",
    "cjpeg/?x?.jpg": "every sampling of chroma",
    "cjpeg/2x2-?x?-?x?.jpg": "every sampling of chroma",
    "cjpeg/2x2-progressive-restart1.jpg": "progressive, with restarts",
    "cjpeg/2x2-arithmetic-progressive.jpg": "arithmetic codes",
    "jpeg/lossless.jpg": "without loss",
    "jpeg/twelve.jpg": "12 bits",
    "jpeg/RGB-2-*-cut.jpg": "cut off",
    "jpeg/RGB-2-False-tail.jpg": "something behind its end",
    "pillow/[LR]*-.jp2": "grey and colours, with alpha or not",
    "pillow/RGB-irreversible.jp2": "with loss",
    "pillow/RGB-tile_size.jp2": "tiles",
    "pillow/RGB-no_jp2.j2k": "bare codestream",
    "pillow/YCbCr-.jp2": "YCbCr",
    "pillow/CMYK-.jp2": "CMYK",
    "opj/sub-j*": "YCbCr with fewer samples of chroma",
    "jpeg2000/u1-4-[13].jp2": "4 bits",
    "jpeg2000/u2-9-1.jp2": "9 bits of grey",
    "jpeg2000/u2-1?-[1234].jp2": "10 to 15 bits",
    "jpeg2000/u2-None-[13].jp2": "16 bits",
    "jpeg2000/i?-None-1.jp2": "signed",
    "jpeg2000/u1-None-5.jp2": "five bands",
}
LAYOUTS = pathlib.Path(__file__).resolve().parent.parent / "inference/testdata/layouts"


class Sweep:
    def __init__(self, folder):
        self.folder, self.failed = folder, []

    def attempt(self, name, write):
        """Writes a file, or notes that it cannot be written."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            write(path)
        except Exception as error:
            path.unlink(missing_ok=True)
            self.failed.append(f"{name}: {type(error).__name__}: {error}"[:160])

    def pillow(self, name, image, **options):
        self.attempt("pillow/" + name, lambda path: image.save(path, **options))

    def tifffile(self, name, data, **options):
        options = {"metadata": None, "software": False} | options
        self.attempt("tifffile/" + name, lambda path: tifffile.imwrite(path, data, **options))

    def gdal(self, name, data, colors=None, dtype=None, mask=None, overviews=(), **options):
        def write(path):
            with rasterio.Env(GDAL_PAM_ENABLED="NO", GDAL_TIFF_INTERNAL_MASK=True, GDAL_NUM_THREADS="1"):
                with rasterio.open(path, "w", driver="GTiff", width=data.shape[1], height=data.shape[0], count=data.shape[2], dtype=dtype or data.dtype, **options) as f:
                    f.write(np.moveaxis(data, -1, 0))
                    if colors:
                        f.colorinterp = colors
                    if mask is not None:
                        f.write_mask(mask)
                if overviews:
                    with rasterio.open(path, "r+") as f:
                        f.build_overviews(list(overviews), rasterio.enums.Resampling.nearest)

        self.attempt("gdal/" + name, write)

    def run(self, name, *command):
        """Runs a program that writes a file, {} of its command."""

        def write(path):
            subprocess.run([str(path) if word == "{}" else str(word) for word in command], check=True, capture_output=True, timeout=20)

        self.attempt(name, write)

    def raw(self, name, data):
        self.attempt(name, lambda path: path.write_bytes(data))


def tiff(tags, pieces, order="<", big=False):
    """A TIFF by hand: tags are (number, type, values); the offsets and byte counts of
    the pieces are added as those of strips, or of tiles if 322 is there."""
    tiled = any(t[0] == 322 for t in tags)
    head = 16 if big else 8
    at, offsets = head, []
    for p in pieces:
        offsets.append(at)
        at += len(p)
    tags = sorted([t for t in tags if t] + [(324 if tiled else 273, 4, offsets), (325 if tiled else 279, 4, [len(p) for p in pieces])])
    code = {1: "B", 2: "s", 3: "H", 4: "I", 5: "II", 7: "B", 11: "f", 12: "d"}
    entry, room = (20, 8) if big else (12, 4)
    tail_at = at + (8 if big else 2) + entry * len(tags) + room
    entries, tail = b"", b""
    for number, kind, values in tags:
        packed = bytes(values) if kind in (1, 2, 7) else b"".join(struct.pack(order + code[kind], *(v if kind == 5 else [v])) for v in values)
        entries += struct.pack(order + ("HHQ" if big else "HHI"), number, kind, len(values))
        if len(packed) <= room:
            entries += packed.ljust(room, b"\0")
        else:
            entries += struct.pack(order + ("Q" if big else "I"), tail_at + len(tail))
            tail += packed + b"\0" * (len(packed) % 2)
    mark = b"II" if order == "<" else b"MM"
    start = mark + (struct.pack(order + "HHHQ", 43, 8, 0, at) if big else struct.pack(order + "HI", 42, at))
    return start + b"".join(pieces) + struct.pack(order + ("Q" if big else "H"), len(tags)) + entries + b"\0" * room + tail


def bits(values, depth):
    """Rows of samples packed into bits, each row from a byte on."""
    rows = values.reshape(values.shape[0], -1)
    return [np.packbits(((row[:, None] >> np.arange(depth - 1, -1, -1)) & 1).astype(np.uint8).ravel()).tobytes() for row in rows]


def plain_tags(width, height, depths, photometric, more=(), compression=1, rows=None):
    base = {256: (4, [width]), 257: (4, [height]), 258: (3, depths), 259: (3, [compression]), 262: (3, [photometric]), 277: (3, [len(depths)]), 278: (4, [rows or height])}
    base |= {t[0]: t[1:] for t in more}
    return [(n, *v) for n, v in base.items()]


def tiffs(s):
    for dtype, bands, planar, tile, order in itertools.product(
        ["u1", "u2", "u4", "i1", "i2", "i4", "f2", "f4", "f8"], [1, 2, 3, 4, 5], ["contig", "separate"], [None, (16, 32)], "<>"
    ):
        if bands == 1 and planar == "separate":
            continue
        data = scene(bands, dtype)
        data = np.moveaxis(data, -1, 0) if planar == "separate" else data
        data = data[..., 0] if bands == 1 else data
        more = {"planarconfig": planar} if bands > 1 else {}
        for photometric in ["minisblack"] + (["rgb"] if bands >= 3 else ["miniswhite"] if bands == 1 else []):
            name = f"{dtype}-{bands}-{planar}-{'tiles' if tile else 'strips'}-{'big' if order == '>' else 'little'}-{photometric}.tif"
            s.tifffile(name, data, byteorder=order, tile=tile, photometric=photometric, rowsperstrip=None if tile else 7, **more)
    for dtype, compression, predictor in itertools.product(["u1", "u2", "u4", "i2", "f2", "f4", "f8"], ["zlib", "lzw", "packbits", "lzma", "zstd"], [None, 2, 3]):
        if predictor == 3 and dtype[0] != "f" or predictor and compression == "packbits":
            continue
        for bands in (1, 3, 4):
            data = scene(bands, dtype)
            s.tifffile(f"{compression}-{dtype}-{bands}-predictor-{predictor}.tif", data[..., 0] if bands == 1 else data, photometric="minisblack" if bands == 1 else "rgb", compression=compression, predictor=predictor or False, byteorder="<>"[bands % 2])
    for extra, bands, dtype in itertools.product([[], ["unspecified"], ["assocalpha"], ["unassalpha"]], [2, 4], ["u1", "u2"]):
        for compression, planar in itertools.product([None, "zlib"], ["contig", "separate"]):
            data = scene(bands, dtype)
            data[3:9, 5:20, -1] = 0
            data = np.moveaxis(data, -1, 0) if planar == "separate" else data
            s.tifffile(f"extra-{(extra or ['none'])[0]}-{bands}-{dtype}-{compression}-{planar}.tif", data, photometric="rgb" if bands > 2 else "minisblack", extrasamples=extra or None, planarconfig=planar, compression=compression)
    for bands, dtype, compression, planar in itertools.product([4, 5], ["u1", "u2"], [None, "lzw"], ["contig", "separate"]):
        data = scene(bands, dtype)
        s.tifffile(f"cmyk-{bands}-{dtype}-{compression}-{planar}.tif", np.moveaxis(data, -1, 0) if planar == "separate" else data, photometric="separated", compression=compression, planarconfig=planar)
    for dtype, compression in itertools.product(["u1", "u2"], [None, "zlib"]):
        for photometric in ("cielab", "icclab"):
            s.tifffile(f"{photometric}-{dtype}-{compression}.tif", scene(3, dtype), photometric=photometric, compression=compression)
    # A palette, alone and with alpha; bilevel to four bits; all orders of bits.
    random = np.random.default_rng(5)
    for depth in (1, 2, 4, 8, 16):
        colors = random.integers(0, 65536, 3 << depth)
        index = scene(1, np.uint16, depth)[..., 0]
        for order, fill in itertools.product("<>", (1, 2)):
            rows = b"".join(bits(index, depth)) if depth < 16 else index.astype(order + "u2").tobytes()
            flip = bytes(int(f"{b:08b}"[::-1], 2) for b in rows) if fill == 2 else rows
            for compression, piece in ((1, flip), (8, zlib.compress(rows)), (32773, None)):
                if piece is None or compression == 8 and fill == 2:
                    continue
                for photometric in (0, 1, 3):
                    palette = [(320, 3, list(map(int, colors)))] if photometric == 3 else []
                    s.raw(f"hand/depth-{depth}-photometric-{photometric}-{order == '<'}-fill-{fill}-{compression}.tif", tiff(plain_tags(WIDTH, HEIGHT, [depth], photometric, palette + [(266, 3, [fill])], compression), [piece], order))
    index = np.dstack([scene(1)[..., 0], 255 - scene(1)[..., 0]])
    for compression, extra in itertools.product((1, 8), (None, 0, 1, 2)):
        piece = index.tobytes() if compression == 1 else zlib.compress(index.tobytes())
        more = [(320, 3, list(map(int, random.integers(0, 65536, 768))))] + ([(338, 3, [extra])] if extra is not None else [])
        s.raw(f"hand/palette-alpha-{extra}-{compression}.tif", tiff(plain_tags(WIDTH, HEIGHT, [8, 8], 3, more, compression), [piece]))
    # YCbCr without JPEG.
    for (h, v), compression, reference, order in itertools.product(((1, 1), (2, 1), (2, 2), (4, 1), (4, 2), (4, 4), (1, 2)), (1, 5, 8, 32773), (False, True), "<>"):
        if compression == 5:
            pack = lambda b: __import__("imagecodecs").lzw_encode(b)
        else:
            pack = {1: bytes, 8: zlib.compress, 32773: lambda b: __import__("imagecodecs").packbits_encode(b)}[compression]
        pieces, rows = [], 16
        photo = np.asarray(Image.fromarray(scene()).convert("YCbCr"))
        for top in range(0, HEIGHT, rows):
            strip = photo[top : top + rows]
            strip = np.pad(strip, ((0, -len(strip) % v), (0, -WIDTH % h), (0, 0)), mode="edge")
            block = b""
            for y in range(0, strip.shape[0], v):
                for x in range(0, strip.shape[1], h):
                    unit = strip[y : y + v, x : x + h]
                    block += unit[..., 0].tobytes() + bytes([int(unit[..., 1].mean()), int(unit[..., 2].mean())])
            pieces.append(pack(block))
        more = [(530, 3, [h, v])]
        if reference:
            more.append((532, 5, [(15, 1), (235, 1), (128, 1), (240, 1), (128, 1), (240, 1)]))
        s.raw(f"hand/ycbcr-{h}{v}-{compression}-{'reference' if reference else 'default'}-{order == '<'}.tif", tiff(plain_tags(WIDTH, HEIGHT, [8, 8, 8], 6, more, compression, rows), pieces, order))
    for planar in ("contig", "separate"):
        data = np.asarray(Image.fromarray(scene()).convert("YCbCr"))
        s.tifffile(f"ycbcr-{planar}.tif", np.moveaxis(data, -1, 0) if planar == "separate" else data, photometric="ycbcr", planarconfig=planar, compression="zlib", subsampling=(1, 1))
        s.tifffile(f"ycbcr-{planar}-raw.tif", np.moveaxis(data, -1, 0) if planar == "separate" else data, photometric="ycbcr", planarconfig=planar, subsampling=(1, 1))
    # CCITT, by libtiff's tiffcp.
    bilevel = Image.fromarray(scene(width=217, height=63)).convert("1")
    s.pillow("bilevel.tif", bilevel, compression="raw")
    s.pillow("bilevel-white.tif", bilevel, compression="raw", tiffinfo={262: 0})
    for source, kind, fill, rows in itertools.product(("bilevel.tif", "bilevel-white.tif"), ("g3", "g3:1d", "g3:2d", "g3:1d:fill", "g3:2d:fill", "g4"), ("lsb2msb", "msb2lsb"), (None, 10)):
        s.run(f"tiffcp/{source[:-4]}-{kind.replace(':', '-')}-{fill}-{rows}.tif", "tiffcp", "-c", kind, "-f", fill, *(["-r", str(rows)] if rows else []), s.folder / "pillow" / source, "{}")
    for compression in ("tiff_ccitt", "group3", "group4", "tiff_raw_16", "tiff_thunderscan", "tiff_sgilog", "tiff_sgilog24"):
        for fill in (1, 2):
            s.pillow(f"bilevel-{compression}-{fill}.tif", bilevel, compression=compression, tiffinfo={266: fill})
            s.pillow(f"grey-{compression}-{fill}.tif", Image.fromarray(scene(1)[..., 0]), compression=compression, tiffinfo={266: fill})
    # JPEG as TIFF 6.0 has it, in strips of one.
    for bands, sub, strips in itertools.product((1, 3), (0, 1, 2), (1, 3)):
        stream = io.BytesIO()
        Image.fromarray(scene(bands)[..., 0] if bands == 1 else scene()).save(stream, "JPEG", subsampling=sub, quality=80)
        jpeg = stream.getvalue()
        part = -(-len(jpeg) // strips)
        pieces = [jpeg[i : i + part] for i in range(0, len(jpeg), part)]
        s.raw(f"hand/old-jpeg-{bands}-{sub}-{strips}.tif", tiff(plain_tags(WIDTH, HEIGHT, [8] * bands, 6 if bands == 3 else 1, [(513, 4, [8]), (514, 4, [len(jpeg)])], 6, HEIGHT if strips == 1 else 16), pieces))
    # The same with its tables apart: each strip is a part of the only scan.
    for bands, sub, strips in itertools.product((1, 3), (0, 1, 2), (1, 3)):
        stream = io.BytesIO()
        rows = HEIGHT if strips == 1 else 16
        restarts = {} if strips == 1 else {"restart_marker_rows": 16 // (16 if sub == 2 and bands == 3 else 8)}
        Image.fromarray(scene(bands)[..., 0] if bands == 1 else scene()).save(stream, "JPEG", subsampling=sub, quality=80, **restarts)
        jpeg, at, tables = stream.getvalue(), 2, {0xDB: [], 0xC4: []}
        while jpeg[at + 1] != 0xDA:
            size = struct.unpack(">H", jpeg[at + 2 : at + 4])[0]
            tables.setdefault(jpeg[at + 1], []).append(jpeg[at + 4 : at + 2 + size])
            at += 2 + size
        codes = jpeg[at + 2 + struct.unpack(">H", jpeg[at + 2 : at + 4])[0] : -2]
        quantizers = [t[i + 1 : i + 65] for t in tables[0xDB] for i in range(0, len(t), 65)]
        huffman = {}
        for t in tables[0xC4]:
            while t:
                n = 17 + sum(t[1:17])
                huffman[t[0]], t = t[1:n], t[n:]
        segments = re.split(rb"\xff[\xd0-\xd7]", codes)
        pieces, where = list(segments), {}
        for name, data in [("q0", quantizers[0]), ("q1", quantizers[-1]), *((f"h{k}", v) for k, v in huffman.items())]:
            where[name] = 8 + sum(map(len, pieces))
            pieces.append(data)
        pick = lambda a, b: [where[a]] + [where.get(b, where[a])] * (bands - 1)
        across = {0: [1, 1], 1: [2, 1], 2: [2, 2]}[sub]
        more = [(512, 3, [1]), (519, 4, pick("q0", "q1")), (520, 4, pick("h0", "h1")), (521, 4, pick("h16", "h17"))] + ([(530, 3, across)] if bands == 3 else [])
        segments[-1] += b"".join(pieces[len(segments) :])
        s.raw(f"hand/old-jpeg-tables-{bands}-{sub}-{strips}.tif", tiff(plain_tags(WIDTH, HEIGHT, [8] * bands, 6 if bands == 3 else 1, more, 6, rows), segments))
    # JPEG.
    for sub, tile, mask in itertools.product(((1, 1), (2, 1), (2, 2), (1, 2)), (None, (32, 48)), (False, True)):
        s.tifffile(f"jpeg-ycbcr-{sub[0]}{sub[1]}-{bool(tile)}.tif", scene(), photometric="ycbcr", subsampling=sub, compression="jpeg", tile=tile, rowsperstrip=None if tile else 16)
    for photometric, bands, planar, tiled in itertools.product(("ycbcr", "rgb", "minisblack", "cmyk"), (1, 2, 3, 4, 5), ("pixel", "band"), (False, True)):
        more = dict(tiled=True, blockxsize=16, blockysize=32) if tiled else dict(blockysize=16)
        s.gdal(f"jpeg-{photometric}-{bands}-{planar}-{tiled}.tif", scene(bands), compress="jpeg", photometric=photometric, interleave=planar, jpegtablesmode=3 * tiled, **more)
    for bands in (1, 3, 4):
        mask = np.full((HEIGHT, WIDTH), 255, np.uint8)
        mask[3:20, 7:] = 0
        s.gdal(f"mask-{bands}.tif", scene(bands), mask=mask, overviews=(2,), compress="jpeg", photometric="ycbcr" if bands == 3 else "minisblack", tiled=True, blockxsize=16, blockysize=16)
    for depth, compression in itertools.product(range(1, 16), ("none", "deflate", "lzw")):
        for bands in (1, 3, 4):
            s.gdal(f"nbits-{depth}-{bands}-{compression}.tif", scene(bands, np.uint8 if depth <= 8 else np.uint16, depth), nbits=depth, compress=compression)
    for dtype in ("complex_int16", "complex64", "complex128"):
        s.gdal(f"{dtype}.tif", scene(1, "c8" if dtype != "complex128" else "c16"), dtype=dtype, compress="deflate")
    for nodata in ("nan", "-3.4028234663852886e+38", "1e300", "-1", "inf"):
        data = scene(3, np.float32)
        data[3:9, :9] = np.float32(nodata) if nodata != "1e300" else np.nan
        s.gdal(f"nodata-{nodata}.tif", data, nodata=float(nodata) if nodata != "1e300" else None, compress="deflate")
    for dtype in ("u1", "u2", "i2"):
        s.gdal(f"sparse-{dtype}.tif", np.pad(scene(3, dtype), ((0, 40), (0, 40), (0, 0))), sparse_ok=True, nodata=0, tiled=True, blockxsize=16, blockysize=16, compress="deflate")
    for orientation in range(1, 9):
        s.pillow(f"orientation-{orientation}.tif", Image.fromarray(scene()), tiffinfo={274: orientation})
        s.pillow(f"orientation-lzw-{orientation}.tif", Image.fromarray(scene()), compression="tiff_lzw", tiffinfo={274: orientation})
    s.pillow("pages.tif", Image.fromarray(scene()), save_all=True, append_images=[Image.fromarray(255 - scene())], compression="tiff_lzw")
    for mode, compression in itertools.product(("1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "LAB", "I", "I;16", "F"), ("raw", "tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "packbits", "jpeg", "lzma", "zstd", "webp")):
        if mode == "I;16":
            image = Image.fromarray(scene(1, np.uint16)[..., 0])
        elif mode == "LAB":
            image = Image.frombytes("LAB", (WIDTH, HEIGHT), scene().tobytes())
        else:
            image = Image.fromarray(scene()).convert(mode if mode not in ("PA", "RGBX") else "RGB").convert(mode)
        for big in (False, True):
            s.pillow(f"{mode.replace(';', '')}-{compression}-{big}.tif", image, compression=compression, big_tiff=big)


def pngs(s):
    chunk = lambda kind, data, bad=0: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data) ^ bad)
    signature, adam7 = b"\x89PNG\r\n\x1a\n", ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    channels, random = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}, np.random.default_rng(9)
    palette = random.integers(0, 256, 768).astype(np.uint8).tobytes()

    def rows(values, depth):
        lines = bits(values, depth) if depth < 16 else [row.astype(">u2").tobytes() for row in values]
        return b"".join(b"\0" + line for line in lines)

    for (color, depths), interlace, transparent, size in itertools.product({0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}.items(), (0, 1), (False, True), ((WIDTH, HEIGHT), (1, 1), (3, 5))):
        for depth in depths:
            values = scene(channels[color], np.uint16, depth, *size)
            if interlace:
                data = b"".join(rows(values[y::dy, x::dx], depth) for x, y, dx, dy in adam7 if size[0] > x and size[1] > y)
            else:
                data = rows(values, depth)
            out = signature + chunk(b"IHDR", struct.pack(">IIBBBBB", *size, depth, color, 0, 0, interlace))
            if color == 3:
                out += chunk(b"PLTE", palette[: 3 << depth])
            if transparent:
                if color in (4, 6):
                    continue
                out += chunk(b"tRNS", bytes(range(1 << min(depth, 4))) if color == 3 else values[0, 0].astype(">u2").tobytes())
            s.raw(f"png/color-{color}-depth-{depth}-interlace-{interlace}-{transparent}-{size[0]}.png", out + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b""))
    values = scene()
    head, data = chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)), zlib.compress(rows(values, 8))
    idat, end = chunk(b"IDAT", data), chunk(b"IEND", b"")
    for name, body in {
        "no-end": head + idat, "cut": head + idat[: len(idat) // 2], "cut-check": head + idat[:-4], "cut-adler": head + chunk(b"IDAT", data[:-4]) + end, "bad-adler": head + chunk(b"IDAT", data[:-4] + b"abcd") + end,
        "bad-check-idat": head + chunk(b"IDAT", data, 1) + end, "bad-check-head": chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0), 1) + idat + end,
        "bad-check-text": head + chunk(b"tEXt", b"a\0b", 1) + idat + end, "bad-check-end": head + idat + chunk(b"IEND", b"", 1), "tail": head + idat + end + b"rest", "after-end": head + idat + end + idat,
        "pieces": head + b"".join(chunk(b"IDAT", data[i : i + 7]) for i in range(0, len(data), 7)) + end, "empty-piece": head + chunk(b"IDAT", b"") + idat + chunk(b"IDAT", b"") + end,
        "apart": head + chunk(b"IDAT", data[:99]) + chunk(b"tEXt", b"a\0b") + chunk(b"IDAT", data[99:]) + end, "unknown": head + chunk(b"abCd", b"x" * 99) + idat + end, "unknown-critical": head + chunk(b"ABCD", b"x") + idat + end,
        "text-first": chunk(b"tEXt", b"a\0b") + head + idat + end, "palette-of-colours": head + chunk(b"PLTE", palette) + idat + end, "palette-short": chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 3, 0, 0, 0)) + chunk(b"PLTE", palette[:30]) + chunk(b"IDAT", zlib.compress(rows(values[..., :1], 8))) + end,
        "no-palette": chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 3, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows(values[..., :1], 8))) + end, "more-data": head + chunk(b"IDAT", zlib.compress(rows(values, 8) + b"x" * 1000)) + end,
        "palette-late": chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 3, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows(values[..., :1], 8))) + chunk(b"PLTE", palette) + end,
        "two-headers": head + head + idat + end, "gamma": head + chunk(b"gAMA", struct.pack(">I", 100000)) + chunk(b"sRGB", b"\0") + idat + end, "transparency-long": head + chunk(b"tRNS", b"\0" * 40) + idat + end, "transparency-late": head + idat + chunk(b"tRNS", b"\0" * 6) + end,
        "cgbi": chunk(b"CgBI", b"\x50\0\x20\x02") + head + chunk(b"IDAT", data[2:-4]) + end, "bad-filter": head + chunk(b"IDAT", zlib.compress(b"\x07" + rows(values, 8)[1:])) + end,
        "window-small": head + chunk(b"IDAT", (lambda c: c.compress(rows(values, 8)) + c.flush())(zlib.compressobj(9, zlib.DEFLATED, 9))) + end,
    }.items():
        s.raw(f"png/{name}.png", signature + body)
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I", "I;16"):
        image = Image.fromarray(scene(1, np.uint16)[..., 0]) if mode == "I;16" else Image.fromarray(scene()).convert(mode)
        s.pillow(f"{mode.replace(';', '')}.png", image)
        if mode not in ("I", "I;16"):
            s.pillow(f"{mode}-animated.png", image, save_all=True, append_images=[image.rotate(90)], default_image=mode == "L")


def gifs(s):
    photo = Image.fromarray(scene())
    for colors, interlace, transparent in itertools.product((2, 3, 16, 200, 256), (0, 1), (None, 0, 2)):
        s.pillow(f"colors-{colors}-{interlace}-{transparent}.gif", photo.quantize(colors), interlace=interlace, **({} if transparent is None else {"transparency": transparent}))
    s.pillow("grey.gif", photo.convert("L"))
    s.pillow("rgba.gif", Image.fromarray(scene(4), "RGBA"))
    for disposal in (0, 1, 2, 3):
        s.pillow(f"animated-{disposal}.gif", photo, save_all=True, append_images=[photo.rotate(90), photo.rotate(10)], disposal=disposal, duration=20)
    data = (s.folder / "pillow/colors-200-0-None.gif").read_bytes()
    size = 3 << ((data[10] & 7) + 1)
    at = data.index(b"\x2c", 13 + size)
    local = data[:10] + bytes([data[10] & 0x7F]) + data[11:13] + data[13 + size : at + 9] + bytes([0x80 | data[10] & 7]) + data[13 : 13 + size] + data[at + 10 :]
    for name, body in {
        "local-palette": local, "no-palette": data[:10] + bytes([data[10] & 0x7F]) + data[11:13] + data[13 + size :], "no-trailer": data[:-1], "no-end-block": data[:-2], "cut": data[: len(data) - 200],
        "version-87": b"GIF87a" + data[6:], "tail": data + b"rest", "wide-screen": data[:6] + struct.pack("<HH", 90, 60) + data[10:], "zero-screen": data[:6] + struct.pack("<HH", 0, 0) + data[10:], "background": data[:11] + b"\x07" + data[12:],
        "frame-beyond": data[: at + 1] + struct.pack("<HH", 10, 9) + data[at + 5 :], "extensions": data[:at] + b"\x21\xfe\x03abc\0\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0\x21\x01\x02ab\0" + data[at:], "junk-before-frame": data[:at] + b"\0\0\0" + data[at:],
    }.items():
        s.raw(f"gif/{name}.gif", body)
    for minimum in (2, 9, 10, 11, 12):
        s.raw(f"gif/code-size-{minimum}.gif", data[: at + 10] + bytes([minimum]) + data[at + 11 :])


def others(s):
    photo = Image.fromarray(scene(width=75, height=53))
    for mode in ("1", "L", "P", "RGB", "RGBA"):
        s.pillow(f"{mode}.bmp", photo.convert(mode))
    for quality, lossless, mode in itertools.product((1, 80, 100), (False, True), ("RGB", "RGBA", "L", "P")):
        image = Image.fromarray(scene(4), "RGBA") if mode == "RGBA" else photo.convert(mode)
        s.pillow(f"{mode}-{quality}-{lossless}.webp", image, quality=quality, lossless=lossless)
    s.pillow("exact.webp", Image.fromarray(scene(4), "RGBA"), lossless=True, exact=True)
    for dispose in (False, True):
        s.pillow(f"animated-{dispose}.webp", Image.fromarray(scene(4), "RGBA"), save_all=True, append_images=[Image.fromarray(255 - scene(4), "RGBA")], minimize_size=dispose, kmin=1, background=(9, 99, 200, 255))
    data = (s.folder / "pillow/RGB-80-False.webp").read_bytes()
    for name, body in {"cut": data[:-50], "tail": data + b"rest", "size-short": data[:4] + struct.pack("<I", len(data) - 8 - 10) + data[8:], "unknown-chunk": data[:4] + struct.pack("<I", len(data) + 4) + data[8:] + b"abcd\x04\0\0\0wxyz"}.items():
        s.raw(f"webp/{name}.webp", body)
    for sub, progressive, mode in itertools.product((0, 1, 2), (False, True), ("L", "RGB", "CMYK", "YCbCr")):
        s.pillow(f"{mode}-{sub}-{progressive}.jpg", photo.convert(mode), subsampling=sub, progressive=progressive, quality=70)
    ppm, pgm = s.folder / "photo.ppm", s.folder / "photo.pgm"
    photo.save(ppm), photo.convert("L").save(pgm)
    for sample, kind, restart in itertools.product(("1x1", "2x1", "1x2", "2x2", "4x1", "1x4", "4x2", "2x4", "4x4", "3x1", "1x3", "3x2", "2x1,1x1,2x1", "2x2,2x1,1x1", "1x1,2x2,2x2", "2x2,1x1,2x2"), ((), ("-progressive",), ("-arithmetic",), ("-arithmetic", "-progressive")), ((), ("-restart", "1"), ("-restart", "3B"))):
        s.run(f"cjpeg/{sample.replace(',', '-')}{''.join(kind)}{''.join(restart)}.jpg", "cjpeg", "-sample", sample, *kind, *restart, "-outfile", "{}", ppm)
    for more in (("-rgb",), ("-grayscale",), ("-optimize",), ("-dct", "fast"), ("-precision", "12"), ("-quality", "5"), ("-quality", "1"), ("-quality", "100")):
        s.run(f"cjpeg/{''.join(more)}.jpg", "cjpeg", *more, "-outfile", "{}", ppm)
    s.run("cjpeg/grey.jpg", "cjpeg", "-sample", "2x2", "-outfile", "{}", pgm)
    for name, options in {"twelve": dict(bitspersample=12), "lossless": dict(lossless=True), "lossless-12": dict(lossless=True, bitspersample=12)}.items():
        import imagecodecs

        s.attempt(f"jpeg/{name}.jpg", lambda path: path.write_bytes(imagecodecs.jpeg8_encode(scene(3, np.uint8 if name == "lossless" else np.uint16, None if name == "lossless" else 12), **options)))
    for name in ("RGB-2-False", "RGB-2-True", "CMYK-0-False", "L-0-False"):
        data = (s.folder / f"pillow/{name}.jpg").read_bytes()
        scan = data.index(b"\xff\xda")
        app = lambda kind, body: bytes([0xFF, kind]) + struct.pack(">H", len(body) + 2) + body
        broken = bytearray(data)
        broken[scan + 40] ^= 0x55
        for what, body in {
            "no-end": data[:-2], "cut-1": data[:-3], "cut-10": data[:-10], "cut": data[: len(data) * 2 // 3], "tail": data + b"rest", "twice": data + data, "junk-end": data[:-2] + b"\0\0\0\0\xff\xd9", "broken": bytes(broken), "fill": data[:scan] + b"\xff\xff" + data[scan:],
            **{f"adobe-{t}": data[:2] + app(0xEE, b"Adobe\0\x64\0\0\0\0" + bytes([t])) + data[2:] for t in (0, 1, 2)},
            **{f"adobe-alone-{t}": data[:2] + app(0xEE, b"Adobe\0\x64\0\0\0\0" + bytes([t])) + data[data.index(b"\xff\xdb") :] for t in (0, 1, 2)}, "no-jfif": data[:2] + data[data.index(b"\xff\xdb") :], "restart-junk": data[:scan] + app(0xDD, struct.pack(">H", 2)) + data[scan:],
        }.items():
            s.raw(f"jpeg/{name}-{what}.jpg", body)
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[274] = orientation
        s.pillow(f"exif-{orientation}.jpg", photo, exif=exif)
    ids = (s.folder / "pillow/RGB-0-False.jpg").read_bytes()
    frame, scan = ids.index(b"\xff\xc0"), ids.index(b"\xff\xda")
    names = bytearray(ids[:2] + ids[ids.index(b"\xff\xdb") :])
    frame, scan = names.index(b"\xff\xc0"), names.index(b"\xff\xda")
    for i, letter in enumerate(b"RGB"):
        names[frame + 10 + 3 * i] = names[scan + 5 + 2 * i] = letter
    s.raw("jpeg/ids-rgb.jpg", bytes(names))
    # JPEG 2000.
    for mode, options in itertools.product(("L", "LA", "RGB", "RGBA", "YCbCr", "I;16", "CMYK"), ({}, {"irreversible": True}, {"tile_size": (32, 32)}, {"mct": 0}, {"no_jp2": True}, {"quality_layers": [20, 5]})):
        image = Image.fromarray(scene(1, np.uint16)[..., 0]) if mode == "I;16" else photo.convert(mode)
        s.pillow(f"{mode.replace(';', '')}-{'-'.join(options)}.{'j2k' if options.get('no_jp2') else 'jp2'}", image, **options)
    for dtype, depth, bands in itertools.product(("u1", "u2", "i1", "i2", "u4"), (None, 2, 4, 7, 9, 10, 12, 15), (1, 2, 3, 4, 5)):
        if depth and (dtype[0] == "i" or depth > 8 * int(dtype[1]) or dtype == "u2" and depth < 9):
            continue

        def write(path):
            with rasterio.Env(GDAL_PAM_ENABLED="NO"), rasterio.MemoryFile() as memory:
                with memory.open(driver="GTiff", width=WIDTH, height=HEIGHT, count=bands, dtype=dtype, **({"photometric": "rgb"} if bands == 3 else {})) as f:
                    f.write(np.moveaxis(scene(bands, dtype, depth), -1, 0))
                rasterio.shutil.copy(memory.name, path, driver="JP2OpenJPEG", quality=100, reversible=True, ycc=False, GMLJP2=False, GeoJP2=False, resolutions=2, **({"nbits": depth} if depth else {}))

        s.attempt(f"jpeg2000/{dtype}-{depth}-{bands}.jp2", write)
    raw = s.folder / "photo.raw"
    yuv = np.asarray(photo.resize((64, 48)).convert("YCbCr"))
    raw.write_bytes(yuv[..., 0].tobytes() + yuv[::2, ::2, 1].tobytes() + yuv[::2, ::2, 2].tobytes())
    for suffix, mct in (("jp2", "0"), ("j2k", "0")):
        s.run(f"opj/sub-{suffix}.{suffix}", "opj_compress", "-i", raw, "-o", "{}", "-F", "64,48,3,8,u@1x1:2x2:2x2", "-mct", mct, "-n", "3")
    s.run("opj/offset.jp2", "opj_compress", "-i", ppm, "-o", "{}", "-d", "5,3", "-t", "32,32", "-T", "2,1")


def samples(folder):
    """What rasterio reads of each TIFF: size, and each band's SHA-256 as in geotiff.py."""
    out = {}
    for path in sorted(folder.rglob("*.tif*")):
        if path.suffix not in (".tif", ".tiff"):
            continue
        try:
            with rasterio.open(path) as f:
                if f.width * f.height > 3e6:
                    continue
                bands, entry = f.read(), {"width": f.width, "height": f.height, "bands": f.count, "nodata": None if f.nodata is None else repr(f.nodata), "valid": int((f.dataset_mask() > 0).sum())}
        except Exception:
            continue
        if bands.dtype.kind == "c":
            entry["complex"] = True
            bands = np.hypot(bands.real.astype(np.float64), bands.imag.astype(np.float64)).astype(np.float32)
        values = bands.astype("<f8")
        values[np.isnan(values)] = np.nan
        out[str(path.relative_to(folder))] = entry | {"sha256": [hashlib.sha256(np.ascontiguousarray(b).tobytes()).hexdigest() for b in values]}
    (folder / "samples.json").write_text(json.dumps({"files": out}, indent=1) + "\n")
    print(len(out), "TIFFs that rasterio reads")


def answer(folder):
    """What Pillow, or else rasterio, reads of each file."""
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))

    def late(*_):
        raise TimeoutError

    signal.signal(signal.SIGALRM, late)
    out = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.suffix.lower() not in SUFFIXES:
            continue
        entry = {"file": str(path.relative_to(folder))}
        signal.alarm(20)
        try:
            with Image.open(path) as image:
                entry |= {"format": image.format, "mode": image.mode}
                if image.format not in FORMATS or image.width * image.height > 3e7:
                    continue
                pixels = np.ascontiguousarray(image.convert("RGB"))
            pathlib.Path(f"{path}.rgb").write_bytes(pixels.tobytes())
            entry |= {"width": pixels.shape[1], "height": pixels.shape[0], "rgb_sha256": hashlib.sha256(pixels.tobytes()).hexdigest()}
        except Exception as error:
            entry["error"] = f"{type(error).__name__}: {error}"[:150]
        try:
            with rasterio.open(path) as f:
                f.read()
            entry["rasterio"] = True
        except Exception:
            entry["rasterio"] = False
        signal.alarm(0)
        out.append(entry)
    (folder / "answers.json").write_text(json.dumps(out, indent=1) + "\n")
    print(len(out), "files,", sum("rgb_sha256" in e for e in out), "of which Pillow reads")
    return out


def keep(folder, answers):
    """Copies what KEPT names."""
    shutil.rmtree(LAYOUTS, ignore_errors=True)
    LAYOUTS.mkdir()
    kept, unused = [], set(KEPT)
    for entry in answers:
        for pattern, words in KEPT.items():
            if fnmatch.fnmatchcase(entry["file"], pattern):
                unused.discard(pattern)
                name = entry["file"].replace("/", "-").replace(",", "")
                shutil.copy(folder / entry["file"], LAYOUTS / name)
                kept.append(entry | {"file": name, "layout": words, "error": "error" in entry})
                break
    versions = {"pillow": Image.__version__, "rasterio": rasterio.__version__, "gdal": rasterio.__gdal_version__, "tifffile": tifffile.__version__, "numpy": np.__version__}
    lines = ",\n".join(json.dumps(entry) for entry in kept)
    (LAYOUTS.parent / "golden/layouts.json").write_text(f'{{"versions": {json.dumps(versions)}, "files": [\n{lines}\n]}}\n')
    print(len(kept), "files kept,", sum(p.stat().st_size for p in LAYOUTS.iterdir()), "bytes; without files:", unused)


def main():
    warnings.simplefilter("ignore")
    folder = pathlib.Path(sys.argv[1])
    shutil.rmtree(folder, ignore_errors=True)
    sweep = Sweep(folder)
    for write in (tiffs, pngs, gifs, others):
        write(sweep)
    for suite in sys.argv[2:]:
        shutil.copytree(suite, folder / "suites" / pathlib.Path(suite).name, ignore=shutil.ignore_patterns("*.rgb", "*.json"))
    (folder / "failed.txt").write_text("\n".join(sweep.failed) + "\n")
    samples(folder)
    keep(folder, answer(folder))


if __name__ == "__main__":
    main()
