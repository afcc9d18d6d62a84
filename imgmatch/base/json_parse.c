/*
 * JSON as RFC 8259 has it, from untrusted texts.
 *
 * Phases: (1) one scan finds the depth and a bound on the number of values: one, and one for every
 * bracket that opens and every comma outside of texts; (2) everything is allocated at once, so that
 * nothing moves or grows while the text is read; (3) a recursive descent, as deep as the scan has
 * allowed, puts the members of open arrays and objects on a stack and moves them, when their
 * bracket closes, behind one another; keys are sorted there to find one that stands twice.
 *
 * Invariants: up to the first fault the scan and the descent agree on where texts begin and end, so
 * the values fit. A text and its NUL need no more bytes than it takes in JSON with its quotes, so
 * the texts fit into as many bytes as the JSON has.
 */
#include "base/json_parser.h"

#include "base/diag.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bounds the stack, whatever the caller allows. */
#define MAX_DEPTH 2048u
static void skip_space(imx_json_parser *from) {
    while (imx_json_take(from, ' ') || imx_json_take(from, '\t') || imx_json_take(from, '\n') ||
           imx_json_take(from, '\r')) {
    }
}

static bool take_word(imx_json_parser *from, const char *word) {
    size_t size = strlen(word);
    if ((size_t)(from->end - from->at) < size || memcmp(from->at, word, size) != 0) {
        return false;
    }
    from->at += size;
    return true;
}

static int compare_keys(const void *left, const void *right) {
    const imx_json_member *a = *(const imx_json_member *const *)left,
                          *b = *(const imx_json_member *const *)right;
    int order = strcmp(a->value.key, b->value.key);
    return order != 0 ? order : (a->key_at > b->key_at) - (a->key_at < b->key_at);
}

/* Sorted, because comparing all with all would take hours for a line of keys. */
static bool check_keys(imx_json_parser *from, const imx_json_member *members, size_t count) {
    const char *first = NULL;
    for (size_t i = 0; i < count; i++) {
        from->by_key[i] = &members[i];
    }
    qsort(from->by_key, count, sizeof *from->by_key, compare_keys);
    for (size_t i = 1; i < count; i++) {
        const imx_json_member *member = from->by_key[i];
        if (strcmp(member->value.key, from->by_key[i - 1]->value.key) == 0 &&
            (first == NULL || member->key_at < first)) {
            first = member->key_at;
        }
    }
    return first == NULL || imx_json_refuse(from, first, "a duplicate key");
}

/* The stack's members from `first` on become those of `out`. */
static bool close_members(imx_json_parser *from, imx_json *out, size_t first) {
    const imx_json_member *members = from->stack + first;
    size_t count = from->stack_size - first;
    if (out->kind == IMX_JSON_OBJECT && count > 1 && !check_keys(from, members, count)) {
        return false;
    }
    imx_json *values = from->values + from->value_count;
    for (size_t i = 0; i < count; i++) {
        values[i] = members[i].value;
    }
    out->members.first = values;
    out->members.count = count;
    from->value_count += count;
    from->stack_size = first;
    return true;
}

static bool read_value(imx_json_parser *from, imx_json *out);

static bool read_member(imx_json_parser *from, bool in_object, const char *key_expected) {
    imx_json_member member = {.key_at = NULL};
    const char *key = NULL;
    skip_space(from);
    if (in_object) {
        member.key_at = from->at;
        if (from->at == from->end || *from->at != '"') {
            return imx_json_expect(from, key_expected);
        }
        if (!imx_json_read_text(from, &key, true)) {
            return false;
        }
        skip_space(from);
        if (!imx_json_take(from, ':')) {
            return imx_json_expect(from, "':'");
        }
    }
    if (!read_value(from, &member.value)) {
        return false;
    }
    member.value.key = key;
    from->stack[from->stack_size++] = member;
    skip_space(from);
    return true;
}

static bool read_members(imx_json_parser *from, imx_json *out, bool in_object) {
    size_t first = from->stack_size;
    char close = in_object ? '}' : ']';
    from->at++;
    skip_space(from);
    out->kind = in_object ? IMX_JSON_OBJECT : IMX_JSON_ARRAY;
    if (!imx_json_take(from, close)) {
        const char *key_expected = "a key in quotes or '}'";
        do {
            if (!read_member(from, in_object, key_expected)) {
                return false;
            }
            key_expected = "a key in quotes";
        } while (imx_json_take(from, ','));
        if (!imx_json_take(from, close)) {
            return imx_json_expect(from, in_object ? "',' or '}'" : "',' or ']'");
        }
    }
    return close_members(from, out, first);
}

