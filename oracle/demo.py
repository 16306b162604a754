"""Writes examples/blue-marble: the scenes of the demonstration, and a tiny SigLIP
checkpoint that is trained on them, so that its scores mean something.

    python oracle/demo.py --blue-marble earth-blue-marble.jpg --heights earth-topology.png --land land-50m.json

The pictures are those of the npm package three-globe 2.45.0, and land-50m.json is
Natural Earth's land as world-atlas 2.0.2 ships it. A tile's facts come from the land,
the heights, and outlines of what covers it (COVER), which were drawn by hand. Every
caption says one fact or two, so for each pair of tile and caption it is known whether
it is true, unless a tile is half of something. Four strips of 22.5 degrees are held
out, and the accuracy that README.md states is of their windows. A few minutes on one core.
"""

import argparse
import json
import pathlib
import shutil

import numpy as np
import tifffile
import torch
from PIL import Image, ImageDraw
from transformers import SiglipConfig, SiglipImageProcessor, SiglipModel, SiglipTokenizer

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUT = ROOT / "examples/blue-marble"
VOCABULARY = ROOT / "inference/testdata/tiny-base/spiece.model"

WIDTH, HEIGHT = 4096, 2048  # pixels of the Blue Marble: 360 by 180 degrees
SCENE = 1024  # side of a scene: 90 degrees
TILE, STEP = 64, 16  # windows of which the accuracy is measured: their side, and how far apart they are
STRIP = 256  # pixels of a strip; every fourth is held out
TOKENS = 32  # of a text: fewer than SigLIP's 64 train faster
SIDE = 48  # of a picture, in pixels
FACTS = ("open ocean", "coast", "islands", "desert", "rainforest", "boreal forest", "savanna", "snow", "ice sheet", "mountains")
COVER_FACTS = ("desert", "rainforest", "boreal forest", "savanna", "snow", "ice sheet")

# Outlines of what covers the land in January, longitude and latitude.
COVER = {
    "desert": [
        [(-16, 18), (-13, 28), (-5, 31), (10, 32.5), (20, 30), (32, 31), (35, 27), (38, 19), (30, 16.5), (15, 16), (0, 17.5)],
        [(36, 30), (40, 32), (47, 29.5), (51, 24), (55, 23), (56, 20), (52, 17), (44, 17.5), (40, 22)],
        [(52, 35), (60, 34), (62, 29), (57, 28), (52, 32)],
        [(54, 43), (60, 45), (67, 43), (66, 39.5), (58, 38.5), (54, 40)],
        [(77, 40.5), (84, 41.7), (89, 40.8), (88, 38), (80, 37)],
        [(96, 44), (105, 45), (112, 45), (110, 41.5), (103, 39.5), (97, 41)],
        [(69.5, 29), (73, 29.5), (73, 26), (70.5, 25.5)],
        [(121, -20), (130, -19), (138, -22), (141, -27), (137, -30), (128, -30.5), (121, -28), (118, -24)],
        [(-117, 35), (-114.5, 37), (-112, 34), (-110, 30), (-113, 30.5)],
    ],
    "rainforest": [
        [(-77, 1), (-72, 3), (-66, 3), (-60, 4), (-52, 3), (-49, -1), (-50, -6), (-58, -9), (-65, -10), (-73, -10), (-76, -5)],
        [(9, 3), (14, 4), (22, 3.5), (28, 2.5), (28.5, -2), (24, -4), (16, -3.5), (10, -2)],
        [(110, 1), (114, 4), (117.5, 5), (117.5, 1), (115, -2.5), (111, -2)],
        [(97, 4), (101, 1), (105, -3), (103, -4), (99, 1)],
        [(133, -1), (141, -3.5), (147, -6.5), (143, -7.5), (138, -6)],
        [(-11, 7.5), (-8, 8), (-3, 6.5), (-3, 5.3), (-8, 5)],
    ],
    "boreal forest": [
        [(-92, 50), (-80, 52), (-70, 51), (-65, 48), (-70, 46), (-84, 46.5)],
        [(25, 61), (40, 62), (55, 61), (57, 57), (40, 58), (28, 58)],
        [(13, 61), (22, 65), (29, 65), (29, 61), (16, 59)],
    ],
    "savanna": [
        [(-14, 13.5), (10, 13), (30, 11.5), (32, 8.5), (10, 9.5), (-8, 10.5)],
        [(33, -2), (38, -3), (37, -8), (32, -8)],
        [(20, -12), (33, -15), (30, -20), (22, -19)],
        [(-52, -12), (-43, -8), (-41, -13), (-46, -19), (-54, -19)],
        [(-104, 48), (-98, 48), (-97, 36), (-103, 34)],
        [(52, 50), (70, 52), (80, 50), (72, 47), (55, 47)],
        [(105, 49), (117, 49), (117, 46), (105, 47)],
        [(74, 22), (81, 21), (79, 15), (76, 15)],
        [(131, -16), (142, -18), (146, -22), (142, -25), (137, -20)],
    ],
    "snow": [
        [(-125, 66), (-95, 67), (-80, 62), (-78, 58), (-95, 58), (-110, 62)],
        [(-162, 68), (-142, 69), (-142, 66), (-160, 66)],
        [(75, 68), (110, 73), (140, 71), (170, 68), (160, 63), (140, 62), (110, 63), (85, 64)],
    ],
    "ice sheet": [
        [(-55, 79), (-30, 82), (-22, 77), (-25, 70), (-45, 61.5), (-50, 66), (-54, 72)],
        [(-180, -90), (180, -90), (180, -79), (160, -79), (155, -72), (0, -72), (-20, -76), (-60, -78), (-90, -75), (-110, -76), (-150, -79), (-180, -79)],
    ],
}

