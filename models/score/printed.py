"""Draw a print on what a photo shows, as on a T-shirt: lettering, a picture, a part of a photo.

Unlike what sellers lay over a photo, a print takes the light and the folds of the cloth, lies on
the product alone and lets it show between its strokes.
"""

import cv2
import numpy as np

import mask
import overlays

LEAST_CONTRAST = 50  # Levels of brightness between lettering and cloth.
SEEN_LEVELS = 25  # By which a print's pixels have to differ from the cloth,
SEEN_SHARE = 0.01  # and their share of the product, for it to be seen.
ON_PRODUCT = 0.8  # Least share of the place that has to lie on the product.
SHADES = 0.5, 1.4  # Between which the cloth's light is taken over.
BRIGHTNESS = np.float32([0.299, 0.587, 0.114])


class Place:
    """Where on the product a print is, and how large: as a share of the product's box."""

    def __init__(self, rng):
        self.x, self.y = rng.uniform(0.4, 0.6), rng.uniform(0.25, 0.55)
        self.size = rng.uniform(0.2, 0.6)

    def near(self, rng):
        """Another print's on the same product."""
        other = Place(rng)
        other.x = self.x + rng.normal(0, 0.03)
        other.y = self.y + rng.normal(0, 0.05)
        other.size = float(np.clip(self.size * rng.uniform(0.6, 1.6), 0.15, 0.7))
        return other


def lettering(rng, cloth, size, shapes):
    """One to three lines in one colour that can be read on this cloth."""
    colour = rng.integers(0, 256, 3)
    while abs(float(colour @ BRIGHTNESS) - cloth) < LEAST_CONTRAST:
        colour = rng.integers(0, 256, 3)
    lines = [
        shapes.text_patch(rng, shapes.words(rng, 1, 2), 48, tuple(int(c) for c in colour))
        for _ in range(rng.integers(1, 4))
    ]
    width = max(line.shape[1] for line in lines)
    lines = [cv2.resize(line, (width, max(8, line.shape[0]))) for line in lines]
    picture = np.concatenate(lines)
    scale = size / max(picture.shape[:2])
    wanted = (max(4, round(width * scale)), max(4, round(picture.shape[0] * scale)))
    return cv2.resize(picture, wanted, interpolation=cv2.INTER_AREA)


def part_of_photo(rng, size, photo):
    """An ellipse or a rectangle out of the middle of another photo."""
    side = min(photo.shape[:2])
    top, left = (photo.shape[0] - side) // 2, (photo.shape[1] - side) // 2
    wanted = (max(4, size), max(4, round(size * rng.uniform(0.5, 1.3))))
    middle = photo[top : top + side, left : left + side]
    cut = cv2.resize(middle, wanted, interpolation=cv2.INTER_AREA)
    alpha = np.zeros(cut.shape[:2], np.uint8)
    if rng.random() < 0.5:
        middle = (wanted[0] // 2, wanted[1] // 2)
        cv2.ellipse(alpha, middle, middle, 0, 0, 360, 255, -1, cv2.LINE_AA)
    else:
        alpha[:] = 255
    return np.dstack([cut, alpha])


def draw(pixels, place, rng, world):
    """A copy of `pixels` with a print at the place, or None where no product can be told from its
    ground, the place is not on it, or the print could not be seen. `world` as in augment.py: other
    photos, letters and stickers."""
    subject = mask.plain_mask(pixels)
    if subject is None:
        return None
    left, top, right, bottom = mask.box(subject)
    x = int(left + place.x * (right - left))
    y = int(top + place.y * (bottom - top))
    size = max(8, round(place.size * min(right - left, bottom - top)))
    reach = size // 2
    around = slice(max(0, y - reach), y + reach), slice(max(0, x - reach), x + reach)
    product = subject[around] > 0.5
    if product.mean() < ON_PRODUCT:
        return None
    light = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    cloth = float(np.median(light[around][product]))
    kind = rng.choice(["letters", "sticker", "photo"], p=[0.5, 0.25, 0.25])
    if kind == "letters":
        patch = lettering(rng, cloth, size, world.overlays)
    elif kind == "sticker":
        patch = world.overlays.sticker(rng, size)
    else:
        patch = part_of_photo(rng, size, world.other(rng))
    there, shown = overlays.overlap(pixels, patch, x - patch.shape[1] // 2, y - patch.shape[0] // 2)
    out, ink = pixels.copy(), patch[shown]
    shade = np.clip((light[there] + 10) / (cloth + 10), *SHADES)[..., None]
    share = ink[..., 3:].astype(np.float32) / 255 * rng.uniform(0.85, 1) * subject[there][..., None]
    printed = np.clip(ink[..., :3] * shade, 0, 255)
    out[there] = (out[there] * (1 - share) + printed * share + 0.5).astype(np.uint8)
    return out if is_seen(out, pixels, subject) else None


def is_seen(one, other, subject):
    """Whether two pictures of one product differ where it is, as two prints do."""
    differ = cv2.absdiff(one, other).max(2) > SEEN_LEVELS
    return differ.sum() > SEEN_SHARE * subject.sum()


def two(pixels, rng, world, tries=4):
    """The same piece in two prints, or None where it can bear none."""
    subject = mask.plain_mask(pixels)
    for _ in range(tries if subject is not None else 0):
        place = Place(rng)
        one = draw(pixels, place, rng, world)
        other = None if one is None else draw(pixels, place.near(rng), rng, world)
        if other is not None and is_seen(one, other, subject):
            return one, other
    return None
