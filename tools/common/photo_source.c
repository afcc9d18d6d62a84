/*
 * A source is always in one of three states: between two operands, inside a folder, or inside the
 * manifest. next_entry() makes one step: it appends a photo to the batch, reports a failure, or
 * moves on to the next state. The batch owns copies of all texts, because folders and manifests
 * only lend them.
 */
#include "photo_source.h"

#include "folder.h"
#include "interrupt.h"
#include "message.h"
#include "photo_kind.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OPERAND_PLACE (UINT64_C(1) << 63)

struct cli_photo_source {
    const cli_photo_source_options *options;
    cli_failures *failures; /* NULL: only counting. */
    size_t next_path;
    cli_folder *folder;        /* The folder that is being walked through. */
    bool is_bare;              /* Nothing was found in it so far that was handed out or reported. */
    imgmatch_photo_list *list; /* The manifest, once it is open. */
    uint64_t line;             /* Of the manifest, of the photo in hand; 0: it is not from there. */
    cli_id_set ids;
    uint64_t skipped;
    bool finished;
};

static void clear_batch(cli_photo_batch *batch) {
    for (size_t i = 0; i < batch->owned_count; i++)
        free(batch->owned[i]);
    batch->owned_count = 0;
    batch->count = 0;
    batch->failed = false;
}

void cli_photo_batch_free(cli_photo_batch *batch) {
    clear_batch(batch);
    free(batch->owned);
    free(batch->photos);
    free(batch->places);
    memset(batch, 0, sizeof *batch);
}

/* Hand `block` over to the batch; it is freed when that fails. */
static void *own(cli_photo_batch *batch, void *block) {
    if (!block)
        return NULL;
    if (batch->owned_count == batch->owned_capacity) {
        size_t capacity = batch->owned_capacity ? 2 * batch->owned_capacity : 8;
        void **more = realloc(batch->owned, capacity * sizeof *more);
        if (!more) {
            free(block);
            return NULL;
        }
        batch->owned = more;
        batch->owned_capacity = capacity;
    }
    batch->owned[batch->owned_count++] = block;
    return block;
}

static bool keep_text(const char **text, cli_photo_batch *batch) {
    if (!*text)
        return true;
    *text = own(batch, strdup(*text));
    return *text != NULL;
}

static imgmatch_status report(cli_photo_batch *batch, cli_photo_source *source,
                              const cli_failure_entry *entry) {
    if (!source->failures)
        return IMGMATCH_OK;
    if (!source->options->failures_in_place) {
        cli_failures_add(source->failures, entry);
        return IMGMATCH_OK;
    }
    batch->failed = true;
    batch->failure = *entry;
    return keep_text(&batch->failure.path, batch) && keep_text(&batch->failure.id, batch) &&
                   keep_text(&batch->failure.message, batch)
               ? IMGMATCH_OK
               : IMGMATCH_ERR_MEMORY;
}

/* Where a photo came from, in one number that is not 0: a line of the manifest, or an operand. */
static uint64_t place_in_hand(const cli_photo_source *source) {
    return source->line > 0 ? source->line : OPERAND_PLACE | (source->next_path - 1);
}

static cli_failure_entry failure_of(const imgmatch_photo *photo, const char *manifest,
                                    uint64_t place) {
    bool is_listed = !(place & OPERAND_PLACE);
    return (cli_failure_entry){.path = photo->path ? photo->path : photo->source,
                               .id = photo->id,
                               .list = is_listed ? manifest : NULL,
                               .line = is_listed ? place : 0};
}

/* "line 3 of list.csv", or the photo's path. */
static void describe_place(char *out, size_t size, const cli_photo_source *source, uint64_t place,
                           const char *id) {
    const cli_photo_source_options *options = source->options;
    if (!(place & OPERAND_PLACE)) {
        (void)snprintf(out, size, "line %llu of %s", (unsigned long long)place, options->manifest);
        return;
    }
    const char *path = options->paths[place & ~OPERAND_PLACE];
    size_t length = strlen(path);
    bool is_folder = cli_is_folder(path);
    size_t prefix = options->id_prefix ? strlen(options->id_prefix) : 0;
    if (is_folder && prefix > 0 && strncmp(id, options->id_prefix, prefix) == 0)
        id += prefix;
    if (is_folder) /* In a folder the id is the path below it. */
        (void)snprintf(out, size, "%s%s%s", path, path[length - 1] == '/' ? "" : "/", id);
    else
        (void)snprintf(out, size, "%s", path);
}

