/* Any bytes as a photo; the format is found by content. Corpora by format. */
#include "fuzz.h"
#include "image_limits.h"

#include <imgmatch/imgmatch.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    imgmatch_limits limits = fuzz_image_limits();
    imgmatch_image *image = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status = imgmatch_image_decode(&image, data, size, &limits, &diag);
    fuzz_require((status == IMGMATCH_OK) == (image != NULL));
    if (status != IMGMATCH_OK) {
        fuzz_require(status == IMGMATCH_ERR_PHOTO || status == IMGMATCH_ERR_MEMORY);
        fuzz_require(status != IMGMATCH_ERR_PHOTO || diag.reason != IMGMATCH_REASON_NONE);
        fuzz_require(diag.message[0] != '\0');
        return 0;
    }
    const imgmatch_image_info *info = imgmatch_image_get_info(image);
    fuzz_require(info->width >= 1 && info->height >= 1);
    fuzz_require((uint64_t)info->width * info->height <= limits.max_pixels);
    fuzz_require(info->orientation >= 1 && info->orientation <= 8);
    /* Every pixel is there to be read. */
    const uint8_t *pixels = imgmatch_image_pixels(image);
    volatile uint8_t sum = 0;
    for (size_t i = 0; i < (size_t)3 * info->width * info->height; i++) {
        sum = (uint8_t)(sum + pixels[i]);
    }
    imgmatch_image_free(image);
    return 0;
}
