/*
 * The header of a CSV list. Names are exact, because every other name is a key of the metadata; but
 * a header without a path is told which of its names were probably meant.
 */
#include "base/diag.h"
#include "base/utf8.h"
#include "facade/photo_list.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Can this be a key of the metadata? JSON's readers refuse others, and with them all entries. */
static bool is_key(const char *name) {
    const uint8_t *at = (const uint8_t *)name;
    size_t left = strlen(name);
    while (left > 0) {
        size_t size = imx_utf8_size(at, left);
        if (size == 0 || *at == 1) {
            return false;
        }
        at += size;
        left -= size;
    }
    return true;
}

/* The known key that a name is but for capitals and blanks around it; -1 for none. */
static int meant_key(const char *name) {
    static const char blanks[] = " \t\r\n";
    name += strspn(name, blanks);
    size_t size = strlen(name);
    while (size > 0 && strchr(blanks, name[size - 1]) != NULL) {
        size--;
    }
    for (int key = 0; key < IMX_LIST_KNOWN_KEYS; key++) {
        const char *known = imx_list_key_name(key);
        if (strlen(known) == size && strncasecmp(known, name, size) == 0) {
            return key;
        }
    }
    return -1;
}

/* ` (names are exact: "Path" is not "path", "ID" is not "id")`, or nothing. */
static void describe_meant(char *out, size_t size, const imx_csv_record *header) {
    int used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < header->count && used >= 0 && (size_t)used < size; i++) {
        const char *name = imx_csv_field(header, i);
        int key = meant_key(name);
        if (key >= 0 && strcmp(name, imx_list_key_name(key)) != 0) {
            used +=
                snprintf(out + used, size - (size_t)used, "%s\"%.20s\" is not \"%s\"",
                         used == 0 ? " (names are exact: " : ", ", name, imx_list_key_name(key));
        }
    }
    if (used > 0 && (size_t)used < size) {
        (void)snprintf(out + used, size - (size_t)used, ")");
    }
}

static imgmatch_status fail_without_path(const imx_csv_record *header, const char *list,
                                         uint64_t line, imgmatch_diag *diag) {
    char meant[256];
    const char *hint = meant;
    const char *first = imx_csv_field(header, 0);
    describe_meant(meant, sizeof meant, header);
    if (strchr(first, ';') != NULL) {
        hint = " (columns are separated by commas, not semicolons)";
    } else if (strchr(first, '\t') != NULL && meant[0] == '\0') {
        hint = " (columns are separated by commas, not tabs)";
    }
    return imx_fail(diag, IMGMATCH_ERR_SYNTAX,
                    "%.200s, line %llu: the header has no column \"path\"%s", list,
                    (unsigned long long)line, hint);
}

imgmatch_status imx_list_check_header(const imx_csv_record *header, const char *list, uint64_t line,
                                      imgmatch_diag *diag) {
    bool has_path = false;
    for (size_t i = 0; i < header->count; i++) {
        const char *name = imx_csv_field(header, i);
        has_path |= strcmp(name, "path") == 0;
        if (name[0] == '\0') {
            return imx_fail(diag, IMGMATCH_ERR_SYNTAX, "%.200s, line %llu: column %zu has no name",
                            list, (unsigned long long)line, i + 1);
        }
        if (!is_key(name)) {
            return imx_fail(diag, IMGMATCH_ERR_SYNTAX,
                            "%.200s, line %llu: the name of column %zu is no UTF-8", list,
                            (unsigned long long)line, i + 1);
        }
        for (size_t j = 0; j < i; j++) {
            if (strcmp(name, imx_csv_field(header, j)) == 0) {
                return imx_fail(diag, IMGMATCH_ERR_SYNTAX,
                                "%.200s, line %llu: column \"%.60s\" is there twice", list,
                                (unsigned long long)line, name);
            }
        }
    }
    return has_path ? IMGMATCH_OK : fail_without_path(header, list, line, diag);
}
