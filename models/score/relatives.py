"""What a catalogue holds beside a photo and what must not be taken for it: the same piece in another
colour, another piece laid out the same way, another product in the same pose."""

import cv2
import numpy as np

import mask

HUE_ALONE = 0.4  # Share of the dyed ones that keep their lightness.
REFOLDED_SHARE = 0.6  # Of the variants; the others are the same photo, dyed.
LEAST_CHANGE = 18.0  # CIE delta E of what was dyed: another colour at a glance.
PART_SHARE = (
    0.3  # Of the variants: one of the subject's colours changes, as of a trim or a garment.
)
COLOURS = 3  # That are told apart for that at most,
ONE_COLOUR = 18.0  # those nearer than this (CIE delta E) being light and shadow of one,
LEAST_PART = 0.2  # and the least share of the subject that changes.
OTHER_INSET = (0.12, 0.1)  # GrabCut is believed where it finds the same subject from there
SAME_SUBJECT = 0.8  # by this intersection over union.
LAB_UNITS = np.float32([100 / 255, 1, 1])  # OpenCV's lightness goes to 255.


def to_rgb(light, chroma):
    lab = np.clip(np.concatenate([light, chroma + 128], 2), 0, 255).astype(np.uint8)
    return cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)


def recoloured(rgb, rng):
    """The same cloth in another colour: hue turned, or dyed, or black for white."""
    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB).astype(np.float32)
    light, chroma = lab[..., :1], lab[..., 1:] - 128
    way = rng.choice(["turn", "dye", "light"], p=[0.4, 0.4, 0.2])
    if way == "turn":
        angle = rng.uniform(0.6, 2 * np.pi - 0.6)
        turn = np.float32([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        chroma = chroma @ turn.T
    else:
        angle, strength = rng.uniform(0, 2 * np.pi), rng.uniform(0, 60)
        chroma = 0.3 * chroma + strength * np.float32([np.cos(angle), np.sin(angle)])
    if way != "light" and rng.random() < HUE_ALONE:
        return to_rgb(light, chroma)
    mean = light.mean()
    level = mean + rng.normal(0, 25) if way != "light" else 255 - mean
    light = (light - mean) * rng.uniform(0.6, 1.2) + np.clip(level, 30, 225)
    return to_rgb(light, chroma)


def refolded(pixels, rng, least=0.003, most=0.025):
    """Another piece laid out in the same way: every point moves a little, neighbours alike."""
    height, width = pixels.shape[:2]
    side = max(height, width)
    moves = []
    for size in (width, height):
        wave = cv2.GaussianBlur(
            rng.normal(size=(height, width)).astype(np.float32),
            (0, 0),
            side * rng.uniform(0.04, 0.2),
        )
        wave *= side * rng.uniform(least, most) / max(1e-6, float(np.abs(wave).max()))
        moves.append(wave)
    columns, rows = np.meshgrid(np.arange(width), np.arange(height))
    return cv2.remap(
        pixels,
        columns.astype(np.float32) + moves[0],
        rows.astype(np.float32) + moves[1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )


def dyed(pixels, rng, subject):
    share = subject[..., None]
    return (recoloured(pixels, rng) * share + pixels * (1 - share)).astype(np.uint8)


def look_alike(pixels, rng):
    """Another product of that kind in the same pose: other outlines, other details."""
    out = refolded(pixels, rng, least=0.03, most=0.09)
    subject = mask.plain_mask(out)
    return dyed(out, rng, subject) if subject is not None and rng.random() < 0.5 else out


def part(pixels, rng, subject):
    """What has one of the subject's colours, 0..1 for each pixel; the whole subject where none of them has
    LEAST_PART of it and leaves as much."""
    lab = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB).astype(np.float32) * LAB_UNITS
    inside = subject > 0.5
    cv2.setRNGSeed(1)
    end = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 1.0)
    _, labels, centres = cv2.kmeans(lab[inside], COLOURS, None, end, 1, cv2.KMEANS_PP_CENTERS)
    colour = np.arange(COLOURS)
    for i in range(COLOURS):
        for j in range(i):
            if np.linalg.norm(centres[i] - centres[j]) < ONE_COLOUR:
                colour[colour == colour[i]] = colour[j]
    labels = colour[labels[:, 0]]
    shares = np.bincount(labels, minlength=COLOURS) / len(labels)
    chosen = np.flatnonzero((shares >= LEAST_PART) & (shares <= 1 - LEAST_PART))
    if len(chosen) == 0:
        return subject
    out = np.zeros(subject.shape, np.float32)
    out[inside] = labels == rng.choice(chosen)
    return cv2.GaussianBlur(out, (0, 0), 1.0) * subject


def find_subject(pixels):
    """0..1 for each pixel, or None where there is none that can be told from its ground. Where the ground is
    not plain, those that reach near the edges are hardly ever told."""
    subject = mask.plain_mask(pixels)
    if subject is not None:
        return subject
    subject, other = mask.grab_cut(pixels), mask.grab_cut(pixels, OTHER_INSET)
    if subject is None or other is None:
        return None
    share = np.minimum(subject, other).sum() / np.maximum(subject, other).sum()
    return subject if share >= SAME_SUBJECT else None


def variant(pixels, rng):
    """A colour variant in the same studio shot, or None where no subject is found or hardly changes
    its colour."""
    subject = find_subject(pixels)
    if subject is None:
        return None
    if rng.random() < PART_SHARE:
        subject = part(pixels, rng, subject)
    other = dyed(pixels, rng, subject)
    before, after = (
        cv2.cvtColor(picture, cv2.COLOR_RGB2LAB).astype(np.float32)[subject > 0.5]
        for picture in (pixels, other)
    )
    change = np.linalg.norm((after - before) * LAB_UNITS, axis=1).mean()
    if not change > LEAST_CHANGE:  # Nor where so little was dyed that there is no mean.
        return None
    return refolded(other, rng) if rng.random() < REFOLDED_SHARE else other
