#include "overlay.h"

#include "print.h"

#include "common/folder.h"
#include "common/message.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define NAME_BYTES 200 /* Of the query's name in that of its picture; file systems take 255. */
#define PATH_BYTES 4096

/* Several photos are looked up, or may be: whatever is in a folder or a list. */
static bool takes_several(const cli_operands *operands, const query_options *options) {
    if (options->compare)
        return false;
    return options->manifest || operands->count != 2 || cli_is_folder(operands->values[1]);
}

static bool ends_with_slash(const char *path) { return path[strlen(path) - 1] == '/'; }

/* As imgmatch_overlay_write takes them. */
static bool is_picture_name(const char *path) {
    static const char *const suffixes[] = {".png", ".jpg", ".jpeg"};
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof suffixes / sizeof *suffixes; i++)
        if (strcasecmp(dot, suffixes[i]) == 0)
            return true;
    return false;
}

cli_exit query_overlay_check(const cli_operands *operands, const query_options *options) {
    const char *path = options->overlay;
    if (!path)
        return CLI_GO_ON;
    if (options->effort == IMGMATCH_EFFORT_FAST)
        return cli_usage_error(QUERY_PROGRAM, "--effort=fast does not find where a reference lies, "
                                              "which --overlay draws");
    if (cli_is_folder(path) || ends_with_slash(path))
        return CLI_GO_ON;
    if (takes_several(operands, options))
        return is_picture_name(path)
                   ? cli_usage_error(QUERY_PROGRAM, "--overlay takes a file for one photo; for "
                                                    "several, name a folder")
                   : CLI_GO_ON;
    if (!is_picture_name(path))
        return cli_usage_error(QUERY_PROGRAM,
                               "--overlay: '%s' ends neither in .png nor in .jpg or .jpeg; "
                               "a folder has a '/' at its end",
                               path);
    return CLI_GO_ON;
}

/* The last folder of a path only: a longer one that is not there is more likely mistyped. */
static cli_exit make_folder(const char *path) {
    if (mkdir(path, 0777) == 0 || cli_is_folder(path))
        return CLI_GO_ON;
    cli_message(QUERY_PROGRAM, "--overlay: cannot make the folder '%s': %s", path, strerror(errno));
    return CLI_FAILED;
}

cli_exit query_overlay_start(query_overlay *out, const cli_operands *operands,
                             const query_options *options, imgmatch_decoder_pool *decoders) {
    const char *path = options->overlay;
    *out = (query_overlay){.path = path,
                           .skipped = options->skip,
                           .quiet = options->quiet,
                           .drawing = IMGMATCH_OVERLAY_OPTIONS_INIT};
    out->into_folder =
        path && (cli_is_folder(path) || ends_with_slash(path) || takes_several(operands, options));
    out->drawing.limits = &options->intake.limits;
    out->drawing.decoders = decoders;
    if (!out->into_folder)
        return CLI_GO_ON;
    cli_exit step = make_folder(path);
    return step == CLI_GO_ON ? query_page_begin(&out->page) : step;
}

cli_exit query_overlay_end(query_overlay *overlay, const char *catalogue,
                           const query_options *options, cli_exit step) {
    cli_exit written = query_page_end(&overlay->page, overlay->path, catalogue, options);
    return written == CLI_GO_ON ? step : written;
}

/* "FOLDER/NUMBER-NAME.jpg", with the name of the query's file without its ending. PNG would take
 * several times as long and as much room, which tells when there are thousands. */
static bool name_picture(char out[PATH_BYTES], const query_overlay *overlay,
                         const query_pair *pair) {
    if (!overlay->into_folder)
        return snprintf(out, PATH_BYTES, "%s", overlay->path) < PATH_BYTES;
    const char *name = query_photo_name(pair->photo);
    const char *slash = strrchr(name, '/');
    name = slash ? slash + 1 : name;
    const char *dot = strrchr(name, '.');
    size_t length = dot && dot != name ? (size_t)(dot - name) : strlen(name);
    while (length > NAME_BYTES || (length > 0 && ((unsigned char)name[length] & 0xC0) == 0x80))
        length--; /* Not within a character of UTF-8. */
    unsigned long long number = overlay->skipped + pair->number;
    return snprintf(out, PATH_BYTES, "%s/%06llu-%.*s.jpg", overlay->path, number, (int)length,
                    name) < PATH_BYTES;
}

