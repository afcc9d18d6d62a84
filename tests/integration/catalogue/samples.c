#include "integration/catalogue/samples.h"

#include "base/half.h"

#include <dirent.h>
#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void normalise(float *vector, size_t dimension) {
    double squares = 0;
    for (size_t i = 0; i < dimension; i++) {
        squares += (double)vector[i] * (double)vector[i];
    }
    double scale = squares > 0 ? 1 / sqrt(squares) : 0;
    for (size_t i = 0; i < dimension; i++) {
        vector[i] = (float)(vector[i] * scale);
    }
}

void sample_direction(float *out, size_t dimension, imx_random *random) {
    for (size_t i = 0; i < dimension; i++) {
        out[i] = (float)(imx_random_unit(random) + imx_random_unit(random) - 1.0);
    }
    normalise(out, dimension);
}

void sample_near(float *out, const float *centre, double spread, size_t dimension,
                 imx_random *random) {
    sample_direction(out, dimension, random);
    for (size_t i = 0; i < dimension; i++) {
        out[i] = (float)((double)centre[i] + spread * (double)out[i]);
    }
    normalise(out, dimension);
}

void sample_hash(imgmatch_pdq *out, imx_random *random) {
    for (size_t i = 0; i < sizeof out->hash; i++) {
        out->hash[i] = (uint8_t)imx_random_next(random);
    }
    out->quality = (uint8_t)imx_random_below(random, 101);
    out->unstable = (uint8_t)imx_random_below(random, 30);
}

int sample_distance(const imgmatch_pdq *a, const imgmatch_pdq *b) {
    int count = 0;
    for (size_t i = 0; i < sizeof a->hash; i++) {
        count += __builtin_popcount((unsigned)(a->hash[i] ^ b->hash[i]));
    }
    return count;
}

static void fill_texts(sample *out, uint32_t number, uint32_t version) {
    (void)snprintf(out->id, sizeof out->id, "item-%u", number);
    (void)snprintf(out->product, sizeof out->product, "product-%u", number / 3);
    (void)snprintf(out->source, sizeof out->source, "photos/%u-%u.jpg", number, version);
    (void)snprintf(out->metadata, sizeof out->metadata, "{\"version\":%u}", version);
    (void)snprintf(out->record.sha256, sizeof out->record.sha256, "%032x%032x", number, version);
}

void sample_fill(sample *out, uint32_t number, uint32_t version) {
    *out = (sample){.record = {.brand = "Acme"}};
    imx_random random = {((uint64_t)number << 32) + version};
    fill_texts(out, number, version);
    imx_item_record *record = &out->record;
    record->id = out->id;
    record->product = out->product;
    record->source = out->source;
    record->metadata = out->metadata;
    record->size_bytes = 1000 + imx_random_below(&random, 100000);
    record->width = 100 + version;
    record->height = 200 + number % 1000;
    record->remarks = imx_random_below(&random, 32);
    record->view_count = 1 + imx_random_below(&random, IMX_MAX_VIEWS);
    for (uint32_t view = 0; view < record->view_count; view++) {
        float direction[SAMPLE_DIMENSION];
        sample_direction(direction, SAMPLE_DIMENSION, &random);
        imx_half_from_float(out->halves[view], direction, SAMPLE_DIMENSION);
        sample_hash(&record->views[view].pdq, &random);
        record->views[view].embedding = out->halves[view];
    }
    record->sketch_size = imx_random_below(&random, SAMPLE_MAX_SKETCH);
    for (size_t i = 0; i < record->sketch_size; i++) {
        out->sketch[i] = (uint8_t)imx_random_next(&random);
    }
    /* Some have none, some an empty one. */
    record->sketch = number % 5 == 0 ? NULL : out->sketch;
    record->sketch_size = number % 5 == 0 ? 0 : record->sketch_size;
    record->feature_count = (uint32_t)record->sketch_size / 10;
}

