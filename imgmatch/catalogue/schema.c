#include "catalogue/schema.h"

#include "base/diag.h"
#include "base/memory.h"
#include "catalogue/digest.h"

#include <stdlib.h>
#include <string.h>

/* "imgm": PRAGMA application_id, which file(1) shows too. */
#define APPLICATION_ID 0x696d676d

/* Among the texts, since the first catalogues have none. */
#define SETTINGS_KEY "model_settings"

#define STRINGIFY_(value) #value
#define STRINGIFY(value) STRINGIFY_(value)

/* Rows are found by seq or by id alone, so there is one index beside the tables. */
static const char *const tables[] = {
    "CREATE TABLE identity("
    " one INTEGER PRIMARY KEY CHECK(one = 1), format INTEGER NOT NULL, number INTEGER NOT NULL,"
    " name TEXT NOT NULL, hash_version INTEGER NOT NULL, preprocessing_version INTEGER NOT NULL,"
    " sketch_version INTEGER NOT NULL, dimension INTEGER NOT NULL, model_name TEXT NOT NULL,"
    " model_sha256 TEXT NOT NULL, checksum INTEGER NOT NULL)",
    "CREATE TABLE state("
    " one INTEGER PRIMARY KEY CHECK(one = 1), generation INTEGER NOT NULL,"
    " next_seq INTEGER NOT NULL, item_count INTEGER NOT NULL, main_generation INTEGER NOT NULL,"
    " covered_seq INTEGER NOT NULL, main_item_count INTEGER NOT NULL, checksum INTEGER NOT NULL)",
    "CREATE TABLE items("
    " seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, product TEXT NOT NULL,"
    " brand TEXT NOT NULL, source TEXT NOT NULL, metadata TEXT NOT NULL, sha256 TEXT NOT NULL,"
    " size_bytes INTEGER NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,"
    " remarks INTEGER NOT NULL, views INTEGER NOT NULL, features INTEGER NOT NULL,"
    " sketched INTEGER NOT NULL, added_at TEXT NOT NULL, checksum INTEGER NOT NULL)",
    "CREATE TABLE views("
    " seq INTEGER NOT NULL, view INTEGER NOT NULL, pdq BLOB NOT NULL, quality INTEGER NOT NULL,"
    " unstable INTEGER NOT NULL, embedding BLOB NOT NULL, checksum INTEGER NOT NULL,"
    " PRIMARY KEY(seq, view)) WITHOUT ROWID",
    "CREATE TABLE sketches("
    " seq INTEGER PRIMARY KEY, sketch BLOB NOT NULL, checksum INTEGER NOT NULL)",
    "CREATE TABLE tombstones(seq INTEGER PRIMARY KEY)",
    "CREATE TABLE texts("
    " key TEXT PRIMARY KEY, value TEXT NOT NULL, checksum INTEGER NOT NULL) WITHOUT ROWID",
};
#define TABLE_COUNT (sizeof tables / sizeof *tables)

static int64_t digest_identity(const imx_catalogue_identity *identity) {
    const imx_identity *made_by = &identity->made_by;
    imx_digest digest = {.count = 0};
    imx_digest_int(&digest, made_by->format);
    imx_digest_int(&digest, identity->number);
    imx_digest_text(&digest, identity->name);
    imx_digest_int(&digest, made_by->hash_version);
    imx_digest_int(&digest, made_by->preprocessing_version);
    imx_digest_int(&digest, made_by->sketch_version);
    imx_digest_int(&digest, made_by->dimension);
    imx_digest_text(&digest, made_by->model_name);
    imx_digest_text(&digest, made_by->model_sha256);
    return imx_digest_finish(&digest);
}

