/*
 * The hashes of a picture that is turned or mirrored come out of one another, nearly: mirroring
 * negates every second frequency, which inverts every second column of the hash's 16 x 16 bits or
 * every second row, and turning by a right angle transposes them. So distances to eight
 * orientations follow from how many bits of four classes (even or odd row, even or odd column)
 * differ from one hash and from its transpose: a quarter of the work, and a bound on the true
 * distances.
 */
#ifndef IMX_CATALOGUE_HASH_TURNS_H
#define IMX_CATALOGUE_HASH_TURNS_H

#include <imgmatch/fingerprint.h>

#include <stddef.h>
#include <stdint.h>

#define IMX_HASH_CLASSES 4

typedef struct imx_hash_turns {
    uint64_t bases[2][IMX_HASH_CLASSES]; /* A hash and its transpose, by classes. */
    int spread; /* No query hash is further than that from a turn of these. */
} imx_hash_turns;

/* `count` query hashes, of which the first is turned; any others are allowed, but a large spread is
 * of no use. */
void imx_hash_turns_init(imx_hash_turns *out, const imgmatch_pdq *hashes, size_t count);

/*
 * Find the rows of `hashes` (`count` of them, 32 bytes each) that are within `limit` (inclusive) of
 * a turn: what is within limit - spread of a query hash is among them. Writes their numbers,
 * rising, to `rows`, which has room for `count`, and returns how many there are.
 */
size_t imx_hash_turns_scan(uint32_t *rows, const uint8_t *hashes, size_t count,
                           const imx_hash_turns *turns, int limit);

/* The scans that this processor can run, for tests; as imx_hash_scan_variant. */
typedef size_t (*imx_hash_turns_fn)(uint32_t *rows, const uint8_t *hashes, size_t count,
                                    const imx_hash_turns *turns, int limit);
imx_hash_turns_fn imx_hash_turns_variant(size_t which, const char **name);

#endif
