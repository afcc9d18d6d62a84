/* Small files that are much work, made here byte by byte, as an attacker would. */
#ifndef BOMBS_H
#define BOMBS_H

#include "base/buffer.h"

#include <imgmatch/status.h>

typedef struct bomb {
    const char *name;
    const char *sound; /* A photo of its kind: IMX_TEST_CORPUS/image_... */
    void (*make)(imx_buffer *out);
    imgmatch_reason reason; /* NONE: read, at the cost of its picture. */
} bomb;

extern const bomb bombs[];
extern const size_t bomb_count;

#endif