static bool read_value(imx_json_parser *from, imx_json *out) {
    *out = (imx_json){.kind = IMX_JSON_NULL};
    skip_space(from);
    switch (from->at == from->end ? '\0' : *from->at) {
    case '{':
        return read_members(from, out, true);
    case '[':
        return read_members(from, out, false);
    case '"':
        out->kind = IMX_JSON_TEXT;
        return imx_json_read_text(from, &out->text, false);
    case 't':
    case 'f':
        out->kind = IMX_JSON_BOOL;
        out->truth = *from->at == 't';
        return take_word(from, out->truth ? "true" : "false") || imx_json_expect(from, "a value");
    case 'n':
        return take_word(from, "null") || imx_json_expect(from, "a value");
    default:
        return imx_json_read_number(from, out);
    }
}

static bool read_root(imx_json_parser *from, imx_json *out) {
    if (!read_value(from, out)) {
        return false;
    }
    skip_space(from);
    return from->at == from->end || imx_json_expect(from, "the end");
}

static imgmatch_status fail_parse(const imx_json_parser *from, const char *text,
                                  imgmatch_diag *diag) {
    size_t line = 1, column = 1;
    for (const char *c = text; c < from->fault_at; c++) {
        bool starts = ((unsigned char)*c & 0xc0) != 0x80; /* Characters, not bytes. */
        line += *c == '\n' ? 1 : 0;
        column = *c == '\n' ? 1 : column + (starts ? 1 : 0);
    }
    char found[32] = "";
    if (from->expected && from->fault_at == from->end) {
        (void)snprintf(found, sizeof found, " expected, not the end");
    } else if (from->expected) {
        char c = *from->fault_at;
        (void)snprintf(found, sizeof found,
                       c >= ' ' && c <= '~' ? " expected, not '%c'" : " expected", c);
    }
    /* The only line of a text is one of many to whoever reads a file line by line. */
    char place[32] = "";
    if (memchr(text, '\n', (size_t)(from->end - text)) != NULL) {
        (void)snprintf(place, sizeof place, "line %zu, ", line);
    }
    return imx_fail(diag, IMGMATCH_ERR_SYNTAX, "not valid JSON: %scolumn %zu: %s%s", place, column,
                    from->fault, found);
}

typedef struct scan {
    uint32_t depth;
    size_t values; /* At most. */
} scan;

static scan scan_text(const char *text, const char *end) {
    scan found = {0, 1};
    uint32_t depth = 0;
    bool in_text = false;
    for (; text < end; text++) {
        char c = *text;
        if (in_text && c == '\\') {
            text += end - text > 1 ? 1 : 0;
        } else if (c == '"') {
            in_text = !in_text;
        } else if (!in_text && (c == '{' || c == '[')) {
            depth++;
            found.values++;
            found.depth = depth > found.depth ? depth : found.depth;
        } else if (!in_text && (c == '}' || c == ']') && depth > 0) {
            depth--;
        } else if (!in_text && c == ',') {
            found.values++;
        }
    }
    return found;
}

static imgmatch_status parse_into(imx_json_document *out, const char *text, size_t size,
                                  size_t values, imgmatch_diag *diag) {
    size_t text_size;
    if (!imx_add_size(&text_size, size, IMX_JSON_NUMBER_SLACK)) {
        return imx_fail_memory(diag);
    }
    out->values = imx_new_array(values, sizeof *out->values);
    out->texts = imx_new_array(text_size, 1);
    imx_json_parser from = {
        .at = text, .end = text + size, .values = out->values, .text_end = out->texts};
    from.stack = imx_new_array(values, sizeof *from.stack);
    from.by_key = imx_new_array(values, sizeof *from.by_key);
    imgmatch_status status = IMGMATCH_OK;
    if (out->values == NULL || out->texts == NULL || from.stack == NULL || from.by_key == NULL) {
        status = imx_fail_memory(diag);
    } else if (!read_root(&from, &out->root)) {
        status = fail_parse(&from, text, diag);
    }
    free(from.stack);
    free(from.by_key);
    return status;
}

imgmatch_status imx_json_parse(imx_json **root, const char *text, size_t size, uint32_t max_depth,
                               imgmatch_diag *diag) {
    *root = NULL;
    scan found = scan_text(text, text + size);
    uint32_t limit = max_depth < MAX_DEPTH ? max_depth : MAX_DEPTH;
    if (found.depth > limit) {
        return imx_fail(diag, IMGMATCH_ERR_SYNTAX,
                        "JSON is nested %u deep, more than the %u that are allowed", found.depth,
                        limit);
    }
    imx_json_document *document = calloc(1, sizeof *document);
    if (document == NULL) {
        return imx_fail_memory(diag);
    }
    imgmatch_status status = parse_into(document, text, size, found.values, diag);
    if (status != IMGMATCH_OK) {
        imx_json_free(&document->root);
        return status;
    }
    *root = &document->root;
    return IMGMATCH_OK;
}