void cli_photo_source_describe_claim(char *out, size_t size, const cli_photo_source *source,
                                     const char *id) {
    char place[512];
    describe_place(place, sizeof place, source, cli_id_set_find(&source->ids, id), id);
    (void)snprintf(out, size, "an earlier photo of this run has the same id: %s", place);
}

imgmatch_status cli_photo_source_claim(cli_photo_source *source, const cli_photo_batch *batch,
                                       size_t index) {
    uint64_t earlier;
    return cli_id_set_add(&earlier, &source->ids, batch->photos[index].id, batch->places[index]);
}

/* An earlier batch has the photo's id. */
static imgmatch_status report_duplicate(cli_photo_batch *batch, cli_photo_source *source,
                                        const imgmatch_photo *photo) {
    char message[600];
    cli_photo_source_describe_claim(message, sizeof message, source, photo->id);
    cli_failure_entry entry = failure_of(photo, source->options->manifest, place_in_hand(source));
    entry.reason = IMGMATCH_REASON_DUPLICATE_ID;
    entry.message = message;
    return report(batch, source, &entry);
}

static bool make_room(cli_photo_batch *batch) {
    if (batch->count < batch->capacity)
        return true;
    size_t capacity = batch->capacity ? 2 * batch->capacity : 8;
    imgmatch_photo *photos = realloc(batch->photos, capacity * sizeof *photos);
    if (!photos)
        return false;
    batch->photos = photos;
    uint64_t *places = realloc(batch->places, capacity * sizeof *places);
    if (!places)
        return false;
    batch->places = places;
    batch->capacity = capacity;
    return true;
}

static imgmatch_status append(cli_photo_batch *batch, cli_photo_source *source,
                              const imgmatch_photo *photo) {
    const cli_photo_source_options *options = source->options;
    imgmatch_photo copy = *photo;
    if (options->unique_ids && source->failures && cli_id_set_find(&source->ids, photo->id) != 0)
        return report_duplicate(batch, source, photo);
    if (!make_room(batch))
        return IMGMATCH_ERR_MEMORY;
    if (!copy.product || !copy.product[0])
        copy.product = options->product;
    if (!copy.brand || !copy.brand[0])
        copy.brand = options->brand;
    bool kept = keep_text(&copy.id, batch) && keep_text(&copy.product, batch) &&
                keep_text(&copy.brand, batch) && keep_text(&copy.source, batch) &&
                keep_text(&copy.metadata, batch) && keep_text(&copy.path, batch);
    if (!kept)
        return IMGMATCH_ERR_MEMORY;
    batch->places[batch->count] = place_in_hand(source);
    batch->photos[batch->count++] = copy;
    return IMGMATCH_OK;
}

/* A photo that no manifest names: its id is made of its name. */
static imgmatch_status append_named(cli_photo_batch *batch, cli_photo_source *source,
                                    imgmatch_photo *photo, const char *name) {
    const cli_photo_source_options *options = source->options;
    photo->id = options->id ? options->id : name;
    if (options->id_prefix) {
        char *id = NULL;
        if (asprintf(&id, "%s%s", options->id_prefix, name) < 0 || !own(batch, id))
            return IMGMATCH_ERR_MEMORY;
        photo->id = id;
    }
    return append(batch, source, photo);
}

/* All of standard input, but no more than shows that it is too large. */
static imgmatch_status read_standard_input(unsigned char **bytes, size_t *size,
                                           const imgmatch_limits *limits) {
    const imgmatch_limits defaults = IMGMATCH_LIMITS_INIT;
    size_t most = (size_t)(limits ? limits : &defaults)->max_file_bytes + 1;
    size_t capacity = 1u << 16, used = 0;
    unsigned char *block = malloc(capacity);
    *bytes = NULL;
    *size = 0;
    while (block) {
        ssize_t got = read(STDIN_FILENO, block + used, capacity - used);
        if (got < 0 && errno == EINTR && !cli_interrupted())
            continue;
        if (got < 0) {
            free(block);
            return IMGMATCH_ERR_IO;
        }
        used += (size_t)got;
        if (got == 0 || used >= most)
            break;
        if (used == capacity) {
            unsigned char *more = realloc(block, 2 * capacity);
            if (!more)
                free(block);
            block = more;
            capacity *= 2;
        }
    }
    *bytes = block;
    *size = used;
    return block ? IMGMATCH_OK : IMGMATCH_ERR_MEMORY;
}

