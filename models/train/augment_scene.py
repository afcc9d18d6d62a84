"""Alterations that add something: borders, overlays, other photos, screens. See augment_pixel.py."""

import cv2
import numpy as np

from augment_pixel import between, clip, fill_colour, resize
from mask import cut_out, plain_mask
from overlays import blend


def random_colour(rng):
    pick = rng.random()
    if pick < 0.3:
        return (255, 255, 255)
    if pick < 0.5:
        return (0, 0, 0)
    return tuple(int(value) for value in rng.integers(0, 256, 3))


def fit(pixels, width, height):
    """Cover width x height, cutting what stands over."""
    scale = max(width / pixels.shape[1], height / pixels.shape[0])
    big = resize(
        pixels,
        max(width, pixels.shape[1] * scale),
        max(height, pixels.shape[0] * scale),
        cv2.INTER_LINEAR if scale > 1 else cv2.INTER_AREA,
    )
    left, top = (big.shape[1] - width) // 2, (big.shape[0] - height) // 2
    return big[top : top + height, left : left + width]


def border(pixels, strength, rng, world):
    height, width = pixels.shape[:2]
    reach = between(0.05, 0.5, strength, rng)
    sides = np.full(4, reach) * rng.uniform(0.6, 1.0, 4)
    if rng.random() < 0.5:  # Letterbox: two opposite sides only.
        sides[[0, 1] if rng.random() < 0.5 else [2, 3]] = 0
    top, bottom, left, right = (sides * [height, height, width, width]).astype(int)
    if rng.random() < 0.12:
        return cv2.copyMakeBorder(pixels, top, bottom, left, right, cv2.BORDER_REFLECT_101)
    return cv2.copyMakeBorder(
        pixels, top, bottom, left, right, cv2.BORDER_CONSTANT, value=random_colour(rng)
    )


