"""Text, badges and emoji to draw over photos. Loaded once for each process."""

import glob
import os

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

EMOJI_SIZE = 109  # The only size of the bitmaps in Noto Color Emoji.
EMOJI_CODES = (
    list(range(0x1F600, 0x1F640))
    + list(range(0x1F380, 0x1F3A0))
    + list(range(0x1F490, 0x1F4B0))
    + [0x2764, 0x2B50, 0x1F525, 0x1F4AF, 0x1F6D2, 0x1F381, 0x1F451, 0x1F195]
)
WORDS = (
    "SALE NEW HOT DEAL BEST PRICE FREE SHIPPING ORIGINAL OFFICIAL STORE SHOP LIMITED ONLY TODAY 100% COTTON SIZE "
    "QUALITY TOP SUPER FAST DELIVERY ORDER NOW PROMO GIFT BUY 2 GET 1 PREMIUM TREND 2024 WHOLESALE STOCK OFF "
    "GARANTIE ANGEBOT NEU OFERTA ENVIO GRATIS SOLDES PROMOTION SCONTO"
).split()


class Overlays:
    def __init__(self, fonts):
        paths = sorted(glob.glob(os.path.join(fonts, "**", "*.ttf"), recursive=True))
        emoji = [path for path in paths if "ColorEmoji" in path]
        self.text_fonts = [path for path in paths if "DejaVu" in path] or [
            path for path in paths if not emoji or path != emoji[0]
        ]
        self.cache = {}
        self.emoji = self.render_emoji(emoji[0]) if emoji else []

    @staticmethod
    def render_emoji(path):
        font = ImageFont.truetype(path, EMOJI_SIZE)
        out = []
        for code in EMOJI_CODES:
            picture = Image.new("RGBA", (136, 128))
            ImageDraw.Draw(picture).text((0, 0), chr(code), font=font, embedded_color=True)
            pixels = np.asarray(picture)
            if (pixels[..., 3] > 0).mean() > 0.1:
                out.append(pixels)
        return out

    def font(self, rng, size):
        key = (int(rng.integers(len(self.text_fonts))), max(6, int(size) // 2 * 2))
        if key not in self.cache:
            if len(self.cache) > 400:
                self.cache.clear()
            self.cache[key] = ImageFont.truetype(self.text_fonts[key[0]], key[1])
        return self.cache[key]

    def words(self, rng, low, high):
        return " ".join(rng.choice(WORDS, int(rng.integers(low, high + 1))))

    def price(self, rng):
        sign = ["$", "€", "£", "¥"][int(rng.integers(4))]
        return (
            f"{sign}{int(rng.integers(1, 200))}.{int(rng.integers(100)):02d}"
            if rng.random() < 0.6
            else f"-{int(rng.integers(1, 19)) * 5}%"
        )

    def text_patch(self, rng, text, height, colour, alpha=255):
        """RGBA pixels of `text`, about `height` high."""
        font = self.font(rng, height * 0.8)
        left, top, right, bottom = font.getbbox(text)
        picture = Image.new(
            "RGBA", (max(1, right - left + 4), max(1, bottom - top + 4)), (*colour, 0)
        )
        ImageDraw.Draw(picture).text((2 - left, 2 - top), text, font=font, fill=(*colour, alpha))
        return np.asarray(picture)

    def sticker(self, rng, size):
        """An emoji, or a coloured shape where no emoji font is installed."""
        if self.emoji and rng.random() < 0.85:
            patch = self.emoji[int(rng.integers(len(self.emoji)))]
        else:
            patch = np.zeros((128, 128, 4), np.uint8)
            colour = [int(value) for value in rng.integers(0, 256, 3)]
            cv2.circle(patch, (64, 64), 60, (*colour, 255), -1, cv2.LINE_AA)
        return cv2.resize(patch, (max(4, size), max(4, size)), interpolation=cv2.INTER_AREA)


def overlap(pixels, patch, left, top):
    """Slices of `pixels` and of a patch that is laid there: what both have, which may be nothing."""
    height, width = pixels.shape[:2]
    x0, y0 = max(0, left), max(0, top)
    x1, y1 = max(x0, min(width, left + patch.shape[1])), max(y0, min(height, top + patch.shape[0]))
    there = slice(y0, y1), slice(x0, x1)
    return there, (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))


def blend(pixels, patch, left, top, opacity=1.0):
    """Draw an RGBA patch onto a copy of `pixels`, cut at the rims."""
    there, seen = overlap(pixels, patch, left, top)
    out, part = pixels.copy(), patch[seen]
    alpha = part[..., 3:].astype(np.float32) * (opacity / 255)
    out[there] = (out[there] * (1 - alpha) + part[..., :3] * alpha + 0.5).astype(np.uint8)
    return out
