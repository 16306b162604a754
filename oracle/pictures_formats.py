"""Writes testdata/formats: WebP, GIF, BMP and TIFF files, and what Pillow, or
where Pillow refuses NumPy, makes of them.

    python oracle/pictures_formats.py

Pictures are cut from those that goldens.py has written. A second run writes
the same bytes.
"""

import hashlib
import json
import pathlib
import struct
import zlib

import numpy as np
import tifffile
from PIL import Image, ImageOps

ROOT = pathlib.Path(__file__).resolve().parent.parent / "inference/testdata"
FORMATS = ROOT / "formats"


def stretch(bands, low=2, high=98, nodata=None):
    """Each band from its low to its high percentile, over 0 to 255; nodata takes no part and is black."""
    out = []
    for band in bands:
        band = np.where(band == nodata, np.nan, band).astype(np.float64)
        band[np.isinf(band)] = np.nan
        lo, hi = np.nanpercentile(band, [low, high])
        x = (band - lo) / (hi - lo) if hi > lo else np.zeros_like(band)
        out.append(np.floor(np.clip(np.nan_to_num(x, nan=0.0), 0, 1) * 255 + 0.5).astype(np.uint8))
    return np.stack(out, axis=-1)


def bmp(name, size, bits, rows, palette=(), header=40, compression=0, masks=(), colors=0, top_down=False):
    """Writes a BMP file by hand: rows is the bytes of its pixels."""
    width, height = size
    entries = b"".join(bytes([b, g, r]) + (b"" if header == 12 else b"\0") for r, g, b in palette)
    if header == 12:
        head = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        head = struct.pack("<IiiHHIIiiII", header, width, -height if top_down else height, 1, bits, compression, len(rows), 2835, 2835, colors, 0)
        fields = struct.pack(f"<{len(masks)}I", *masks)
        head = (head + fields).ljust(header, b"\0") if header > 40 else head + fields
    at = 14 + len(head) + len(entries)
    (FORMATS / name).write_bytes(struct.pack("<2sIHHI", b"BM", at + len(rows), 0, 0, at) + head + entries + rows)