def watermark(pixels, strength, rng, world):
    height, width = pixels.shape[:2]
    colour = random_colour(rng)
    opacity = between(0.25, 0.9, strength, rng)
    tall = int(max(10, between(0.06, 0.16, strength, rng) * height))
    patch = world.overlays.text_patch(rng, world.overlays.words(rng, 1, 2), tall, colour)
    if rng.random() < 0.5:
        left = rng.choice([2, max(2, width - patch.shape[1] - 2)])
        top = rng.choice([2, max(2, height - patch.shape[0] - 2)])
        return blend(pixels, patch, int(left), int(top), opacity)
    step_x, step_y = int(patch.shape[1] * 1.3) + 4, int(tall * between(3, 1.6, strength, rng))
    layer = np.zeros((height * 2, width * 2, 4), np.uint8)
    for row, top in enumerate(range(0, layer.shape[0] - patch.shape[0], step_y)):
        for left in range((row % 2) * step_x // 2, layer.shape[1] - patch.shape[1], step_x):
            layer[top : top + patch.shape[0], left : left + patch.shape[1]] = patch
    turn = cv2.getRotationMatrix2D((width, height), float(rng.choice([0, 30, -30, 45])), 1)
    layer = cv2.warpAffine(layer, turn, (layer.shape[1], layer.shape[0]))
    return blend(pixels, layer, -width // 2, -height // 2, opacity * 0.8)


def text_banner(pixels, strength, rng, world):
    height, width = pixels.shape[:2]
    tall = int(between(0.08, 0.3, strength, rng) * height) + 6
    band = np.empty((tall, width, 4), np.uint8)
    band[...] = (*random_colour(rng), 255 if rng.random() < 0.7 else 170)
    top = int(rng.choice([0, height - tall, rng.integers(0, max(1, height - tall))]))
    out = blend(pixels, band, 0, top)
    colour = (255, 255, 255) if band[0, 0, :3].astype(int).sum() < 380 else (10, 10, 10)
    patch = world.overlays.text_patch(rng, world.overlays.words(rng, 2, 4), tall * 0.7, colour)
    return blend(out, patch, int(rng.integers(0, max(1, width // 8))), top + tall // 8)


def price_badge(pixels, strength, rng, world):
    height, width = pixels.shape[:2]
    out = pixels
    for _ in range(1 + int(rng.integers(0, 1 + round(strength * 2)))):
        size = int(between(0.18, 0.45, strength, rng) * min(height, width)) + 8
        badge = np.zeros((size, size, 4), np.uint8)
        colour = (*[int(value) for value in rng.integers(0, 256, 3)], 255)
        if rng.random() < 0.6:
            cv2.circle(badge, (size // 2, size // 2), size // 2 - 1, colour, -1, cv2.LINE_AA)
        else:
            badge[size // 4 : -size // 4] = colour
        patch = world.overlays.text_patch(
            rng, world.overlays.price(rng), size * 0.28, random_colour(rng)
        )
        text = blend(badge[..., :3], patch, int(size * 0.1), int(size * 0.36))
        badge = np.dstack([text, badge[..., 3]])
        out = blend(
            out,
            badge,
            int(rng.integers(0, max(1, width - size))),
            int(rng.integers(0, max(1, height - size))),
        )
    return out


def stickers(pixels, strength, rng, world):
    height, width = pixels.shape[:2]
    out = pixels
    for _ in range(1 + int(rng.integers(0, 2 + round(strength * 4)))):
        size = int(between(0.12, 0.38, strength, rng) * min(height, width)) + 6
        patch = world.overlays.sticker(rng, size)
        # Towards the middle, where the product is.
        x = int(width * (0.5 + rng.normal() * 0.22)) - size // 2
        y = int(height * (0.5 + rng.normal() * 0.22)) - size // 2
        out = blend(out, patch, x, y)
    return out


def blurred_logo(pixels, strength, rng, world):
    height, width = pixels.shape[:2]
    out = pixels.copy()
    for _ in range(1 + int(rng.integers(0, 2))):
        w, h = int(between(0.15, 0.5, strength, rng) * width), int(
            between(0.1, 0.4, strength, rng) * height
        )
        left = int(np.clip(width * (0.5 + rng.normal() * 0.15) - w / 2, 0, width - w))
        top = int(np.clip(height * (0.5 + rng.normal() * 0.15) - h / 2, 0, height - h))
        part = out[top : top + h, left : left + w]
        part[...] = cv2.GaussianBlur(part, (0, 0), max(2.0, min(w, h) / 6))
    return out


def collage(pixels, strength, rng, world):
    shapes = [(2, 1), (1, 2), (2, 2), (3, 2), (2, 3), (3, 3)]
    low = 0 if strength < 0.35 else 2 if strength < 0.7 else 3
    high = 2 if strength < 0.35 else 3 if strength < 0.7 else 6
    columns, rows = shapes[int(rng.integers(low, high))]
    gap = int(rng.integers(0, 7))
    cell_w, cell_h = max(64, 288 // columns), max(64, 288 // rows)
    out = np.empty(
        (rows * cell_h + (rows + 1) * gap, columns * cell_w + (columns + 1) * gap, 3), np.uint8
    )
    out[...] = random_colour(rng)
    own = int(rng.integers(columns * rows))
    for index in range(columns * rows):
        photo = pixels if index == own else world.other(rng)
        tile = fit(photo, cell_w, cell_h) if rng.random() < 0.3 else resize(photo, cell_w, cell_h)
        y, x = gap + (index // columns) * (cell_h + gap), gap + (index % columns) * (cell_w + gap)
        out[y : y + cell_h, x : x + cell_w] = tile
    return out


def pasted(pixels, strength, rng, world):
    """The whole photo, somewhere on another one or on a plain page."""
    scene = fit(world.other(rng), int(rng.integers(240, 321)), int(rng.integers(240, 321))).copy()
    if rng.random() < 0.2:
        scene[...] = random_colour(rng)
    area = between(0.55, 0.1, strength, rng)
    height, width = scene.shape[:2]
    ratio = np.sqrt(pixels.shape[1] / pixels.shape[0])
    side = np.sqrt(area * height * width)
    w, h = min(width, int(side * ratio)), min(height, int(side / ratio))
    small = resize(pixels, w, h)
    h, w = small.shape[:2]
    left, top = int(rng.integers(0, width - w + 1)), int(rng.integers(0, height - h + 1))
    scene[top : top + h, left : left + w] = small
    return scene


def background(pixels, strength, rng, world):
    """Another background behind the subject; where none is found, a wash over the rim."""
    mask = plain_mask(pixels)
    height, width = pixels.shape[:2]
    if mask is None:
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        far = np.sqrt((x / width - 0.5) ** 2 + (y / height - 0.5) ** 2)
        mask = np.clip((0.62 - 0.2 * strength - far) / 0.12, 0, 1)
    if rng.random() < 0.35:
        behind = np.float32(random_colour(rng))
    else:
        behind = fit(world.other(rng), width, height).astype(np.float32)
        if strength < 0.5:
            behind = cv2.GaussianBlur(behind, (0, 0), 6)
    return cut_out(pixels, mask, behind)


def screenshot(pixels, strength, rng, world):
    height, width = pixels.shape[:2]
    dark = rng.random() < 0.4
    page = (24, 24, 28) if dark else (250, 250, 250)
    ink = (235, 235, 235) if dark else (30, 30, 30)
    head, foot = (
        int(between(0.08, 0.3, strength, rng) * height) + 10,
        int(between(0.08, 0.6, strength, rng) * height) + 10,
    )
    side = int(between(0, 0.12, strength, rng) * width)
    out = cv2.copyMakeBorder(pixels, head, foot, side, side, cv2.BORDER_CONSTANT, value=page)
    out = blend(
        out,
        world.overlays.text_patch(
            rng, f"{int(rng.integers(24)):02d}:{int(rng.integers(60)):02d}", 14, ink
        ),
        6,
        3,
    )
    y = head + height + 6
    while y < out.shape[0] - 12:
        size = int(rng.integers(11, 20))
        out = blend(
            out,
            world.overlays.text_patch(rng, world.overlays.words(rng, 2, 5), size, ink),
            side + 8,
            y,
        )
        y += size + 6
    if rng.random() < 0.5:
        button = [int(value) for value in rng.integers(0, 256, 3)]
        cv2.rectangle(
            out,
            (side + 8, out.shape[0] - 22),
            (out.shape[1] - side - 8, out.shape[0] - 4),
            button,
            -1,
        )
    return out


def screen_photo(pixels, strength, rng, world):
    """A phone's photo of a screen: perspective, stripes of moire, gamma, a cast of colour."""
    height, width = pixels.shape[:2]
    reach = between(0.03, 0.14, strength, rng)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    values = pixels.astype(np.float32)
    for _ in range(2):
        angle, period = rng.uniform(0, np.pi), rng.uniform(2.2, 9)
        wave = np.sin(
            (x * np.cos(angle) + y * np.sin(angle)) * (2 * np.pi / period)
            + rng.uniform(0, 6)
            + x * y * 1e-4
        )
        values *= 1 + (between(0.04, 0.2, strength, rng) * wave)[..., None]
    values *= rng.uniform(0.8, 1.15, 3).astype(np.float32)
    values = 255 * (np.clip(values, 0, 255) / 255) ** rng.uniform(0.7, 1.5)
    frame = int(0.06 * max(height, width))
    framed = cv2.copyMakeBorder(
        clip(values), frame, frame, frame, frame, cv2.BORDER_CONSTANT, value=(12, 12, 14)
    )
    height, width = framed.shape[:2]
    corners = np.float32([[0, 0], [width, 0], [width, height], [0, height]])
    moved = corners + (rng.uniform(-reach, reach, (4, 2)) * [width, height]).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(corners, moved)
    out = cv2.warpPerspective(
        framed,
        matrix,
        (width, height),
        flags=cv2.INTER_LINEAR,
        borderValue=fill_colour(pixels, rng),
    )
    return cv2.GaussianBlur(out, (0, 0), between(0.4, 1.3, strength, rng))