/* The photo must be the one that was added: imports may not say which that was. */
static imgmatch_status find_reference(imgmatch_item **item, imgmatch_photo *reference,
                                      imgmatch_overlay_options *drawing,
                                      const imgmatch_catalogue *catalogue,
                                      const imgmatch_match *match, imgmatch_diag *diag) {
    imgmatch_status status = imgmatch_catalogue_get(item, catalogue, match->id, diag);
    if (status == IMGMATCH_OK) {
        reference->path = (*item)->source;
        drawing->reference_sha256 = (*item)->sha256[0] ? (*item)->sha256 : NULL;
    } else if (status == IMGMATCH_ERR_NOT_FOUND) { /* Removed meanwhile: one picture less. */
        diag->reason = IMGMATCH_REASON_NOT_FOUND;
        status = IMGMATCH_ERR_PHOTO;
    }
    return status;
}

void query_overlay_draw(query_drawing *out, const query_overlay *overlay, const query_pair *pair,
                        const imgmatch_catalogue *catalogue, const imgmatch_photo *reference) {
    char path[PATH_BYTES];
    const imgmatch_match *match = imgmatch_result_match(pair->result, 0);
    *out = (query_drawing){.tried = overlay->path && match && match->alignment.known,
                           .diag = IMGMATCH_DIAG_INIT};
    /* A name that is too long is no picture; the report says so. */
    if (!out->tried || !name_picture(path, overlay, pair))
        return;
    imgmatch_overlay_options drawing = overlay->drawing;
    imgmatch_photo found = IMGMATCH_PHOTO_INIT;
    imgmatch_item *item = NULL;
    if (!reference) {
        out->status = find_reference(&item, &found, &drawing, catalogue, match, &out->diag);
        reference = &found;
    }
    if (out->status == IMGMATCH_OK)
        out->status = imgmatch_overlay_write(path, pair->photo, reference, &match->alignment,
                                             &drawing, &out->diag);
    imgmatch_item_free(item);
}

/* The photo cannot be drawn, which is no reason to stop. */
static cli_exit report_failure(const imgmatch_photo *photo, const query_drawing *drawing,
                               cli_failures *failures) {
    if (drawing->status != IMGMATCH_ERR_PHOTO)
        return cli_failure(QUERY_PROGRAM, "drawing a match", drawing->status, &drawing->diag);
    char message[IMGMATCH_DIAG_MESSAGE_BYTES + 32];
    snprintf(message, sizeof message, "no overlay: %s", drawing->diag.message);
    cli_failure_entry entry = {.path = query_photo_name(photo),
                               .id = photo->id,
                               .reason = drawing->diag.reason,
                               .message = message};
    cli_failures_add(failures, &entry);
    return CLI_GO_ON;
}

/* There was nothing to draw. */
static void report_none(query_overlay *overlay, const query_pair *pair) {
    bool matches = imgmatch_result_match_count(pair->result) > 0;
    const char *why = matches ? "the match is not aligned" : "no match";
    /* A failure is reported already. Of many photos most match nothing, which their answers say. */
    if (!overlay->quiet && imgmatch_result_failure(pair->result) == IMGMATCH_REASON_NONE &&
        (matches || !overlay->into_folder))
        cli_message(QUERY_PROGRAM, "%s: no overlay: %s", query_photo_name(pair->photo), why);
    query_page_add(&overlay->page, pair->photo, pair->result, NULL, why);
}

cli_exit query_overlay_report(query_overlay *overlay, const query_pair *pair,
                              const query_drawing *drawing, cli_failures *failures) {
    char path[PATH_BYTES];
    if (!overlay->path)
        return CLI_GO_ON;
    if (!drawing->tried) {
        report_none(overlay, pair);
        return CLI_GO_ON;
    }
    if (!name_picture(path, overlay, pair)) {
        cli_message(QUERY_PROGRAM, "the path of --overlay is too long");
        return CLI_FAILED;
    }
    bool drawn = drawing->status == IMGMATCH_OK;
    const char *name = overlay->into_folder ? strrchr(path, '/') + 1 : path;
    query_page_add(&overlay->page, pair->photo, pair->result, drawn ? name : NULL,
                   drawing->diag.message);
    return drawn ? CLI_GO_ON : report_failure(pair->photo, drawing, failures);
}
