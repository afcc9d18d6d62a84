#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/file.h"
#include "image/heif.h"
#include "made_files/bytes.h"
#include "unit/heif_fixture.h"

#include <stdlib.h>
#include <string.h>

const imgmatch_limits heif_fixture_limits = IMGMATCH_LIMITS_INIT;

static const uint8_t small_size[] = {0, 0, 0, 0, 0, 0, 0, 64, 0, 0, 0, 64};
static const uint8_t grid_size[] = {0, 0, 0, 0, 0, 0, 0, 128, 0, 0, 0, 128};
static const uint8_t transparency[] = "\0\0\0\0urn:mpeg:mpegB:cicp:systems:auxiliary:alpha";
static const uint8_t av1_configuration[] = {0x81, 0, 0x0C, 0};

void heif_fixture_put_configuration(imx_buffer *out, uint32_t side) {
    static const uint8_t fixed[26] = {[0] = 1, [21] = 3, [22] = 1, [23] = 33, [25] = 1};
    put(out, fixed, sizeof fixed);
    heif_put_hevc_parameters(out, side, side, 2);
}

int heif_fixture_set_up(void **state) {
    static heif_fixture made;
    imx_buffer_init(&made.file, HEIF_FIXTURE_MOST_BYTES);
    imx_buffer_init(&made.small, HEIF_FIXTURE_MOST_BYTES);
    imx_buffer_init(&made.large, HEIF_FIXTURE_MOST_BYTES);
    imx_buffer_init(&made.hevc_configuration, HEIF_FIXTURE_MOST_BYTES);
    heif_put_av1(&made.small, 64, 64);
    heif_put_av1(&made.large, 30000, 30000);
    heif_fixture_put_configuration(&made.hevc_configuration, 64);
    made.tile_side = 64;
    memcpy(made.aperture, HEIF_FIXTURE_APERTURE, sizeof made.aperture);
    assert_int_equal(imx_file_read(&made.photo, &made.photo_bytes,
                                   IMX_TEST_CORPUS "/image_heif/avif", HEIF_FIXTURE_MOST_BYTES,
                                   NULL),
                     IMGMATCH_OK);
    imx_heif_index *index = malloc(sizeof *index);
    assert_non_null(index);
    assert_int_equal(imx_heif_index_read(index, made.photo, made.photo_bytes), IMX_HEIF_OK);
    uint8_t *owned;
    assert_int_equal(imx_heif_item_data(&made.photo_item, &owned, index,
                                        imx_heif_index_find(index, index->primary)),
                     IMX_HEIF_OK);
    assert_null(owned);
    free(index);
    *state = &made;
    return 0;
}

int heif_fixture_tear_down(void **state) {
    heif_fixture *made = *state;
    imx_buffer_free(&made->file);
    imx_buffer_free(&made->small);
    imx_buffer_free(&made->large);
    imx_buffer_free(&made->hevc_configuration);
    free(made->photo);
    return 0;
}

void heif_fixture_write(heif_fixture *made, const heif_file_item *items, size_t item_count,
                        const heif_file_link *links, size_t link_count) {
    const uint8_t high = (uint8_t)(made->tile_side >> 8);
    const uint8_t low = (uint8_t)made->tile_side;
    const uint8_t tile_size[] = {0, 0, 0, 0, 0, 0, high, low, 0, 0, high, low};
    const heif_file_property properties[] = {
        {"ispe", small_size, sizeof small_size},
        {"av1C", av1_configuration, sizeof av1_configuration},
        {"ispe", grid_size, sizeof grid_size},
        {"hvcC", made->hevc_configuration.bytes, made->hevc_configuration.size},
        {"auxC", transparency, sizeof transparency},
        {"irot", "\1", 1},
        {"imir", "\0", 1},
        {"clap", made->aperture, sizeof made->aperture},
        {"ispe", tile_size, sizeof tile_size},
    };
    imx_buffer_clear(&made->file);
    heif_file_write(&made->file, &(heif_file){items, item_count, properties, TILE, links,
                                              link_count, made->encoding});
    assert_false(made->file.failed);
}

void heif_fixture_expect(const heif_fixture *made, imgmatch_reason reason, const char *what) {
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status =
        imx_heif_check(made->file.bytes, made->file.size, &heif_fixture_limits, &diag);
    if (diag.reason != reason || (status == IMGMATCH_OK) != (reason == IMGMATCH_REASON_NONE)) {
        fail_msg("%s: %s: %s", what, imgmatch_reason_code(diag.reason), diag.message);
    }
}
