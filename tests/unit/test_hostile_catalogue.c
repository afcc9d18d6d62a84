/* A catalogue that somebody made up to harm whoever opens it: programs in its database, links and
 * other things in the place of its files, a rollback journal that asks for a file's deletion,
 * numbers with a checksum that lead to overflows and endless memory. It is refused, for reading and
 * for writing, and nothing outside of its folder changes. Embeddings that no model makes are found
 * by verification. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/half.h"
#include "catalogue/digest.h"
#include "catalogue/rows.h"
#include "catalogue/schema.h"
#include "integration/catalogue/samples.h"

#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char victim_text[] = "somebody's diary, without a NUL in it";

typedef struct fixture {
    char *folder;
    char path[512];
    char database[600];
    char victim[600]; /* A file outside of the catalogue. */
} fixture;

static int set_up(void **state) {
    fixture *self = calloc(1, sizeof *self);
    self->folder = sample_folder_new();
    sample_catalogue_create(self->path, self->folder);
    (void)snprintf(self->database, sizeof self->database, "%s/%s", self->path, IMX_DATABASE_NAME);
    (void)snprintf(self->victim, sizeof self->victim, "%s/diary.txt", self->folder);
    *state = self;
    imx_store *writer = NULL;
    bool done = sample_write_file(self->victim, victim_text, sizeof victim_text - 1) &&
                imx_store_open(&writer, self->path, NULL, true, NULL) == IMGMATCH_OK &&
                sample_add(writer, 0, 5, 1, NULL) == IMGMATCH_OK &&
                imx_store_compact(writer, NULL) == IMGMATCH_OK;
    imx_store_close(writer);
    return done ? 0 : -1;
}

static int tear_down(void **state) {
    fixture *self = *state;
    sample_folder_remove(self->folder);
    free(self->folder);
    free(self);
    return 0;
}

static void expect_victim(const fixture *self) {
    size_t size = 0;
    uint8_t *bytes = sample_read_file(&size, self->victim);
    assert_non_null(bytes);
    assert_int_equal(size, sizeof victim_text - 1);
    assert_memory_equal(bytes, victim_text, size);
    free(bytes);
}

static void expect_refused(const fixture *self, const char *what) {
    for (int writable = 0; writable < 2; writable++) {
        imx_store *store = NULL;
        imgmatch_diag diag = IMGMATCH_DIAG_INIT;
        imgmatch_status status = imx_store_open(&store, self->path, NULL, writable == 1, &diag);
        if (status != IMGMATCH_ERR_CATALOGUE || strstr(diag.message, self->path) == NULL) {
            fail_msg("%s, %s: %s: %s", what, writable ? "written" : "read",
                     imgmatch_status_text(status), diag.message);
        }
        assert_null(store);
    }
    expect_victim(self);
}

static void run_sql(const fixture *self, const char *text) {
    sqlite3 *inner = NULL;
    char *message = NULL;
    assert_int_equal(sqlite3_open(self->database, &inner), SQLITE_OK);
    (void)sqlite3_db_config(inner, SQLITE_DBCONFIG_DEFENSIVE, 0, (int *)NULL);
    if (sqlite3_exec(inner, text, NULL, NULL, &message) != SQLITE_OK) {
        fail_msg("%s: %s", text, message);
    }
    assert_int_equal(sqlite3_close(inner), SQLITE_OK);
}

static void test_programs_in_the_database_are_refused(void **state) {
    fixture *self = *state;
    static const struct {
        const char *what;
        const char *make;
        const char *undo;
    } ways[] = {
        {"an endless view",
         "ALTER TABLE items RENAME TO real;"
         "CREATE VIEW items AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL "
         "SELECT i + 1 FROM n) SELECT i AS seq, real.* FROM n, real;",
         "DROP VIEW items; ALTER TABLE real RENAME TO items"},
        {"a trigger", "CREATE TRIGGER t AFTER INSERT ON items BEGIN DELETE FROM items; END",
         "DROP TRIGGER t"},
        {"an index on an expression", "CREATE INDEX i ON items(hex(zeroblob(length(id))))",
         "DROP INDEX i"},
        {"a virtual table", "CREATE VIRTUAL TABLE v USING fts5(a)", "DROP TABLE v"},
        {"one more table", "CREATE TABLE more(a)", "DROP TABLE more"},
        {"statistics that steer the planner", "ANALYZE", "DROP TABLE sqlite_stat1"},
        {"a table less", "ALTER TABLE texts RENAME TO other", "ALTER TABLE other RENAME TO texts"},
        {"a computed column",
         "ALTER TABLE tombstones ADD COLUMN c GENERATED ALWAYS AS (abs(seq)) VIRTUAL",
         "ALTER TABLE tombstones DROP COLUMN c"},
        {"a default", "ALTER TABLE tombstones ADD COLUMN d DEFAULT (7)",
         "ALTER TABLE tombstones DROP COLUMN d"},
    };
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        run_sql(self, ways[i].make);
        expect_refused(self, ways[i].what);
        run_sql(self, ways[i].undo);
    }
}

