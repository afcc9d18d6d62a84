/*
 * Format conformance: one picture in every format, depth, colour space and orientation gives the
 * same pixels within the bounds that cases.txt states, and every broken file its reason. The files
 * are written by make_formats.py into the folder named by IMGMATCH_FORMATS_DIR. Every file also
 * goes through a confined worker, which has to come to the same pixels or the same reason: what a
 * decoder loads or looks up late would end it.
 */
#include "base/file.h"

#include <imgmatch/decoder_pool.h>
#include <imgmatch/image.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int failures;
static int checks;
static imgmatch_decoder_pool *workers;

static void report(const char *file, const char *what) {
    ++failures;
    (void)fprintf(stderr, "%s: %s\n", file, what);
}

static void expect(int good, const char *file, const char *what) {
    ++checks;
    if (!good) {
        report(file, what);
    }
}

static int same_pixels(const imgmatch_image *a, const imgmatch_image *b) {
    const imgmatch_image_info *x = imgmatch_image_get_info(a);
    const imgmatch_image_info *y = imgmatch_image_get_info(b);
    return x->width == y->width && x->height == y->height && x->had_alpha == y->had_alpha &&
           x->had_profile == y->had_profile && x->orientation == y->orientation &&
           memcmp(imgmatch_image_pixels(a), imgmatch_image_pixels(b),
                  3 * (size_t)x->width * x->height) == 0;
}

/* `here` is what was made of the file in this process, NULL for `reason`. */
static void expect_same_in_worker(const char *file, const imgmatch_limits *limits,
                                  const imgmatch_image *here, imgmatch_reason reason) {
    uint8_t *bytes;
    size_t size;
    if (imx_file_read_photo(&bytes, &size, file, 1u << 30, NULL) != IMGMATCH_OK) {
        return; /* Empty, and refused for that before it is decoded. */
    }
    imgmatch_image *there;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status =
        imgmatch_decoder_pool_decode(&there, workers, bytes, size, limits, &diag);
    expect((status == IMGMATCH_OK) == (here != NULL), file, "only here or only in a worker");
    if (here != NULL && there != NULL) {
        expect(same_pixels(here, there), file, "other pixels in a worker");
    } else {
        expect(diag.reason == reason, file, diag.message);
    }
    imgmatch_image_free(there);
    free(bytes);
}

static imgmatch_image *open_photo(const char *file, const imgmatch_limits *limits,
                                  imgmatch_diag *diag) {
    imgmatch_image *image;
    imgmatch_diag own = IMGMATCH_DIAG_INIT;
    imgmatch_status status = imgmatch_image_open(&image, file, limits, &own);
    expect((status == IMGMATCH_OK) == (image != NULL), file, "an image exactly on success");
    expect_same_in_worker(file, limits, image, own.reason);
    if (diag != NULL && diag->status == IMGMATCH_OK) {
        *diag = own;
    }
    return image;
}

static void compare_pixels(const imgmatch_image *a, const imgmatch_image *b, const char *file,
                           double mean, double most) {
    const imgmatch_image_info *info = imgmatch_image_get_info(a);
    const imgmatch_image_info *other = imgmatch_image_get_info(b);
    if (info->width != other->width || info->height != other->height) {
        report(file, "wrong size");
        return;
    }
    size_t count = 3 * (size_t)info->width * info->height;
    double sum = 0;
    int largest = 0;
    for (size_t i = 0; i < count; ++i) {
        int difference = abs(imgmatch_image_pixels(a)[i] - imgmatch_image_pixels(b)[i]);
        sum += difference;
        largest = difference > largest ? difference : largest;
    }
    char text[128];
    (void)snprintf(text, sizeof text, "pixels differ by %.2f on average (at most %g), %d (%g)",
                   sum / (double)count, mean, largest, most);
    expect(sum / (double)count <= mean && largest <= most, file, text);
    if (getenv("IMGMATCH_FORMATS_VERBOSE") != NULL) {
        printf("%-28s %s\n", file, text);
    }
}

