"""Alterations of values and geometry that need nothing but the photo itself.

Every function takes (pixels, strength 0..1, rng, world) and returns new uint8 RGB pixels; `world`
(see augment.py) gives other photos and overlays to those that want them.
"""

import cv2
import numpy as np


def clip(values):
    return np.clip(values, 0, 255).astype(np.uint8)


def between(low, high, strength, rng, jitter=0.12):
    """low at strength 0, high at strength 1, with some noise so that no two are alike."""
    at = np.clip(strength + rng.uniform(-jitter, jitter), 0, 1)
    return low + (high - low) * at


def resize(pixels, width, height, how=cv2.INTER_AREA):
    return cv2.resize(
        pixels, (max(8, int(round(width))), max(8, int(round(height)))), interpolation=how
    )


def recompress(pixels, strength, rng, world):
    quality = int(between(95, 5, strength, rng))
    kind, flag = (
        (".webp", cv2.IMWRITE_WEBP_QUALITY)
        if rng.random() < 0.25
        else (".jpg", cv2.IMWRITE_JPEG_QUALITY)
    )
    ok, data = cv2.imencode(kind, pixels[..., ::-1], [flag, quality])
    return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1]) if ok else pixels


def downscale(pixels, strength, rng, world):
    factor = between(1.5, 8, strength, rng)
    height, width = pixels.shape[:2]
    return resize(pixels, width / factor, height / factor)


def crop(pixels, strength, rng, world):
    area = between(0.85, 0.2, strength, rng)
    stretch = np.exp(rng.uniform(-0.25, 0.25))
    height, width = pixels.shape[:2]
    w = min(width, int(width * np.sqrt(area) * stretch))
    h = min(height, int(height * np.sqrt(area) / stretch))
    left = int(rng.integers(0, width - w + 1))
    top = int(rng.integers(0, height - h + 1))
    # Mostly towards the middle: whoever crops keeps the product.
    if rng.random() < 0.6:
        left, top = (left + (width - w) // 2) // 2, (top + (height - h) // 2) // 2
    return np.ascontiguousarray(pixels[top : top + h, left : left + w])


def mirror(pixels, strength, rng, world):
    return np.ascontiguousarray(pixels[:, ::-1])


def quarter_turn(pixels, strength, rng, world):
    return np.ascontiguousarray(np.rot90(pixels, int(rng.integers(1, 4))))


def fill_colour(pixels, rng):
    """What editors fill corners with: white, black, or the photo's own rim."""
    pick = rng.random()
    if pick < 0.4:
        return (255, 255, 255)
    if pick < 0.6:
        return (0, 0, 0)
    return tuple(int(value) for value in pixels[0, 0])


def rotate(pixels, strength, rng, world):
    angle = between(3, 25, strength, rng) * rng.choice([-1, 1])
    height, width = pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D(
        (width / 2, height / 2), angle, 1.0 if rng.random() < 0.6 else rng.uniform(1.0, 1.35)
    )
    mode = cv2.BORDER_REPLICATE if rng.random() < 0.2 else cv2.BORDER_CONSTANT
    return cv2.warpAffine(
        pixels,
        matrix,
        (width, height),
        flags=cv2.INTER_LINEAR,
        borderMode=mode,
        borderValue=fill_colour(pixels, rng),
    )


def aspect(pixels, strength, rng, world):
    factor = between(1.1, 2.0, strength, rng)
    height, width = pixels.shape[:2]
    return (
        resize(pixels, width / factor, height)
        if rng.random() < 0.5
        else resize(pixels, width, height / factor)
    )


def perspective(pixels, strength, rng, world):
    height, width = pixels.shape[:2]
    reach = between(0.05, 0.28, strength, rng)
    corners = np.float32([[0, 0], [width, 0], [width, height], [0, height]])
    inward = np.float32([[1, 1], [-1, 1], [-1, -1], [1, -1]])
    moved = corners + inward * (rng.uniform(0, reach, (4, 2)) * [width, height]).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    return cv2.warpPerspective(
        pixels,
        matrix,
        (width, height),
        flags=cv2.INTER_LINEAR,
        borderValue=fill_colour(pixels, rng),
    )


def hue(pixels, strength, rng, world):
    hsv = cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV).astype(np.int16)
    turn = between(8, 80, strength, rng) * rng.choice([-1, 1])
    hsv[..., 0] = (hsv[..., 0] + int(turn)) % 180
    hsv[..., 1] = np.clip(hsv[..., 1] * np.exp(rng.uniform(-0.8, 0.6) * strength), 0, 255)
    return cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2RGB)


SEPIA = np.float32([[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]])


