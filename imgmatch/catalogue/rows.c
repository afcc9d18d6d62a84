#include "catalogue/rows.h"

#include "base/checksum.h"
#include "base/diag.h"
#include "base/half.h"
#include "base/json_scan.h"
#include "base/memory.h"
#include "base/sha256.h"
#include "catalogue/added_at.h"
#include "catalogue/digest.h"
#include "catalogue/inner_product.h"

#include <stdlib.h>
#include <string.h>

/* Length 1, give or take what rounding to halves does. */
#define MAX_SQUARED_LENGTH 1.02f

static int64_t digest_item(const imx_item_row *row) {
    imx_digest digest = {.count = 0};
    imx_digest_int(&digest, (uint64_t)row->seq);
    imx_digest_text(&digest, row->id);
    imx_digest_text(&digest, row->product);
    imx_digest_text(&digest, row->brand);
    imx_digest_text(&digest, row->source);
    imx_digest_text(&digest, row->metadata);
    imx_digest_text(&digest, row->sha256);
    imx_digest_int(&digest, row->size_bytes);
    imx_digest_int(&digest, row->width);
    imx_digest_int(&digest, row->height);
    imx_digest_int(&digest, row->remarks);
    imx_digest_int(&digest, row->views);
    imx_digest_int(&digest, row->features);
    imx_digest_int(&digest, row->sketched);
    imx_digest_text(&digest, row->added_at);
    return imx_digest_finish(&digest);
}

/* Programs print what is in these as it is. Whoever writes a catalogue can make any checksum fit.
 */
static bool texts_are_sound(const imx_item_row *row) {
    return (row->sha256[0] == '\0' || imx_sha256_is_hex(row->sha256)) &&
           imx_json_is_object_text(row->metadata);
}

imgmatch_status imx_item_row_take(imx_item_row *out, imx_sql *sql, imx_statement *statement,
                                  imgmatch_diag *diag) {
    out->seq = imx_sql_int(statement, 0);
    const char **texts[] = {&out->id,     &out->product,  &out->brand,
                            &out->source, &out->metadata, &out->sha256};
    bool sound = true;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        size_t size = 0;
        *texts[i] = imx_sql_text(&size, statement, (int)i + 1);
        sound = sound && strlen(*texts[i]) == size;
    }
    out->size_bytes = (uint64_t)imx_sql_int(statement, 7);
    out->width = (uint32_t)imx_sql_int(statement, 8);
    out->height = (uint32_t)imx_sql_int(statement, 9);
    out->remarks = (uint64_t)imx_sql_int(statement, 10);
    out->views = (uint32_t)imx_sql_int(statement, 11);
    out->features = (uint32_t)imx_sql_int(statement, 12);
    out->sketched = imx_sql_int(statement, 13) != 0;
    out->added_at = imx_sql_text(NULL, statement, 14);
    if (!sound || imx_sql_int(statement, 15) != digest_item(out) || out->views < 1 ||
        out->views > IMX_MAX_VIEWS) {
        return imx_sql_fail_damaged(sql, "an item", diag);
    }
    if (!imx_added_at_is_valid(out->added_at)) {
        out->added_at = "";
    }
    return texts_are_sound(out)
               ? IMGMATCH_OK
               : imx_sql_fail_unsound(sql, "an item's SHA-256 or metadata is none", diag);
}

static int64_t digest_view(int64_t seq, int64_t view, const imgmatch_pdq *pdq,
                           const void *embedding, size_t size) {
    imx_digest digest = {.count = 0};
    imx_digest_int(&digest, (uint64_t)seq);
    imx_digest_int(&digest, (uint64_t)view);
    imx_digest_bytes(&digest, pdq->hash, sizeof pdq->hash);
    imx_digest_int(&digest, pdq->quality);
    imx_digest_int(&digest, pdq->unstable);
    imx_digest_bytes(&digest, embedding, size);
    return imx_digest_finish(&digest);
}

