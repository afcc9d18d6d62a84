/*
 * Checking a catalogue, all of it: SQLite's own check, the checksum of every row, that embeddings
 * are such as are stored, that the tables belong together, and that the main index holds exactly
 * what the database says. Everything is read in one read transaction, or, after a read error that
 * ended it, in another one; a finding does not keep the next check from running.
 *
 * The main index and the table `views` are both in order of (seq, view), so they are compared like
 * the two sides of a merge: a view that only the index has must be of an item that is gone, and a
 * view that only the database has must be of the tail.
 */
#include "catalogue/store_parts.h"

#include "base/diag.h"
#include "base/memory.h"
#include "catalogue/main_index.h"
#include "catalogue/rows.h"
#include "catalogue/tombstones.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct verification {
    const imx_store *store;
    imx_sql *sql;
    imx_state state;   /* Of the transaction, as is the main index. */
    imx_segment *main; /* NULL: there is none, or it is damaged. */
    uint16_t *halves;  /* The embedding of the view at hand. */
    float *floats;
    uint64_t problems;
    void (*problem)(void *user, const char *line);
    void *user;
} verification;

static void report(verification *self, const char *format, ...) IMX_PRINTF(2, 3);

static void report(verification *self, const char *format, ...) {
    char line[6000]; /* The longest path, and what is wrong. */
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    self->problems++;
    if (self->problem != NULL) {
        self->problem(self->user, line);
    }
}

/* Damage becomes a finding; other failures end the verification. */
static imgmatch_status note(verification *self, imgmatch_status status, const imgmatch_diag *own,
                            imgmatch_diag *diag) {
    if (status == IMGMATCH_OK) {
        return IMGMATCH_OK;
    }
    if (status == IMGMATCH_ERR_CATALOGUE || status == IMGMATCH_ERR_IO) {
        report(self, "%s", own->message);
        return IMGMATCH_OK;
    }
    return imx_fail(diag, status, "%s", own->message);
}

static imgmatch_status check_pages(verification *self, imgmatch_diag *own) {
    imx_statement *statement = NULL;
    imgmatch_status status =
        imx_sql_prepare(&statement, self->sql, "PRAGMA integrity_check(20)", own);
    bool row = status == IMGMATCH_OK;
    while (row && (status = imx_sql_step(&row, statement, own)) == IMGMATCH_OK && row) {
        const char *line = imx_sql_text(NULL, statement, 0);
        if (strcmp(line, "ok") != 0) {
            report(self, "%s is damaged: %s", self->store->database, line);
        }
    }
    imx_sql_done(statement);
    return status;
}

static imgmatch_status check_single_rows(verification *self, imgmatch_diag *own) {
    imx_catalogue_identity identity;
    imgmatch_status status = imx_schema_read_identity(&identity, self->sql, own);
    if (status == IMGMATCH_OK) {
        status = imx_schema_read_state(&self->state, self->sql, own);
    }
    if (status == IMGMATCH_OK) {
        status = imx_schema_check_texts(self->sql, own);
    }
    return status;
}

static imgmatch_status check_items(verification *self, imgmatch_diag *own) {
    imx_statement *statement = NULL;
    imgmatch_status status = imx_sql_prepare(
        &statement, self->sql,
        "SELECT " IMX_ITEM_COLUMNS ", (SELECT count(*) FROM views WHERE views.seq = items.seq),"
        " (SELECT count(*) FROM sketches WHERE sketches.seq = items.seq) FROM items ORDER BY seq",
        own);
    uint64_t count = 0;
    bool row = status == IMGMATCH_OK;
    while (row && (status = imx_sql_step(&row, statement, own)) == IMGMATCH_OK && row) {
        imx_item_row item;
        imgmatch_diag damage = IMGMATCH_DIAG_INIT;
        count++;
        if (imx_item_row_take(&item, self->sql, statement, &damage) != IMGMATCH_OK) {
            report(self, "%s (seq %lld)", damage.message, (long long)imx_sql_int(statement, 0));
        } else if (imx_sql_int(statement, IMX_ITEM_COLUMN_COUNT) != item.views ||
                   imx_sql_int(statement, IMX_ITEM_COLUMN_COUNT + 1) != item.sketched) {
            report(self, "%s is damaged: fingerprints of item '%s' are missing",
                   self->store->database, item.id);
        }
        if (imx_sql_int(statement, 0) >= self->state.next_seq) {
            report(self, "%s is damaged: item number %lld is yet to be given",
                   self->store->database, (long long)imx_sql_int(statement, 0));
        }
    }
    imx_sql_done(statement);
    if (status == IMGMATCH_OK && count != self->state.item_count) {
        report(self, "%s is damaged: it has %llu items and should have %llu", self->store->database,
               (unsigned long long)count, (unsigned long long)self->state.item_count);
    }
    return status;
}

