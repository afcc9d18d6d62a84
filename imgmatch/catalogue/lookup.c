/* Looking things up, which works on a const store and from any thread. */
#include "catalogue/store_parts.h"

#include "base/diag.h"
#include "base/file.h"
#include "base/half.h"
#include "base/memory.h"
#include "catalogue/index_file.h"
#include "catalogue/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static imx_sql *lock_lookups(const imx_store *store) {
    (void)pthread_mutex_lock(&store->lookups->mutex);
    return store->lookups->sql;
}

static void unlock_lookups(const imx_store *store) {
    (void)pthread_mutex_unlock(&store->lookups->mutex);
}

imgmatch_status imx_store_is_unchanged(bool *unchanged, imx_store *store,
                                       const imx_item_record *item, imgmatch_diag *diag) {
    *unchanged = false;
    imx_sql *sql = lock_lookups(store);
    imx_statement *statement = NULL;
    imgmatch_status status = imx_sql_prepare(
        &statement, sql, "SELECT " IMX_ITEM_COLUMNS " FROM items WHERE id = ?", diag);
    bool row = false;
    if (status == IMGMATCH_OK) {
        imx_sql_bind_text(statement, 1, item->id);
        status = imx_sql_step(&row, statement, diag);
    }
    if (row) {
        imx_item_row found;
        status = imx_item_row_take(&found, sql, statement, diag);
        *unchanged =
            status == IMGMATCH_OK && strcmp(found.sha256, item->sha256) == 0 &&
            strcmp(found.product, item->product) == 0 && strcmp(found.brand, item->brand) == 0 &&
            strcmp(found.source, item->source) == 0 && strcmp(found.metadata, item->metadata) == 0;
    }
    imx_sql_done(statement);
    unlock_lookups(store);
    return status;
}

/* The item at which a statement stands that gives IMX_ITEM_COLUMNS and then IMX_VIEW_COLUMNS. */
static imgmatch_status take_item(imgmatch_item **out, const imx_store *store, imx_sql *sql,
                                 imx_statement *statement, imgmatch_diag *diag) {
    *out = NULL;
    imx_item_row row;
    imx_view_row view;
    imgmatch_status status = imx_item_row_take(&row, sql, statement, diag);
    if (status == IMGMATCH_OK) {
        status = imx_view_row_take(&view, NULL, store->identity.made_by.dimension, sql, statement,
                                   IMX_ITEM_COLUMN_COUNT, diag);
    }
    if (status != IMGMATCH_OK) {
        return status;
    }
    if (view.seq != row.seq || view.view != 0) {
        return imx_sql_fail_damaged(sql, "an item's fingerprint", diag);
    }
    *out = imx_item_new(&row, &view);
    return *out == NULL ? imx_fail_memory(diag) : IMGMATCH_OK;
}

/* A left join, so that an item without its fingerprint is an error and not a gap. */
#define ITEMS_WITH_FIRST_VIEW                                                                      \
    "SELECT " IMX_ITEM_COLUMNS ", " IMX_VIEW_COLUMNS                                               \
    " FROM items LEFT JOIN views ON views.seq = items.seq AND views.view = 0"

imgmatch_status imx_store_get(imgmatch_item **out, const imx_store *store, const char *id,
                              imgmatch_diag *diag) {
    *out = NULL;
    imx_sql *sql = lock_lookups(store);
    imx_statement *statement = NULL;
    imgmatch_status status =
        imx_sql_prepare(&statement, sql, ITEMS_WITH_FIRST_VIEW " WHERE id = ?", diag);
    bool row = false;
    if (status == IMGMATCH_OK) {
        imx_sql_bind_text(statement, 1, id);
        status = imx_sql_step(&row, statement, diag);
    }
    if (row) {
        status = take_item(out, store, sql, statement, diag);
    } else if (status == IMGMATCH_OK) {
        status = imx_rows_check_absent(sql, id, diag);
        if (status == IMGMATCH_OK) {
            status = imx_fail(diag, IMGMATCH_ERR_NOT_FOUND, "there is no item '%s'", id);
        }
    }
    imx_sql_done(statement);
    unlock_lookups(store);
    return status;
}