static imgmatch_status write_identity(imx_sql *sql, const imx_catalogue_identity *identity,
                                      imgmatch_diag *diag) {
    imx_statement *insert = NULL;
    imgmatch_status status = imx_sql_prepare(
        &insert, sql, "INSERT INTO identity VALUES(1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    const imx_identity *made_by = &identity->made_by;
    imx_sql_bind_int(insert, 1, made_by->format);
    imx_sql_bind_int(insert, 2, (int64_t)identity->number);
    imx_sql_bind_text(insert, 3, identity->name);
    imx_sql_bind_int(insert, 4, made_by->hash_version);
    imx_sql_bind_int(insert, 5, made_by->preprocessing_version);
    imx_sql_bind_int(insert, 6, made_by->sketch_version);
    imx_sql_bind_int(insert, 7, made_by->dimension);
    imx_sql_bind_text(insert, 8, made_by->model_name);
    imx_sql_bind_text(insert, 9, made_by->model_sha256);
    imx_sql_bind_int(insert, 10, digest_identity(identity));
    return imx_sql_execute(insert, diag);
}

imgmatch_status imx_schema_create(imx_sql *sql, const imx_catalogue_identity *identity,
                                  imgmatch_diag *diag) {
    static const imx_state empty = {.generation = 1, .next_seq = 1};
    _Static_assert(IMX_CATALOGUE_FORMAT == 1, "the pragma below states the format");
    /* The pragmas come before the first page is written. */
    imgmatch_status status =
        imx_sql_run(sql, "PRAGMA page_size=4096; PRAGMA encoding='UTF-8'; BEGIN IMMEDIATE;", diag);
    for (size_t i = 0; i < TABLE_COUNT && status == IMGMATCH_OK; i++) {
        status = imx_sql_run(sql, tables[i], diag);
    }
    if (status == IMGMATCH_OK) {
        status = imx_sql_run(sql, "PRAGMA application_id=" STRINGIFY(APPLICATION_ID), diag);
    }
    if (status == IMGMATCH_OK) {
        status = write_identity(sql, identity, diag);
    }
    if (status == IMGMATCH_OK && identity->made_by.model_settings[0] != '\0') {
        status = imx_schema_write_text(sql, SETTINGS_KEY, identity->made_by.model_settings, diag);
    }
    if (status == IMGMATCH_OK) {
        status = imx_schema_write_state(sql, &empty, diag);
    }
    if (status == IMGMATCH_OK) {
        status = imx_sql_run(sql, "PRAGMA user_version=1; COMMIT; PRAGMA journal_mode=WAL;", diag);
    }
    return status;
}

static imgmatch_status read_pragma(int64_t *value, imx_sql *sql, const char *pragma,
                                   imgmatch_diag *diag) {
    imx_statement *statement = NULL;
    imgmatch_status status = imx_sql_prepare(&statement, sql, pragma, diag);
    bool row = false;
    if (status == IMGMATCH_OK) {
        status = imx_sql_step(&row, statement, diag);
    }
    *value = row ? imx_sql_int(statement, 0) : 0;
    imx_sql_done(statement);
    return status;
}

/* Is it one of ours? Each is found once: names are unique in a database. An index that belongs to a
 * table's own words has no text. */
static bool is_ours(const char *type, const char *text) {
    bool ours = strcmp(type, "index") == 0 && text[0] == '\0';
    for (size_t i = 0; i < TABLE_COUNT && !ours; i++) {
        ours = strcmp(type, "table") == 0 && strcmp(text, tables[i]) == 0;
    }
    return ours;
}

/* A catalogue has its tables and nothing else. Views, triggers, computed columns, virtual tables
 * and indexes on expressions are programs, and SQLite would run them. */
static imgmatch_status check_tables(imx_sql *sql, imgmatch_diag *diag) {
    imx_statement *statement = NULL;
    imgmatch_status status =
        imx_sql_prepare(&statement, sql, "SELECT type, sql FROM sqlite_schema", diag);
    bool row = status == IMGMATCH_OK, ours = true;
    size_t found = 0;
    while (row && ours) {
        status = imx_sql_step(&row, statement, diag);
        if (row) {
            const char *text = imx_sql_text(NULL, statement, 1);
            found += text[0] != '\0';
            ours = is_ours(imx_sql_text(NULL, statement, 0), text);
        }
    }
    imx_sql_done(statement);
    if (status == IMGMATCH_OK && (!ours || found != TABLE_COUNT)) {
        status = imx_sql_is_out_of_memory(sql)
                     ? imx_fail_memory(diag)
                     : imx_fail(diag, IMGMATCH_ERR_CATALOGUE,
                                "%s is damaged: its tables are not those of a catalogue",
                                imx_sql_path(sql));
    }
    return status;
}

static bool copy_column(char *out, size_t capacity, imx_statement *statement, int column) {
    size_t size = 0;
    const char *text = imx_sql_text(&size, statement, column);
    if (size >= capacity) {
        return false;
    }
    memcpy(out, text, size);
    out[size] = '\0';
    return true;
}

static bool take_identity(imx_catalogue_identity *out, imx_statement *row) {
    imx_identity *made_by = &out->made_by;
    made_by->format = (uint32_t)imx_sql_int(row, 0);
    out->number = (uint64_t)imx_sql_int(row, 1);
    bool fits = copy_column(out->name, sizeof out->name, row, 2);
    made_by->hash_version = (uint32_t)imx_sql_int(row, 3);
    made_by->preprocessing_version = (uint32_t)imx_sql_int(row, 4);
    made_by->sketch_version = (uint32_t)imx_sql_int(row, 5);
    made_by->dimension = (uint32_t)imx_sql_int(row, 6);
    fits = copy_column(made_by->model_name, sizeof made_by->model_name, row, 7) && fits;
    fits = copy_column(made_by->model_sha256, sizeof made_by->model_sha256, row, 8) && fits;
    /* Programs print it as it is. */
    fits =
        fits && strspn(made_by->model_sha256, "0123456789abcdef") == strlen(made_by->model_sha256);
    return fits && imx_sql_int(row, 9) == digest_identity(out);
}

static imgmatch_status read_settings(char out[65], imx_sql *sql, imgmatch_diag *diag) {
    char *text = NULL;
    imgmatch_status status = imx_schema_read_text(&text, sql, SETTINGS_KEY, diag);
    if (status == IMGMATCH_OK && text != NULL) {
        size_t size = strlen(text);
        if (size < 65) {
            memcpy(out, text, size + 1);
        } else {
            status = imx_sql_fail_damaged(sql, SETTINGS_KEY, diag);
        }
    }
    free(text);
    return status;
}

imgmatch_status imx_schema_read_identity(imx_catalogue_identity *out, imx_sql *sql,
                                         imgmatch_diag *diag) {
    *out = (imx_catalogue_identity){.number = 0};
    int64_t application = 0, format = 0;
    imgmatch_status status = read_pragma(&application, sql, "PRAGMA application_id", diag);
    if (status == IMGMATCH_OK) {
        status = read_pragma(&format, sql, "PRAGMA user_version", diag);
    }
    if (status != IMGMATCH_OK) {
        return status;
    }
    if (application != APPLICATION_ID) {
        return imx_fail(diag, IMGMATCH_ERR_CATALOGUE, "%s is a database, but not of a catalogue",
                        imx_sql_path(sql));
    }
    if (format != IMX_CATALOGUE_FORMAT) {
        return imx_fail(diag, IMGMATCH_ERR_MISMATCH,
                        "%s has format %lld, this program reads format %u: index the photos again, "
                        "or use the program's version that made it",
                        imx_sql_path(sql), (long long)format, IMX_CATALOGUE_FORMAT);
    }
    status = check_tables(sql, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    imx_statement *statement = NULL;
    status = imx_sql_prepare(&statement, sql,
                             "SELECT format, number, name, hash_version, preprocessing_version,"
                             " sketch_version, dimension, model_name, model_sha256, checksum"
                             " FROM identity WHERE one = 1",
                             diag);
    bool row = false;
    if (status == IMGMATCH_OK) {
        status = imx_sql_step(&row, statement, diag);
    }
    if (status == IMGMATCH_OK && !(row && take_identity(out, statement))) {
        status = imx_sql_fail_damaged(sql, "its identity", diag);
    }
    uint32_t dimension = out->made_by.dimension; /* Room is made for many embeddings of it. */
    if (status == IMGMATCH_OK && (dimension < 1 || dimension > IMX_MAX_DIMENSION)) {
        status = imx_fail(diag, IMGMATCH_ERR_CATALOGUE,
                          "%s is damaged: its embeddings have %u dimensions, which are 1 to %d",
                          imx_sql_path(sql), dimension, IMX_MAX_DIMENSION);
    }
    imx_sql_done(statement);
    return status == IMGMATCH_OK ? read_settings(out->made_by.model_settings, sql, diag) : status;
}

static int64_t digest_state(const imx_state *state) {
    imx_digest digest = {.count = 0};
    imx_digest_int(&digest, state->generation);
    imx_digest_int(&digest, (uint64_t)state->next_seq);
    imx_digest_int(&digest, state->item_count);
    imx_digest_int(&digest, state->main_generation);
    imx_digest_int(&digest, (uint64_t)state->covered_seq);
    imx_digest_int(&digest, state->main_item_count);
    return imx_digest_finish(&digest);
}

/* Seqs start at 1 and are given once, so there are no more items than have been given. */
bool imx_state_is_sound(const imx_state *state) {
    return state->generation >= 1 && state->generation <= (uint64_t)IMX_MAX_NUMBER &&
           state->next_seq >= 1 && state->next_seq <= IMX_MAX_NUMBER &&
           state->item_count < (uint64_t)state->next_seq &&
           state->main_generation <= state->generation && state->covered_seq >= 0 &&
           state->covered_seq < state->next_seq &&
           state->main_item_count <= (uint64_t)state->covered_seq;
}

imgmatch_status imx_schema_read_state(imx_state *out, imx_sql *sql, imgmatch_diag *diag) {
    *out = (imx_state){.generation = 0};
    imx_statement *statement = NULL;
    imgmatch_status status =
        imx_sql_prepare(&statement, sql,
                        "SELECT generation, next_seq, item_count, main_generation, covered_seq,"
                        " main_item_count, checksum FROM state WHERE one = 1",
                        diag);
    bool row = false;
    if (status == IMGMATCH_OK) {
        status = imx_sql_step(&row, statement, diag);
    }
    if (row) {
        out->generation = (uint64_t)imx_sql_int(statement, 0);
        out->next_seq = imx_sql_int(statement, 1);
        out->item_count = (uint64_t)imx_sql_int(statement, 2);
        out->main_generation = (uint64_t)imx_sql_int(statement, 3);
        out->covered_seq = imx_sql_int(statement, 4);
        out->main_item_count = (uint64_t)imx_sql_int(statement, 5);
    }
    if (status == IMGMATCH_OK && !(row && imx_sql_int(statement, 6) == digest_state(out))) {
        status = imx_sql_fail_damaged(sql, "its state", diag);
    }
    if (status == IMGMATCH_OK && !imx_state_is_sound(out)) { /* Made up, checksum and all. */
        status = imx_fail(diag, IMGMATCH_ERR_CATALOGUE,
                          "%s is damaged: no catalogue can be in the state that it names",
                          imx_sql_path(sql));
    }
    imx_sql_done(statement);
    return status;
}

imgmatch_status imx_schema_write_state(imx_sql *sql, const imx_state *state, imgmatch_diag *diag) {
    imx_statement *statement = NULL;
    imgmatch_status status = imx_sql_prepare(
        &statement, sql, "INSERT OR REPLACE INTO state VALUES(1, ?, ?, ?, ?, ?, ?, ?)", diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    imx_sql_bind_int(statement, 1, (int64_t)state->generation);
    imx_sql_bind_int(statement, 2, state->next_seq);
    imx_sql_bind_int(statement, 3, (int64_t)state->item_count);
    imx_sql_bind_int(statement, 4, (int64_t)state->main_generation);
    imx_sql_bind_int(statement, 5, state->covered_seq);
    imx_sql_bind_int(statement, 6, (int64_t)state->main_item_count);
    imx_sql_bind_int(statement, 7, digest_state(state));
    return imx_sql_execute(statement, diag);
}

static int64_t digest_text(const char *key, const char *value) {
    imx_digest digest = {.count = 0};
    imx_digest_text(&digest, key);
    imx_digest_text(&digest, value);
    return imx_digest_finish(&digest);
}

imgmatch_status imx_schema_read_text(char **value, imx_sql *sql, const char *key,
                                     imgmatch_diag *diag) {
    *value = NULL;
    imx_statement *statement = NULL;
    imgmatch_status status =
        imx_sql_prepare(&statement, sql, "SELECT value, checksum FROM texts WHERE key = ?", diag);
    bool row = false;
    if (status == IMGMATCH_OK) {
        imx_sql_bind_text(statement, 1, key);
        status = imx_sql_step(&row, statement, diag);
    }
    if (row) {
        const char *text = imx_sql_text(NULL, statement, 0);
        if (imx_sql_int(statement, 1) != digest_text(key, text)) {
            status = imx_sql_fail_damaged(sql, key, diag);
        } else if ((*value = imx_copy_text(text)) == NULL) {
            status = imx_fail_memory(diag);
        }
    }
    imx_sql_done(statement);
    return status;
}

imgmatch_status imx_schema_write_text(imx_sql *sql, const char *key, const char *value,
                                      imgmatch_diag *diag) {
    imx_statement *statement = NULL;
    imgmatch_status status =
        imx_sql_prepare(&statement, sql, "INSERT OR REPLACE INTO texts VALUES(?, ?, ?)", diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    imx_sql_bind_text(statement, 1, key);
    imx_sql_bind_text(statement, 2, value);
    imx_sql_bind_int(statement, 3, digest_text(key, value));
    return imx_sql_execute(statement, diag);
}

imgmatch_status imx_schema_check_texts(imx_sql *sql, imgmatch_diag *diag) {
    imx_statement *statement = NULL;
    imgmatch_status status =
        imx_sql_prepare(&statement, sql, "SELECT key, value, checksum FROM texts", diag);
    bool row = status == IMGMATCH_OK;
    while (row) {
        status = imx_sql_step(&row, statement, diag);
        if (row && imx_sql_int(statement, 2) != digest_text(imx_sql_text(NULL, statement, 0),
                                                            imx_sql_text(NULL, statement, 1))) {
            status = imx_sql_fail_damaged(sql, "a text", diag);
            row = false;
        }
    }
    imx_sql_done(statement);
    return status;
}
