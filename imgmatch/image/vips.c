/*
 * WebP, TIFF, GIF, HEIC and AVIF, and ICC conversion, by libvips, the only file that knows it.
 *
 * Phases of a decode: the container is checked first (is it whole, how many frames does it
 * have), the loader for the sniffed format is called by name, so that no other loader ever sees
 * the bytes, the header's dimensions are checked, and then pixels are made strip by strip from top
 * to bottom in the calling thread.
 *
 * libvips is started once by whoever comes first and never shut down: the program that we live in
 * may use it too, and its settings are the whole process's. Threads are turned off only where we
 * were first, loaders are blocked in workers only, which are processes of our own. The operation
 * cache is turned off in any case: loaders put operations there by themselves, which would hold on
 * to photos, and to bytes that are the caller's, until others push them out.
 */
#include "image/codec.h"

#include "base/clock.h"
#include "base/diag.h"
#include "image/container.h"
#include "image/hevc.h"
#include "image/vips_turn.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <vips/vips.h>

#define STRIP_ROWS 64
#define ICC_BLOB_ITEM "icc-profile-data"

static pthread_once_t start_once = PTHREAD_ONCE_INIT;
static bool started;
static bool anothers; /* The program had started it. */
static atomic_uint at_work;

/* libvips has threads of its own that warn, too: none can tell whose work it does. */
static void drop_message(const gchar *domain, GLogLevelFlags level, const gchar *message,
                         gpointer user) {
    if (atomic_load(&at_work) == 0) { /* The program's own. */
        g_log_default_handler(domain, level, message, user);
    }
}

static guint take_messages(void) {
    return g_log_set_handler(
        "VIPS", G_LOG_LEVEL_WARNING | G_LOG_LEVEL_MESSAGE | G_LOG_LEVEL_INFO | G_LOG_LEVEL_DEBUG,
        drop_message, NULL);
}

/* Warnings of libvips go to standard error unless somebody takes them: they are dropped until
 * end_work. The program may have a handler of its own, which is only put aside for so long. */
static guint begin_work(void) {
    (void)atomic_fetch_add(&at_work, 1);
    return anothers ? take_messages() : 0;
}

static void end_work(guint handler) {
    if (handler != 0) {
        g_log_remove_handler("VIPS", handler);
    }
    (void)atomic_fetch_sub(&at_work, 1);
}

static void start(void) {
    anothers = g_type_from_name("VipsObject") != 0;
    if (VIPS_INIT("imgmatch") != 0) {
        vips_error_clear();
        return;
    }
    if (!anothers) {
        (void)take_messages();
        vips_concurrency_set(1);
    }
    vips_cache_set_max(0);
    vips_cache_set_max_mem(0);
    vips_cache_set_max_files(0);
    started = true;
}

static imgmatch_status start_vips(imgmatch_diag *diag) {
    if (pthread_once(&start_once, start) != 0 || !started) {
        return imx_fail(diag, IMGMATCH_ERR_INTERNAL, "libvips cannot be started");
    }
    return IMGMATCH_OK;
}

void imx_vips_own_process(void) {
    if (start_vips(NULL) == IMGMATCH_OK) {
        vips_block_untrusted_set(TRUE);
        (void)begin_work(); /* For ever. */
    }
}

/* Release what libvips keeps for this thread; it makes it again when needed. */
static void end_vips(void) {
    vips_error_clear();
    vips_thread_shutdown();
}

/* libvips has no number for an allocation that failed, only its allocators' names in its error
 * buffer. What codecs say of memory is not asked: broken files make them say it as well. */
static bool tells_of_memory(const char *text) {
    return strstr(text, "vips_tracked") != NULL || strstr(text, "vips_malloc") != NULL;
}

/* A failure of the photo, not of the call: the buffer is shared by all threads, and what another
 * one left there must cost no more than one photo. */
static imgmatch_status fail_for_memory(imgmatch_diag *diag) {
    return imx_fail_photo(diag, IMGMATCH_REASON_OUT_OF_MEMORY, "libvips ran out of memory");
}