def packed(indices, bits):
    """Rows of indices, the lowest first, packed and filled up to 4 bytes."""
    out = b""
    for row in indices[::-1]:
        flags = np.unpackbits(row.astype(np.uint8)[:, None], axis=1)[:, 8 - bits :].ravel()
        line = np.packbits(flags).tobytes()
        out += line.ljust(-(-len(line) // 4) * 4, b"\0")
    return out


def runs(indices, bits):
    """Rows of indices as runs, some of pixels one by one."""
    out = b""
    for row in indices[::-1]:
        x = 0
        while x < len(row):
            n = 1
            while x + n < len(row) and row[x + n] == row[x] and n < 200:
                n += 1
            if n == 1 and x + 4 <= len(row) and bits == 8:
                out += bytes([0, 4, *row[x : x + 4]])
                x += 4
                continue
            v = int(row[x])
            out += bytes([n, v if bits == 8 else v << 4 | v])
            x += n
        out += b"\0\0"
    return out[:-2] + b"\0\1"


def write_bmps(photo, palette):
    a = np.asarray(photo).astype(np.uint32)
    size, flip = photo.size, a[::-1]
    indices = np.asarray(palette)
    few = indices % 13
    colors = [tuple(palette.getpalette()[3 * i : 3 * i + 3]) for i in range(40)]
    bmp("os2-8-bit.bmp", size, 8, packed(indices, 8), colors + [(0, 0, 0)] * 216, header=12)
    bmp("os2-24-bit.bmp", size, 24, b"".join(row[:, ::-1].astype(np.uint8).tobytes().ljust(228, b"\0") for row in flip), header=12)
    bmp("os2-v2-4-bit.bmp", size, 4, packed(few, 4), colors[:13], header=64, colors=13)
    bmp("4-bit.bmp", size, 4, packed(few, 4), colors[:16], header=40)
    bmp("1-bit-colours.bmp", size, 1, packed(indices % 2, 1), colors[3:5], colors=2)
    bmp("8-bit-few-colours-top-down.bmp", size, 8, packed(few[::-1], 8), colors[:13], header=108, colors=13, top_down=True)
    bmp("rle8.bmp", size, 8, runs(indices, 8), colors, compression=1, colors=40)
    bmp("rle4.bmp", size, 4, runs(few, 4), colors[:13], compression=2, colors=13)
    words = lambda v: b"".join(row.astype("<u2").tobytes().ljust(-(-2 * len(row) // 4) * 4, b"\0") for row in v)
    r, g, b = (flip[..., c] for c in range(3))
    bmp("16-bit.bmp", size, 16, words(r >> 3 << 10 | g >> 3 << 5 | b >> 3))
    bmp("16-bit-565.bmp", size, 16, words(r >> 3 << 11 | g >> 2 << 5 | b >> 3), compression=3, masks=(0xF800, 0x7E0, 0x1F))
    bmp("16-bit-555-v5.bmp", size, 16, words(r >> 3 << 10 | g >> 3 << 5 | b >> 3), header=124, compression=3, masks=(0x7C00, 0x3E0, 0x1F, 0))
    for name, masks in {"xbgr": (0xFF000000, 0xFF0000, 0xFF00, 0), "rgba": (0xFF, 0xFF00, 0xFF0000, 0xFF000000), "bgra": (0xFF0000, 0xFF00, 0xFF, 0xFF000000)}.items():
        shift = [(m & -m).bit_length() - 1 for m in masks[:3]]
        pixels = (r << shift[0] | g << shift[1] | b << shift[2]).astype("<u4")
        bmp(f"32-bit-{name}.bmp", size, 32, pixels.tobytes(), header=56, compression=3, masks=masks)
    bmp("32-bit.bmp", size, 32, (r << 16 | g << 8 | b).astype("<u4").tobytes())


def main():
    FORMATS.mkdir(parents=True, exist_ok=True)
    for old in FORMATS.iterdir():
        old.unlink()
    photo = Image.open(ROOT / "pictures" / "river-mouth-444.jpg").convert("RGB").resize((75, 53), Image.Resampling.BICUBIC)
    a = np.asarray(photo)
    grey = photo.convert("L")
    alpha = photo.copy()
    alpha.putalpha(Image.linear_gradient("L").resize(photo.size))
    palette = photo.quantize(40, dither=Image.Dither.NONE)

    save = lambda name, image, **options: image.save(FORMATS / name, **options)
    save("lossy.webp", photo, quality=70)
    save("lossless.webp", photo, lossless=True)
    save("alpha.webp", alpha, quality=60)
    save("alpha-lossless.webp", alpha, lossless=True, exact=True)
    save("animated.webp", photo, save_all=True, append_images=[photo.rotate(90)], quality=50)
    save("palette.gif", palette)
    save("grey.gif", grey)
    save("transparent.gif", palette, transparency=5)
    save("animated.gif", palette, save_all=True, append_images=[palette.rotate(90)])
    partial = bytearray((FORMATS / "palette.gif").read_bytes())
    partial[6:10] = (90).to_bytes(2, "little") + (60).to_bytes(2, "little")  # a screen larger than the frame
    (FORMATS / "partial.gif").write_bytes(partial)
    beyond = bytearray((FORMATS / "palette.gif").read_bytes())
    beyond[6:10] = (70).to_bytes(2, "little") + (50).to_bytes(2, "little")  # a screen smaller than the frame
    (FORMATS / "beyond.gif").write_bytes(beyond)
    chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    deep_grey = (np.asarray(grey).astype(">u2") * 3).astype(">u2")
    (FORMATS / "grey-16-transparent.png").write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 75, 53, 16, 0, 0, 0, 0)) + chunk(b"tRNS", deep_grey[5, 7].tobytes())
        + chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row.tobytes() for row in deep_grey))) + chunk(b"IEND", b"")
    )
    save("rgb.bmp", photo)
    write_bmps(photo, palette)
    save("grey.bmp", grey)
    save("palette.bmp", palette)
    save("bilevel.bmp", grey.convert("1"))
    save("rgba.bmp", alpha)

    for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"):
        save(f"rgb-{compression}.tif", photo, compression=compression)
    save("rgba.tif", alpha, compression="tiff_lzw")
    save("grey.tif", grey, compression="tiff_lzw")
    save("bilevel.tif", grey.convert("1"), compression="packbits")
    save("palette.tif", palette, compression="tiff_lzw")
    save("grey-16.tif", Image.fromarray(np.asarray(grey).astype(np.uint16) * 3))
    save("float.tif", Image.fromarray(np.asarray(grey).astype(np.float32) * 1.7 - 40))
    save("oriented.tif", photo, tiffinfo={274: 6})

    write = lambda name, data, **options: tifffile.imwrite(FORMATS / name, data, software=False, datetime=False, metadata=None, **options)
    deep = (a.astype(np.uint16) * 257) ^ 0x5A
    write("tiled.tif", a, tile=(32, 32), photometric="rgb", compression="zlib", predictor=2)
    write("big-endian.tif", a, byteorder=">", photometric="rgb", compression="lzw", rowsperstrip=7)
    write("bigtiff.tif", a, bigtiff=True, photometric="rgb")
    write("planar.tif", np.moveaxis(a, -1, 0), photometric="rgb", planarconfig="separate")
    write("rgb-16.tif", deep, photometric="rgb", compression="zlib", predictor=2)
    write("rgb-16-big-endian.tif", deep, byteorder=">", photometric="rgb", compression="lzw", predictor=2)

    premultiplied = np.asarray(alpha.convert("RGBa"))
    write("alpha-associated.tif", premultiplied, photometric="rgb", extrasamples=["assocalpha"], compression="zlib")
    write("alpha-associated-16.tif", premultiplied.astype(np.uint16) * 257, photometric="rgb", extrasamples=["assocalpha"], compression="zlib")
    write("cmyk.tif", np.asarray(photo.convert("CMYK")), photometric="separated", compression="zlib")
    write("cmyk-16.tif", np.asarray(photo.convert("CMYK")).astype(np.uint16) * 257, photometric="separated", compression="zlib")
    save("int32.tif", Image.fromarray(np.asarray(grey).astype(np.int32) * 3 - 100, mode="I"))
    write("int16.tif", (np.asarray(grey).astype(np.int16) * 3 - 100), photometric="minisblack")
    write("uint32.tif", np.asarray(grey).astype(np.uint32) * 2, photometric="minisblack")
    write("int8.tif", (np.asarray(grey).astype(np.int16) - 128).astype(np.int8), photometric="minisblack")
    reversed_bits = np.packbits(np.unpackbits(np.asarray(grey)[..., None], axis=-1)[..., ::-1], axis=-1)[..., 0]
    write("fill-order.tif", reversed_bits, photometric="minisblack", extratags=[(65000, 3, 1, 2, True)])
    # tifffile does not write FillOrder, so another tag becomes it.
    file = (FORMATS / "fill-order.tif").read_bytes()
    (FORMATS / "fill-order.tif").write_bytes(file.replace(struct.pack("<HHI", 65000, 3, 1), struct.pack("<HHI", 266, 3, 1)))

    # What Pillow refuses: bands that nothing says how to show.
    ramp = np.add.outer(np.arange(53), np.arange(75)).astype(np.uint16)
    seven = np.stack([deep[..., c] // (5 + c) + 300 * c for c in range(3)] + [ramp * k for k in (11, 23, 37, 53)])
    write("bands-16.tif", seven, photometric="minisblack", planarconfig="separate", compression="zlib")
    write("bands-16-together.tif", np.moveaxis(seven, 0, -1), photometric="minisblack", planarconfig="contig", tile=(16, 16), compression="lzw", predictor=2)
    reflectance = (seven[:4] / 10000).astype(np.float32)
    reflectance[:, :5, :5] = np.nan
    write("bands-float.tif", np.moveaxis(reflectance, 0, -1), photometric="minisblack", planarconfig="contig", compression="zlib", predictor=3)
    eight = np.moveaxis(np.concatenate([np.moveaxis(a, -1, 0), (ramp[None] % 256).astype(np.uint8), 255 - np.moveaxis(a, -1, 0)[:1]]), 0, -1)
    write("bands-8.tif", eight, photometric="minisblack", planarconfig="contig")

    nodata = (b"-9999\0", -9999.0)
    scene = (seven[:3] / 10000).astype(np.float32)
    scene[0, 3:9, 4:40] = nodata[1]
    scene[:, 20:30, 10:30] = nodata[1]
    write("nodata.tif", scene, photometric="minisblack", planarconfig="separate", compression="zlib", extratags=[(42113, 2, len(nodata[0]), nodata[0], True)])
    decibels = (10 * np.log10((seven[:2] / 20000).astype(np.float64))).astype(np.float32)
    decibels[:, 10:20, 10:20] = -np.inf
    write("two-bands-decibels.tif", decibels, photometric="minisblack", planarconfig="separate", compression="zlib")
    write("five-bands-rgb-16.tif", np.moveaxis(seven[:5], 0, -1), photometric="rgb", planarconfig="contig", compression="zlib")

    numpy_pixels = {
        "nodata.tif": stretch(scene, nodata=nodata[1]),
        "two-bands-decibels.tif": np.repeat(stretch(decibels[:1]), 3, axis=-1),
        "five-bands-rgb-16.tif": stretch(seven[:3]),
        "bands-16.tif": stretch(seven[:3]),
        "bands-16-together.tif": stretch(seven[:3]),
        "bands-float.tif": stretch(reflectance[:3]),
        "bands-8.tif": eight[..., :3],
    }
    goldens = []

    def add(file, pixels, by, **options):
        pixels = np.ascontiguousarray(pixels)
        goldens.append({"file": file, "by": by, "width": pixels.shape[1], "height": pixels.shape[0], "rgb_sha256": hashlib.sha256(pixels.tobytes()).hexdigest(), **options})

    for path in sorted(FORMATS.glob("*.*")):
        if path.name in numpy_pixels:
            add(path.name, numpy_pixels[path.name], "numpy")
            try:
                Image.open(path).load()
            except Exception:
                continue
            print("Pillow opens", path.name)
        else:
            add(path.name, np.asarray(Image.open(path).convert("RGB")), "Pillow")
    add("bands-16.tif", stretch(seven[[6, 3, 1]]), "numpy", bands=[7, 4, 2])
    add("bands-16.tif", stretch(seven[[6, 3, 1]], 0, 100), "numpy", bands=[7, 4, 2], stretch=[0, 100])
    add("rgb-16.tif", stretch(np.moveaxis(deep, -1, 0), 1, 99), "numpy", stretch=[1, 99])
    add("grey-16.tif", np.repeat(stretch([np.asarray(grey).astype(np.uint16) * 3]), 3, axis=-1), "numpy", stretch=[2, 98])
    for name, bands in {"rgb-16.tif": np.moveaxis(deep, -1, 0), "grey-16.tif": [np.asarray(grey).astype(np.uint16) * 3] * 3, "float.tif": [np.asarray(grey).astype(np.float32) * 1.7 - 40] * 3, "int16.tif": [np.asarray(grey).astype(np.int16) * 3 - 100] * 3}.items():
        add(name, stretch(bands), "numpy", deep="stretch")
    add("rgb-tiff_lzw.tif", a, "numpy", deep="stretch", stretch=[2, 98])
    add("rgb-16.tif", stretch(np.moveaxis(deep, -1, 0)), "numpy", deep="stretch", bands=[4, 3, 2])
    add("tiled.tif", a[..., ::-1], "numpy", bands=[3, 2, 1])
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[274] = orientation
        for suffix in ("jpg", "png", "webp"):
            name = f"exif-{orientation}.{suffix}"
            small = photo.resize((30, 20))
            small.save(FORMATS / name, exif=exif, **({"lossless": True} if suffix == "webp" else {}))
            add(name, np.asarray(ImageOps.exif_transpose(Image.open(FORMATS / name)).convert("RGB")), "Pillow", exif=True)
            add(name, np.asarray(Image.open(FORMATS / name).convert("RGB")), "Pillow")
    add("oriented.tif", np.asarray(ImageOps.exif_transpose(Image.open(FORMATS / "oriented.tif")).convert("RGB")), "Pillow", exif=True)
    (ROOT / "golden" / "formats.json").write_text(json.dumps(goldens, indent=1) + "\n")


if __name__ == "__main__":
    main()
