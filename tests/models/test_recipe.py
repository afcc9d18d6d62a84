"""Preparation, alterations, training, export and the score's pairs run on a few drawn pictures and an
untrained network: no step of the recipes may be broken by a change of another. Plots, evaluation and the
fit of the score, which need a library, are not run.
"""

import csv
import glob
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

for module in "cv2", "numpy", "PIL", "torch":
    if importlib.util.find_spec(module) is None:
        print(f"no {module}: tools/deps/install --for models")
        sys.exit(77)
if not glob.glob("/usr/share/fonts/truetype/**/DejaVu*.ttf", recursive=True):
    print("no DejaVu fonts: tools/deps/install --for models")
    sys.exit(77)

# Two threads that wait for each other take ten times as long as one where others work, too.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import cv2
import numpy as np
from PIL import Image

MODELS = pathlib.Path(__file__).resolve().parents[2] / "models"
TRAIN, SCORE = MODELS / "train", MODELS / "score"
sys.path[:0] = [str(TRAIN), str(SCORE)]
import augment  # noqa: E402
import network  # noqa: E402
import overlays  # noqa: E402
import photos  # noqa: E402
import printed  # noqa: E402
import relatives  # noqa: E402
import train  # noqa: E402

cv2.setNumThreads(1)

SIDE = 96
DIMENSION = 16
# By a checksum of the name an eighth of them are for validation.
COUNTS = {"clothing": 64, "flowers": 24}


def draw(rng):
    """A product of two colours on a plain ground, with details to compare."""
    pixels = np.full((SIDE, SIDE, 3), rng.integers(235, 256), np.uint8)
    colours = rng.integers(0, 200, (4, 3)).tolist()
    cv2.ellipse(pixels, (48, 48), (34, 40), 0, 0, 360, colours[0], -1)
    cv2.rectangle(pixels, (24, 50), (72, 76), colours[1], -1)
    for _ in range(6):
        centre = rng.integers(28, 68, 2).tolist()
        cv2.circle(pixels, centre, int(rng.integers(2, 6)), colours[int(rng.integers(2, 4))], -1)
    return pixels


def small_settings(pack):
    with open(TRAIN / "settings.json", encoding="utf-8") as file:
        settings = json.load(file)
    settings.update(
        dimension=DIMENSION,
        sets=[{"name": "clothing", "folder": "images", "subject_fills": True}, {"name": "flowers"}],
    )
    settings["train"].update(
        side=64, start_side=64, photos_per_batch=8, steps=3, warmup_steps=1, memory=16
    )
    settings["train"].update(checkpoint_every=2)
    settings["export"].update(side=64)
    path = pack / "settings.json"
    path.write_text(json.dumps(settings))
    return path


def untrained(path):
    """A start network as it is given, with weights that mean nothing."""
    rng = np.random.default_rng(3)
    arrays = {}
    parts = [m for m in network.Embedder(DIMENSION).trunk.modules() if hasattr(m, "kernel_size")]
    for number, part in enumerate(parts):
        shape = tuple(part.weight.shape)
        scale = np.sqrt(2 / np.prod(shape[1:]))
        arrays[f"conv_{number}_weight"] = rng.normal(0, scale, shape).astype(np.float32)
        arrays[f"conv_{number}_bias"] = np.zeros(shape[0], np.float32)
    np.savez(path, **arrays)