imgmatch_status imx_store_list(const imx_store *store,
                               bool (*each)(void *user, const imgmatch_item *item), void *user,
                               imgmatch_diag *diag) {
    /* A connection of its own: `each` may look things up, and take its time. */
    imx_sql *sql = NULL;
    imx_statement *statement = NULL;
    imx_state state = {.item_count = 0};
    uint64_t listed = 0;
    imgmatch_status status = imx_store_check_place(store, diag);
    if (status == IMGMATCH_OK) {
        status = imx_sql_open(&sql, store->database, IMX_SQL_READ, diag);
    }
    if (status == IMGMATCH_OK) {
        status = imx_sql_begin_read(sql, diag);
    }
    if (status == IMGMATCH_OK) {
        status = imx_schema_read_state(&state, sql, diag);
    }
    if (status == IMGMATCH_OK) {
        status = imx_sql_prepare(&statement, sql, ITEMS_WITH_FIRST_VIEW " ORDER BY id", diag);
    }
    bool row = status == IMGMATCH_OK, wanted = true;
    while (row && wanted && (status = imx_sql_step(&row, statement, diag)) == IMGMATCH_OK && row) {
        imgmatch_item *item = NULL;
        status = take_item(&item, store, sql, statement, diag);
        wanted = status == IMGMATCH_OK && each(user, item);
        free(item);
        listed++;
    }
    if (status == IMGMATCH_OK && wanted && listed != state.item_count) {
        status = imx_sql_fail_damaged(sql, "the number of items", diag);
    }
    imx_sql_done(statement);
    imx_sql_close(sql);
    return status;
}

static uint64_t file_bytes(const char *folder, const char *name) {
    char *path = imx_file_join(folder, name);
    struct stat info;
    uint64_t size = path != NULL && stat(path, &info) == 0 ? (uint64_t)info.st_size : 0;
    free(path);
    return size;
}

imgmatch_status imx_store_stat(imgmatch_catalogue_stat *out, const imx_store *store,
                               imgmatch_diag *diag) {
    (void)diag; /* Nothing here fails yet. */
    const imx_identity *made_by = &store->identity.made_by;
    imx_snapshot *snapshot = imx_store_hold(store);
    *out = (imgmatch_catalogue_stat){
        .name = store->identity.name,
        .model_name = made_by->model_name,
        .format = made_by->format,
        .dimension = made_by->dimension,
        .generation = snapshot->state.generation,
        .items = snapshot->state.item_count,
        .indexed = imx_snapshot_indexed_count(snapshot),
        .database_bytes = file_bytes(store->folder, IMX_DATABASE_NAME) +
                          file_bytes(store->folder, IMX_DATABASE_NAME "-wal"),
    };
    memcpy(out->model_sha256, made_by->model_sha256, sizeof out->model_sha256);
    if (snapshot->state.main_generation != 0) {
        char name[IMX_INDEX_NAME_BYTES];
        imx_index_file_name(name, snapshot->state.main_generation);
        out->index_bytes = file_bytes(store->folder, name);
        out->index_kind = imx_snapshot_index_kind(snapshot);
    }
    imx_snapshot_release(snapshot);
    return IMGMATCH_OK;
}

imgmatch_status imx_store_count_hash_only(uint64_t *out, const imx_store *store,
                                          imgmatch_diag *diag) {
    *out = 0;
    imx_sql *sql = lock_lookups(store);
    imx_statement *statement = NULL;
    imgmatch_status status = imx_sql_prepare(
        &statement, sql, "SELECT count(*) FROM views WHERE view = 0 AND length(embedding) = 0",
        diag);
    bool row = false;
    if (status == IMGMATCH_OK) {
        status = imx_sql_step(&row, statement, diag);
    }
    if (row) {
        *out = (uint64_t)imx_sql_int(statement, 0);
    }
    imx_sql_done(statement);
    unlock_lookups(store);
    return status;
}

imgmatch_status imx_store_get_value(char **value, const imx_store *store, const char *key,
                                    imgmatch_diag *diag) {
    imgmatch_status status = imx_schema_read_text(value, lock_lookups(store), key, diag);
    unlock_lookups(store);
    return status;
}

/* ---- references ---- */

/* No item has the seq. Each that was removed since the main index was built has a tombstone; of the
 * time before, when the snapshot's is an older one, nothing is known. */
static imgmatch_status fail_missing(imx_sql *sql, const imx_snapshot *snapshot, int64_t seq,
                                    imgmatch_diag *diag) {
    imx_state state;
    imx_statement *statement = NULL;
    bool removed = false;
    imgmatch_status status = imx_schema_read_state(&state, sql, diag);
    if (status == IMGMATCH_OK) {
        status = imx_sql_prepare(&statement, sql, "SELECT 1 FROM tombstones WHERE seq = ?", diag);
    }
    if (status == IMGMATCH_OK) {
        imx_sql_bind_int(statement, 1, seq);
        status = imx_sql_step(&removed, statement, diag);
    }
    imx_sql_done(statement);
    if (status != IMGMATCH_OK) {
        return status;
    }
    if (removed || state.main_generation != snapshot->state.main_generation) {
        return imx_fail(diag, IMGMATCH_ERR_NOT_FOUND, "the item was removed");
    }
    return imx_fail(diag, IMGMATCH_ERR_CATALOGUE, "%s is damaged: item number %lld is missing",
                    imx_sql_path(sql), (long long)seq);
}