/* Both cut the text. */
static const char *first_line(char *text) {
    text[strcspn(text, "\n")] = '\0';
    return text;
}

static const char *last_line(char *text) {
    size_t size = strlen(text);
    while (size > 0 && text[size - 1] == '\n') {
        text[--size] = '\0';
    }
    const char *before = strrchr(text, '\n');
    return before != NULL ? before + 1 : text;
}

/* What libvips says in its error buffer, first line; of HEIF the last one, since libheif looks for
 * the file's end first, and complains. No decision rests on it, with three exceptions: what our
 * own decoder of HEVC says, a HEIF file whose codec is missing on this system, and memory, which is
 * short for all threads when it is for one. */
static imgmatch_status fail_vips(imgmatch_format format, imgmatch_diag *diag) {
    char *text = vips_error_buffer_copy();
    bool memory = tells_of_memory(text);
    const char *line = format == IMGMATCH_FORMAT_HEIF ? last_line(text) : first_line(text);
    imgmatch_reason reason = IMGMATCH_REASON_CORRUPT;
    if (format == IMGMATCH_FORMAT_HEIF) {
        const char *complaint = imx_hevc_find_complaint(&reason, line);
        if (complaint != NULL) {
            line = complaint;
            memory = memory || reason == IMGMATCH_REASON_OUT_OF_MEMORY;
        } else if (strstr(line, "Unsupported") != NULL) {
            reason = IMGMATCH_REASON_UNSUPPORTED;
        }
    }
    imgmatch_status status =
        memory ? fail_for_memory(diag)
               : imx_fail_photo(diag, reason, "%s: %.300s", imgmatch_format_name(format), line);
    g_free(text);
    return status;
}

/* libvips's caches leave a line out that they had no room for, and report success. (Where several
 * threads decode at once in one process, another one may have cleared the notice, and nothing has
 * failed that would be tried again.) */
static bool ran_out_of_memory(void) {
    char *text = vips_error_buffer_copy();
    bool found = tells_of_memory(text);
    g_free(text);
    return found;
}

static const char *loader_name(imgmatch_format format) {
    switch (format) {
    case IMGMATCH_FORMAT_WEBP:
        return "webpload_buffer";
    case IMGMATCH_FORMAT_TIFF:
        return "tiffload_buffer";
    case IMGMATCH_FORMAT_GIF:
        return "gifload_buffer";
    default:
        return "heifload_buffer";
    }
}

/* The image with its header read; no pixel is made yet. WebP's loader makes all pixels at once;
 * more than 100 MB of them would go to a file in the temporary folder if they were not wanted in
 * memory, and a worker may open none. */
static imgmatch_status load(VipsImage **out, const uint8_t *data, size_t size,
                            imgmatch_format format, imgmatch_diag *diag) {
    const char *loader = loader_name(format);
    *out = NULL;
    if (vips_type_find("VipsForeignLoad", loader) == 0) {
        return imx_fail_photo(diag, IMGMATCH_REASON_UNSUPPORTED,
                              "%s: this system's libvips cannot read it",
                              imgmatch_format_name(format));
    }
    VipsBlob *blob = vips_blob_new(NULL, data, size);
    int failed = vips_call(loader, blob, out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                           VIPS_FAIL_ON_ERROR, "memory", format == IMGMATCH_FORMAT_WEBP, NULL);
    vips_area_unref((VipsArea *)blob);
    return failed == 0 ? IMGMATCH_OK : fail_vips(format, diag);
}

/* Replace *image by what an operation made of it. */
static void become(VipsImage **image, VipsImage *next) {
    g_object_unref(*image);
    *image = next;
}

/* How the samples of an image are read below. */
typedef struct sample_layout {
    bool deep;       /* 16 bits. */
    bool cmyk;       /* Four inks, maybe with alpha, which is then left alone. */
    uint32_t colour; /* Colour bands: 1, 3 or 4. */
    bool alpha;      /* The band after them. */
} sample_layout;

