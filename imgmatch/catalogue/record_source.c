#include "catalogue/record_source.h"

#include "catalogue/lock.h"
#include "catalogue/rows.h"
#include "catalogue/schema.h"
#include "catalogue/store_parts.h"

#include "base/diag.h"
#include "base/file.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What the record at hand points to: texts are the statement's, fingerprints are here. */
struct imx_record_source {
    imx_sql *sql;
    imx_catalogue_identity identity;
    imx_state state;
    imx_statement *items;
    uint64_t seen; /* Of them. */
    imx_item_record record;
    int64_t seq;      /* Of the record. */
    uint16_t *halves; /* IMX_MAX_VIEWS times the dimension. */
    uint8_t *sketch;
};

static imgmatch_status begin(imx_record_source *source, imgmatch_diag *diag) {
    imgmatch_status status = imx_sql_begin_read(source->sql, diag);
    return status == IMGMATCH_OK ? imx_schema_read_state(&source->state, source->sql, diag)
                                 : status;
}

static imgmatch_status open_source(imx_record_source *source, const char *folder,
                                   const char *database, const imx_identity *expected,
                                   imgmatch_diag *diag) {
    if (access(database, F_OK) != 0) {
        return imx_fail(diag, IMGMATCH_ERR_NOT_FOUND, "there is no catalogue in %s", folder);
    }
    bool damaged_note = false;
    uint64_t noted = 0;
    imgmatch_status status = imx_lock_read_noted(&noted, &damaged_note, folder, diag);
    if (status == IMGMATCH_OK) {
        status = imx_sql_open(&source->sql, database, IMX_SQL_READ, diag);
    }
    if (status == IMGMATCH_OK) {
        status = imx_schema_read_identity(&source->identity, source->sql, diag);
    }
    if (status == IMGMATCH_OK && expected != NULL) {
        status = imx_store_check_identity(&source->identity.made_by, expected, diag);
    }
    if (status == IMGMATCH_OK) {
        status = begin(source, diag);
    }
    if (status == IMGMATCH_OK && source->state.generation < noted) {
        status = imx_fail(diag, IMGMATCH_ERR_CATALOGUE,
                          "%s is older than what was acknowledged: its -wal file is missing or "
                          "damaged",
                          database);
    }
    if (status == IMGMATCH_OK) {
        source->halves = imx_new_array_raw((size_t)source->identity.made_by.dimension,
                                           IMX_MAX_VIEWS * sizeof *source->halves);
        status = source->halves == NULL ? imx_fail_memory(diag) : IMGMATCH_OK;
    }
    return status;
}

imgmatch_status imx_record_source_open(imx_record_source **out, const char *folder,
                                       const imx_identity *expected, imgmatch_diag *diag) {
    *out = NULL;
    imx_record_source *source = imx_new_array(1, sizeof *source);
    char *database = imx_file_join(folder, IMX_DATABASE_NAME);
    imgmatch_status status = source == NULL || database == NULL
                                 ? imx_fail_memory(diag)
                                 : open_source(source, folder, database, expected, diag);
    free(database);
    if (status != IMGMATCH_OK) {
        imx_record_source_close(source);
        return status;
    }
    *out = source;
    return IMGMATCH_OK;
}

void imx_record_source_close(imx_record_source *source) {
    if (source != NULL) {
        imx_sql_done(source->items);
        imx_sql_close(source->sql);
        free(source->halves);
        free(source->sketch);
        free(source);
    }
}

const imx_identity *imx_record_source_identity(const imx_record_source *source) {
    return &source->identity.made_by;
}

const char *imx_record_source_name(const imx_record_source *source) {
    return source->identity.name;
}

uint64_t imx_record_source_number(const imx_record_source *source) {
    return source->identity.number;
}

uint64_t imx_record_source_generation(const imx_record_source *source) {
    return source->state.generation;
}

uint64_t imx_record_source_count(const imx_record_source *source) {
    return source->state.item_count;
}

int64_t imx_record_source_seq(const imx_record_source *source) { return source->seq; }

int64_t imx_record_source_next_seq(const imx_record_source *source) {
    return source->state.next_seq;
}

static imgmatch_status read_views(imx_record_source *source, int64_t seq, imgmatch_diag *diag) {
    imx_item_record *record = &source->record;
    uint32_t dimension = source->identity.made_by.dimension;
    imx_statement *statement = NULL;
    imgmatch_status status =
        imx_sql_prepare(&statement, source->sql,
                        "SELECT " IMX_VIEW_COLUMNS " FROM views WHERE seq = ? ORDER BY view", diag);
    if (status == IMGMATCH_OK) {
        imx_sql_bind_int(statement, 1, seq);
    }
    for (uint32_t i = 0; i < record->view_count && status == IMGMATCH_OK; i++) {
        bool row = false;
        imx_view_row view = {.view = -1};
        uint16_t *halves = source->halves + (size_t)i * dimension;
        status = imx_sql_step(&row, statement, diag);
        if (row) {
            status = imx_view_row_take(&view, halves, dimension, source->sql, statement, 0, diag);
        }
        if (status == IMGMATCH_OK && view.view != (int)i) {
            status = imx_sql_fail_damaged(source->sql, "an item's fingerprint", diag);
        }
        record->views[i] =
            (imx_view_record){.pdq = view.pdq, .embedding = view.embedded ? halves : NULL};
    }
    imx_sql_done(statement);
    return status;
}

