/* Whoever may write to a catalogue's folder can change the file of a main index while it is open:
 * behind what was looked over. That may cost right answers; it must not lead a search, or FAISS,
 * out of memory. So numbers that lead to others are changed here in every section, once the index
 * was used, and the graph while FAISS reads it: the linker puts a reader of ours before FAISS's. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/half.h"
#include "catalogue/main_index_format.h"
#include "integration/catalogue/samples.h"

#include <faiss/c_api/index_io_c.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIMENSION 16u
#define ITEMS 900u /* So many that tables of hashes pay. */
#define WANTED 5u
#define RADIUS 15

static const imx_index_stamp stamp = {.catalogue_number = 7,
                                      .generation = 3,
                                      .covered_seq = ITEMS,
                                      .item_count = ITEMS,
                                      .dimension = DIMENSION};

typedef struct fixture {
    char *folder;
    char path[512];
    size_t size;
    uint8_t *sound; /* The file as it was written. */
    imx_main_fields fields;
    float query[DIMENSION]; /* What some item looks like. */
    imgmatch_pdq pdq;       /* Its hash. */
} fixture;

/* ---- FAISS's reader ---- */

static const fixture *changed_under_faiss; /* Its graph, while FAISS reads. */

int __real_faiss_read_index(FILE *file, int flags, FaissIndex **out);
int __wrap_faiss_read_index(FILE *file, int flags, FaissIndex **out);

static void write_over(const fixture *self, size_t offset, const void *bytes, size_t size) {
    int fd = open(self->path, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, size, (off_t)offset), size);
    assert_int_equal(close(fd), 0);
}

/* A section becomes the same number of 32 bits again and again. */
static void fill_section(const fixture *self, int section, uint32_t value) {
    const imx_main_section *part = &self->fields.sections[section];
    size_t count = (size_t)part->size / sizeof value;
    uint32_t *values = malloc(count * sizeof value);
    assert_true(values != NULL && count > 0);
    for (size_t i = 0; i < count; i++) {
        values[i] = value;
    }
    write_over(self, (size_t)part->offset, values, count * sizeof value);
    free(values);
}

int __wrap_faiss_read_index(FILE *file, int flags, FaissIndex **out) {
    if (changed_under_faiss != NULL) {
        fill_section(changed_under_faiss, MAIN_GRAPH, UINT32_MAX);
    }
    return __real_faiss_read_index(file, flags, out);
}

/* ---- indexes ---- */

static void fill(fixture *self, imx_bulk *bulk) {
    imx_random random = {5};
    for (size_t i = 0; i < ITEMS; i++) {
        float direction[DIMENSION];
        uint16_t halves[DIMENSION];
        imgmatch_pdq pdq;
        sample_hash(&pdq, &random);
        sample_direction(direction, DIMENSION, &random);
        imx_half_from_float(halves, direction, DIMENSION);
        imx_index_row row = {.seq = (int64_t)i + 1, .rank = i, .hash = pdq.hash, .halves = halves};
        assert_int_equal(imx_bulk_append(bulk, &row, NULL), IMGMATCH_OK);
        if (i == ITEMS / 2) {
            self->pdq = pdq;
            memcpy(self->query, direction, sizeof direction);
        }
    }
}

static void make(fixture *self, imgmatch_index_kind kind) {
    imx_bulk bulk = {.dimension = DIMENSION};
    imx_entry_plan plan;
    *self = (fixture){.folder = sample_folder_new()};
    fill(self, &bulk);
    assert_int_equal(imx_entry_plan_make(&plan, &bulk, kind == IMGMATCH_INDEX_IVF, NULL),
                     IMGMATCH_OK);
    imx_main_source source = {.kind = kind, .bulk = &bulk, .plan = &plan};
    assert_int_equal(
        imx_index_file_publish(self->folder, &stamp, imx_main_index_write, &source, NULL),
        IMGMATCH_OK);
    imx_entry_plan_free(&plan);
    imx_bulk_free(&bulk);
    (void)snprintf(self->path, sizeof self->path, "%.400s/index-3.imx", self->folder);
    self->sound = sample_read_file(&self->size, self->path);
    assert_non_null(self->sound);
    memcpy(&self->fields, self->sound, sizeof self->fields);
}

static void unmake(fixture *self) {
    sample_folder_remove(self->folder);
    free(self->folder);
    free(self->sound);
}

static imx_segment *open_index(const fixture *self) {
    imx_segment *segment = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    if (imx_index_file_read(&segment, self->folder, &stamp, &diag) != IMGMATCH_OK) {
        fail_msg("%s", diag.message);
    }
    return segment;
}