/* Bring anything unusual (Lab, float, 32 bits, palette of 16 bits ...) to plain sRGB, and say how
 * to read it. */
static imgmatch_status plan_samples(sample_layout *out, VipsImage **image, imgmatch_format format,
                                    imgmatch_diag *diag) {
    VipsInterpretation kind = vips_image_get_interpretation(*image);
    VipsBandFormat depth = vips_image_get_format(*image);
    bool plain = (depth == VIPS_FORMAT_UCHAR || depth == VIPS_FORMAT_USHORT) &&
                 (kind == VIPS_INTERPRETATION_sRGB || kind == VIPS_INTERPRETATION_RGB ||
                  kind == VIPS_INTERPRETATION_RGB16 || kind == VIPS_INTERPRETATION_GREY16 ||
                  kind == VIPS_INTERPRETATION_B_W || kind == VIPS_INTERPRETATION_CMYK);
    if (!plain) {
        VipsImage *next = NULL;
        if (vips_colourspace(*image, &next, VIPS_INTERPRETATION_sRGB, NULL) != 0) {
            return fail_vips(format, diag);
        }
        become(image, next);
        if (vips_cast_uchar(*image, &next, NULL) != 0) {
            return fail_vips(format, diag);
        }
        become(image, next);
    }
    int bands = vips_image_get_bands(*image);
    bool cmyk = vips_image_get_interpretation(*image) == VIPS_INTERPRETATION_CMYK;
    if (bands < 1 || bands > 5 || (cmyk && bands < 4) || (!cmyk && bands == 5)) {
        return imx_fail_photo(diag, IMGMATCH_REASON_UNSUPPORTED, "%s: %d bands",
                              imgmatch_format_name(format), bands);
    }
    *out = (sample_layout){
        .deep = vips_image_get_format(*image) == VIPS_FORMAT_USHORT,
        .cmyk = cmyk,
        .colour = cmyk        ? 4
                  : bands < 3 ? 1
                              : 3,
        .alpha = !cmyk && (bands == 2 || bands == 4),
    };
    return IMGMATCH_OK;
}

/* 16 bits to 8, rounded. */
static void narrow_row(uint8_t *out, const uint8_t *row, size_t count) {
    for (size_t i = 0; i < count; ++i) {
        uint16_t value;
        memcpy(&value, row + 2 * i, sizeof value);
        out[i] = (uint8_t)(((uint32_t)value * 255u + 32767u) / 65535u);
    }
}

/* One row of samples as RGB or CMYK. */
static void convert_row(uint8_t *out, const uint8_t *row, uint32_t width, uint32_t bands,
                        const sample_layout *layout) {
    if (layout->alpha) {
        imx_codec_flatten_row(out, row, width, bands);
        return;
    }
    for (uint32_t x = 0; x < width; ++x, row += bands) {
        for (uint32_t c = 0; c < (layout->cmyk ? 4u : 3u); ++c) {
            *out++ = row[layout->colour == 1 ? 0 : c];
        }
    }
}

/* Render the image from top to bottom into `out`, rows of out_bands * width bytes. `scratch` has
 * room for one row of the image at 8 bits. Stops early, with false, behind `deadline_ms`. */
static bool render(uint8_t *out, uint32_t out_bands, uint8_t *scratch, VipsImage *image,
                   const sample_layout *layout, double deadline_ms) {
    uint32_t width = (uint32_t)vips_image_get_width(image);
    uint32_t height = (uint32_t)vips_image_get_height(image);
    uint32_t bands = (uint32_t)vips_image_get_bands(image);
    VipsRegion *region = vips_region_new(image);
    bool done = region != NULL;
    for (uint32_t top = 0; done && top < height; top += STRIP_ROWS) {
        uint32_t rows = height - top < STRIP_ROWS ? height - top : STRIP_ROWS;
        VipsRect strip = {0, (int)top, (int)width, (int)rows};
        done = imx_clock_ms() <= deadline_ms && vips_region_prepare(region, &strip) == 0 &&
               region->valid.left == 0 && region->valid.top == (int)top;
        for (uint32_t y = top; done && y < top + rows; ++y) {
            const uint8_t *row = region->data + (y - top) * (size_t)region->bpl;
            if (layout->deep) {
                narrow_row(scratch, row, (size_t)width * bands);
                row = scratch;
            }
            convert_row(out + (size_t)y * width * out_bands, row, width, bands, layout);
        }
    }
    if (region != NULL) {
        g_object_unref(region);
    }
    return done;
}