static void test_other_things_than_files_are_refused(void **state) {
    fixture *self = *state;
    static const char *const names[] = {"catalogue.db", "catalogue.db-wal", "catalogue.db-shm",
                                        "catalogue.lock"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[600], kept[640];
        (void)snprintf(path, sizeof path, "%s/%s", self->path, names[i]);
        (void)snprintf(kept, sizeof kept, "%s/kept", self->folder);
        bool there = rename(path, kept) == 0;
        assert_int_equal(symlink(self->victim, path), 0);
        expect_refused(self, "a link");
        assert_int_equal(unlink(path), 0);
        assert_int_equal(mkfifo(path, 0600), 0); /* Which would be waited for. */
        expect_refused(self, "a FIFO");
        assert_int_equal(unlink(path), 0);
        assert_int_equal(mkdir(path, 0700), 0);
        expect_refused(self, "a folder");
        assert_int_equal(rmdir(path), 0);
        assert_true(!there || rename(kept, path) == 0);
    }
}

/* The lock's file is written to, and so is the next index file under its temporary name. */
static void test_links_are_not_written_through(void **state) {
    fixture *self = *state;
    char lock[600], temporary[600];
    (void)snprintf(lock, sizeof lock, "%s/catalogue.lock", self->path);
    imx_store *store = NULL;
    assert_int_equal(unlink(lock), 0);
    assert_int_equal(symlink(self->victim, lock), 0);
    assert_int_equal(imx_store_open(&store, self->path, NULL, true, NULL), IMGMATCH_ERR_CATALOGUE);
    expect_victim(self);
    assert_int_equal(unlink(lock), 0);
    assert_int_equal(imx_store_open(&store, self->path, NULL, true, NULL), IMGMATCH_OK);
    for (int generation = 0; generation < 20; generation++) {
        (void)snprintf(temporary, sizeof temporary, "%s/index-%d.imx.tmp", self->path, generation);
        assert_int_equal(symlink(self->victim, temporary), 0);
    }
    assert_int_equal(sample_add(store, 5, 5, 1, NULL), IMGMATCH_OK);
    assert_int_equal(imx_store_compact(store, NULL), IMGMATCH_OK);
    assert_true(sample_is_stored(store, 7, 1));
    imx_store_close(store);
    expect_victim(self);
}

/* Another name of a file of somebody else's; that of a lock file is a copy's. */
static void test_other_names_are_not_written_through(void **state) {
    fixture *self = *state;
    char lock[600], other[640];
    (void)snprintf(lock, sizeof lock, "%s/catalogue.lock", self->path);
    (void)snprintf(other, sizeof other, "%s/copy", self->folder);
    imx_store *store = NULL;
    assert_int_equal(link(lock, other), 0);
    assert_int_equal(imx_store_open(&store, self->path, NULL, true, NULL), IMGMATCH_OK);
    imx_store_close(store);
    assert_int_equal(unlink(lock), 0);
    assert_int_equal(link(self->victim, lock), 0);
    assert_int_equal(imx_store_open(&store, self->path, NULL, true, NULL), IMGMATCH_ERR_CATALOGUE);
    expect_victim(self);
}

static void put32(uint8_t *at, uint32_t value) {
    for (int i = 0; i < 4; i++) {
        at[i] = (uint8_t)(value >> (24 - 8 * i));
    }
}

