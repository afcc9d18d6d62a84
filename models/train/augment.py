"""The alterations by name, and the random chains that training draws from them."""

import augment_pixel as pixel
import augment_scene as scene

KINDS = {
    "recompress": pixel.recompress,
    "downscale": pixel.downscale,
    "crop": pixel.crop,
    "mirror": pixel.mirror,
    "quarter_turn": pixel.quarter_turn,
    "rotate": pixel.rotate,
    "aspect": pixel.aspect,
    "border": scene.border,
    "watermark": scene.watermark,
    "text_banner": scene.text_banner,
    "price_badge": scene.price_badge,
    "stickers": scene.stickers,
    "blurred_logo": scene.blurred_logo,
    "collage": scene.collage,
    "pasted": scene.pasted,
    "background": scene.background,
    "hue": pixel.hue,
    "grey": pixel.grey,
    "tone": pixel.tone,
    "blur": pixel.blur,
    "sharpen": pixel.sharpen,
    "noise": pixel.noise,
    "perspective": pixel.perspective,
    "screenshot": scene.screenshot,
    "screen_photo": scene.screen_photo,
    "pixelate": pixel.pixelate,
}
HELD_OUT = {
    "posterise": pixel.posterise,
    "lens": pixel.lens,
    "halftone": pixel.halftone,
    "glare": pixel.glare,
    "stripes": pixel.stripes,
}
STRENGTHS = {"light": 0.2, "medium": 0.55, "strong": 0.9}

# The kinds that hide or shrink the product are the hard ones: they are drawn more often, and at
# most two of them in one chain, since a collage in a collage shows nothing that can be learned.
LARGE = {"crop", "border", "collage", "pasted", "background", "screenshot", "screen_photo"}
DRAWN = {
    name: 3.0
    if name in ("collage", "pasted")
    else 2.0
    if name in LARGE | {"quarter_turn", "rotate"}
    else 1.0
    for name in KINDS
}
NAMES = list(DRAWN)
TOTAL = sum(DRAWN.values())
SHARES = [DRAWN[name] / TOTAL for name in NAMES]
# What is done last in life is done last here: photos are altered, then put into pages, then sent.
STAGE = {
    "collage": 1,
    "pasted": 1,
    "screenshot": 2,
    "screen_photo": 3,
    "downscale": 4,
    "recompress": 5,
}


class World:
    """What an alteration may use besides the photo: other photos, text and stickers."""

    def __init__(self, other, overlays):
        self.other = other
        self.overlays = overlays


def apply(name, pixels, strength, rng, world):
    function = KINDS.get(name) or HELD_OUT[name]
    return function(pixels, strength, rng, world)


def draw_kinds(rng, most=4):
    """1 to `most` kinds, in the order in which they are done."""
    length = 1 + int(
        rng.choice(most, p=[[1.0], [0.6, 0.4], [0.45, 0.35, 0.2], [0.35, 0.3, 0.2, 0.15]][most - 1])
    )
    names = []
    for name in rng.choice(NAMES, length, replace=False, p=SHARES):
        if name not in LARGE or sum(other in LARGE for other in names) < 2:
            names.append(str(name))
    return sorted(names, key=lambda name: STAGE.get(name, 0))


def apply_all(names, pixels, rng, world, strongest=1.0):
    """One kind after the other, at random strengths."""
    for name in names:
        # A long chain of strong alterations leaves nothing to recognise.
        strength = rng.uniform(0, strongest) / (1 + 0.15 * (len(names) - 1))
        pixels = apply(name, pixels, strength, rng, world)
    return pixels


def chain(pixels, rng, world, most=4, strongest=1.0):
    """1 to `most` kinds at random strengths."""
    return apply_all(draw_kinds(rng, most), pixels, rng, world, strongest)
