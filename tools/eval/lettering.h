/* Text as a mask, and pictures through WebP: what libvips does for the benchmark. */
#ifndef IMGMATCH_TOOLS_EVAL_LETTERING_H
#define IMGMATCH_TOOLS_EVAL_LETTERING_H

#include "eval/picture.h"

/* `text` (without < and &, which are markup) in white on black, `height` pixels high, with the
 * system's sans-serif font. False when libvips cannot draw text (it was built without Pango) or
 * memory is out. */
bool eval_lettering(eval_picture *out, const char *text, int height);

/* Encode as WebP; `*out` is freed with eval_free_webp. False when that fails. */
bool eval_encode_webp(void **out, size_t *out_size, const eval_picture *picture, int quality);

void eval_free_webp(void *bytes);

#endif