def grey(pixels, strength, rng, world):
    values = pixels.astype(np.float32)
    toned = (
        values @ SEPIA.T
        if rng.random() < 0.4
        else np.repeat(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)[..., None], 3, 2)
    )
    share = between(0.6, 1.0, strength, rng)
    return clip(values * (1 - share) + toned * share)


def tone(pixels, strength, rng, world):
    reach = between(0.15, 1.0, strength, rng)
    gamma = np.exp(rng.choice([-1, 1]) * rng.uniform(0.3, 0.8) * reach)
    contrast = np.exp(rng.uniform(-0.7, 0.5) * reach)
    shift = rng.uniform(-70, 70) * reach
    table = np.linspace(0, 1, 256) ** gamma * 255
    return cv2.LUT(pixels, clip((table - 128) * contrast + 128 + shift))


def blur(pixels, strength, rng, world):
    sigma = between(0.5, 4.0, strength, rng) * max(pixels.shape[:2]) / 256
    if rng.random() < 0.3:
        length = max(3, int(sigma * 4) | 1)
        kernel = np.zeros((length, length), np.float32)
        kernel[length // 2] = 1.0 / length
        turn = cv2.getRotationMatrix2D((length / 2 - 0.5, length / 2 - 0.5), rng.uniform(0, 180), 1)
        kernel = cv2.warpAffine(kernel, turn, (length, length))
        return cv2.filter2D(pixels, -1, kernel / max(1e-6, kernel.sum()))
    return cv2.GaussianBlur(pixels, (0, 0), sigma)


def sharpen(pixels, strength, rng, world):
    amount = between(0.5, 4.0, strength, rng)
    soft = cv2.GaussianBlur(pixels, (0, 0), 1.5)
    return cv2.addWeighted(pixels, 1 + amount, soft, -amount, 0)


def noise(pixels, strength, rng, world):
    spread = between(6, 60, strength, rng)
    grain = np.empty(pixels.shape, np.int16)
    cv2.setRNGSeed(int(rng.integers(1 << 30)))
    cv2.randn(grain, 0, spread)
    return clip(pixels.astype(np.int16) + grain)


def pixelate(pixels, strength, rng, world):
    cells = between(80, 18, strength, rng)
    height, width = pixels.shape[:2]
    scale = cells / max(height, width)
    small = cv2.resize(
        pixels,
        (max(2, round(width * scale)), max(2, round(height * scale))),
        interpolation=cv2.INTER_AREA,
    )
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST)


# Held out of training: what happens with attacks that nobody thought of.


def posterise(pixels, strength, rng, world):
    levels = between(8, 2.2, strength, rng)
    table = np.rint(np.linspace(0, 1, 256) * (levels - 1)) / (levels - 1) * 255
    return cv2.LUT(pixels, clip(table))


def lens(pixels, strength, rng, world):
    height, width = pixels.shape[:2]
    bend = between(0.1, 0.6, strength, rng) * rng.choice([-0.6, 1])
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = (x / width - 0.5) * 2, (y / height - 0.5) * 2
    factor = (1 + bend * (x * x + y * y)) / (1 + bend)
    return cv2.remap(
        pixels,
        (x * factor / 2 + 0.5) * width,
        (y * factor / 2 + 0.5) * height,
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )


BAYER = (
    np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]], np.float32) / 16 - 0.5
)


def halftone(pixels, strength, rng, world):
    height, width = pixels.shape[:2]
    size = int(between(1, 4, strength, rng) + 0.5)
    grid = np.kron(BAYER, np.ones((size, size), np.float32))
    grid = np.tile(grid, (height // grid.shape[0] + 1, width // grid.shape[1] + 1))[
        :height, :width, None
    ]
    share = between(0.4, 1.0, strength, rng)
    dots = np.where(pixels + grid * 255 > 128, 255.0, 0.0)
    return clip(pixels * (1 - share) + dots * share)


def glare(pixels, strength, rng, world):
    height, width = pixels.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    cx, cy, radius = (
        rng.uniform(0.2, 0.8) * width,
        rng.uniform(0.2, 0.8) * height,
        between(0.2, 0.5, strength, rng) * max(height, width),
    )
    spot = np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * radius * radius))[..., None]
    return clip(pixels + spot * between(100, 255, strength, rng) * rng.choice([-0.8, 1]))


def stripes(pixels, strength, rng, world):
    height, width = pixels.shape[:2]
    period, share = rng.uniform(0.06, 0.2) * max(height, width), between(0.12, 0.55, strength, rng)
    angle = rng.uniform(0, np.pi)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    hidden = ((x * np.cos(angle) + y * np.sin(angle)) / period) % 1 < share
    out = pixels.copy()
    out[hidden] = rng.integers(0, 256, 3)
    return out