/* A journal that is to be rolled back and names a "super-journal", which SQLite deletes then. */
static void write_journal(const fixture *self) {
    enum { PAGE = 4096, SECTOR = 512, NONCE = 77 };
    static const uint8_t magic[8] = {0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7};
    size_t size = 0, name = strlen(self->victim);
    uint8_t *bytes = sample_read_file(&size, self->database);
    uint8_t *journal = calloc(1, SECTOR + 8 + PAGE + name + 20), *at = journal;
    uint32_t sum = NONCE, name_sum = 0;
    assert_true(bytes != NULL && journal != NULL && size >= PAGE);
    memcpy(at, magic, 8);
    const uint32_t head[] = {1, NONCE, (uint32_t)(size / PAGE), SECTOR, PAGE};
    for (int i = 0; i < 5; i++) {
        put32(at + 8 + 4 * i, head[i]);
    }
    at += SECTOR;
    put32(at, 1);
    memcpy(at + 4, bytes, PAGE);
    for (int i = PAGE - 200; i > 0; i -= 200) {
        sum += bytes[i];
    }
    put32(at + 4 + PAGE, sum);
    at += 8 + PAGE;
    put32(at, 0x40000000 / PAGE + 1);
    memcpy(at + 4, self->victim, name);
    for (size_t i = 0; i < name; i++) {
        name_sum += (uint8_t)self->victim[i];
    }
    put32(at + 4 + name, (uint32_t)name);
    put32(at + 8 + name, name_sum);
    memcpy(at + 12 + name, magic, 8);
    at += 20 + name;
    char path[640];
    (void)snprintf(path, sizeof path, "%s-journal", self->database);
    assert_true(sample_write_file(path, journal, (size_t)(at - journal)));
    free(journal);
    free(bytes);
}

static void test_a_journal_deletes_nothing(void **state) {
    fixture *self = *state;
    write_journal(self);
    expect_refused(self, "a journal");
    /* The journal is one that SQLite would follow. */
    sqlite3 *inner = NULL;
    assert_int_equal(sqlite3_open(self->database, &inner), SQLITE_OK);
    assert_int_equal(sqlite3_exec(inner, "SELECT * FROM items", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(inner), SQLITE_OK);
    assert_int_not_equal(access(self->victim, F_OK), 0);
}

static void write_state(const fixture *self, const imx_state *state) {
    imx_sql *sql = NULL;
    assert_int_equal(imx_sql_open(&sql, self->database, IMX_SQL_WRITE, NULL), IMGMATCH_OK);
    assert_int_equal(imx_schema_write_state(sql, state, NULL), IMGMATCH_OK);
    /* Without the seal of what was removed, which names the generation. */
    assert_int_equal(imx_sql_run(sql, "DELETE FROM texts", NULL), IMGMATCH_OK);
    imx_sql_close(sql);
}

static void read_state(imx_state *state, const fixture *self) {
    imx_sql *sql = NULL;
    assert_int_equal(imx_sql_open(&sql, self->database, IMX_SQL_READ, NULL), IMGMATCH_OK);
    assert_int_equal(imx_schema_read_state(state, sql, NULL), IMGMATCH_OK);
    imx_sql_close(sql);
}

static void test_states_that_cannot_be_are_refused(void **state) {
    fixture *self = *state;
    imx_state sound;
    read_state(&sound, self);
    assert_true(sound.item_count == 5 && sound.next_seq == 6 && sound.covered_seq == 5);
    const struct {
        const char *what;
        size_t offset; /* Of a number of 64 bits. */
        int64_t value;
    } ways[] = {
        {"no generation", offsetof(imx_state, generation), 0},
        {"the last generation", offsetof(imx_state, generation), -1},
        {"the last generation that SQLite can hold", offsetof(imx_state, generation), INT64_MAX},
        {"the last seq", offsetof(imx_state, next_seq), INT64_MAX},
        {"the first seq", offsetof(imx_state, next_seq), INT64_MIN},
        {"fewer seqs than items", offsetof(imx_state, next_seq), 5},
        {"endless items", offsetof(imx_state, item_count), -1},
        {"an index of the future", offsetof(imx_state, main_generation), INT64_MAX},
        {"an index of all seqs", offsetof(imx_state, covered_seq), INT64_MAX},
        {"an index of no seq", offsetof(imx_state, covered_seq), INT64_MIN},
        {"an index of seqs to come", offsetof(imx_state, covered_seq), 6},
        {"endless items in the index", offsetof(imx_state, main_item_count), -1},
    };
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        imx_state made_up = sound;
        memcpy((char *)&made_up + ways[i].offset, &ways[i].value, sizeof ways[i].value);
        write_state(self, &made_up);
        expect_refused(self, ways[i].what);
    }
}

