#include "integration/facade/reindexing.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "facade/handle.h"
#include "integration/catalogue/samples.h"

#include <stdio.h>

void reindexing_draw(const char *folder, const char *name, uint64_t seed) {
    char path[512];
    encoded picture = picture_png(seed);
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_true(sample_write_file(path, picture.bytes, picture.size));
    imgmatch_free(picture.bytes);
}

void reindexing_add_photo(workplace *place, const char *id, const char *name, const char *brand,
                          const char *metadata) {
    char path[512];
    imgmatch_photo photo = IMGMATCH_PHOTO_INIT;
    imgmatch_outcome outcome;
    (void)snprintf(path, sizeof path, "%s/%s", place->folder, name);
    photo.id = id;
    photo.path = path;
    photo.brand = brand;
    photo.metadata = metadata;
    assert_int_equal(imgmatch_catalogue_add(&outcome, place->catalogue, &photo, 1, NULL, NULL),
                     IMGMATCH_OK);
    assert_int_not_equal(outcome.kind, IMGMATCH_OUTCOME_FAILED);
}

void reindexing_add_hash(workplace *place, const char *id, uint64_t seed, const char *added_at) {
    bool replaced = false;
    imx_random random = {seed};
    imx_item_record item = {
        .id = id, .product = "", .brand = "", .source = "", .metadata = "{}", .view_count = 1};
    sample_hash(&item.views[0].pdq, &random);
    (void)snprintf(item.added_at, sizeof item.added_at, "%s", added_at);
    assert_int_equal(imx_store_add(&replaced, place->catalogue->store, &item, 1, NULL),
                     IMGMATCH_OK);
}

imgmatch_reindex_report reindexing_run(const char *path, const imgmatch_model *model) {
    imgmatch_reindex_report report;
    imgmatch_reindex_options options = IMGMATCH_REINDEX_OPTIONS_INIT;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    options.threads = 1;
    if (imgmatch_catalogue_reindex(&report, path, model, &options, &diag) != IMGMATCH_OK) {
        fail_msg("%s", diag.message);
    }
    return report;
}