static imgmatch_status check_sketches(verification *self, imgmatch_diag *own) {
    imx_statement *statement = NULL;
    imgmatch_status status =
        imx_sql_prepare(&statement, self->sql, "SELECT seq, sketch, checksum FROM sketches", own);
    bool row = status == IMGMATCH_OK;
    while (row && (status = imx_sql_step(&row, statement, own)) == IMGMATCH_OK && row) {
        size_t size = 0;
        int64_t seq = imx_sql_int(statement, 0);
        const uint8_t *sketch = imx_sql_blob(&size, statement, 1);
        if (imx_sql_int(statement, 2) != imx_rows_digest_sketch(seq, sketch, size)) {
            report(self, "%s is damaged: a sketch does not fit its checksum (seq %lld)",
                   self->store->database, (long long)seq);
        }
    }
    imx_sql_done(statement);
    return status;
}

/* Rows whose item is not there, and tombstones of items that are. */
static imgmatch_status check_orphans(verification *self, imgmatch_diag *own) {
    imx_statement *statement = NULL;
    imgmatch_status status = imx_sql_prepare(
        &statement, self->sql,
        "SELECT (SELECT count(*) FROM views WHERE seq NOT IN (SELECT seq FROM items)),"
        " (SELECT count(*) FROM sketches WHERE seq NOT IN (SELECT seq FROM items)),"
        " (SELECT count(*) FROM tombstones WHERE seq IN (SELECT seq FROM items))",
        own);
    static const char *const findings[] = {"fingerprints of items that are not there",
                                           "sketches of items that are not there",
                                           "items that are noted as removed"};
    bool row = false;
    if (status == IMGMATCH_OK) {
        status = imx_sql_step(&row, statement, own);
    }
    for (int i = 0; row && i < 3; i++) {
        int64_t count = imx_sql_int(statement, i);
        if (count != 0) {
            report(self, "%s is damaged: %lld %s", self->store->database, (long long)count,
                   findings[i]);
        }
    }
    imx_sql_done(statement);
    return status;
}

static bool row_equals(const verification *self, const imx_segment *main, size_t at,
                       const imx_view_row *view, const char *id) {
    const uint16_t *halves = NULL;
    return main->ranks[at] == imx_item_rank(id) &&
           memcmp(main->hashes + at * IMGMATCH_PDQ_BYTES, view->pdq.hash, IMGMATCH_PDQ_BYTES) ==
               0 &&
           imx_main_index_row_halves(&halves, main, at, NULL) == IMGMATCH_OK &&
           memcmp(halves, self->halves, main->dimension * sizeof *halves) == 0;
}

static bool row_is_before(const imx_segment *main, size_t at, const imx_view_row *view) {
    return main->seqs[at] < view->seq ||
           (main->seqs[at] == view->seq && main->views[at] < view->view);
}

/* Rows of the index from `at` on that the database does not have up to `view` (NULL: at all). */
static size_t check_gone_rows(verification *self, const imx_segment *main, size_t at,
                              const imx_view_row *view, const imx_seq_set *gone) {
    while (at < main->row_count && (view == NULL || row_is_before(main, at, view))) {
        if (!imx_seq_set_has(gone, main->seqs[at])) {
            report(self,
                   "%s: the main index has an item that the database does not have (seq %lld)",
                   self->store->folder, (long long)main->seqs[at]);
        }
        at++;
    }
    return at;
}

/* Every row of `views`, against its checksum, what an embedding may be, and the main index. */
static imgmatch_status compare_views(verification *self, const imx_seq_set *gone,
                                     imgmatch_diag *own) {
    const imx_segment *main = self->main;
    imx_statement *statement = NULL;
    imgmatch_status status = imx_sql_prepare(
        &statement, self->sql,
        "SELECT " IMX_VIEW_COLUMNS ", " IMX_VIEW_ID_COLUMN " FROM views ORDER BY seq, view", own);
    size_t at = 0;
    bool row = status == IMGMATCH_OK;
    while (row && (status = imx_sql_step(&row, statement, own)) == IMGMATCH_OK && row) {
        imx_view_row view;
        imgmatch_diag damage = IMGMATCH_DIAG_INIT;
        if (imx_view_row_take(&view, self->halves, self->store->identity.made_by.dimension,
                              self->sql, statement, 0, &damage) != IMGMATCH_OK) {
            report(self, "%s (seq %lld)", damage.message, (long long)imx_sql_int(statement, 0));
            continue;
        }
        if (!imx_embedding_is_sound(self->halves, self->floats,
                                    self->store->identity.made_by.dimension)) {
            report(self, "%s is damaged: an embedding is longer than 1, or no number (seq %lld)",
                   self->store->database, (long long)view.seq);
        }
        if (main == NULL) {
            continue;
        }
        at = check_gone_rows(self, main, at, &view, gone);
        bool there =
            at < main->row_count && main->seqs[at] == view.seq && main->views[at] == view.view;
        const char *id = imx_sql_text(NULL, statement, IMX_VIEW_COLUMN_COUNT);
        if (there && !row_equals(self, main, at, &view, id)) {
            report(self, "%s: the main index and the database differ (seq %lld)",
                   self->store->folder, (long long)view.seq);
        }
        if (!there && view.seq <= self->state.covered_seq) {
            report(self, "%s: the main index lacks an item (seq %lld)", self->store->folder,
                   (long long)view.seq);
        }
        at += there;
    }
    imx_sql_done(statement);
    if (status == IMGMATCH_OK && main != NULL) {
        (void)check_gone_rows(self, main, at, NULL, gone);
    }
    return status;
}