/* A change beyond the last number is refused, and what is there stays readable. */
static void test_numbers_do_not_run_over(void **state) {
    fixture *self = *state;
    imx_state sound;
    read_state(&sound, self);
    for (int way = 0; way < 2; way++) {
        imx_state last = sound;
        if (way == 0) {
            last.generation = (uint64_t)IMX_MAX_NUMBER;
        } else {
            last.next_seq = IMX_MAX_NUMBER;
        }
        write_state(self, &last);
        imx_store *store = NULL;
        imgmatch_diag diag = IMGMATCH_DIAG_INIT;
        assert_int_equal(imx_store_open(&store, self->path, NULL, true, NULL), IMGMATCH_OK);
        assert_int_equal(sample_add(store, 5, 1, 1, &diag), IMGMATCH_ERR_CATALOGUE);
        assert_non_null(strstr(diag.message, self->path));
        imx_store_close(store);
        assert_int_equal(imx_store_open(&store, self->path, NULL, true, NULL), IMGMATCH_OK);
        assert_true(sample_is_stored(store, 4, 1) && sample_is_absent(store, 5));
        imx_store_close(store);
        /* The lock notes the generation. */
        char lock[600];
        (void)snprintf(lock, sizeof lock, "%s/catalogue.lock", self->path);
        assert_int_equal(unlink(lock), 0);
    }
}

/* An identity whose checksum is right. NULL: the model is the one that it was. */
static void write_identity(const fixture *self, uint32_t dimension, const char *sha256) {
    imx_catalogue_identity identity;
    imx_sql *sql = NULL;
    char text[400];
    assert_int_equal(imx_sql_open(&sql, self->database, IMX_SQL_READ, NULL), IMGMATCH_OK);
    assert_int_equal(imx_schema_read_identity(&identity, sql, NULL), IMGMATCH_OK);
    imx_sql_close(sql);
    const imx_identity *made_by = &identity.made_by;
    sha256 = sha256 == NULL ? made_by->model_sha256 : sha256;
    imx_digest digest = {.count = 0};
    imx_digest_int(&digest, made_by->format);
    imx_digest_int(&digest, identity.number);
    imx_digest_text(&digest, identity.name);
    imx_digest_int(&digest, made_by->hash_version);
    imx_digest_int(&digest, made_by->preprocessing_version);
    imx_digest_int(&digest, made_by->sketch_version);
    imx_digest_int(&digest, dimension);
    imx_digest_text(&digest, made_by->model_name);
    imx_digest_text(&digest, sha256);
    (void)snprintf(text, sizeof text,
                   "UPDATE identity SET dimension = %u, model_sha256 = '%s', checksum = %lld",
                   dimension, sha256, (long long)imx_digest_finish(&digest));
    run_sql(self, text);
}

static void test_dimensions_without_bounds_are_refused(void **unused) {
    (void)unused;
    static const uint32_t dimensions[] = {0, IMX_MAX_DIMENSION + 1, INT32_MAX, UINT32_MAX};
    for (size_t i = 0; i < sizeof dimensions / sizeof *dimensions; i++) {
        void *other = NULL; /* What is refused cannot be read and changed once more. */
        assert_int_equal(set_up(&other), 0);
        char what[64];
        (void)snprintf(what, sizeof what, "%u dimensions", dimensions[i]);
        write_identity(other, dimensions[i], NULL);
        expect_refused(other, what);
        assert_int_equal(tear_down(&other), 0);
    }
}

static void test_a_model_that_is_no_hash_is_refused(void **state) {
    write_identity(*state, SAMPLE_DIMENSION, "\x1b]0;a title\a");
    expect_refused(*state, "a terminal's commands for the hash of the model");
}

/* One more item, whose row has the right checksum. */
static void insert_item(const fixture *self, const imx_item_record *item, const char *added_at) {
    imx_state last;
    imx_sql *sql = NULL;
    read_state(&last, self);
    assert_int_equal(imx_sql_open(&sql, self->database, IMX_SQL_WRITE, NULL), IMGMATCH_OK);
    assert_int_equal(imx_rows_insert(sql, item, last.next_seq, SAMPLE_DIMENSION, added_at, NULL),
                     IMGMATCH_OK);
    imx_sql_close(sql);
    last.next_seq++;
    last.item_count++;
    write_state(self, &last);
}

static void note_problem(void *user, const char *line) { (void)snprintf(user, 300, "%s", line); }

