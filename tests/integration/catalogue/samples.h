/* Items made up from a number and a version, so that a test can tell whether what a catalogue gives
 * back is what went in; and temporary folders to keep catalogues in. */
#ifndef TESTS_CATALOGUE_SAMPLES_H
#define TESTS_CATALOGUE_SAMPLES_H

#include "base/random.h"
#include "catalogue/store.h"

#define SAMPLE_DIMENSION 32u
#define SAMPLE_MAX_SKETCH 600u

typedef struct sample {
    char id[32];
    char product[32];
    char source[64];
    char metadata[64];
    uint16_t halves[IMX_MAX_VIEWS][SAMPLE_DIMENSION];
    uint8_t sketch[SAMPLE_MAX_SKETCH];
    imx_item_record record; /* Points into the sample. */
} sample;

/* The same (number, version) gives the same item; another version one of the same id. */
void sample_fill(sample *out, uint32_t number, uint32_t version);

/* Does the catalogue have exactly this item, in look-ups and for verification? */
bool sample_is_stored(const imx_store *store, uint32_t number, uint32_t version);
bool sample_is_absent(const imx_store *store, uint32_t number);

/* Add items `first` .. `first + count - 1` of a version in one call. */
imgmatch_status sample_add(imx_store *store, uint32_t first, uint32_t count, uint32_t version,
                           imgmatch_diag *diag);

/* A random direction. */
void sample_direction(float *out, size_t dimension, imx_random *random);
/* A direction near another one: noise of length `spread` is added to it. */
void sample_near(float *out, const float *centre, double spread, size_t dimension,
                 imx_random *random);
void sample_hash(imgmatch_pdq *out, imx_random *random);
int sample_distance(const imgmatch_pdq *a, const imgmatch_pdq *b); /* Bits that differ. */

/* What the sample catalogues are made by. */
imx_identity sample_identity(void);

/* A new temporary folder (not a catalogue yet), and its end. The caller frees the path. */
char *sample_folder_new(void);
void sample_folder_remove(const char *path);
/* Make the folder `to` with the files of another one, which has no folders in it. */
bool sample_folder_copy(const char *to, const char *from);

/* A catalogue of its own in `folder`/c; the path goes to `path`. */
void sample_catalogue_create(char path[512], const char *folder);

/* Bytes of a file; NULL when it cannot be read. The caller frees. */
uint8_t *sample_read_file(size_t *size, const char *path);
bool sample_write_file(const char *path, const void *bytes, size_t size);

/* A verification that prints what it finds to standard error. */
imgmatch_status sample_verify(const imx_store *store);

#endif
