#include "catalogue/tombstones.h"

#include "base/checksum.h"
#include "base/diag.h"
#include "base/memory.h"
#include "catalogue/schema.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEAL_KEY "tombstones"
#define SEAL_BYTES 64

static void format_seal(char out[SEAL_BYTES], const imx_seq_set *gone, uint64_t generation) {
    uint64_t checksum = imx_checksum(gone->seqs, gone->count * sizeof *gone->seqs);
    (void)snprintf(out, SEAL_BYTES, "%" PRIu64 " %zu %016" PRIx64, generation, gone->count,
                   checksum);
}

static imgmatch_status read_rows(imx_seq_set *out, imx_sql *sql, imgmatch_diag *diag) {
    imx_statement *statement = NULL;
    imgmatch_status status =
        imx_sql_prepare(&statement, sql, "SELECT seq FROM tombstones ORDER BY seq", diag);
    size_t capacity = 0;
    bool row = status == IMGMATCH_OK;
    while (row && (status = imx_sql_step(&row, statement, diag)) == IMGMATCH_OK && row) {
        int64_t *seqs = imx_grow_array(out->seqs, &capacity, out->count, sizeof *seqs);
        if (seqs == NULL) {
            status = imx_fail_memory(diag);
            break;
        }
        out->seqs = seqs;
        out->seqs[out->count++] = imx_sql_int(statement, 0);
    }
    imx_sql_done(statement);
    return status;
}

imgmatch_status imx_tombstones_read(imx_seq_set *out, imx_sql *sql, uint64_t generation,
                                    imgmatch_diag *diag) {
    char *found = NULL, expected[SEAL_BYTES];
    imgmatch_status status = read_rows(out, sql, diag);
    if (status == IMGMATCH_OK) {
        status = imx_schema_read_text(&found, sql, SEAL_KEY, diag);
    }
    if (status == IMGMATCH_OK && found != NULL) {
        format_seal(expected, out, generation);
        if (strcmp(found, expected) != 0) {
            status = imx_sql_fail_damaged(sql, "what was removed", diag);
        }
    }
    free(found);
    return status;
}

imgmatch_status imx_tombstones_seal(imx_sql *sql, const imx_seq_set *gone, uint64_t generation,
                                    imgmatch_diag *diag) {
    char seal[SEAL_BYTES];
    format_seal(seal, gone, generation);
    return imx_schema_write_text(sql, SEAL_KEY, seal, diag);
}
