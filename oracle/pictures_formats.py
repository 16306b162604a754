"""Writes testdata/formats: WebP, GIF, BMP and TIFF files, and what Pillow, or
where Pillow refuses NumPy, makes of them.

    python oracle/pictures_formats.py

Pictures are cut from those that goldens.py has written. A second run writes
the same bytes.
"""

import hashlib
import json
import pathlib

import numpy as np
import tifffile
from PIL import Image, ImageOps

ROOT = pathlib.Path(__file__).resolve().parent.parent / "inference/testdata"
FORMATS = ROOT / "formats"


def stretch(bands, low=2, high=98):
    """Each band from its low to its high percentile, over 0 to 255."""
    out = []
    for band in bands:
        band = band.astype(np.float64)
        lo, hi = np.nanpercentile(band, [low, high])
        x = (band - lo) / (hi - lo) if hi > lo else np.zeros_like(band)
        out.append(np.floor(np.clip(np.nan_to_num(x, nan=0.0), 0, 1) * 255 + 0.5).astype(np.uint8))
    return np.stack(out, axis=-1)


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
    save("rgb.bmp", photo)
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

    numpy_pixels = {
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
