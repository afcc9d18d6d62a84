/*
 * The photos that a command line names: files, folders, standard input and manifests, handed out
 * in batches, so that memory does not grow with their number.
 *
 *   file      id: its name without the folders in front; source: the path as given
 *   folder    all photos in it and below, ordered by the bytes of their paths; id: the path below
 *             the folder. A file counts as a photo when its name ends like one's (.jpg, .png, ...)
 *             or its first bytes are those of one; others are skipped and counted.
 *   -         one photo's bytes from standard input; id and source: "-"
 *   manifest  as imgmatch/photo_list.h says
 */
#ifndef IMGMATCH_TOOLS_PHOTO_SOURCE_H
#define IMGMATCH_TOOLS_PHOTO_SOURCE_H

#include "failures.h"
#include "id_set.h"

#include <imgmatch/imgmatch.h>

typedef struct cli_photo_source cli_photo_source;

typedef struct cli_photo_source_options {
    char *const *paths;
    size_t path_count;
    const char *manifest;  /* Read after the paths; NULL for none. */
    const char *id;        /* For a single photo; NULL: as above. */
    const char *id_prefix; /* Put before the ids of what is no manifest's; NULL for none. */
    const char *product;   /* For photos that have none of their own; NULL for none. */
    const char *brand;
    const imgmatch_limits *limits; /* For the manifest; NULL for the defaults. */
    bool unique_ids;               /* A photo whose id was claimed is a failure. */
    bool failures_in_place;        /* See cli_photo_batch.failed. */
} cli_photo_source_options;

/* Photos and what their texts need; zeroed before its first use. */
typedef struct cli_photo_batch {
    imgmatch_photo *photos;
    uint64_t *places;     /* Where the photos come from, for the source. */
    const char *manifest; /* Borrowed from the source's options. */
    size_t count;
    size_t capacity;
    void **owned; /* Texts and bytes, freed with the batch. */
    size_t owned_count;
    size_t owned_capacity;
    /* With failures_in_place: behind the photos came an entry that cannot be handed out, `failure`,
     * which is not reported elsewhere; its texts are the batch's. */
    bool failed;
    cli_failure_entry failure;
} cli_photo_batch;

/* The options are borrowed. Entries that cannot be handed out go to `failures`, borrowed too. */
imgmatch_status cli_photo_source_open(cli_photo_source **out,
                                      const cli_photo_source_options *options,
                                      cli_failures *failures, imgmatch_diag *diag);

/* Fill `batch` with up to `most` photos; none at the end. What it held before is freed. Returns
 * early, with what there is, when the user interrupts, and with failures_in_place behind one. */
imgmatch_status cli_photo_source_next(cli_photo_batch *batch, cli_photo_source *source, size_t most,
                                      imgmatch_diag *diag);

/* Photo `index` of the last batch is in: later ones with its id are failures (unique_ids). Photos
 * that cannot be used claim nothing, so that a good one behind them can have the id. */
imgmatch_status cli_photo_source_claim(cli_photo_source *source, const cli_photo_batch *batch,
                                       size_t index);

/* What is said of a photo whose id an earlier one has claimed: which one that is. */
void cli_photo_source_describe_claim(char *out, size_t size, const cli_photo_source *source,
                                     const char *id);

/* Would cli_photo_source_next have to wait for bytes from a pipe or a terminal? Then `*fd` is what
 * to poll for input. */
bool cli_photo_source_waits(int *fd, cli_photo_source *source);

/* Files in folders that were passed over so far, because they are no photos. */
uint64_t cli_photo_source_skipped(const cli_photo_source *source);

/* From here on failures of the list go to `failures`: for what was opened without. */
void cli_photo_source_report(cli_photo_source *source, cli_failures *failures);

/* How many photos there will be, without reading them; 0 when that cannot be known (standard
 * input). */
uint64_t cli_photo_source_count(const cli_photo_source_options *options);

/* Standard input can be read once only. CLI_GO_ON, or CLI_USAGE when more than one wants it. */
cli_exit cli_check_standard_input(const char *program, char *const *paths, size_t path_count,
                                  const char *manifest);

/* Photo `index` of a batch as a failure: its path or source, its id, and which line of the manifest
 * names it. Texts are borrowed. */
cli_failure_entry cli_photo_failure(const cli_photo_batch *batch, size_t index,
                                    imgmatch_reason reason, const char *message);

void cli_photo_source_close(cli_photo_source *source); /* NULL is allowed. */
void cli_photo_batch_free(cli_photo_batch *batch);

#endif
