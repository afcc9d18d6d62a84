#!/usr/bin/env python3
"""Draw references, altered copies of them and altered strangers, for fitting the score.

The photos are those of the training (models/train/prepare.py packs them), the alterations its own.
A catalogue is of one trade and its photos look alike, and a stranger's photo looks like them, too.
So most references and strangers are clothes, and most of those that could be cut out are shown so,
on white. Catalogues hold the same studio shot in several colours: some references and strangers
have such a variant among the references, made by dyeing the subject, or what has one of its
colours, and laying it out a little differently. Some have a look-alike there, another product in
the same pose: that is bent further out of its shape. And some show a print (printed.py), with the
same piece in another print among the references.
Catalogues list one photo twice, too: in another size, cut closer, with a badge. FOLDER/doubles has
some references with such a double (<number>d.jpg).
Written are FOLDER/references/*.jpg (<number>v.jpg: a variant, <number>w.jpg: a look-alike,
<number>p.jpg: another print), FOLDER/queries/*.jpg, and FOLDER/queries.tsv: path, the id of the
reference it was made from ("" for a stranger), kinds ("hue+collage"). Clean strangers are among the
queries, too (kind "clean"): fit.py leaves out strangers that are in the references under another
name.
"""

import argparse
import pathlib
import sys
import zlib

import numpy as np
from PIL import Image

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "train"))
import augment  # noqa: E402
import mask  # noqa: E402
import overlays  # noqa: E402
import photos  # noqa: E402
import printed  # noqa: E402
import relatives  # noqa: E402

# The training leaves the lens to its tests; what verification sees of one can only be learned here.
KINDS = [*augment.NAMES, "lens"]
# After the number of the photo it was made from.
VARIANT, LOOK_ALIKE, DOUBLE, OTHER_PRINT = "v", "w", "d", "p"
# What tells the two listings of one photo apart, and how much of it at most.
RELISTED = ["recompress", "downscale", "crop", "border", "mirror", "price_badge"]
MOST_RELISTED = 0.5
AS_TAKEN_SHARE = 0.25  # Of what could be cut out: on whatever ground it was.
MARGIN_SHARE = 0.6  # Of the cut-outs.
LEAST_SIDE = 16  # Pixels; photos below it are refused (include/imgmatch/limits.h).


def save(path, pixels):
    Image.fromarray(pixels).save(path, quality=92)


def alter(pixels, rng, world):
    """One kind alone half of the time, else a chain: each signal has to be learned by itself."""
    if rng.random() < 0.5:
        kind = str(rng.choice(KINDS))
        return augment.apply(kind, pixels, rng.uniform(0, 1), rng, world), kind
    kinds = augment.draw_kinds(rng, most=3)
    return augment.apply_all(kinds, pixels, rng, world), "+".join(kinds)


class Pages:
    """The photos as a catalogue shows them, each always the same. Some show a print (`print_on`)."""

    def __init__(self, photo_set, seed, world):
        """`world` is what prints are made of."""
        self.photo_set = photo_set
        self.seed = seed
        self.world = world
        self.with_print = set()

    def get(self, index):
        page = self.plain(index)
        return self.prints(index, page)[0] if index in self.with_print else page

    def plain(self, index):
        return with_margins(self.photo_set.get(index), self.dice(index, 0))

    def prints(self, index, page):
        """The page in two prints, or None where it can bear none."""
        return printed.two(page, self.dice(index, 1), self.world)

    def print_on(self, indices, count):
        """Let the last of these that can bear a print show one, `count` of them. Some of them have a
        look-alike, too (`write_relatives`)."""
        for index in indices[::-1]:
            if count == 0:
                return
            if self.prints(index, self.plain(index)) is not None:
                self.with_print.add(index)
                count -= 1
        print(f"{count} prints fewer than asked for: no more photos can bear one", file=sys.stderr)

    def other_print(self, index):
        """What has a print, in another one."""
        other = self.prints(index, self.plain(index))[1]
        rng = self.dice(index, 2)
        refold = rng.random() < relatives.REFOLDED_SHARE
        return relatives.refolded(other, rng) if refold else other

    def dice(self, index, use):
        return np.random.default_rng([self.seed, int(index), use])