def run(*arguments):
    done = subprocess.run(
        [sys.executable, *map(str, arguments)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise AssertionError(f"{arguments[0]}: {done.stdout}{done.stderr}")


class Recipe(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="imgmatch-recipe-")
        cls.root = pathlib.Path(cls.folder.name)
        rng = np.random.default_rng(1)
        cls.pictures = [draw(rng) for _ in range(8)]
        for name, count in COUNTS.items():
            folder = cls.root / "data" / name / ("images" if name == "clothing" else "")
            folder.mkdir(parents=True)
            for number in range(count):
                Image.fromarray(draw(rng)).save(folder / f"{number}.jpg", quality=95)
        cls.settings = small_settings(cls.root)
        run(TRAIN / "prepare.py", cls.settings, cls.root / "data", cls.root / "pack")

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def world(self):
        shapes = overlays.Overlays(json.loads(self.settings.read_text())["fonts"])
        return augment.World(lambda rng: self.pictures[int(rng.integers(1, 8))], shapes)

    def assert_picture(self, pixels, what):
        self.assertEqual(pixels.dtype, np.uint8, what)
        self.assertEqual(pixels.shape[2:], (3,), what)
        self.assertGreater(min(pixels.shape[:2]), 0, what)

    def test_every_kind_alters_and_repeats(self):
        for name in [*augment.NAMES, *augment.HELD_OUT]:
            for strength in 0.0, 0.5, 1.0:
                rngs = np.random.default_rng(5), np.random.default_rng(5)
                one, two = (
                    augment.apply(name, self.pictures[0], strength, rng, self.world())
                    for rng in rngs
                )
                self.assert_picture(one, name)
                self.assertTrue(np.array_equal(one, two), name)
            self.assertFalse(np.array_equal(one, self.pictures[0]), name)

    def test_weak_chains_alter_less(self):
        change = []
        for strongest in 0.2, 1.0:
            rng = np.random.default_rng(7)
            total = 0
            for picture in self.pictures * 8:
                out = augment.apply_all(["blur"], picture, rng, self.world(), strongest)
                total += np.abs(out.astype(float) - picture).mean()
            change.append(total)
        self.assertLess(change[0], 0.7 * change[1])
        self.assert_picture(augment.chain(self.pictures[0], rng, self.world(), 1, 0.5), "chain")

    def test_variants_differ_in_colour_and_nowhere_else(self):
        rng = np.random.default_rng(9)
        made = [(p, relatives.variant(p, rng)) for p in self.pictures * 4]
        made = [(p, other) for p, other in made if other is not None]
        self.assertGreater(len(made), 8)
        for picture, other in made:
            self.assert_picture(other, "variant")
            self.assertLess(np.abs(other[:4].astype(int) - picture[:4]).max(), 12)
            self.assertGreater(np.abs(other.astype(int) - picture).max(), 30)

    def test_one_colour_is_no_part(self):
        subject = np.zeros((SIDE, SIDE), np.float32)
        subject[20:80, 20:80] = 1
        plain = np.full((SIDE, SIDE, 3), (180, 40, 40), np.uint8)
        plain[20:50] = (150, 33, 33)  # In shadow.
        rng = np.random.default_rng(2)
        self.assertTrue(np.array_equal(relatives.part(plain, rng, subject), subject))
        plain[20:50] = (30, 60, 170)
        share = relatives.part(plain, rng, subject).sum() / subject.sum()
        self.assertAlmostEqual(share, 0.5, delta=0.1)

    def test_prints_come_in_two(self):
        one, two = printed.two(self.pictures[0], np.random.default_rng(4), self.world())
        self.assertFalse(np.array_equal(one, two))

    def test_pairs_for_the_score(self):
        sizes = ["references", "queries", "relatives", "prints", "doubles"]
        options = [f"--{name}={count}" for name, count in zip(sizes, (12, 12, 6, 2, 4))]
        run(SCORE / "make_pairs.py", self.root / "pack", self.root / "pairs", *options)
        rows = (self.root / "pairs/queries.tsv").read_text().splitlines()
        self.assertGreater(len(rows), 30)
        for row in rows:
            query, reference, kind = row.split("\t")
            self.assertTrue((self.root / "pairs" / query).exists())
            self.assertTrue(kind)
            if reference:
                self.assertTrue((self.root / "pairs/references" / reference).exists())

    def test_training_and_export(self):
        start, out, model = (self.root / name for name in ("start.npz", "run", "model"))
        untrained(start)
        run(TRAIN / "train.py", self.settings, self.root / "pack", out, "--start", start)
        with open(out / "log.csv", encoding="ascii") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([row["step"] for row in rows], ["0", "2", "3"])
        self.assertTrue(all(np.isfinite(float(row["loss"])) for row in rows[1:]))
        self.assertTrue((out / "checkpoint.pt").exists())
        checkpoint = ["--checkpoint", out / "best.pt", "--start", start]
        run(TRAIN / "export.py", self.settings, self.root / "pack", model, *checkpoint)
        with open(model / "manifest.json", encoding="ascii") as file:
            self.assertEqual(json.load(file)["output"]["dimension"], DIMENSION)
        self.assertGreater((model / "imgmatch-1.onnx").stat().st_size, 1_000_000)

    def test_scenery_is_not_learned(self):
        pack = photos.Photos(self.root / "pack")
        learned, scenery = train.split_scenery(pack, range(len(pack)), 0.3)
        self.assertEqual(sorted([*learned, *scenery]), list(range(len(pack))))
        self.assertGreater(len(scenery), 5)
        names = [{pack.rows[index]["name"] for index in part} for part in (learned, scenery)]
        self.assertEqual(names[0] & names[1], set())


if __name__ == "__main__":
    unittest.main()
