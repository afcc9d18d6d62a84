/* What the tests of HEIF files share: pictures to make them of, and the answer that is expected. */
#ifndef TESTS_UNIT_HEIF_FIXTURE_H
#define TESTS_UNIT_HEIF_FIXTURE_H

#include "image/heif_index.h"
#include "made_files/heif_file.h"

#include <imgmatch/limits.h>
#include <imgmatch/status.h>

#define HEIF_FIXTURE_MOST_BYTES (1u << 20)
/* 32 x 64.5 pixels, their middle 4 left of the picture's. */
#define HEIF_FIXTURE_APERTURE                                                                      \
    "\0\0\0\x20\0\0\0\1\0\0\0\x81\0\0\0\2\xFF\xFF\xFF\xFC\0\0\0\1\0\0\0\0\0\0\0\1"

typedef struct heif_fixture {
    imx_buffer file;
    imx_buffer small; /* Coded pictures: the heads of 64 x 64 pixels, */
    imx_buffer large; /* and of 30000 x 30000. */
    imx_buffer hevc_configuration;
    uint8_t *photo; /* A real one of 64 x 64 pixels, */
    size_t photo_bytes;
    imx_heif_span photo_item; /* and its coded picture. */
    uint32_t tile_side;       /* That TILE tells; 64 at first. */
    const char *encoding;     /* Of metadata. */
    uint8_t aperture[32];     /* What is left of a picture that is cut. */
} heif_fixture;

/* The properties that items may have. */
enum {
    SMALL = 1,
    AV1_CONFIGURATION,
    GRID,
    HEVC_CONFIGURATION,
    TRANSPARENCY,
    TURN,
    MIRROR,
    CUT,
    TILE
};

extern const imgmatch_limits heif_fixture_limits;

int heif_fixture_set_up(void **state);
int heif_fixture_tear_down(void **state);
#define WITH_HEIF_FIXTURE(test)                                                                    \
    cmocka_unit_test_setup_teardown(test, heif_fixture_set_up, heif_fixture_tear_down)

/* An hvcC box's body with the parameters of pictures of side x side pixels. */
void heif_fixture_put_configuration(imx_buffer *out, uint32_t side);

/* The file is in made->file. */
void heif_fixture_write(heif_fixture *made, const heif_file_item *items, size_t item_count,
                        const heif_file_link *links, size_t link_count);

void heif_fixture_expect(const heif_fixture *made, imgmatch_reason reason, const char *what);

#endif