static bool same_pdq(const imgmatch_pdq *a, const imgmatch_pdq *b) {
    return memcmp(a->hash, b->hash, sizeof a->hash) == 0 && a->quality == b->quality &&
           a->unstable == b->unstable;
}

static bool reference_is(const imx_reference *found, const sample *expected) {
    const imx_item_record *record = &expected->record;
    bool same =
        strcmp(found->id, record->id) == 0 && strcmp(found->product, record->product) == 0 &&
        strcmp(found->brand, record->brand) == 0 && strcmp(found->source, record->source) == 0 &&
        found->remarks == record->remarks && found->width == record->width &&
        found->height == record->height && found->view_count == record->view_count &&
        (found->sketch == NULL) == (record->sketch == NULL) &&
        found->sketch_size == record->sketch_size &&
        (record->sketch_size == 0 ||
         memcmp(found->sketch, record->sketch, record->sketch_size) == 0);
    for (uint32_t view = 0; same && view < record->view_count; view++) {
        float direction[SAMPLE_DIMENSION];
        imx_half_to_float(direction, expected->halves[view], SAMPLE_DIMENSION);
        same =
            same_pdq(&found->pdq[view], &record->views[view].pdq) &&
            memcmp(found->embeddings + view * SAMPLE_DIMENSION, direction, sizeof direction) == 0;
    }
    return same;
}

static bool item_is(const imgmatch_item *found, const sample *expected) {
    const imx_item_record *record = &expected->record;
    return strcmp(found->id, record->id) == 0 && strcmp(found->product, record->product) == 0 &&
           strcmp(found->brand, record->brand) == 0 && strcmp(found->source, record->source) == 0 &&
           strcmp(found->metadata, record->metadata) == 0 &&
           strcmp(found->sha256, record->sha256) == 0 && strlen(found->added_at) == 20 &&
           found->size_bytes == record->size_bytes && found->width == record->width &&
           found->height == record->height && found->remarks == record->remarks &&
           found->views == record->view_count && found->features == record->feature_count &&
           same_pdq(&found->pdq, &record->views[0].pdq);
}

/* Its own fingerprint has to find it in a fresh snapshot, as the nearest but for equals. */
static bool is_found(const imx_store *store, const sample *expected) {
    imx_hit by_embedding, by_hash;
    size_t embedding_count = 0, hash_count = 0;
    float direction[SAMPLE_DIMENSION];
    imx_half_to_float(direction, expected->halves[0], SAMPLE_DIMENSION);
    imx_snapshot *snapshot = imx_store_hold(store);
    bool found =
        imx_snapshot_search_embedding(&by_embedding, &embedding_count, snapshot, direction, 1,
                                      NULL) == IMGMATCH_OK &&
        imx_snapshot_search_hash(&by_hash, &hash_count, snapshot, &expected->record.views[0].pdq, 1,
                                 0, 1, NULL) == IMGMATCH_OK &&
        embedding_count == 1 && hash_count == 1 && by_embedding.seq == by_hash.seq &&
        by_hash.distance == 0;
    imx_reference reference;
    if (found &&
        imx_store_read_reference(&reference, store, snapshot, by_hash.seq, NULL) == IMGMATCH_OK) {
        found = reference_is(&reference, expected);
        imx_reference_free(&reference);
    } else {
        found = false;
    }
    imx_snapshot_release(snapshot);
    return found;
}

bool sample_is_stored(const imx_store *store, uint32_t number, uint32_t version) {
    sample expected;
    sample_fill(&expected, number, version);
    imgmatch_item *item = NULL;
    bool same =
        imx_store_get(&item, store, expected.id, NULL) == IMGMATCH_OK && item_is(item, &expected);
    free(item);
    return same && is_found(store, &expected);
}

bool sample_is_absent(const imx_store *store, uint32_t number) {
    sample expected;
    sample_fill(&expected, number, 0);
    imgmatch_item *item = NULL;
    imgmatch_status status = imx_store_get(&item, store, expected.id, NULL);
    free(item);
    return status == IMGMATCH_ERR_NOT_FOUND;
}

