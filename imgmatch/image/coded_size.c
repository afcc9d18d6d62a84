#include "image/coded_size.h"

#include <string.h>

void imx_coded_note_size(imx_coded_pictures *pictures, uint64_t width, uint64_t height) {
    pictures->width = width > pictures->width ? width : pictures->width;
    pictures->height = height > pictures->height ? height : pictures->height;
}

void imx_coded_note_shape(imx_coded_pictures *pictures, imx_coded_shape shape, bool sound) {
    bool other = memcmp(&shape, &pictures->shape, sizeof shape) != 0;
    pictures->shape_unsure = pictures->shape_unsure || !sound || (pictures->shape_known && other);
    pictures->shape = shape;
    pictures->shape_known = true;
}
