/*
 * What FAISS writes of an "HNSW32,SQ8" index (write_index in its index_write.cpp, 1.7 to 1.11):
 *
 *   "IHNs"  header
 *           vectors of: doubles (odds of the layers), ints (edges of a vertex below layer l),
 *           ints (layers of each vertex), sizes (where the edges of each vertex begin, and one
 *           more), ints (edges: vertices, filled up with -1)
 *           ints: entry point, highest layer, two widths, upper beam
 *   "IxSQ"  header
 *           quantizer: ints (kind, kind of range), float, sizes (dimension, bytes of a code),
 *           vector of floats (trained: minimum and extent of each dimension)
 *           vector of bytes: codes
 *
 * A header is: int dimension, 64-bit count, two 64-bit numbers that mean nothing, a byte whether it
 * is trained, int metric. A vector is its 64-bit size and its elements. Numbers are little-endian.
 *
 * The search starts at the entry point in the highest layer, goes along edges of one layer, and
 * then on in the layer below. So it stays inside when edges of layer l lead to vertices that have a
 * layer l, the edges of each vertex are as many as its layers have, and the entry point has the
 * highest layer.
 */
#include "catalogue/graph_check.h"

#include <math.h>
#include <string.h>

#define MOST_LAYERS 64
#define METRIC_INNER_PRODUCT 0
#define QUANTIZER_8_BITS 0
/* Of a component of vectors of length 1: where it begins, and how far it goes. What is decoded with
 * ranges near the largest float is infinite or no number, by which newer FAISS loses its way. */
#define MOST_RANGE 4.0f

typedef struct reader {
    const uint8_t *at;
    size_t left;
    bool failed;
} reader;

typedef struct array {
    const uint8_t *at;
    uint64_t count;
} array;

typedef struct graph {
    uint64_t count;
    array below;  /* Edges of a vertex in the layers below each. */
    array layers; /* Of each vertex, from 1. */
    array starts;
    array edges;
} graph;

static const uint8_t *take(reader *in, size_t size) {
    if (in->failed || size > in->left) {
        in->failed = true;
        return NULL;
    }
    const uint8_t *at = in->at;
    in->at += size;
    in->left -= size;
    return at;
}

static uint64_t take_number(reader *in, size_t size) {
    uint64_t value = 0;
    const uint8_t *at = take(in, size);
    if (at != NULL) {
        memcpy(&value, at, size);
    }
    return value;
}

static array take_array(reader *in, size_t element_size) {
    array out = {.count = take_number(in, 8)};
    if (out.count > in->left / element_size) {
        in->failed = true;
        out.count = 0;
    }
    out.at = take(in, (size_t)out.count * element_size);
    return out;
}

static uint32_t int_at(const array *from, uint64_t i) {
    uint32_t value;
    memcpy(&value, from->at + 4 * i, sizeof value);
    return value;
}

static uint64_t size_at(const array *from, uint64_t i) {
    uint64_t value;
    memcpy(&value, from->at + 8 * i, sizeof value);
    return value;
}

static bool take_header(reader *in, const char *name, uint32_t dimension, uint64_t count) {
    const uint8_t *magic = take(in, 4);
    bool sound = magic != NULL && memcmp(magic, name, 4) == 0;
    sound = take_number(in, 4) == dimension && sound;
    sound = take_number(in, 8) == count && sound;
    (void)take(in, 16);
    sound = take_number(in, 1) == 1 && sound;
    return take_number(in, 4) == METRIC_INNER_PRODUCT && sound && !in->failed;
}

static bool layers_are_sound(const graph *self) {
    const array *below = &self->below;
    bool sound = below->count >= 2 && below->count <= MOST_LAYERS + 1 && int_at(below, 0) == 0;
    for (uint64_t i = 1; sound && i < below->count; i++) {
        sound = int_at(below, i) >= int_at(below, i - 1) && int_at(below, i) <= UINT16_MAX;
    }
    return sound;
}

/* Each vertex has the edges of its layers, one vertex behind the other. */
static bool vertices_are_sound(const graph *self) {
    bool sound = self->layers.count == self->count && self->starts.count == self->count + 1 &&
                 size_at(&self->starts, 0) == 0;
    for (uint64_t i = 0; sound && i < self->count; i++) {
        uint32_t layers = int_at(&self->layers, i);
        sound = layers >= 1 && layers < self->below.count &&
                size_at(&self->starts, i + 1) ==
                    size_at(&self->starts, i) + int_at(&self->below, layers);
    }
    return sound && size_at(&self->starts, self->count) == self->edges.count;
}

static bool edges_are_sound(const graph *self) {
    bool sound = true;
    uint64_t at = 0;
    for (uint64_t vertex = 0; sound && vertex < self->count; vertex++) {
        for (uint32_t layer = 0; layer < int_at(&self->layers, vertex); layer++) {
            uint64_t end = size_at(&self->starts, vertex) + int_at(&self->below, layer + 1);
            for (; sound && at < end; at++) {
                uint32_t to = int_at(&self->edges, at);
                sound = to == UINT32_MAX ||
                        (to < self->count &&
                         /* All vertices have layer 0: looking would miss the cache each time. */
                         (layer == 0 || int_at(&self->layers, to) > layer));
            }
        }
    }
    return sound;
}

static bool take_graph(reader *in, uint64_t count) {
    graph self = {.count = count};
    array odds = take_array(in, sizeof(double));
    self.below = take_array(in, 4);
    self.layers = take_array(in, 4);
    self.starts = take_array(in, 8);
    self.edges = take_array(in, 4);
    uint32_t entry = (uint32_t)take_number(in, 4), highest = (uint32_t)take_number(in, 4);
    (void)take(in, 8); /* The widths, which are set anew. */
    uint32_t beam = (uint32_t)take_number(in, 4);
    return !in->failed && odds.count <= MOST_LAYERS && beam == 1 && layers_are_sound(&self) &&
           vertices_are_sound(&self) && entry < count &&
           (uint64_t)highest + 1 == int_at(&self.layers, entry) && edges_are_sound(&self);
}

static bool take_quantizer(reader *in, uint32_t dimension, uint64_t count) {
    bool sound = take_number(in, 4) == QUANTIZER_8_BITS;
    (void)take(in, 8); /* How the range was found. */
    sound = take_number(in, 8) == dimension && sound;
    sound = take_number(in, 8) == dimension && sound;
    array trained = take_array(in, sizeof(float));
    array codes = take_array(in, 1);
    sound = sound && !in->failed && trained.count == 2 * (uint64_t)dimension &&
            codes.count == count * dimension;
    for (uint64_t i = 0; sound && i < trained.count; i++) {
        float value;
        memcpy(&value, trained.at + 4 * i, sizeof value);
        sound = fabsf(value) <= MOST_RANGE;
    }
    return sound;
}

bool imx_graph_is_sound(const uint8_t *bytes, size_t size, uint32_t dimension, size_t count) {
    reader in = {.at = bytes, .left = size};
    return count >= 1 && count <= INT32_MAX && take_header(&in, "IHNs", dimension, count) &&
           take_graph(&in, count) && take_header(&in, "IxSQ", dimension, count) &&
           take_quantizer(&in, dimension, count) && in.left == 0;
}
