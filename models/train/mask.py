"""Finds the subject of a photo: on a plain background by colour, otherwise by GrabCut."""

import cv2
import numpy as np

WORK_SIDE = 96
PLAIN_SPREAD = 14.0  # Grey levels: how much the rim of a photo on a plain background varies.


def shrink(pixels):
    scale = WORK_SIDE / max(pixels.shape[:2])
    size = (max(8, round(pixels.shape[1] * scale)), max(8, round(pixels.shape[0] * scale)))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def rim(small):
    return np.concatenate(
        [
            small[:2].reshape(-1, 3),
            small[-2:].reshape(-1, 3),
            small[:, :2].reshape(-1, 3),
            small[:, -2:].reshape(-1, 3),
        ]
    )


def accept(mask):
    """Subjects of a useful size only."""
    share = float((mask > 0.5).mean())
    return 0.06 < share < 0.85


def soften(mask, pixels):
    mask = cv2.resize(
        mask.astype(np.float32), (pixels.shape[1], pixels.shape[0]), interpolation=cv2.INTER_LINEAR
    )
    return np.clip((mask - 0.3) / 0.4, 0, 1)


def box(mask):
    """Left, top, right and bottom of what is more in the mask than out of it."""
    rows, columns = np.where(mask.max(1) > 0.5)[0], np.where(mask.max(0) > 0.5)[0]
    return columns[0], rows[0], columns[-1] + 1, rows[-1] + 1


def plain_mask(pixels):
    """0..1 for each pixel, or None when the background is not plain."""
    small = shrink(pixels)
    around = rim(small).astype(np.float32)
    colour = np.median(around, 0)
    if np.mean(np.abs(around - colour)) > PLAIN_SPREAD:
        return None
    far = (np.abs(small.astype(np.float32) - colour).max(2) > 22).astype(np.uint8)
    far = cv2.morphologyEx(far, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    # Holes in the subject belong to it unless they are joined to the rim.
    padded = cv2.copyMakeBorder(far, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    cv2.floodFill(padded, None, (0, 0), 2)
    mask = (padded[1:-1, 1:-1] != 2).astype(np.float32)
    return soften(mask, pixels) if accept(mask) else None


def grab_mask(pixels, subject_fills):
    """As plain_mask; for sets whose subject fills the middle, GrabCut where that finds nothing."""
    mask = plain_mask(pixels)
    return mask if mask is not None or not subject_fills else grab_cut(pixels)


def grab_cut(pixels, inset=(0.06, 0.05)):
    """GrabCut's subject, started from all but these shares of the width and height at either end."""
    small = cv2.resize(shrink(pixels), None, fx=0.75, fy=0.75, interpolation=cv2.INTER_AREA)
    height, width = small.shape[:2]
    labels = np.zeros((height, width), np.uint8)
    area = (
        round(width * inset[0]),
        round(height * inset[1]),
        round(width * (1 - 2 * inset[0])),
        round(height * (1 - 2 * inset[1])),
    )
    cv2.setRNGSeed(1)
    try:
        cv2.grabCut(
            np.ascontiguousarray(small),
            labels,
            area,
            np.zeros((1, 65)),
            np.zeros((1, 65)),
            2,
            cv2.GC_INIT_WITH_RECT,
        )
    except cv2.error:
        return None
    mask = (labels & 1).astype(np.float32)
    return soften(mask, pixels) if accept(mask) else None


def cut_out(pixels, mask, background=255):
    alpha = mask[..., None]
    return np.rint(pixels * alpha + np.asarray(background, np.float32) * (1 - alpha)).astype(
        np.uint8
    )
