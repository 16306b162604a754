"""Writes goldens of the measures of `rsclip evaluate`, by scikit-learn and NumPy.

    python oracle/evaluation.py inference/testdata/golden/evaluation.json

A second run writes the same bytes.
"""

import json
import sys

import numpy as np
import sklearn
from sklearn.metrics import average_precision_score, top_k_accuracy_score


def classes(rng, pictures, count, levels):
    """Scores of pictures and classes, of few levels if there shall be ties."""
    labels = rng.permutation(np.arange(pictures) % count)
    scores = rng.normal(size=(pictures, count)) + 1.2 * np.eye(count)[labels]
    scores = np.round(scores * levels) / levels if levels else scores
    scores = scores.astype(np.float32)
    top = top_k_accuracy_score(labels, scores, k=1) if not levels else float(np.mean(scores.argmax(1) == labels))
    ap = [average_precision_score(labels == c, scores[:, c]) for c in range(count)]
    return {"labels": labels.tolist(), "scores": scores.tolist(), "top_1": float(top), "map": float(np.mean(ap))}


def recalls(scores, right):
    """The share of rows of which one of the right columns is among the first K."""
    order = np.argsort(-scores, axis=1, kind="stable")
    hit = np.take_along_axis(right, order, axis=1)
    return [float(hit[:, :k].any(axis=1).mean()) for k in (1, 5, 10)]


def captions(rng, pictures, most, levels):
    owners = np.repeat(np.arange(pictures), rng.integers(1, most + 1, pictures))
    right = owners[None, :] == np.arange(pictures)[:, None]
    scores = rng.normal(size=right.shape) + 1.5 * right
    scores = (np.round(scores * levels) / levels if levels else scores).astype(np.float32)
    return {"owners": owners.tolist(), "scores": scores.tolist(), "image_to_text": recalls(scores, right), "text_to_image": recalls(scores.T, right.T)}


def main():
    rng = np.random.default_rng(7)
    out = {
        "scikit-learn": sklearn.__version__, "numpy": np.__version__,
        "classes": [classes(rng, n, c, levels) for n, c, levels in ((60, 7, 0), (45, 5, 2), (12, 3, 1), (9, 9, 0))],
        "captions": [captions(rng, n, most, levels) for n, most, levels in ((25, 5, 0), (30, 3, 2), (12, 1, 1))],
    }
    with open(sys.argv[1], "w", encoding="ascii") as file:
        json.dump(out, file, indent=None, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
