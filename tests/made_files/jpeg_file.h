/* JPEG files made marker by marker, for tests: as many components and scans as one likes. */
#ifndef TESTS_MADE_FILES_JPEG_FILE_H
#define TESTS_MADE_FILES_JPEG_FILE_H

#include "base/buffer.h"

/* A JPEG of `side` x `side` grey pixels with `components`, of which its first scan has three at
 * most; with more scans it is progressive, and each has the first component. `segments` or NULL
 * come before all else. */
void put_jpeg(imx_buffer *out, unsigned side, unsigned components, unsigned more_scans,
              const imx_buffer *segments);

#endif