/* Which would be found only by what computes with them. */
static void test_embeddings_that_cannot_be_are_found(void **unused) {
    (void)unused;
    static const float values[] = {NAN, INFINITY, 65504.0f, 1.02f};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        void *state = NULL;
        assert_int_equal(set_up(&state), 0);
        const fixture *self = state;
        const float embedding[SAMPLE_DIMENSION] = {values[i]};
        sample item;
        sample_fill(&item, 5, 1);
        imx_half_from_float(item.halves[0], embedding, SAMPLE_DIMENSION);
        insert_item(self, &item.record, "2020-01-01T00:00:00Z");
        imx_store *store = NULL;
        char problem[300] = "";
        assert_int_equal(imx_store_open(&store, self->path, NULL, false, NULL), IMGMATCH_OK);
        assert_int_equal(imx_store_verify(store, note_problem, problem, NULL),
                         IMGMATCH_ERR_CATALOGUE);
        assert_non_null(strstr(problem, self->database));
        assert_non_null(strstr(problem, "an embedding is longer than 1, or no number (seq 6)"));
        imx_store_close(store);
        assert_int_equal(tear_down(&state), 0);
    }
}

typedef struct last_item {
    char sha256[65];
    char added_at[64];
} last_item;

static bool note_last(void *user, const imgmatch_item *item) {
    last_item *last = user;
    (void)snprintf(last->sha256, sizeof last->sha256, "%s", item->sha256);
    (void)snprintf(last->added_at, sizeof last->added_at, "%s", item->added_at);
    return true;
}

/* Programs print these as they are, and merge takes them over. */
static void test_texts_that_cannot_be_are_refused(void **unused) {
    (void)unused;
    static const struct {
        const char *sha256;
        const char *metadata;
        const char *added_at;
        imgmatch_status listed;
    } rows[] = {
        {"", "{}", "2020-01-01T00:00:00Z", IMGMATCH_OK},
        {"", "{\"colour\": [\"red\"]}", "2020-01-01T00:00:00Z", IMGMATCH_OK},
        {"", "{}", "x\r\n=cmd|' /C calc'!A0", IMGMATCH_OK}, /* Not known, then. */
        {"\x1b]0;a title\a", "{}", "2020-01-01T00:00:00Z", IMGMATCH_ERR_CATALOGUE},
        {"aa", "{}", "2020-01-01T00:00:00Z", IMGMATCH_ERR_CATALOGUE},
        {"", "{},\"id\":\"other\",\"x\":{}", "2020-01-01T00:00:00Z", IMGMATCH_ERR_CATALOGUE},
        {"", "[]", "2020-01-01T00:00:00Z", IMGMATCH_ERR_CATALOGUE},
        {"", "", "2020-01-01T00:00:00Z", IMGMATCH_ERR_CATALOGUE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        void *state = NULL;
        assert_int_equal(set_up(&state), 0);
        const fixture *self = state;
        sample item;
        sample_fill(&item, 5, 1);
        (void)snprintf(item.id, sizeof item.id, "zz");
        (void)snprintf(item.record.sha256, sizeof item.record.sha256, "%s", rows[i].sha256);
        item.record.metadata = rows[i].metadata;
        insert_item(self, &item.record, rows[i].added_at);
        imx_store *store = NULL;
        last_item last;
        assert_int_equal(imx_store_open(&store, self->path, NULL, false, NULL), IMGMATCH_OK);
        assert_int_equal(imx_store_list(store, note_last, &last, NULL), rows[i].listed);
        if (rows[i].listed == IMGMATCH_OK) {
            assert_string_equal(last.sha256, rows[i].sha256);
            assert_string_equal(last.added_at, i < 2 ? rows[i].added_at : "");
        }
        assert_int_equal(imx_store_verify(store, NULL, NULL, NULL), rows[i].listed);
        imx_store_close(store);
        assert_int_equal(tear_down(&state), 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_programs_in_the_database_are_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_other_things_than_files_are_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_links_are_not_written_through, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_other_names_are_not_written_through, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_journal_deletes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_states_that_cannot_be_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_numbers_do_not_run_over, set_up, tear_down),
        cmocka_unit_test(test_dimensions_without_bounds_are_refused),
        cmocka_unit_test_setup_teardown(test_a_model_that_is_no_hash_is_refused, set_up, tear_down),
        cmocka_unit_test(test_embeddings_that_cannot_be_are_found),
        cmocka_unit_test(test_texts_that_cannot_be_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