static imgmatch_status keep_profile(imx_raster *out, VipsImage *image,
                                    const imgmatch_limits *limits, imgmatch_diag *diag) {
    const void *profile = NULL;
    size_t size = 0;
    if (vips_image_get_typeof(image, ICC_BLOB_ITEM) == 0 ||
        vips_image_get_blob(image, ICC_BLOB_ITEM, &profile, &size) != 0) {
        vips_error_clear();
        return IMGMATCH_OK;
    }
    return imx_raster_set_profile(out, profile, size, limits, diag);
}

/* Everything between a loaded header and finished samples. */
static imgmatch_status read_image(imx_raster *out, VipsImage **image, imgmatch_format format,
                                  const imgmatch_limits *limits, imgmatch_diag *diag) {
    imgmatch_status status =
        imx_codec_check_size((uint64_t)vips_image_get_width(*image),
                             (uint64_t)vips_image_get_height(*image), limits, diag);
    if (status == IMGMATCH_OK) {
        status = keep_profile(out, *image, limits, diag);
    }
    sample_layout layout = {0};
    /* libheif has turned the picture already, and WebP's metadata was read before. */
    if (format != IMGMATCH_FORMAT_HEIF && format != IMGMATCH_FORMAT_WEBP) {
        out->orientation = (uint32_t)vips_image_get_orientation(*image);
    }
    if (status == IMGMATCH_OK) {
        status = plan_samples(&layout, image, format, diag);
    }
    if (status != IMGMATCH_OK) {
        return status;
    }
    uint32_t width = (uint32_t)vips_image_get_width(*image);
    uint32_t height = (uint32_t)vips_image_get_height(*image);
    out->source_width = width;
    out->source_height = height;
    out->had_alpha = layout.alpha;
    status = imx_raster_reserve(out, width, height, layout.cmyk ? 4 : 3, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    uint8_t *scratch = malloc((size_t)width * 5);
    if (scratch == NULL) {
        return imx_fail_memory(diag);
    }
    if (!render(out->samples, out->bands, scratch, *image, &layout, out->deadline_ms)) {
        status = imx_codec_check_time(out, diag);
        status = status == IMGMATCH_OK ? fail_vips(format, diag) : status;
    } else if (ran_out_of_memory()) {
        status = fail_for_memory(diag);
    }
    free(scratch);
    return status;
}

static imgmatch_status decode(imx_raster *out, const imx_container *file, imgmatch_format format,
                              const imgmatch_limits *limits, imgmatch_diag *diag) {
    guint handler = begin_work();
    vips_error_clear(); /* What others left there is not about this photo. */
    VipsImage *image;
    if (file->hevc) {
        imx_hevc_begin();
    }
    imgmatch_status status = load(&image, file->data, file->size, format, diag);
    if (status == IMGMATCH_OK) {
        status = read_image(out, &image, format, limits, diag);
    }
    if (image != NULL) {
        g_object_unref(image);
    }
    if (file->hevc) {
        imx_hevc_end();
    }
    end_vips();
    end_work(handler);
    return status;
}

/* What failed while other threads used libvips, too, is tried again alone: the reason may have been
 * theirs. It is the first one that counts if there is no time left. */
static imgmatch_status decode_in_turn(imx_raster *out, const imx_container *file,
                                      imgmatch_format format, const imgmatch_limits *limits,
                                      imgmatch_diag *diag) {
    const imx_raster before = *out; /* It may have what the container told. */
    imgmatch_diag said = IMGMATCH_DIAG_INIT;
    imx_vips_turn turn = imx_vips_turn_begin(false);
    imgmatch_status status = decode(out, file, format, limits, &said);
    bool alone = imx_vips_turn_end(turn);
    if (status != IMGMATCH_OK && !alone && imx_clock_ms() <= before.deadline_ms) {
        free(out->samples);
        if (out->profile != before.profile) {
            free(out->profile);
        }
        *out = before;
        imgmatch_diag again = IMGMATCH_DIAG_INIT;
        turn = imx_vips_turn_begin(true);
        imgmatch_status second = decode(out, file, format, limits, &again);
        (void)imx_vips_turn_end(turn);
        if (again.reason != IMGMATCH_REASON_DECODER_TIMEOUT) {
            status = second;
            said = again;
        }
    }
    if (status != IMGMATCH_OK && diag != NULL) {
        *diag = said;
    }
    return status;
}

imgmatch_status imx_vips_decode(imx_raster *out, const uint8_t *data, size_t size,
                                imgmatch_format format, const imgmatch_limits *limits,
                                imgmatch_diag *diag) {
    imx_container file;
    imgmatch_status status = imx_container_open(&file, out, data, size, format, limits, diag);
    if (status == IMGMATCH_OK) {
        status = start_vips(diag);
    }
    if (status == IMGMATCH_OK && file.hevc && !imx_hevc_start()) {
        status = imx_fail_photo(diag, IMGMATCH_REASON_UNSUPPORTED,
                                "HEIF: no HEVC with this system's libheif");
    }
    if (status == IMGMATCH_OK) {
        status = decode_in_turn(out, &file, format, limits, diag);
    }
    free(file.copy);
    if (status != IMGMATCH_OK) {
        imx_raster_clear(out);
    }
    return status;
}

imgmatch_status imx_vips_profile_to_srgb(uint8_t *rgb, const uint8_t *samples, uint32_t width,
                                         uint32_t height, uint32_t bands, const uint8_t *profile,
                                         size_t profile_size, double deadline_ms,
                                         imgmatch_diag *diag) {
    imgmatch_status status = start_vips(diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    imx_vips_turn turn = imx_vips_turn_begin(false);
    guint handler = begin_work();
    vips_error_clear();
    status = IMGMATCH_ERR_UNSUPPORTED;
    VipsImage *converted = NULL;
    VipsImage *image =
        vips_image_new_from_memory(samples, (size_t)width * height * bands, (int)width, (int)height,
                                   (int)bands, VIPS_FORMAT_UCHAR);
    if (image == NULL) {
        goto done;
    }
    image->Type = bands == 4   ? VIPS_INTERPRETATION_CMYK
                  : bands == 3 ? VIPS_INTERPRETATION_sRGB
                               : VIPS_INTERPRETATION_B_W;
    vips_image_set_blob_copy(image, ICC_BLOB_ITEM, profile, profile_size);
    if (vips_icc_transform(image, &converted, "srgb", "embedded", TRUE, "intent",
                           VIPS_INTENT_RELATIVE, "black_point_compensation", TRUE, "depth", 8,
                           NULL) == 0 &&
        vips_image_get_bands(converted) == 3 &&
        vips_image_get_format(converted) == VIPS_FORMAT_UCHAR) {
        sample_layout layout = {.colour = 3};
        status = render(rgb, 3, NULL, converted, &layout, deadline_ms) ? IMGMATCH_OK : status;
    }
    /* Not the profile's fault: without it the colours would be wrong. */
    if (ran_out_of_memory()) {
        status = fail_for_memory(diag);
    }
    if (converted != NULL) {
        g_object_unref(converted);
    }
    g_object_unref(image);
done:
    end_vips();
    end_work(handler);
    (void)imx_vips_turn_end(turn);
    return status;
}