static imgmatch_status read_item(imx_reference *out, bool *sketched, imx_sql *sql,
                                 const imx_snapshot *snapshot, imgmatch_diag *diag) {
    imx_statement *statement = NULL;
    imgmatch_status status = imx_sql_prepare(
        &statement, sql, "SELECT " IMX_ITEM_COLUMNS " FROM items WHERE seq = ?", diag);
    bool row = false;
    if (status == IMGMATCH_OK) {
        imx_sql_bind_int(statement, 1, out->seq);
        status = imx_sql_step(&row, statement, diag);
    }
    imx_item_row found;
    if (status == IMGMATCH_OK) {
        status = row ? imx_item_row_take(&found, sql, statement, diag)
                     : fail_missing(sql, snapshot, out->seq, diag);
    }
    if (status == IMGMATCH_OK) {
        *sketched = found.sketched;
        (void)snprintf(out->sha256, sizeof out->sha256, "%s", found.sha256);
        out->remarks = found.remarks;
        out->width = found.width;
        out->height = found.height;
        out->view_count = found.views;
        out->id = imx_copy_text(found.id);
        out->product = imx_copy_text(found.product);
        out->brand = imx_copy_text(found.brand);
        out->source = imx_copy_text(found.source);
        if (out->id == NULL || out->product == NULL || out->brand == NULL || out->source == NULL) {
            status = imx_fail_memory(diag);
        }
    }
    imx_sql_done(statement);
    return status;
}

static imgmatch_status read_views(imx_reference *out, uint16_t *halves, imx_sql *sql,
                                  uint32_t dimension, imgmatch_diag *diag) {
    imx_statement *statement = NULL;
    imgmatch_status status =
        imx_sql_prepare(&statement, sql,
                        "SELECT " IMX_VIEW_COLUMNS " FROM views WHERE seq = ? ORDER BY view", diag);
    if (status == IMGMATCH_OK) {
        imx_sql_bind_int(statement, 1, out->seq);
    }
    for (uint32_t i = 0; i < out->view_count && status == IMGMATCH_OK; i++) {
        bool row = false;
        imx_view_row view = {.view = -1};
        status = imx_sql_step(&row, statement, diag);
        if (row) {
            status = imx_view_row_take(&view, halves, dimension, sql, statement, 0, diag);
        }
        if (status == IMGMATCH_OK && view.view != (int)i) {
            status = imx_sql_fail_damaged(sql, "an item's fingerprint", diag);
        }
        if (status == IMGMATCH_OK) {
            out->pdq[i] = view.pdq;
            out->embedded = out->embedded || view.embedded;
            imx_half_to_float(out->embeddings + (size_t)i * dimension, halves, dimension);
        }
    }
    imx_sql_done(statement);
    return status;
}

static imgmatch_status read_reference(imx_reference *out, imx_sql *sql,
                                      const imx_snapshot *snapshot, bool with_sketch,
                                      imgmatch_diag *diag) {
    bool sketched = false;
    uint32_t dimension = snapshot->dimension;
    imgmatch_status status = read_item(out, &sketched, sql, snapshot, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    uint16_t *halves = imx_new_array_raw(dimension, sizeof *halves);
    out->embeddings = imx_new_array((size_t)out->view_count * dimension, sizeof(float));
    status = halves == NULL || out->embeddings == NULL
                 ? imx_fail_memory(diag)
                 : read_views(out, halves, sql, dimension, diag);
    free(halves);
    if (status == IMGMATCH_OK && sketched && with_sketch) {
        status = imx_rows_read_sketch(&out->sketch, &out->sketch_size, sql, out->seq, diag);
    }
    return status;
}

static imgmatch_status look_up(imx_reference *out, const imx_store *store,
                               const imx_snapshot *snapshot, int64_t seq, bool with_sketch,
                               imgmatch_diag *diag) {
    *out = (imx_reference){.seq = seq};
    imx_sql *sql = lock_lookups(store);
    /* One transaction: a writer may remove the item between the tables. */
    imgmatch_status status = imx_sql_begin_read(sql, diag);
    if (status == IMGMATCH_OK) {
        status = read_reference(out, sql, snapshot, with_sketch, diag);
    }
    imx_sql_rollback(sql);
    unlock_lookups(store);
    if (status != IMGMATCH_OK) {
        imx_reference_free(out);
    }
    return status;
}

imgmatch_status imx_store_read_reference(imx_reference *out, const imx_store *store,
                                         const imx_snapshot *snapshot, int64_t seq,
                                         imgmatch_diag *diag) {
    return look_up(out, store, snapshot, seq, true, diag);
}

imgmatch_status imx_store_read_prints(imx_reference *out, const imx_store *store,
                                      const imx_snapshot *snapshot, int64_t seq,
                                      imgmatch_diag *diag) {
    return look_up(out, store, snapshot, seq, false, diag);
}

void imx_reference_free(imx_reference *reference) {
    free(reference->id);
    free(reference->product);
    free(reference->brand);
    free(reference->source);
    free(reference->embeddings);
    free(reference->sketch);
    *reference = (imx_reference){.seq = 0};
}