static imgmatch_status take_standard_input(cli_photo_batch *batch, cli_photo_source *source) {
    unsigned char *bytes = NULL;
    imgmatch_photo photo = IMGMATCH_PHOTO_INIT;
    imgmatch_status status = IMGMATCH_OK;
    if (source->failures)
        status = read_standard_input(&bytes, &photo.size_bytes, source->options->limits);
    if (status == IMGMATCH_ERR_IO) {
        cli_failure_entry entry = {
            .path = "-", .reason = IMGMATCH_REASON_READ_ERROR, .message = strerror(errno)};
        return report(batch, source, &entry);
    }
    if (status != IMGMATCH_OK)
        return status;
    if (bytes && !own(batch, bytes))
        return IMGMATCH_ERR_MEMORY;
    photo.data = bytes ? bytes : (void *)"";
    photo.source = "-";
    return append_named(batch, source, &photo, "-");
}

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

/* Files that are not there are handed out, too: the library says what is wrong with them, in their
 * place among the others. */
static imgmatch_status take_operand(cli_photo_batch *batch, cli_photo_source *source,
                                    const char *path) {
    if (strcmp(path, "-") == 0)
        return take_standard_input(batch, source);
    if (cli_is_folder(path)) {
        source->folder = cli_folder_open(path);
        source->is_bare = true;
        return source->folder ? IMGMATCH_OK : IMGMATCH_ERR_MEMORY;
    }
    imgmatch_photo photo = IMGMATCH_PHOTO_INIT;
    photo.path = photo.source = path;
    return append_named(batch, source, &photo, base_name(path));
}

/* A folder without photos is no error, but seldom what is meant. */
static void end_folder(cli_photo_source *source) {
    if (source->is_bare && source->failures)
        cli_message(source->failures->program, "no photos in '%s'",
                    source->options->paths[source->next_path - 1]);
    cli_folder_close(source->folder);
    source->folder = NULL;
}

static imgmatch_status take_from_folder(cli_photo_batch *batch, cli_photo_source *source) {
    cli_found found;
    const char *path;
    imgmatch_status status = cli_folder_next(&found, &path, source->folder);
    if (status != IMGMATCH_OK)
        return status;
    if (found == CLI_FOUND_END) {
        end_folder(source);
        return IMGMATCH_OK;
    }
    if (found == CLI_FOUND_UNREADABLE) {
        source->is_bare = false;
        bool forbidden = errno == EACCES || errno == EPERM;
        cli_failure_entry entry = {.path = path,
                                   .reason = forbidden ? IMGMATCH_REASON_NO_PERMISSION
                                                       : IMGMATCH_REASON_READ_ERROR,
                                   .message = strerror(errno)};
        return report(batch, source, &entry);
    }
    bool is_photo =
        cli_has_photo_suffix(path) || (found == CLI_FOUND_FILE && cli_has_photo_content(path));
    if (!is_photo) {
        source->skipped++;
        return IMGMATCH_OK;
    }
    source->is_bare = false;
    imgmatch_photo photo = IMGMATCH_PHOTO_INIT;
    photo.path = photo.source = path;
    return append_named(batch, source, &photo, cli_folder_relative(source->folder, path));
}

static imgmatch_status take_from_list(cli_photo_batch *batch, cli_photo_source *source,
                                      imgmatch_diag *diag) {
    const imgmatch_photo *photo;
    imgmatch_diag entry_diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status = imgmatch_photo_list_next(&photo, source->list, &entry_diag);
    source->line = imgmatch_photo_list_line(source->list);
    if (status == IMGMATCH_ERR_SYNTAX) {
        cli_failure_entry entry = {.list = source->options->manifest,
                                   .line = source->line,
                                   .reason = IMGMATCH_REASON_BAD_ENTRY,
                                   .message = entry_diag.message};
        return report(batch, source, &entry);
    }
    if (status != IMGMATCH_OK) {
        if (diag)
            *diag = entry_diag;
        return status;
    }
    if (photo)
        return append(batch, source, photo);
    source->finished = true;
    return IMGMATCH_OK;
}