imgmatch_status sample_add(imx_store *store, uint32_t first, uint32_t count, uint32_t version,
                           imgmatch_diag *diag) {
    sample *samples = calloc(count, sizeof *samples);
    imx_item_record *records = calloc(count, sizeof *records);
    bool *replaced = calloc(count, sizeof *replaced);
    imgmatch_status status = IMGMATCH_ERR_MEMORY;
    if (samples != NULL && records != NULL && replaced != NULL) {
        for (uint32_t i = 0; i < count; i++) {
            sample_fill(&samples[i], first + i, version);
            records[i] = samples[i].record;
        }
        status = imx_store_add(replaced, store, records, count, diag);
    }
    free(replaced);
    free(records);
    free(samples);
    return status;
}

imx_identity sample_identity(void) {
    imx_identity identity = {.format = IMX_CATALOGUE_FORMAT,
                             .hash_version = IMX_HASH_VERSION,
                             .preprocessing_version = 1,
                             .sketch_version = 1,
                             .dimension = SAMPLE_DIMENSION,
                             .model_name = "sample"};
    memset(identity.model_sha256, 'a', 64);
    return identity;
}

char *sample_folder_new(void) {
    const char *base = getenv("TMPDIR");
    char path[400];
    (void)snprintf(path, sizeof path, "%s/imgmatch-XXXXXX",
                   base != NULL && base[0] != '\0' ? base : "/tmp");
    return mkdtemp(path) == NULL ? NULL : strdup(path);
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *place) {
    (void)info;
    (void)kind;
    (void)place;
    return remove(path);
}

void sample_folder_remove(const char *path) {
    if (path != NULL) {
        (void)nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    }
}

static bool copy_file(const char *to, const char *from, const char *name) {
    char source[1024];
    char target[1024];
    (void)snprintf(source, sizeof source, "%.700s/%.255s", from, name);
    (void)snprintf(target, sizeof target, "%.700s/%.255s", to, name);
    size_t size;
    uint8_t *bytes = sample_read_file(&size, source);
    bool done = bytes != NULL && sample_write_file(target, bytes, size);
    free(bytes);
    return done;
}

bool sample_folder_copy(const char *to, const char *from) {
    DIR *folder = opendir(from);
    if (folder == NULL) {
        return false;
    }
    bool done = mkdir(to, 0700) == 0;
    for (struct dirent *entry = readdir(folder); done && entry != NULL; entry = readdir(folder)) {
        done = entry->d_name[0] == '.' || copy_file(to, from, entry->d_name);
    }
    (void)closedir(folder);
    return done;
}

void sample_catalogue_create(char path[512], const char *folder) {
    imx_identity identity = sample_identity();
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    (void)snprintf(path, 512, "%s/c", folder);
    if (imx_store_create(path, "sample", &identity, &diag) != IMGMATCH_OK) {
        (void)fprintf(stderr, "creating %s: %s\n", path, diag.message);
        abort();
    }
}

uint8_t *sample_read_file(size_t *size, const char *path) {
    *size = 0;
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return NULL;
    }
    uint8_t *bytes = NULL;
    if (fseek(file, 0, SEEK_END) == 0) {
        long end = ftell(file);
        rewind(file);
        bytes = end < 0 ? NULL : malloc((size_t)end + 1);
        if (bytes != NULL) {
            *size = fread(bytes, 1, (size_t)end, file);
        }
    }
    (void)fclose(file);
    return bytes;
}

bool sample_write_file(const char *path, const void *bytes, size_t size) {
    FILE *file = fopen(path, "wb");
    if (file == NULL) {
        return false;
    }
    bool written = fwrite(bytes, 1, size, file) == size;
    return fclose(file) == 0 && written;
}

static void print_problem(void *user, const char *line) {
    (void)user;
    (void)fprintf(stderr, "  %s\n", line);
}

imgmatch_status sample_verify(const imx_store *store) {
    return imx_store_verify(store, print_problem, NULL, NULL);
}
