/*
 * A catalogue whose rows say anything. An input is a series of items, as whoever may write to the
 * database could put them there: every field out of the input, checksums right. Look-ups, the list,
 * verification and searches must answer or say IMGMATCH_ERR_CATALOGUE.
 */
#include "fuzz.h"

#include "catalogue/rows.h"
#include "catalogue/schema.h"
#include "integration/catalogue/samples.h"

#include <stdio.h>
#include <string.h>

#define MAX_ITEMS 4
#define MAX_TEXT 40

typedef struct item_texts {
    char id[MAX_TEXT];
    char product[MAX_TEXT];
    char brand[MAX_TEXT];
    char source[MAX_TEXT];
    char metadata[MAX_TEXT];
} item_texts;

/* A catalogue without items, and the connection that fills it. Made once: the tables stay, and what
 * is in them goes before each run. */
static imx_sql *writer(char path[512]) {
    static imx_sql *sql;
    char database[600];
    (void)snprintf(path, 512, "%s/c", fuzz_folder());
    (void)snprintf(database, sizeof database, "%s/%s", path, IMX_DATABASE_NAME);
    if (sql == NULL) {
        sample_catalogue_create(path, fuzz_folder());
        fuzz_require(imx_sql_open(&sql, database, IMX_SQL_WRITE, NULL) == IMGMATCH_OK);
    }
    return sql;
}

static bool insert_item(imx_sql *sql, int64_t seq, fuzz_input *input) {
    item_texts texts;
    uint16_t halves[IMX_MAX_VIEWS][SAMPLE_DIMENSION];
    uint8_t sketch[64];
    imx_item_record record = {.id = texts.id,
                              .product = texts.product,
                              .brand = texts.brand,
                              .source = texts.source,
                              .metadata = texts.metadata};
    fuzz_take_text(texts.id, sizeof texts.id, input);
    fuzz_take_text(texts.product, sizeof texts.product, input);
    fuzz_take_text(texts.brand, sizeof texts.brand, input);
    fuzz_take_text(texts.source, sizeof texts.source, input);
    fuzz_take_text(texts.metadata, sizeof texts.metadata, input);
    fuzz_take_text(record.sha256, sizeof record.sha256, input);
    record.size_bytes = fuzz_take_u64(input);
    record.width = fuzz_take_u16(input);
    record.height = fuzz_take_u16(input);
    record.remarks = fuzz_take_u64(input);
    record.view_count = fuzz_take_byte(input) % (IMX_MAX_VIEWS + 1);
    record.feature_count = fuzz_take_u16(input);
    /* A row is damaged unless these are sound, which nobody guesses: mostly they are. */
    record.metadata = record.remarks >> 63 ? texts.metadata : "{}";
    if ((record.remarks >> 62 & 1) == 0) {
        record.sha256[0] = '\0';
    }
    fuzz_take_bytes(halves, sizeof halves, input);
    for (uint32_t i = 0; i < record.view_count; i++) {
        fuzz_take_bytes(&record.views[i].pdq, sizeof record.views[i].pdq, input);
        record.views[i].embedding = halves[i];
    }
    record.sketch_size = fuzz_take_byte(input) % sizeof sketch;
    fuzz_take_bytes(sketch, record.sketch_size, input);
    record.sketch = fuzz_take_byte(input) & 1 ? sketch : NULL;
    return imx_rows_insert(sql, &record, seq, SAMPLE_DIMENSION, "2020-01-01T00:00:00Z", NULL) ==
           IMGMATCH_OK;
}

static void fill(imx_sql *sql, fuzz_input *input) {
    fuzz_require(imx_sql_begin_write(sql, NULL) == IMGMATCH_OK);
    fuzz_require(imx_sql_run(sql,
                             "DELETE FROM items; DELETE FROM views; DELETE FROM sketches;"
                             "DELETE FROM tombstones; DELETE FROM texts;",
                             NULL) == IMGMATCH_OK);
    imx_state state = {.generation = 2, .next_seq = 1};
    while (input->left > 0 && state.next_seq <= MAX_ITEMS) {
        if (insert_item(sql, state.next_seq, input)) {
            state.item_count++;
        }
        state.next_seq++;
    }
    /* One more byte: a state that does not fit the items. */
    state.item_count += fuzz_take_byte(input) & 1;
    fuzz_require(imx_schema_write_state(sql, &state, NULL) == IMGMATCH_OK);
    fuzz_require(imx_sql_commit(sql, NULL) == IMGMATCH_OK);
}

static bool look_at(void *user, const imgmatch_item *item) {
    size_t *bytes = user;
    *bytes += strlen(item->id) + strlen(item->product) + strlen(item->brand) +
              strlen(item->source) + strlen(item->metadata) + strlen(item->sha256);
    return true;
}

static void expect_answer(imgmatch_status status) {
    fuzz_require(status == IMGMATCH_OK || status == IMGMATCH_ERR_CATALOGUE ||
                 status == IMGMATCH_ERR_NOT_FOUND);
}

static void search(const imx_store *store) {
    imx_hit hits[8];
    size_t count = 0;
    float query[SAMPLE_DIMENSION] = {1};
    imgmatch_pdq pdq = {.quality = 50};
    imx_snapshot *snapshot = imx_store_hold(store);
    if (snapshot == NULL) {
        return;
    }
    expect_answer(imx_snapshot_search_embedding(hits, &count, snapshot, query, 8, NULL));
    fuzz_require(count <= 8);
    expect_answer(imx_snapshot_search_hash(hits, &count, snapshot, &pdq, 1, 256, 8, NULL));
    fuzz_require(count <= 8);
    imx_snapshot_release(snapshot);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_input input = {data, size};
    char path[512];
    fill(writer(path), &input);
    imx_identity identity = sample_identity();
    imx_store *store = NULL;
    imgmatch_status status = imx_store_open(&store, path, &identity, false, NULL);
    expect_answer(status);
    if (status != IMGMATCH_OK) {
        return 0;
    }
    search(store);
    size_t bytes = 0;
    expect_answer(imx_store_list(store, look_at, &bytes, NULL));
    expect_answer(imx_store_verify(store, NULL, NULL, NULL));
    imx_snapshot *snapshot = imx_store_hold(store);
    for (int64_t seq = 0; seq <= MAX_ITEMS + 1; seq++) {
        imx_reference reference;
        status = imx_store_read_reference(&reference, store, snapshot, seq, NULL);
        expect_answer(status);
        if (status == IMGMATCH_OK) {
            imx_reference_free(&reference);
        }
    }
    imx_snapshot_release(snapshot);
    imx_store_close(store);
    return 0;
}
