/*
 * Other programs publish PDQ hashes and compare theirs with ours: the hashes of the PDQ project's
 * own photos have to come out, from file to bits.
 *
 * The photos are not part of this project. They are looked for in the folder that the environment
 * variable IMGMATCH_PDQ_VECTORS names, else in the one that the build was configured with; without
 * them the test is skipped (exit status 77).
 *
 * Decoders differ in the last bit of a pixel, so a row may be MAX_BITS away, which is the tolerance
 * between implementations that PDQ's authors give; but most rows must be the same.
 */
#include <imgmatch/fingerprint.h>
#include <imgmatch/image.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SKIPPED = 77, MAX_BITS = 10, MAX_TEXT = 512 };

static const char *const columns[IMGMATCH_ORIENT_COUNT] = {
    "orig", "rot90", "rot180", "rot270", "flipx", "flipy", "flipplus1", "flipminus1"};

typedef struct row {
    char photo[200];
    char orientation[20];
    char hex[IMGMATCH_PDQ_HEX_BYTES];
    int quality;
} row;

typedef struct tally {
    int rows;
    int identical;
    int upright;
    int upright_identical;
    int failed;
} tally;

static int orientation_index(const char *name) {
    for (int i = 0; i < IMGMATCH_ORIENT_COUNT; i++) {
        if (strcmp(columns[i], name) == 0) {
            return i;
        }
    }
    return -1;
}

static int hash_photo(imgmatch_pdq out[IMGMATCH_ORIENT_COUNT], const char *folder,
                      const char *photo) {
    char path[MAX_TEXT];
    snprintf(path, sizeof path, "%s/%s", folder, photo);
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_image *image = NULL;
    imgmatch_status status = imgmatch_image_open(&image, path, NULL, &diag);
    if (status == IMGMATCH_OK) {
        status = imgmatch_pdq_compute(out, image, &diag);
    }
    if (status != IMGMATCH_OK) {
        printf("%s: %s\n", photo, diag.message);
    }
    imgmatch_image_free(image);
    return status == IMGMATCH_OK;
}

static void judge(tally *counts, const row *expected, const imgmatch_pdq *got) {
    imgmatch_pdq wanted;
    if (imgmatch_pdq_from_hex(&wanted, expected->hex, NULL) != IMGMATCH_OK) {
        printf("%s %s: bad hash in the list\n", expected->photo, expected->orientation);
        counts->failed++;
        return;
    }
    int distance = imgmatch_pdq_distance(&wanted, got);
    int upright = strcmp(expected->orientation, "orig") == 0;
    counts->rows++;
    counts->identical += distance == 0;
    counts->upright += upright;
    counts->upright_identical += upright && distance == 0;
    if (distance > 0) {
        printf("%s %s: %d bits\n", expected->photo, expected->orientation, distance);
    }
    if (distance > MAX_BITS || abs(got->quality - expected->quality) > 1) {
        printf("%s %s: too far, quality %d for %d\n", expected->photo, expected->orientation,
               got->quality, expected->quality);
        counts->failed++;
    }
}

static void judge_all(tally *counts, FILE *list, const char *folder) {
    char line[MAX_TEXT];
    char photo[sizeof((row *)0)->photo] = "";
    imgmatch_pdq hashes[IMGMATCH_ORIENT_COUNT];
    int usable = 0;
    while (fgets(line, sizeof line, list) != NULL) {
        row expected;
        if (sscanf(line, "%199[^,],%19[^,],%64[0-9a-f],%d", expected.photo, expected.orientation,
                   expected.hex, &expected.quality) != 4) {
            continue; /* The heading. */
        }
        if (strcmp(photo, expected.photo) != 0) {
            memcpy(photo, expected.photo, sizeof photo);
            usable = hash_photo(hashes, folder, photo);
            counts->failed += !usable;
        }
        int index = orientation_index(expected.orientation);
        /* q0003 is almost black, of quality 3: its hash is noise. */
        if (usable && index >= 0 && strstr(photo, "labelme/q0003") == NULL) {
            judge(counts, &expected, &hashes[index]);
        }
    }
}

int main(void) {
    const char *folder = getenv("IMGMATCH_PDQ_VECTORS");
    if (folder == NULL) {
        folder = IMX_TEST_PDQ_VECTORS;
    }
    char probe[MAX_TEXT];
    snprintf(probe, sizeof probe, "%s/images/bridge-mods/aaa-orig.jpg", folder);
    FILE *photo = fopen(probe, "rb");
    if (photo == NULL) {
        printf("skipped: no photos in '%s'\n", folder);
        return SKIPPED;
    }
    fclose(photo);
    FILE *list = fopen(IMX_TEST_PDQ_EXPECTED, "r");
    if (list == NULL) {
        printf("cannot open %s\n", IMX_TEST_PDQ_EXPECTED);
        return 1;
    }
    tally counts = {0};
    judge_all(&counts, list, folder);
    fclose(list);
    printf("%d of %d rows identical, upright %d of %d; %d failed\n", counts.identical, counts.rows,
           counts.upright_identical, counts.upright, counts.failed);
    int most = counts.identical * 10 >= counts.rows * 9;
    return counts.rows > 0 && counts.failed == 0 && most ? 0 : 1;
}