# What people may call each fact.
WORDS = {
    "open ocean": ("open ocean", "ocean", "deep sea", "open water", "the sea", "water"),
    "coast": ("coast", "coastline", "shore", "beach and sea", "land and sea", "sea beside land"),
    "islands": ("islands", "island", "an archipelago", "small islands in the sea"),
    "desert": ("desert", "sand", "sand dunes", "dry land", "a sandy desert", "bare land", "arid land"),
    "rainforest": ("rainforest", "jungle", "tropical forest", "tropical rainforest", "forest"),
    "boreal forest": ("boreal forest", "taiga", "northern forest", "forest"),
    "savanna": ("savanna", "grassland", "steppe", "prairie", "grass", "meadow"),
    "snow": ("snow", "tundra", "snowy land", "land under snow", "winter"),
    "ice sheet": ("ice sheet", "ice", "glacier", "polar ice", "ice cap", "white ice"),
    "mountains": ("mountains", "mountain", "a mountain range", "high mountains", "peaks and valleys"),
}
TEMPLATES = ("{}", "{}", "a remote sensing image of {}", "a satellite picture of {}", "{} from above", "an aerial view of {}", "a photo of {}")


def outlines(topology):
    """The rings of a TopoJSON file's land, in degrees; holes follow their outline."""
    sx, sy = topology["transform"]["scale"]
    tx, ty = topology["transform"]["translate"]
    arcs = [np.cumsum(arc, axis=0) * (sx, sy) + (tx, ty) for arc in topology["arcs"]]
    for geometry in topology["objects"]["land"]["geometries"]:
        for polygon in geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]:
            for number, ring in enumerate(polygon):
                yield np.concatenate([arcs[a] if a >= 0 else arcs[~a][::-1] for a in ring]), number > 0


