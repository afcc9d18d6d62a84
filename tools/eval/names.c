#include "eval/names.h"

#include <string.h>

/* True of every copy that it is said of: a lossy file. */
#define ALWAYS_TRUE "re-encoded"

/* Sizes follow: " to 66%", " 90", " (18% of it)". */
static size_t without_size(const char *name, size_t length) {
    for (size_t i = 0; i < length; i++) {
        const char *digit = name + i + 1 + (name[i + 1] == '-');
        bool number = name[i] == ' ' && *digit >= '0' && *digit <= '9';
        if (number || strncmp(name + i, " (", 2) == 0 || strncmp(name + i, " to ", 4) == 0)
            return i;
    }
    return length;
}

/* Is the name, whatever its size, one of those that '|' separates? */
static bool is_any(const char *name, size_t length, const char *names) {
    length = without_size(name, length);
    for (const char *one = names; *one; one += strspn(one, "|")) {
        size_t size = strcspn(one, "|");
        if (size == length && strncmp(name, one, size) == 0)
            return true;
        one += size;
    }
    return false;
}

bool eval_names_tell(const eval_kind *kind, const char *alterations) {
    for (const char *name = alterations; *name; name += strspn(name, ";")) {
        size_t length = strcspn(name, ";");
        if (is_any(name, length, kind->names))
            return true;
        name += length;
    }
    return false;
}

static eval_name *place_of(eval_names *names, const char *text, size_t length) {
    length = length < EVAL_NAME_BYTES ? length : EVAL_NAME_BYTES - 1;
    for (size_t i = 0; i < names->count; i++) {
        const char *known = names->all[i].text;
        if (strlen(known) == length && strncmp(known, text, length) == 0)
            return &names->all[i];
    }
    if (names->count == EVAL_MOST_NAMES)
        return NULL;
    eval_name *name = &names->all[names->count++];
    memcpy(name->text, text, length);
    return name;
}

size_t eval_names_count(eval_names *out, const eval_kind *kind, const char *alterations) {
    size_t wrong = 0;
    for (const char *name = alterations; *name; name += strspn(name, ";")) {
        size_t length = strcspn(name, ";");
        bool right = is_any(name, length, kind->names) || is_any(name, length, kind->also) ||
                     is_any(name, length, ALWAYS_TRUE);
        eval_name *place = place_of(out, name, without_size(name, length));
        wrong += !right;
        if (place) {
            place->said++;
            place->wrong += !right;
        }
        name += length;
    }
    return wrong;
}
