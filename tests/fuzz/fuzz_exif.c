/* Any bytes as an EXIF block, and its turn of a small picture. */
#include "fuzz.h"

#include "image/exif.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint32_t orientation = imx_exif_orientation(data, size);
    fuzz_require(orientation >= 1 && orientation <= 8);
    enum { WIDTH = 5, HEIGHT = 3 };
    uint8_t in[3 * WIDTH * HEIGHT], out[sizeof in];
    uint32_t before = 0, after = 0;
    for (size_t i = 0; i < sizeof in; i++) {
        in[i] = (uint8_t)(i * 5 + size);
        out[i] = 0;
        before += in[i];
    }
    imx_pixels picture = {in, WIDTH, HEIGHT, 3 * WIDTH};
    imx_exif_turn(out, picture, orientation);
    for (size_t i = 0; i < sizeof out; i++) {
        after += out[i];
    }
    fuzz_require(before == after);
    return 0;
}