imgmatch_status imx_view_row_take(imx_view_row *out, uint16_t *halves, uint32_t dimension,
                                  imx_sql *sql, imx_statement *statement, int first_column,
                                  imgmatch_diag *diag) {
    out->seq = imx_sql_int(statement, first_column);
    int64_t view = imx_sql_int(statement, first_column + 1);
    size_t hash_size = 0, embedding_size = 0;
    const uint8_t *hash = imx_sql_blob(&hash_size, statement, first_column + 2);
    const uint8_t *embedding = imx_sql_blob(&embedding_size, statement, first_column + 5);
    bool embedded = embedding_size == dimension * sizeof *halves;
    if (hash_size != sizeof out->pdq.hash || (!embedded && embedding_size != 0) || view < 0 ||
        view >= IMX_MAX_VIEWS) {
        return imx_sql_fail_damaged(sql, "a fingerprint", diag);
    }
    out->view = (int)view;
    memcpy(out->pdq.hash, hash, hash_size);
    out->pdq.quality = (uint8_t)imx_sql_int(statement, first_column + 3);
    out->pdq.unstable = (uint8_t)imx_sql_int(statement, first_column + 4);
    if (imx_sql_int(statement, first_column + 6) !=
        digest_view(out->seq, view, &out->pdq, embedding, embedding_size)) {
        return imx_sql_fail_damaged(sql, "a fingerprint", diag);
    }
    out->embedded = embedded;
    if (halves != NULL) {
        memset(halves, 0, dimension * sizeof *halves);
        memcpy(halves, embedding, embedding_size);
    }
    return IMGMATCH_OK;
}

imgmatch_status imx_rows_each_view(imx_sql *sql, int64_t first_seq, uint32_t dimension,
                                   imgmatch_status (*each)(void *user, const imx_index_row *row,
                                                           imgmatch_diag *diag),
                                   void *user, imgmatch_diag *diag) {
    uint16_t *halves = imx_new_array_raw(dimension, sizeof *halves);
    if (halves == NULL) {
        return imx_fail_memory(diag);
    }
    imx_statement *statement = NULL;
    imgmatch_status status = imx_sql_prepare(&statement, sql,
                                             "SELECT " IMX_VIEW_COLUMNS ", " IMX_VIEW_ID_COLUMN
                                             " FROM views WHERE seq >= ? ORDER BY seq, view",
                                             diag);
    bool row = status == IMGMATCH_OK;
    if (row) {
        imx_sql_bind_int(statement, 1, first_seq);
    }
    while (row && (status = imx_sql_step(&row, statement, diag)) == IMGMATCH_OK && row) {
        imx_view_row view;
        status = imx_view_row_take(&view, halves, dimension, sql, statement, 0, diag);
        if (status == IMGMATCH_OK) {
            const char *id = imx_sql_text(NULL, statement, IMX_VIEW_COLUMN_COUNT);
            imx_index_row found = {.seq = view.seq,
                                   .rank = imx_item_rank(id),
                                   .view = view.view,
                                   .hash = view.pdq.hash,
                                   .halves = halves};
            status = each(user, &found, diag);
        }
        row = status == IMGMATCH_OK;
    }
    imx_sql_done(statement);
    free(halves);
    return status;
}

bool imx_embedding_is_sound(const uint16_t *halves, float *scratch, uint32_t dimension) {
    imx_half_to_float(scratch, halves, dimension);
    /* NaN compares as false. */
    return imx_inner_product(scratch, scratch, dimension) <= MAX_SQUARED_LENGTH;
}