/* One step; see the top of this file. */
static imgmatch_status next_entry(cli_photo_batch *batch, cli_photo_source *source,
                                  imgmatch_diag *diag) {
    const cli_photo_source_options *options = source->options;
    if (source->folder)
        return take_from_folder(batch, source);
    if (source->next_path < options->path_count)
        return take_operand(batch, source, options->paths[source->next_path++]);
    if (source->list)
        return take_from_list(batch, source, diag);
    source->finished = true;
    return IMGMATCH_OK;
}

imgmatch_status cli_photo_source_open(cli_photo_source **out,
                                      const cli_photo_source_options *options,
                                      cli_failures *failures, imgmatch_diag *diag) {
    *out = NULL;
    cli_photo_source *source = calloc(1, sizeof *source);
    if (!source)
        return IMGMATCH_ERR_MEMORY;
    source->options = options;
    source->failures = failures;
    /* A manifest that is not there is found out before the first photo is read. */
    if (options->manifest) {
        imgmatch_status status =
            imgmatch_photo_list_open(&source->list, options->manifest, options->limits, diag);
        if (status != IMGMATCH_OK) {
            cli_photo_source_close(source);
            return status;
        }
    }
    *out = source;
    return IMGMATCH_OK;
}

imgmatch_status cli_photo_source_next(cli_photo_batch *batch, cli_photo_source *source, size_t most,
                                      imgmatch_diag *diag) {
    clear_batch(batch);
    batch->manifest = source->options->manifest;
    imgmatch_status status = IMGMATCH_OK;
    while (status == IMGMATCH_OK && !source->finished && batch->count < most && !batch->failed &&
           !cli_interrupted())
        status = next_entry(batch, source, diag);
    return status;
}

bool cli_photo_source_waits(int *fd, cli_photo_source *source) {
    const cli_photo_source_options *options = source->options;
    if (source->folder || source->finished)
        return false;
    if (source->next_path < options->path_count) {
        struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
        *fd = STDIN_FILENO;
        return strcmp(options->paths[source->next_path], "-") == 0 && poll(&input, 1, 0) == 0;
    }
    return source->list && imgmatch_photo_list_waits(fd, source->list);
}

cli_failure_entry cli_photo_failure(const cli_photo_batch *batch, size_t index,
                                    imgmatch_reason reason, const char *message) {
    cli_failure_entry entry =
        failure_of(&batch->photos[index], batch->manifest, batch->places[index]);
    entry.reason = reason;
    entry.message = message;
    return entry;
}

void cli_photo_source_report(cli_photo_source *source, cli_failures *failures) {
    source->failures = failures;
}

uint64_t cli_photo_source_skipped(const cli_photo_source *source) { return source->skipped; }

uint64_t cli_photo_source_count(const cli_photo_source_options *options) {
    cli_photo_source *source = NULL;
    cli_photo_batch batch = {0};
    uint64_t count = 0;
    if (options->manifest && strcmp(options->manifest, "-") == 0)
        return 0;
    imgmatch_status status = cli_photo_source_open(&source, options, NULL, NULL);
    do {
        if (status == IMGMATCH_OK)
            status = cli_photo_source_next(&batch, source, 256, NULL);
        count += batch.count;
    } while (status == IMGMATCH_OK && batch.count > 0);
    cli_photo_batch_free(&batch);
    cli_photo_source_close(source);
    return status == IMGMATCH_OK ? count : 0;
}

cli_exit cli_check_standard_input(const char *program, char *const *paths, size_t path_count,
                                  const char *manifest) {
    size_t uses = manifest && strcmp(manifest, "-") == 0;
    for (size_t i = 0; i < path_count; i++)
        uses += strcmp(paths[i], "-") == 0;
    return uses > 1 ? cli_usage_error(program, "standard input ('-') is given more than once")
                    : CLI_GO_ON;
}

void cli_photo_source_close(cli_photo_source *source) {
    if (!source)
        return;
    cli_folder_close(source->folder);
    imgmatch_photo_list_close(source->list);
    cli_id_set_free(&source->ids);
    free(source);
}