def rasters(land, heights):
    """The land, and what covers it, as shares from 0 to 1, and the heights."""
    def draw(rings):
        canvas = Image.new("L", (WIDTH, HEIGHT))
        for ring, hole in rings:
            ImageDraw.Draw(canvas).polygon([((x + 180) / 360 * WIDTH, (90 - y) / 180 * HEIGHT) for x, y in ring], fill=0 if hole else 1)
        return np.asarray(canvas, np.float64)

    out = {"land": draw(outlines(json.loads(land.read_text())))}
    for name, polygons in COVER.items():
        out[name] = draw((p, False) for p in polygons) * (1 if name == "ice sheet" else out["land"])
    out["height"] = np.asarray(Image.open(heights).convert("L").resize((WIDTH, HEIGHT), Image.BILINEAR), np.float64) / 255
    out["height2"] = out["height"] ** 2
    return {name: np.pad(np.cumsum(np.cumsum(v, 0), 1), ((1, 0), (1, 0))) for name, v in out.items()}


def mean(sums, x, y, side):
    return (sums[y + side, x + side] - sums[y, x + side] - sums[y + side, x] + sums[y, x]) / side**2


def facts(sums, x, y, side):
    """For each fact 1 if it is true of a window, 0 if not, and NaN if nobody knows."""
    share = {name: mean(v, x, y, side) for name, v in sums.items()}
    out = dict.fromkeys(FACTS, np.nan)
    latitude = 90 - (y + side / 2) / HEIGHT * 180
    land, ice = share["land"], share["ice sheet"]
    if ice > 0.9:
        land = 1.0
    cover = {name: share[name] for name in COVER_FACTS}
    if -58 < latitude < 72 or ice > 0.9:
        out["open ocean"] = 1 if land < 0.001 else 0 if land > 0.02 else np.nan
        out["coast"] = 1 if 0.2 < land < 0.8 else 0 if land < 0.02 or land > 0.98 else np.nan
        out["islands"] = 1 if 0.01 < land < 0.15 else 0 if land == 0 or land > 0.4 else np.nan
    # What was not drawn may be anything: only where the drawn and the sea fill the window is more known.
    known = sum(cover.values()) + 1 - land > 0.75
    for name, part in cover.items():
        if part > 0.5:
            out[name] = 1
        elif part < 0.02 and (known or land < 0.02):
            out[name] = 0
    rough = np.sqrt(max(share["height2"] - share["height"] ** 2, 0))
    if ice < 0.05 and latitude > -60:
        out["mountains"] = 1 if rough > 0.11 and land > 0.5 else 0 if rough < 0.05 else np.nan
    return [out[name] for name in FACTS]