/* The `WANTED` nearest by embedding, or all that are near by hash; the caller frees them. */
static imgmatch_status search(imx_nearest *out, const fixture *self, const imx_segment *segment,
                              bool by_hash, imgmatch_diag *diag) {
    const imx_seq_set none = {.count = 0};
    assert_true(imx_nearest_init(out, WANTED));
    if (!by_hash) {
        return imx_segment_search_embeddings(out, segment, self->query, 1, &none, diag);
    }
    imx_hash_query query;
    imx_hash_query_init(&query, &self->pdq, 1);
    assert_true(segment->index->tables.count == 0 ||
                imx_hash_tables_pay(&segment->index->tables, &query, RADIUS));
    return imx_segment_search_hash(out, segment, &query, RADIUS, &none, diag);
}

/* The item is found, or the file said to have changed. */
static imgmatch_status look(const fixture *self, const imx_segment *segment, bool by_hash) {
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imx_nearest nearest;
    imgmatch_status status = search(&nearest, self, segment, by_hash, &diag);
    if (status == IMGMATCH_OK) {
        imx_nearest_sort(&nearest);
        assert_int_equal(nearest.count, by_hash ? 1 : WANTED);
        assert_int_equal(nearest.entries[0].seq, ITEMS / 2 + 1);
    } else {
        assert_int_equal(status, IMGMATCH_ERR_CATALOGUE);
        assert_non_null(strstr(diag.message, self->path));
        assert_non_null(strstr(diag.message, "it was changed while it was in use"));
    }
    imx_nearest_free(&nearest);
    return status;
}

/* ---- tests ---- */

static const imgmatch_index_kind kinds[] = {IMGMATCH_INDEX_EXACT, IMGMATCH_INDEX_IVF,
                                            IMGMATCH_INDEX_HNSW};

#define KINDS (sizeof kinds / sizeof *kinds)

/* With the section's numbers all the same, a search by embeddings, or else by a hash, gives that.
 */
static void expect(imgmatch_index_kind kind, int section, bool by_hash, imgmatch_status wanted) {
    static const uint32_t values[] = {UINT32_MAX, INT32_MAX, 1u << 20};
    fixture self;
    make(&self, kind);
    imx_segment *segment = open_index(&self);
    const imx_main_section *part = &self.fields.sections[section];
    assert_int_equal(look(&self, segment, by_hash), IMGMATCH_OK); /* Verifies what it uses. */
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        fill_section(&self, section, values[i]);
        imgmatch_status status = look(&self, segment, by_hash);
        if (status != wanted) {
            fail_msg("kind %d, section %d of %x: %s", (int)kind, section, (unsigned)values[i],
                     imgmatch_status_text(status));
        }
        write_over(&self, (size_t)part->offset, self.sound + part->offset, (size_t)part->size);
    }
    assert_int_equal(look(&self, segment, by_hash), IMGMATCH_OK);
    imx_segment_release(segment);
    unmake(&self);
}

static void test_entries_that_lead_away_are_not_followed(void **state) {
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        expect(kinds[i], MAIN_ENTRY_ROWS, false, IMGMATCH_ERR_CATALOGUE);
    }
    expect(IMGMATCH_INDEX_IVF, MAIN_LIST_STARTS, false, IMGMATCH_ERR_CATALOGUE);
}

/* Starts that are all the same are spans of nothing: these differ. */
static void test_starts_that_lead_away_are_not_followed(void **state) {
    (void)state;
    static const struct {
        imgmatch_index_kind kind;
        int section;
        bool by_hash;
        imgmatch_status wanted;
    } ways[] = {
        {IMGMATCH_INDEX_EXACT, MAIN_ENTRY_STARTS, false, IMGMATCH_ERR_CATALOGUE},
        {IMGMATCH_INDEX_IVF, MAIN_ENTRY_STARTS, false, IMGMATCH_ERR_CATALOGUE},
        {IMGMATCH_INDEX_HNSW, MAIN_ENTRY_STARTS, false, IMGMATCH_ERR_CATALOGUE},
        {IMGMATCH_INDEX_IVF, MAIN_LIST_STARTS, false, IMGMATCH_ERR_CATALOGUE},
        {IMGMATCH_INDEX_IVF, MAIN_TABLE_STARTS, true, IMGMATCH_OK},
    };
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        for (int falling = 0; falling < 2; falling++) {
            fixture self;
            make(&self, ways[i].kind);
            imx_segment *segment = open_index(&self);
            assert_int_equal(look(&self, segment, ways[i].by_hash), IMGMATCH_OK);
            const imx_main_section *part = &self.fields.sections[ways[i].section];
            uint32_t *starts = malloc((size_t)part->size);
            assert_non_null(starts);
            size_t count = (size_t)part->size / sizeof *starts;
            for (size_t at = 0; at < count; at++) {
                starts[at] = (uint32_t)(falling ? count - at : at) << 12;
            }
            write_over(&self, (size_t)part->offset, starts, (size_t)part->size);
            free(starts);
            assert_int_equal(look(&self, segment, ways[i].by_hash), ways[i].wanted);
            imx_segment_release(segment);
            unmake(&self);
        }
    }
}