def with_margins(pixels, rng):
    """A cut-out on white with more white around it, or what it was."""
    subject = mask.plain_mask(pixels)
    if subject is None or pixels[:2].mean() < 250 or rng.random() > MARGIN_SHARE:
        return pixels
    left, top, right, bottom = mask.box(subject)
    cut = pixels[top:bottom, left:right]
    side = int(max(cut.shape[:2]) / rng.uniform(0.4, 0.95))
    page = np.full((side, side, 3), 255, np.uint8)
    top, left = ((side - size) // 2 for size in cut.shape[:2])
    page[top : top + cut.shape[0], left : left + cut.shape[1]] = cut
    return page


def draw_photos(photo_set, rng, clothes_share, count):
    """`count` photos to look for and look at, and then all others; of a photo and its cut-out one."""
    rows = photo_set.rows
    single = {}
    for index in rng.permutation(photo_set.select(False)):
        name = rows[index]["name"]
        cut_out_is_shown = zlib.crc32(name.encode()) % 100 >= 100 * AS_TAKEN_SHARE
        if name not in single or rows[index]["cut"] == cut_out_is_shown:
            single[name] = index
    clothes = [index for name, index in single.items() if name.startswith("clothing/")]
    others = [index for name, index in single.items() if not name.startswith("clothing/")]
    many = min(len(clothes), int(count * clothes_share))
    drawn = clothes[:many] + others[: count - many]
    return rng.permutation(drawn), clothes[many:] + others[count - many :]


def write_relatives(folder, pages, indices, count, rng):
    """Variants of the first `count`, look-alikes of as many from the middle of these on, and what
    shows a print in another print."""
    for index in indices[:count]:
        variant = relatives.variant(pages.get(index), rng)
        if variant is not None:
            save(folder / f"{index}{VARIANT}.jpg", variant)
    for index in indices[count // 2 : count // 2 + count]:
        save(folder / f"{index}{LOOK_ALIKE}.jpg", relatives.look_alike(pages.get(index), rng))
    for index in indices:
        if index in pages.with_print:
            save(folder / f"{index}{OTHER_PRINT}.jpg", pages.other_print(index))


def write_doubles(folder, pages, indices, rng, world):
    """These photos, each listed a second time."""
    folder.mkdir()
    for index in indices:
        pixels = second = pages.get(index)
        for kind in rng.choice(RELISTED, rng.integers(1, 4), replace=False):
            second = augment.apply(str(kind), second, rng.uniform(0, MOST_RELISTED), rng, world)
        save(folder / f"{index}.jpg", pixels)
        save(folder / f"{index}{DOUBLE}.jpg", second)


def write_queries(out, pages, indices, expected_of, rng, world):
    for number, index in enumerate(indices):
        pixels = pages.get(index)
        altered, kind = alter(pixels, rng, world)
        if min(altered.shape[:2]) < LEAST_SIDE:
            continue
        name = f"queries/{index}-{number}.jpg"
        save(out / name, altered)
        yield name, expected_of(index), kind


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packed", help="folder that prepare.py wrote")
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--references", type=int, default=2400)
    parser.add_argument("--queries", type=int, default=2400, help="altered copies, and strangers")
    parser.add_argument(
        "--relatives",
        type=int,
        default=1200,
        help="references, and strangers, with a variant; as many with a look-alike",
    )
    parser.add_argument(
        "--prints", type=int, default=800, help="references, and strangers, that show a print"
    )
    parser.add_argument("--doubles", type=int, default=800, help="references listed twice")
    parser.add_argument("--clothes", type=float, default=0.8, help="their share of the photos")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--fonts", default="/usr/share/fonts/truetype")
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    photo_set = photos.Photos(arguments.packed)
    # Scenes and collages show third photos only: a reference in one would be a copy, too.
    drawn, others = draw_photos(
        photo_set, rng, arguments.clothes, arguments.references + arguments.queries
    )
    references = drawn[: arguments.references]
    strangers = drawn[arguments.references :]
    shapes = overlays.Overlays(arguments.fonts)
    pages = Pages(
        photo_set,
        arguments.seed,
        augment.World(lambda rng: photo_set.get(rng.choice(others)), shapes),
    )
    pages.print_on(references, arguments.prints)
    pages.print_on(strangers, arguments.prints)
    world = augment.World(lambda rng: pages.get(rng.choice(others)), shapes)
    (arguments.out / "references").mkdir(parents=True)
    (arguments.out / "queries").mkdir()
    for index in references:
        save(arguments.out / "references" / f"{index}.jpg", pages.get(index))
    write_relatives(arguments.out / "references", pages, references, arguments.relatives, rng)
    write_relatives(arguments.out / "references", pages, strangers, arguments.relatives, rng)
    write_doubles(
        arguments.out / "doubles",
        pages,
        references[: arguments.doubles],
        np.random.default_rng([arguments.seed, 1]),
        world,
    )
    rows = list(
        write_queries(
            arguments.out,
            pages,
            rng.choice(references, arguments.queries),
            lambda index: f"{index}.jpg",
            rng,
            world,
        )
    )
    rows += write_queries(arguments.out, pages, strangers, lambda index: "", rng, world)
    for index in np.concatenate([references, strangers]):
        name = f"queries/{index}-clean.jpg"
        save(arguments.out / name, pages.get(index))
        rows.append((name, f"{index}.jpg" if index in references else "", "clean"))
    with open(arguments.out / "queries.tsv", "w", encoding="utf-8") as file:
        file.writelines("\t".join(row) + "\n" for row in rows)


if __name__ == "__main__":
    main()