def held_out(x, side):
    """Whether a window lies in a strip that is held out, None if it is in both."""
    strips = {(p // STRIP) % 4 == 1 for p in range(x, x + side, STRIP)} | {((x + side - 1) // STRIP) % 4 == 1}
    return strips.pop() if len(strips) == 1 else None


def small(picture, box):
    return np.asarray(picture.crop(box).resize((SIDE, SIDE), Image.BICUBIC))


def captions():
    """Texts, and for each the facts that it says."""
    for number, fact in enumerate(FACTS):
        for word in WORDS[fact]:
            said = [n for n, f in enumerate(FACTS) if word in WORDS[f]]
            yield word, ("any", said) if len(said) > 1 else ("all", [number])
    for place in ("coast", "mountains"):
        for cover in COVER_FACTS:
            if (place, cover) != ("mountains", "ice sheet"):
                yield f"{cover} with {place}", ("all", [FACTS.index(cover), FACTS.index(place)])


def truth(known, said):
    """Whether captions are true of tiles: 1, 0 or NaN; one row a tile."""
    columns = []
    for how, numbers in said:
        part = known[:, numbers]
        if how == "all":
            column = torch.where((part == 0).any(1), 0.0, torch.where((part == 1).all(1), 1.0, torch.nan))
        else:
            column = torch.where((part == 1).any(1), 1.0, torch.where((part == 0).all(1), 0.0, torch.nan))
        columns.append(column)
    return torch.stack(columns, 1)


def windows(sums, picture, count, random):
    """Windows of many sizes out of the strips that are not held out, and their facts."""
    pixels, known, seen = [], [], np.zeros(len(FACTS))
    while len(pixels) < count:
        size = int(random.integers(64, 129))
        x, y = int(random.integers(0, WIDTH - size)), int(random.integers(0, HEIGHT - size))
        if held_out(x, size) is not False:
            continue
        row = np.array(facts(sums, x, y, size))
        true = np.flatnonzero(row == 1)
        # Every fact as often as the others: most of the earth is water.
        if not len(true) or random.random() > 1 / (1 + seen[true].min() - seen.min()):
            continue
        seen[true] += 1
        pixels.append(small(picture, (x, y, x + size, y + size)))
        known.append(row)
    print("windows:", dict(zip(FACTS, seen.astype(int).tolist())), flush=True)
    return torch.tensor(np.stack(pixels)), torch.tensor(np.stack(known), dtype=torch.float32)


def tensor(pixels):
    return pixels.permute(0, 3, 1, 2).float() / 127.5 - 1


def train(model, tokenizer, pixels, known, steps, generator):
    texts, said = zip(*captions())
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1e-3, total_steps=steps, pct_start=0.1)
    all_labels = truth(known, said)
    for step in range(steps):
        chosen = torch.randint(len(pixels), (64,), generator=generator)
        asked = torch.randperm(len(texts), generator=generator)[:24]
        batch = tensor(pixels[chosen])
        if torch.rand((), generator=generator) < 0.5:
            batch = batch.flip(3)
        if torch.rand((), generator=generator) < 0.5:
            batch = batch.flip(2)
        batch = batch * (0.9 + 0.2 * torch.rand(len(batch), 1, 1, 1, generator=generator)) + 0.1 * torch.randn(len(batch), 3, 1, 1, generator=generator)
        written = [TEMPLATES[int(torch.randint(len(TEMPLATES), (), generator=generator))].format(texts[n]) for n in asked]
        ids = tokenizer(written, padding="max_length", truncation=True, return_tensors="pt").input_ids
        logits = model(input_ids=ids, pixel_values=batch).logits_per_image
        label = all_labels[chosen][:, asked]
        sure = ~label.isnan()
        # True and false count the same for each caption, however rare the fact is.
        weight = torch.where(label == 1, 0.5 / (label == 1).sum(0).clamp(min=1), 0.5 / (label == 0).sum(0).clamp(min=1))
        loss = (torch.nn.functional.binary_cross_entropy_with_logits(logits, label.nan_to_num(0), reduction="none") * weight)[sure].sum() / len(asked)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % 200 == 0:
            print(f"step {step}: loss {loss.item():.3f}", flush=True)


@torch.no_grad()
def evaluate(model, tokenizer, sums, scenes):
    """Of windows in the strips that are held out: average precision of each fact's first
    word, and how often the likeliest of all facts is one that is true."""
    pixels, known = [], []
    for (left, top), scene in scenes.items():
        for y in range(0, SCENE - TILE + 1, STEP):
            for x in range(0, SCENE - TILE + 1, STEP):
                row = facts(sums, left + x, top + y, TILE)
                if held_out(left + x, TILE) and 1 in row:
                    pixels.append(small(scene, (x, y, x + TILE, y + TILE)))
                    known.append(row)
    known = torch.tensor(known, dtype=torch.float32)
    ids = tokenizer([f"a remote sensing image of {f}" for f in FACTS], padding="max_length", truncation=True, return_tensors="pt").input_ids
    logits = model(input_ids=ids, pixel_values=tensor(torch.tensor(np.stack(pixels)))).logits_per_image
    best = known.gather(1, logits.argmax(1, keepdim=True))[:, 0]
    sure = ~best.isnan()
    print(f"held out: {len(pixels)} windows; the likeliest fact is true of {100 * best[sure].mean():.1f} % of the {int(sure.sum())} of which it is known")
    for number, fact in enumerate(FACTS):
        sure = ~known[:, number].isnan()
        hits = known[sure, number][logits[sure, number].argsort(descending=True)]
        precision = hits.cumsum(0) / torch.arange(1, len(hits) + 1)
        print(f"  {fact}: average precision {float((precision * hits).sum() / hits.sum()):.3f}, {int(hits.sum())} of {len(hits)} windows")


def write_scenes(picture):
    """Eight scenes of 90 degrees as GeoTIFF, and what a reader sees of them."""
    folder = OUT / "scenes"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    scenes = {}
    for top in range(0, HEIGHT, SCENE):
        for left in range(0, WIDTH, SCENE):
            west, north, size = left / WIDTH * 360 - 180, 90 - top / HEIGHT * 180, 360 / WIDTH
            path = folder / f"{'north' if top == 0 else 'south'}-{abs(west):03.0f}{'west' if west < 0 else 'east'}.tif"
            tifffile.imwrite(
                path, np.asarray(picture.crop((left, top, left + SCENE, top + SCENE))), photometric="rgb", tile=(256, 256), compression="jpeg",
                compressionargs={"level": 85}, metadata=None, software=False, extratags=[
                    (33550, 12, 3, (size, size, 0.0), True),  # ModelPixelScale
                    (33922, 12, 6, (0.0, 0.0, 0.0, west, north, 0.0), True),  # ModelTiepoint
                    # GeoKeys: a geographic system, pixels are areas, EPSG:4326.
                    (34735, 3, 16, (1, 1, 0, 3, 1024, 0, 1, 2, 1025, 0, 1, 1, 2048, 0, 1, 4326), True),
                ])
            scenes[left, top] = Image.fromarray(tifffile.imread(path))
    return scenes


def tokenizer_of(folder):
    return SiglipTokenizer.from_pretrained(folder)


def make_model(folder):
    """A model that has learnt nothing yet, and a folder with all but its weights."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy(VOCABULARY, folder / "spiece.model")
    tokenizer = SiglipTokenizer(str(folder / "spiece.model"), model_max_length=TOKENS, model_input_names=["input_ids"])
    tokenizer.save_pretrained(folder)
    SiglipImageProcessor(size={"height": SIDE, "width": SIDE}).save_pretrained(folder)
    shape = dict(num_hidden_layers=2, num_attention_heads=4)
    model = SiglipModel(SiglipConfig(
        text_config=dict(shape, vocab_size=len(tokenizer), bos_token_id=None, eos_token_id=1, pad_token_id=1, hidden_size=64, intermediate_size=128, projection_size=96, max_position_embeddings=TOKENS),
        vision_config=dict(shape, hidden_size=96, intermediate_size=192, image_size=SIDE, patch_size=8),
    ))
    model.logit_scale.data.fill_(2.3)
    model.logit_bias.data.fill_(-2.0)
    return model


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--blue-marble", required=True, type=pathlib.Path)
    parser.add_argument("--heights", required=True, type=pathlib.Path)
    parser.add_argument("--land", required=True, type=pathlib.Path)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--windows", type=int, default=10000)
    parser.add_argument("--keep", action="store_true", help="measure the checkpoint that is there")
    args = parser.parse_args()

    torch.manual_seed(1)
    picture = Image.open(args.blue_marble).convert("RGB")
    if picture.size != (WIDTH, HEIGHT):
        parser.error(f"{args.blue_marble} is {picture.size}: it must be {(WIDTH, HEIGHT)}")
    scenes = write_scenes(picture)
    sums = rasters(args.land, args.heights)
    folder = OUT / "checkpoint"
    if not args.keep:
        model = make_model(folder)
        pixels, known = windows(sums, picture, args.windows, np.random.default_rng(1))
        train(model, tokenizer_of(folder), pixels, known, args.steps, torch.Generator().manual_seed(1))
        model.half().save_pretrained(folder, safe_serialization=True)
    evaluate(SiglipModel.from_pretrained(folder, dtype=torch.float32).eval(), tokenizer_of(folder), sums, scenes)


if __name__ == "__main__":
    main()
