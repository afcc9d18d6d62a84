"""Figures of a retrieval run out of similarities: micro-AP, recall@1, recall at a precision."""

import numpy as np

FIGURES = ["micro_ap", "recall_at_1", "recall_at_99_precision", "recall_at_90_precision"]


def recall_at_precision(hit, total, precision):
    """Largest recall at which the best answers are right so often; `hit` is best score first."""
    right = np.cumsum(hit)
    good = right / np.arange(1, len(hit) + 1) >= precision
    return right[good].max() / total if good.any() else 0.0


def measure(similarities, expected):
    """`similarities` (queries, references); `expected` the right reference's index, -1 for none.

    Each query gives its best reference as a prediction. Of equal scores the wrong ones come first.
    """
    best = similarities.argmax(1)
    score = similarities[np.arange(len(best)), best]
    hit = best == expected
    order = np.lexsort((hit, -score))
    hit = hit[order]
    total = (expected >= 0).sum()
    precision = np.cumsum(hit) / np.arange(1, len(hit) + 1)
    return {
        "micro_ap": float((precision * hit).sum() / total),
        "recall_at_1": float(hit.sum() / total),
        "recall_at_99_precision": float(recall_at_precision(hit, total, 0.99)),
        "recall_at_90_precision": float(recall_at_precision(hit, total, 0.90)),
    }