static void check_same(const char *arguments) {
    char file[64];
    char reference[64];
    char format[16];
    double mean;
    double most;
    unsigned orientation;
    int alpha;
    int profile;
    if (sscanf(arguments, "%63s %63s %lf %lf %15s %u %d %d", file, reference, &mean, &most, format,
               &orientation, &alpha, &profile) != 8) {
        report("cases.txt", arguments);
        return;
    }
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_image *image = open_photo(file, NULL, &diag);
    imgmatch_image *expected = open_photo(reference, NULL, &diag);
    if (image == NULL || expected == NULL) {
        report(file, diag.message);
    } else {
        const imgmatch_image_info *info = imgmatch_image_get_info(image);
        compare_pixels(image, expected, file, mean, most);
        expect(strcmp(imgmatch_format_name(info->format), format) == 0, file, "wrong format");
        expect(info->orientation == orientation, file, "wrong orientation");
        expect(alpha < 0 || info->had_alpha == (alpha != 0), file, "wrong had_alpha");
        expect(profile < 0 || info->had_profile == (profile != 0), file, "wrong had_profile");
        expect(!info->scaled, file, "scaled");
    }
    imgmatch_image_free(image);
    imgmatch_image_free(expected);
}

static void expect_failure(const char *file, const imgmatch_limits *limits, const char *reason) {
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_image *image = open_photo(file, limits, &diag);
    expect(image == NULL, file, "was not refused");
    if (image == NULL) {
        char text[700];
        (void)snprintf(text, sizeof text, "reason is %s, not %s: %s",
                       imgmatch_reason_code(diag.reason), reason, diag.message);
        expect(diag.status == IMGMATCH_ERR_PHOTO &&
                   strcmp(imgmatch_reason_code(diag.reason), reason) == 0,
               file, text);
    }
    imgmatch_image_free(image);
}

static void check_fail(const char *arguments) {
    char file[64];
    char reason[32];
    if (sscanf(arguments, "%63s %31s", file, reason) != 2) {
        report("cases.txt", arguments);
        return;
    }
    expect_failure(file, NULL, reason);
}

static void check_frames(const char *arguments) {
    char file[64];
    unsigned count;
    if (sscanf(arguments, "%63s %u", file, &count) != 2) {
        report("cases.txt", arguments);
        return;
    }
    imgmatch_limits limits = IMGMATCH_LIMITS_INIT;
    limits.max_frames = count;
    imgmatch_image *image = open_photo(file, &limits, NULL);
    expect(image != NULL, file, "was refused at its very number of frames");
    imgmatch_image_free(image);
    limits.max_frames = count - 1;
    expect_failure(file, &limits, "too_complex");
}

int main(int argc, char **argv) {
    const char *folder = argc > 1 ? argv[1] : getenv("IMGMATCH_FORMATS_DIR");
    if (folder == NULL) {
        (void)fprintf(stderr, "usage: test_formats FOLDER\n");
        return 2;
    }
    /* The names in cases.txt are relative to its folder. */
    FILE *cases = chdir(folder) == 0 ? fopen("cases.txt", "r") : NULL;
    if (cases == NULL) {
        (void)fprintf(stderr, "skipped: no cases in %s (is python3-pil installed?)\n", folder);
        return 77;
    }
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_decoder_pool_options options = IMGMATCH_DECODER_POOL_OPTIONS_INIT;
    options.worker = IMX_TEST_WORKER;
    options.max_workers = 1;
    if (imgmatch_decoder_pool_new(&workers, &options, &diag) != IMGMATCH_OK) {
        (void)fprintf(stderr, "no worker: %s\n", diag.message);
        return 1;
    }
    char line[256];
    while (fgets(line, sizeof line, cases) != NULL) {
        char *arguments = strchr(line, ' ');
        if (arguments == NULL) {
            continue;
        }
        *arguments++ = '\0';
        if (strcmp(line, "same") == 0) {
            check_same(arguments);
        } else if (strcmp(line, "fail") == 0) {
            check_fail(arguments);
        } else if (strcmp(line, "frames") == 0) {
            check_frames(arguments);
        }
    }
    (void)fclose(cases);
    imgmatch_decoder_pool_free(workers);
    printf("%d checks, %d failures\n", checks, failures);
    return failures == 0 && checks > 0 ? 0 : 1;
}