/* Start the read transaction and read the main index file that it names. A file that is gone while
 * the database names another one by now was replaced by a writer: start over. */
static imgmatch_status begin_with_main(verification *self, imgmatch_diag *diag) {
    imx_segment_release(self->main);
    self->main = NULL;
    for (uint64_t missing_generation = 0;;) {
        imgmatch_diag own = IMGMATCH_DIAG_INIT;
        imgmatch_status status = imx_sql_begin_read(self->sql, diag);
        if (status != IMGMATCH_OK) {
            return status;
        }
        status = imx_schema_read_state(&self->state, self->sql, &own);
        if (status == IMGMATCH_OK && self->state.main_generation != 0) {
            const imx_catalogue_identity *identity = &self->store->identity;
            imx_index_stamp stamp = {.catalogue_number = identity->number,
                                     .generation = self->state.main_generation,
                                     .covered_seq = self->state.covered_seq,
                                     .item_count = self->state.main_item_count,
                                     .dimension = identity->made_by.dimension};
            status = imx_index_file_read(&self->main, self->store->folder, &stamp, &own);
        }
        if (status != IMGMATCH_ERR_NOT_FOUND) {
            return note(self, status, &own, diag);
        }
        if (self->state.main_generation == missing_generation) {
            return note(self, IMGMATCH_ERR_CATALOGUE, &own, diag);
        }
        missing_generation = self->state.main_generation;
        imx_sql_rollback(self->sql);
    }
}

static imgmatch_status check_index(verification *self, imgmatch_diag *own) {
    imx_seq_set gone = {.seqs = NULL};
    imgmatch_status status = IMGMATCH_OK;
    if (self->main != NULL) {
        status = imx_mapped_file_verify_all(self->main->index->file, own);
    }
    if (status == IMGMATCH_OK) {
        status = imx_tombstones_read(&gone, self->sql, self->state.generation, own);
        /* Damage is no reason to stop; after a read error the views might be of another state. */
        if (status == IMGMATCH_ERR_CATALOGUE) {
            status = note(self, status, own, NULL);
        }
    }
    if (status == IMGMATCH_OK) {
        status = compare_views(self, &gone, own);
    }
    free(gone.seqs);
    return status;
}

typedef imgmatch_status check_call(verification *self, imgmatch_diag *own);

static imgmatch_status run_checks(verification *self, imgmatch_diag *diag) {
    static check_call *const checks[] = {check_pages,    check_single_rows, check_items,
                                         check_sketches, check_orphans,     check_index};
    imgmatch_status status = IMGMATCH_OK;
    for (size_t i = 0; i < sizeof checks / sizeof *checks && status == IMGMATCH_OK; i++) {
        imgmatch_diag own = IMGMATCH_DIAG_INIT;
        if (!imx_sql_is_in_transaction(self->sql)) {
            status = begin_with_main(self, diag);
        }
        if (status == IMGMATCH_OK) {
            status = note(self, checks[i](self, &own), &own, diag);
        }
    }
    return status;
}

imgmatch_status imx_store_verify(const imx_store *store,
                                 void (*problem)(void *user, const char *line), void *user,
                                 imgmatch_diag *diag) {
    uint32_t dimension = store->identity.made_by.dimension;
    verification self = {.store = store, .problem = problem, .user = user};
    imgmatch_status status = imx_store_check_place(store, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    self.halves = imx_new_array_raw(dimension, sizeof *self.halves);
    self.floats = imx_new_array_raw(dimension, sizeof *self.floats);
    status = self.halves == NULL || self.floats == NULL
                 ? imx_fail_memory(diag)
                 : imx_sql_open(&self.sql, store->database, IMX_SQL_READ, diag);
    bool damaged_note = false;
    uint64_t noted = 0;
    if (status == IMGMATCH_OK) {
        status = imx_lock_read_noted(&noted, &damaged_note, store->folder, diag);
    }
    if (damaged_note) {
        report(&self, "%s/" IMX_LOCK_NAME " is damaged; the next change writes it anew",
               store->folder);
    }
    if (status == IMGMATCH_OK) {
        status = run_checks(&self, diag);
    }
    imx_segment_release(self.main);
    imx_sql_close(self.sql);
    free(self.halves);
    free(self.floats);
    if (status == IMGMATCH_OK && self.problems > 0) {
        status = imx_fail(diag, IMGMATCH_ERR_CATALOGUE, "%s: verification found %llu problem%s",
                          store->folder, (unsigned long long)self.problems,
                          self.problems == 1 ? "" : "s");
    }
    return status;
}
