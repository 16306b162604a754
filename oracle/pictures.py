"""The JPEG and PNG pictures of the golden files, cut from NASA's Blue Marble."""

import io
import random

import numpy as np
from PIL import Image

# Those that scores are computed for: one of each kind that decodes differently.
SCORED = ["river-mouth-444.jpg", "delta-420.jpg", "grey.jpg", "cmyk.jpg", "rgba.png", "palette.png", "huge.png", "one-pixel.png"]


def write(folder, marble):
    """Writes the pictures into folder and returns their names, sorted."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    w, h = marble.size
    crop = lambda x, y, cw, ch: marble.crop((int(w * x), int(h * y), int(w * x) + cw, int(h * y) + ch))
    nile = crop(0.57, 0.30, 200, 130)
    alps = crop(0.51, 0.22, 97, 161)
    amazon = crop(0.32, 0.48, 180, 180)

    def save(name, image, **options):
        image.save(folder / name, **options)

    save("river-mouth-444.jpg", nile, quality=88, subsampling="4:4:4")
    save("river-mouth-422.jpg", nile, quality=80, subsampling="4:2:2")
    save("delta-420.jpg", alps, quality=75, subsampling="4:2:0")
    save("progressive-420.jpg", amazon, quality=70, subsampling="4:2:0", progressive=True)
    save("restart-420.jpg", nile, quality=60, subsampling="4:2:0", restart_marker_blocks=5)
    save("grey.jpg", alps.convert("L"), quality=80)
    save("cmyk.jpg", amazon.convert("CMYK"), quality=80)
    exif = Image.Exif()
    exif[0x0112] = 6
    save("exif-rotated.jpg", nile, quality=80, exif=exif)
    save("exact-224.jpg", amazon.resize((224, 224)), quality=80)

    save("rgb.png", nile.resize((100, 65)))
    ramp = Image.fromarray(np.tile(np.linspace(0, 255, 97, dtype=np.uint8), (161, 1)))
    rgba = alps.copy()
    rgba.putalpha(ramp)
    save("rgba.png", rgba)
    save("grey-alpha.png", rgba.convert("LA"))
    save("palette.png", amazon.quantize(64, dither=Image.Dither.NONE))
    transparent = nile.resize((60, 40)).quantize(16, dither=Image.Dither.NONE)
    save("palette-transparent.png", transparent, transparency=3)
    save("rgb-transparent.png", nile.resize((50, 30)), transparency=(10, 20, 30))
    save("bilevel.png", alps.convert("1"))
    save("grey.png", amazon.convert("L").resize((90, 90)))
    save("grey-4bit.png", amazon.convert("L").resize((33, 21)).quantize(16), bits=4)
    deep = (np.asarray(amazon.convert("L").resize((70, 50)), dtype=np.uint16) * 257) ^ 0x5A
    save("grey-16bit.png", Image.fromarray(deep))
    (folder / "rgb-16bit.png").write_bytes(rgb16(np.asarray(nile.resize((64, 48)))))
    (folder / "interlaced.png").write_bytes(interlaced(np.asarray(nile.resize((41, 29)))))

    # Large and mostly flat, so that the file is small and the shrinking great.
    flat = Image.new("RGB", (2000, 1500), (12, 60, 90))
    flat.paste(amazon, (700, 900))
    flat.paste(nile, (1500, 100))
    save("huge.png", flat.quantize(32, dither=Image.Dither.NONE).convert("RGB"), optimize=True)
    save("one-pixel.png", Image.new("RGB", (1, 1), (200, 100, 50)))
    noise = random.Random(7)
    save("narrow.png", Image.frombytes("RGB", (1, 17), bytes(noise.randrange(256) for _ in range(51))))
    save("wide.png", Image.frombytes("RGB", (300, 3), bytes(noise.randrange(256) for _ in range(2700))))
    return sorted(p.name for p in folder.iterdir())


def chunk(kind, body):
    import zlib
    return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")


def png(width, height, depth, interlace, raw):
    """A truecolour PNG of filter-0 rows, which Pillow itself cannot write so."""
    import zlib
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([depth, 2, 0, 0, interlace])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw, 9)) + chunk(b"IEND", b"")


def rgb16(a):
    deep = (a.astype(np.uint16) * 257) ^ 0x5A
    raw = b"".join(b"\0" + row.astype(">u2").tobytes() for row in deep)
    return png(a.shape[1], a.shape[0], 16, 0, raw)


def interlaced(a):
    # Adam7: x start, y start, x step, y step.
    raw = b""
    for x, y, dx, dy in ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)):
        part = a[y::dy, x::dx]
        if part.size:
            raw += b"".join(b"\0" + row.tobytes() for row in part)
    return png(a.shape[1], a.shape[0], 8, 1, raw)