/* The tables are a way to be faster: without them all hashes are looked at. */
static void test_tables_that_lead_away_are_not_followed(void **state) {
    (void)state;
    expect(IMGMATCH_INDEX_IVF, MAIN_TABLE_ROWS, true, IMGMATCH_OK);
    expect(IMGMATCH_INDEX_HNSW, MAIN_TABLE_ROWS, true, IMGMATCH_OK);
    expect(IMGMATCH_INDEX_IVF, MAIN_TABLE_STARTS, true, IMGMATCH_OK);
}

/* What answers are made of may be anything; that is an answer, too. */
static void test_any_section_may_change(void **state) {
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        fixture self;
        make(&self, kinds[i]);
        imx_segment *segment = open_index(&self);
        assert_int_equal(look(&self, segment, false), IMGMATCH_OK);
        assert_int_equal(look(&self, segment, true), IMGMATCH_OK);
        for (int section = 0; section < MAIN_SECTION_COUNT; section++) {
            const imx_main_section *part = &self.fields.sections[section];
            for (int search_by = 0; search_by < 2 && part->size > 0; search_by++) {
                imx_nearest nearest;
                fill_section(&self, section, 0x7fc07fffu); /* As a float, no number. */
                imgmatch_status status = search(&nearest, &self, segment, search_by == 1, NULL);
                assert_true(status == IMGMATCH_OK || status == IMGMATCH_ERR_CATALOGUE);
                imx_nearest_free(&nearest);
                write_over(&self, (size_t)part->offset, self.sound + part->offset,
                           (size_t)part->size);
            }
        }
        assert_int_equal(look(&self, segment, false), IMGMATCH_OK);
        imx_segment_release(segment);
        unmake(&self);
    }
}

static void test_the_graph_that_was_checked_is_the_one_that_is_read(void **state) {
    (void)state;
    fixture self;
    make(&self, IMGMATCH_INDEX_HNSW);
    changed_under_faiss = &self;
    imx_segment *segment = open_index(&self);
    changed_under_faiss = NULL;
    /* The file is another one now. */
    size_t size = 0;
    uint8_t *bytes = sample_read_file(&size, self.path);
    assert_true(bytes != NULL && size == self.size && memcmp(bytes, self.sound, size) != 0);
    free(bytes);
    assert_int_equal(look(&self, segment, false), IMGMATCH_OK);
    imx_segment_release(segment);
    /* What is in the file by now is refused by its checksums. */
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    assert_int_equal(imx_index_file_read(&segment, self.folder, &stamp, &diag),
                     IMGMATCH_ERR_CATALOGUE);
    assert_non_null(strstr(diag.message, "a block does not fit its checksum"));
    unmake(&self);
}

static void test_other_things_than_files_are_refused(void **state) {
    (void)state;
    fixture self;
    make(&self, IMGMATCH_INDEX_EXACT);
    for (int way = 0; way < 3; way++) {
        imx_segment *segment = NULL;
        imgmatch_diag diag = IMGMATCH_DIAG_INIT;
        assert_int_equal(unlink(self.path), 0);
        assert_int_equal(way == 0   ? mkfifo(self.path, 0600) /* Which would be waited for. */
                         : way == 1 ? symlink("/dev/zero", self.path)
                                    : mkdir(self.path, 0700),
                         0);
        assert_int_equal(imx_index_file_read(&segment, self.folder, &stamp, &diag),
                         IMGMATCH_ERR_CATALOGUE);
        assert_null(segment);
        assert_non_null(strstr(diag.message, self.path));
        assert_non_null(strstr(diag.message, "it is no regular file"));
    }
    assert_int_equal(rmdir(self.path), 0);
    unmake(&self);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entries_that_lead_away_are_not_followed),
        cmocka_unit_test(test_starts_that_lead_away_are_not_followed),
        cmocka_unit_test(test_tables_that_lead_away_are_not_followed),
        cmocka_unit_test(test_any_section_may_change),
        cmocka_unit_test(test_the_graph_that_was_checked_is_the_one_that_is_read),
        cmocka_unit_test(test_other_things_than_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
