#include "made_up.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define KINDS 4096u
#define PHOTOS_OF_A_PRODUCT 4u
#define COPY_OF 12u /* One in so many is a copy. */
#define PACKSHOT_OF 50u
#define PACKSHOTS 8u
#define KIND_NOISE 0.75  /* Length of what is added to a centre of length 1. */
#define PHOTO_NOISE 0.35 /* And to a product. */
#define QUERY_NOISE 0.30
#define QUERY_BITS 40u
#define WEIGHT_HALVES_AFTER 48.0 /* Dimensions. */

enum { SEED_CENTRE = 1, SEED_PRODUCT, SEED_PHOTO, SEED_HASH, SEED_PACKSHOT, SEED_QUERY };

struct bench_made_up {
    size_t dimension;
    size_t count;
    size_t centre_count;
    float *centres;
    float *weights; /* Of the dimensions. */
};

static imx_random seeded(uint64_t what, uint64_t number) {
    imx_random random = {what << 56 ^ number};
    random.state = imx_random_next(&random);
    return random;
}

/* Four uniform numbers added up are near enough to a normal one. */
static double normal(imx_random *random) {
    double sum = 0;
    for (int i = 0; i < 4; i++) {
        sum += imx_random_unit(random);
    }
    return (sum - 2.0) * sqrt(3.0);
}

static void normalise(float *vector, size_t dimension) {
    double squares = 0;
    for (size_t i = 0; i < dimension; i++) {
        squares += (double)vector[i] * (double)vector[i];
    }
    double scale = squares > 0 ? 1 / sqrt(squares) : 0;
    for (size_t i = 0; i < dimension; i++) {
        vector[i] = (float)((double)vector[i] * scale);
    }
}

/* Noise of about length `length`, in proportion to the weights. */
static void add_noise(float *vector, const bench_made_up *self, double length, imx_random *random) {
    for (size_t i = 0; i < self->dimension; i++) {
        vector[i] += (float)(length * (double)self->weights[i] * normal(random));
    }
}

static void set_weights(bench_made_up *self) {
    for (size_t i = 0; i < self->dimension; i++) {
        self->weights[i] = (float)exp2(-(double)i / WEIGHT_HALVES_AFTER);
    }
    normalise(self->weights, self->dimension);
}

bench_made_up *bench_made_up_new(size_t dimension, size_t count, const float *centres,
                                 size_t centre_count) {
    bench_made_up *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return NULL;
    }
    self->dimension = dimension;
    self->count = count;
    self->centre_count = centres != NULL ? centre_count : KINDS;
    self->centres = calloc(self->centre_count * dimension, sizeof *self->centres);
    self->weights = calloc(dimension, sizeof *self->weights);
    if (self->centres == NULL || self->weights == NULL) {
        bench_made_up_free(self);
        return NULL;
    }
    set_weights(self);
    if (centres != NULL) {
        memcpy(self->centres, centres, centre_count * dimension * sizeof *centres);
        return self;
    }
    for (size_t i = 0; i < self->centre_count; i++) {
        imx_random random = seeded(SEED_CENTRE, i);
        add_noise(self->centres + i * dimension, self, 1, &random);
        normalise(self->centres + i * dimension, dimension);
    }
    return self;
}

void bench_made_up_free(bench_made_up *made_up) {
    if (made_up != NULL) {
        free(made_up->centres);
        free(made_up->weights);
        free(made_up);
    }
}

/* The reference that this one is a copy of, or itself. */
static size_t original_of(size_t number) {
    return number % COPY_OF == COPY_OF - 1 ? number / 2 / COPY_OF * COPY_OF : number;
}

/* Products in random order, so that the photos of one do not lie side by side. */
static uint64_t product_of(const bench_made_up *self, size_t number) {
    imx_random random = seeded(SEED_PHOTO, number);
    uint32_t products = (uint32_t)(self->count / PHOTOS_OF_A_PRODUCT + 1);
    return imx_random_below(&random, products);
}

static void make_embedding(float *out, const bench_made_up *self, size_t number, double noise,
                           imx_random *random) {
    imx_random product = seeded(SEED_PRODUCT, product_of(self, number));
    /* Some kinds have many products, most have few. */
    double share = imx_random_unit(&product);
    size_t kind = (size_t)(share * share * share * (double)self->centre_count);
    memcpy(out, self->centres + kind * self->dimension, self->dimension * sizeof *out);
    add_noise(out, self, KIND_NOISE, &product);
    normalise(out, self->dimension);
    add_noise(out, self, noise, random);
    normalise(out, self->dimension);
}

void bench_make_embedding(float *out, const bench_made_up *made_up, size_t number) {
    number = original_of(number);
    imx_random random = seeded(SEED_PHOTO, number);
    (void)imx_random_next(&random); /* That one chose the product. */
    make_embedding(out, made_up, number, PHOTO_NOISE, &random);
}

static void random_hash(uint8_t *out, imx_random *random) {
    for (size_t i = 0; i < IMGMATCH_PDQ_BYTES; i += 8) {
        uint64_t bits = imx_random_next(random);
        memcpy(out + i, &bits, sizeof bits);
    }
}

static void turn_bits(uint8_t *hash, uint32_t count, imx_random *random) {
    for (; count > 0; count--) {
        uint32_t bit = imx_random_below(random, 8 * IMGMATCH_PDQ_BYTES);
        hash[bit / 8] = (uint8_t)(hash[bit / 8] ^ 1u << (bit % 8));
    }
}

void bench_make_hash(uint8_t out[IMGMATCH_PDQ_BYTES], const bench_made_up *made_up, size_t number) {
    number = original_of(number);
    imx_random random = seeded(SEED_HASH, number);
    uint64_t base = product_of(made_up, number);
    uint32_t most = 60;
    if (number % PACKSHOT_OF == 0) {
        base = (uint64_t)SEED_PACKSHOT << 40 | imx_random_below(&random, PACKSHOTS);
        most = 100;
    }
    imx_random product = seeded(SEED_PRODUCT, base);
    random_hash(out, &product);
    turn_bits(out, imx_random_below(&random, most), &random);
}

void bench_make_query(float *embedding, imgmatch_pdq hashes[IMGMATCH_ORIENT_COUNT],
                      const bench_made_up *made_up, size_t number) {
    imx_random random = seeded(SEED_QUERY, number);
    size_t reference = imx_random_below(&random, (uint32_t)made_up->count);
    bench_make_embedding(embedding, made_up, reference);
    add_noise(embedding, made_up, QUERY_NOISE, &random);
    normalise(embedding, made_up->dimension);
    memset(hashes, 0, IMGMATCH_ORIENT_COUNT * sizeof *hashes);
    for (int i = 1; i < IMGMATCH_ORIENT_COUNT; i++) {
        random_hash(hashes[i].hash, &random);
    }
    bench_make_hash(hashes[0].hash, made_up, reference);
    turn_bits(hashes[0].hash, imx_random_below(&random, QUERY_BITS), &random);
}

size_t bench_made_up_dimension(const bench_made_up *made_up) { return made_up->dimension; }