static imgmatch_status insert_item(imx_sql *sql, const imx_item_row *row, imgmatch_diag *diag) {
    imx_statement *insert = NULL;
    imgmatch_status status = imx_sql_prepare(
        &insert, sql, "INSERT INTO items VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    imx_sql_bind_int(insert, 1, row->seq);
    imx_sql_bind_text(insert, 2, row->id);
    imx_sql_bind_text(insert, 3, row->product);
    imx_sql_bind_text(insert, 4, row->brand);
    imx_sql_bind_text(insert, 5, row->source);
    imx_sql_bind_text(insert, 6, row->metadata);
    imx_sql_bind_text(insert, 7, row->sha256);
    imx_sql_bind_int(insert, 8, (int64_t)row->size_bytes);
    imx_sql_bind_int(insert, 9, row->width);
    imx_sql_bind_int(insert, 10, row->height);
    imx_sql_bind_int(insert, 11, (int64_t)row->remarks);
    imx_sql_bind_int(insert, 12, row->views);
    imx_sql_bind_int(insert, 13, row->features);
    imx_sql_bind_int(insert, 14, row->sketched);
    imx_sql_bind_text(insert, 15, row->added_at);
    imx_sql_bind_int(insert, 16, digest_item(row));
    return imx_sql_execute(insert, diag);
}

static imgmatch_status insert_view(imx_sql *sql, int64_t seq, int view,
                                   const imx_view_record *record, uint32_t dimension,
                                   imgmatch_diag *diag) {
    imx_statement *insert = NULL;
    imgmatch_status status =
        imx_sql_prepare(&insert, sql, "INSERT INTO views VALUES(?, ?, ?, ?, ?, ?, ?)", diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    size_t size = record->embedding == NULL ? 0 : dimension * sizeof *record->embedding;
    imx_sql_bind_int(insert, 1, seq);
    imx_sql_bind_int(insert, 2, view);
    imx_sql_bind_blob(insert, 3, record->pdq.hash, sizeof record->pdq.hash);
    imx_sql_bind_int(insert, 4, record->pdq.quality);
    imx_sql_bind_int(insert, 5, record->pdq.unstable);
    imx_sql_bind_blob(insert, 6, record->embedding, size);
    imx_sql_bind_int(insert, 7, digest_view(seq, view, &record->pdq, record->embedding, size));
    return imx_sql_execute(insert, diag);
}

int64_t imx_rows_digest_sketch(int64_t seq, const uint8_t *sketch, size_t size) {
    imx_digest digest = {.count = 0};
    imx_digest_int(&digest, (uint64_t)seq);
    imx_digest_bytes(&digest, sketch, size);
    return imx_digest_finish(&digest);
}

static imgmatch_status insert_sketch(imx_sql *sql, int64_t seq, const imx_item_record *item,
                                     imgmatch_diag *diag) {
    imx_statement *insert = NULL;
    imgmatch_status status =
        imx_sql_prepare(&insert, sql, "INSERT INTO sketches VALUES(?, ?, ?)", diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    imx_sql_bind_int(insert, 1, seq);
    imx_sql_bind_blob(insert, 2, item->sketch, item->sketch_size);
    imx_sql_bind_int(insert, 3, imx_rows_digest_sketch(seq, item->sketch, item->sketch_size));
    return imx_sql_execute(insert, diag);
}

imgmatch_status imx_rows_insert(imx_sql *sql, const imx_item_record *item, int64_t seq,
                                uint32_t dimension, const char *added_at, imgmatch_diag *diag) {
    imx_item_row row = {.seq = seq,
                        .id = item->id,
                        .product = item->product,
                        .brand = item->brand,
                        .source = item->source,
                        .metadata = item->metadata,
                        .sha256 = item->sha256,
                        .size_bytes = item->size_bytes,
                        .width = item->width,
                        .height = item->height,
                        .remarks = item->remarks,
                        .views = item->view_count,
                        .features = item->feature_count,
                        .sketched = item->sketch != NULL,
                        .added_at = added_at};
    imgmatch_status status = insert_item(sql, &row, diag);
    for (uint32_t i = 0; i < item->view_count && status == IMGMATCH_OK; i++) {
        status = insert_view(sql, seq, (int)i, &item->views[i], dimension, diag);
    }
    if (status == IMGMATCH_OK && item->sketch != NULL) {
        status = insert_sketch(sql, seq, item, diag);
    }
    return status;
}

static imgmatch_status run_on_seq(imx_sql *sql, const char *text, int64_t seq,
                                  imgmatch_diag *diag) {
    imx_statement *statement = NULL;
    imgmatch_status status = imx_sql_prepare(&statement, sql, text, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    imx_sql_bind_int(statement, 1, seq);
    return imx_sql_execute(statement, diag);
}

imgmatch_status imx_rows_bury(imx_sql *sql, int64_t seq, imgmatch_diag *diag) {
    static const char *const steps[] = {
        "DELETE FROM items WHERE seq = ?", "DELETE FROM views WHERE seq = ?",
        "DELETE FROM sketches WHERE seq = ?", "INSERT INTO tombstones VALUES(?)"};
    imgmatch_status status = IMGMATCH_OK;
    for (size_t i = 0; i < sizeof steps / sizeof *steps && status == IMGMATCH_OK; i++) {
        status = run_on_seq(sql, steps[i], seq, diag);
    }
    return status;
}

/* An entry of the index of ids, and whether the item that it leads to has its id. The index alone
 * answers the inner query; the item is then read by its seq, from the table. */
#define INDEX_ENTRY(which)                                                                         \
    "SELECT entry.seq, entry.id = items.id FROM (SELECT seq, id FROM items WHERE " which           \
    ") AS entry LEFT JOIN items ON items.seq = entry.seq"

static imgmatch_status read_entry(int64_t *seq, imx_sql *sql, const char *query, const char *id,
                                  imgmatch_diag *diag) {
    *seq = 0;
    imx_statement *statement = NULL;
    imgmatch_status status = imx_sql_prepare(&statement, sql, query, diag);
    bool row = false;
    if (status == IMGMATCH_OK) {
        imx_sql_bind_text(statement, 1, id);
        status = imx_sql_step(&row, statement, diag);
    }
    if (row && imx_sql_int(statement, 1) != 1) {
        status =
            imx_fail(diag, IMGMATCH_ERR_CATALOGUE,
                     "%s is damaged: its index of ids does not fit its items", imx_sql_path(sql));
    } else if (row) {
        *seq = imx_sql_int(statement, 0);
    }
    imx_sql_done(statement);
    return status;
}

/* An entry that changed leads the search for an id astray only by being compared with it. All
 * others are in order, so the search ends beside the one that changed: before it or behind it. */
imgmatch_status imx_rows_check_absent(imx_sql *sql, const char *id, imgmatch_diag *diag) {
    int64_t seq;
    imgmatch_status status =
        read_entry(&seq, sql, INDEX_ENTRY("id < ?1 ORDER BY id DESC LIMIT 1"), id, diag);
    if (status == IMGMATCH_OK) {
        status = read_entry(&seq, sql, INDEX_ENTRY("id > ?1 ORDER BY id LIMIT 1"), id, diag);
    }
    return status;
}

imgmatch_status imx_rows_find(int64_t *seq, imx_sql *sql, const char *id, imgmatch_diag *diag) {
    imgmatch_status status = read_entry(seq, sql, INDEX_ENTRY("id = ?1"), id, diag);
    return status == IMGMATCH_OK && *seq == 0 ? imx_rows_check_absent(sql, id, diag) : status;
}

imgmatch_status imx_rows_read_sketch(uint8_t **sketch, size_t *size, imx_sql *sql, int64_t seq,
                                     imgmatch_diag *diag) {
    *sketch = NULL;
    *size = 0;
    imx_statement *statement = NULL;
    imgmatch_status status = imx_sql_prepare(
        &statement, sql, "SELECT sketch, checksum FROM sketches WHERE seq = ?", diag);
    bool row = false;
    if (status == IMGMATCH_OK) {
        imx_sql_bind_int(statement, 1, seq);
        status = imx_sql_step(&row, statement, diag);
    }
    if (status == IMGMATCH_OK) {
        size_t found = 0;
        const uint8_t *bytes = row ? imx_sql_blob(&found, statement, 0) : NULL;
        if (!row || imx_sql_int(statement, 1) != imx_rows_digest_sketch(seq, bytes, found)) {
            status = imx_sql_fail_damaged(sql, "a sketch", diag);
        } else if ((*sketch = (uint8_t *)imx_copy_bytes(bytes, found)) == NULL) {
            status = imx_fail_memory(diag);
        } else {
            *size = found;
        }
    }
    imx_sql_done(statement);
    return status;
}

uint64_t imx_item_rank(const char *id) { return imx_checksum(id, strlen(id)); }

imgmatch_item *imx_item_new(const imx_item_row *row, const imx_view_row *view) {
    const char *const texts[] = {row->id,     row->product,  row->brand,
                                 row->source, row->metadata, row->added_at};
    size_t size = sizeof(imgmatch_item);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        /* Each is bounded by what SQLite may hold, so that the sum cannot overflow. */
        size += strlen(texts[i]) + 1;
    }
    imgmatch_item *item = imx_new_array(size, 1);
    if (item == NULL) {
        return NULL;
    }
    const char **places[] = {&item->id,     &item->product,  &item->brand,
                             &item->source, &item->metadata, &item->added_at};
    char *text = (char *)(item + 1);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        size_t length = strlen(texts[i]) + 1;
        memcpy(text, texts[i], length);
        *places[i] = text;
        text += length;
    }
    memcpy(item->sha256, row->sha256, strlen(row->sha256) + 1);
    item->size_bytes = row->size_bytes;
    item->width = row->width;
    item->height = row->height;
    item->pdq = view->pdq;
    item->hash_only = !view->embedded;
    item->remarks = row->remarks;
    item->views = row->views;
    item->features = row->features;
    return item;
}