/* The item at which `items` stands. */
static imgmatch_status take(imx_record_source *source, imgmatch_diag *diag) {
    imx_item_row row;
    imgmatch_status status = imx_item_row_take(&row, source->sql, source->items, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    imx_item_record *record = &source->record;
    *record = (imx_item_record){.id = row.id,
                                .product = row.product,
                                .brand = row.brand,
                                .source = row.source,
                                .metadata = row.metadata,
                                .size_bytes = row.size_bytes,
                                .width = row.width,
                                .height = row.height,
                                .remarks = row.remarks,
                                .view_count = row.views,
                                .feature_count = row.features};
    source->seq = row.seq;
    memcpy(record->sha256, row.sha256, strlen(row.sha256) + 1);
    memcpy(record->added_at, row.added_at, strlen(row.added_at) + 1);
    status = read_views(source, row.seq, diag);
    free(source->sketch);
    source->sketch = NULL;
    if (status == IMGMATCH_OK && row.sketched) {
        status =
            imx_rows_read_sketch(&source->sketch, &record->sketch_size, source->sql, row.seq, diag);
        record->sketch = source->sketch;
    }
    return status;
}

imgmatch_status imx_record_source_next(const imx_item_record **record, imx_record_source *source,
                                       imgmatch_diag *diag) {
    *record = NULL;
    imgmatch_status status = IMGMATCH_OK;
    if (source->items == NULL) {
        status = imx_sql_prepare(&source->items, source->sql,
                                 "SELECT " IMX_ITEM_COLUMNS " FROM items ORDER BY id", diag);
        source->seen = 0;
    }
    bool row = false;
    if (status == IMGMATCH_OK) {
        status = imx_sql_step(&row, source->items, diag);
    }
    if (row) {
        source->seen++;
        status = take(source, diag);
        *record = status == IMGMATCH_OK ? &source->record : NULL;
    } else if (status == IMGMATCH_OK && source->seen != source->state.item_count) {
        status = imx_sql_fail_damaged(source->sql, "the number of items", diag);
    }
    return status;
}

imgmatch_status imx_record_source_find(const imx_item_record **record, imx_record_source *source,
                                       const char *id, imgmatch_diag *diag) {
    *record = NULL;
    imx_sql_done(source->items);
    source->items = NULL;
    imgmatch_status status = imx_sql_prepare(
        &source->items, source->sql, "SELECT " IMX_ITEM_COLUMNS " FROM items WHERE id = ?", diag);
    bool row = false;
    if (status == IMGMATCH_OK) {
        imx_sql_bind_text(source->items, 1, id);
        status = imx_sql_step(&row, source->items, diag);
    }
    if (row) {
        status = take(source, diag);
        *record = status == IMGMATCH_OK ? &source->record : NULL;
    }
    return status;
}

imgmatch_status imx_record_source_renew(imx_record_source *source, imgmatch_diag *diag) {
    imx_sql_done(source->items);
    source->items = NULL;
    return begin(source, diag);
}

void imx_record_source_let_go(imx_record_source *source) {
    imx_sql_done(source->items);
    source->items = NULL;
    imx_sql_rollback(source->sql);
}

static bool views_equal(const imx_view_record *a, const imx_view_record *b, uint32_t dimension) {
    bool same_kind = (a->embedding == NULL) == (b->embedding == NULL);
    return same_kind && memcmp(a->pdq.hash, b->pdq.hash, sizeof a->pdq.hash) == 0 &&
           a->pdq.quality == b->pdq.quality && a->pdq.unstable == b->pdq.unstable &&
           (a->embedding == NULL ||
            memcmp(a->embedding, b->embedding, dimension * sizeof *a->embedding) == 0);
}

bool imx_record_equals(const imx_item_record *a, const imx_item_record *b, uint32_t dimension) {
    bool same = strcmp(a->id, b->id) == 0 && strcmp(a->product, b->product) == 0 &&
                strcmp(a->brand, b->brand) == 0 && strcmp(a->source, b->source) == 0 &&
                strcmp(a->metadata, b->metadata) == 0 && strcmp(a->sha256, b->sha256) == 0 &&
                a->size_bytes == b->size_bytes && a->width == b->width && a->height == b->height &&
                a->remarks == b->remarks && a->view_count == b->view_count &&
                a->feature_count == b->feature_count && a->sketch_size == b->sketch_size &&
                (a->sketch == NULL) == (b->sketch == NULL) &&
                (a->sketch_size == 0 || memcmp(a->sketch, b->sketch, a->sketch_size) == 0);
    for (uint32_t i = 0; same && i < a->view_count; i++) {
        same = views_equal(&a->views[i], &b->views[i], dimension);
    }
    return same;
}
