#include "base/json_scan.h"

#include <stddef.h>
#include <string.h>

#define MOST_DEPTH 4096

typedef struct scan {
    const char *at;
    size_t depth; /* Arrays and objects that are open. */
    bool in_object[MOST_DEPTH];
} scan;

static void skip_space(scan *self) { self->at += strspn(self->at, " \t\r\n"); }

static bool skip_one(scan *self, const char *of) {
    bool is_one = *self->at != '\0' && strchr(of, *self->at) != NULL;
    self->at += is_one;
    return is_one;
}

static bool skip_escape(scan *self) {
    if (skip_one(self, "\"\\/bfnrt")) {
        return true;
    }
    bool sound = skip_one(self, "u");
    for (int digit = 0; sound && digit < 4; digit++) {
        sound = skip_one(self, "0123456789abcdefABCDEF");
    }
    return sound;
}

static bool skip_text(scan *self) {
    bool sound = skip_one(self, "\"");
    while (sound && *self->at != '"') {
        if (*self->at == '\\') {
            self->at++;
            sound = skip_escape(self);
        } else {
            sound = (unsigned char)*self->at >= 0x20;
            self->at += sound;
        }
    }
    return sound && skip_one(self, "\"");
}

static bool skip_digits(scan *self) {
    size_t digits = strspn(self->at, "0123456789");
    self->at += digits;
    return digits > 0;
}

static bool skip_number(scan *self) {
    (void)skip_one(self, "-");
    if (!skip_one(self, "0") && !skip_digits(self)) {
        return false;
    }
    if (skip_one(self, ".") && !skip_digits(self)) {
        return false;
    }
    if (skip_one(self, "eE")) {
        (void)skip_one(self, "+-");
        return skip_digits(self);
    }
    return true;
}

static bool skip_scalar(scan *self) {
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t size = strlen(words[i]);
        if (strncmp(self->at, words[i], size) == 0) {
            self->at += size;
            return true;
        }
    }
    return *self->at == '"' ? skip_text(self) : skip_number(self);
}

static bool skip_key(scan *self) {
    skip_space(self);
    if (!skip_text(self)) {
        return false;
    }
    skip_space(self);
    return skip_one(self, ":");
}

/* To behind a value that has none in it, opening what it is in. */
static bool skip_value(scan *self) {
    for (;;) {
        skip_space(self);
        bool is_object = *self->at == '{';
        if (!is_object && *self->at != '[') {
            return skip_scalar(self);
        }
        self->at++;
        skip_space(self);
        if (skip_one(self, is_object ? "}" : "]")) {
            return true;
        }
        if (self->depth == MOST_DEPTH) {
            return false;
        }
        self->in_object[self->depth++] = is_object;
        if (is_object && !skip_key(self)) {
            return false;
        }
    }
}

/* From behind a value to the next one, closing what ends with it. */
static bool go_on(scan *self) {
    while (self->depth > 0) {
        bool is_object = self->in_object[self->depth - 1];
        skip_space(self);
        if (skip_one(self, ",")) {
            return !is_object || skip_key(self);
        }
        if (!skip_one(self, is_object ? "}" : "]")) {
            return false;
        }
        self->depth--;
    }
    return true;
}

bool imx_json_is_object_text(const char *text) {
    scan self;
    self.at = text;
    self.depth = 0;
    skip_space(&self);
    bool sound = *self.at == '{';
    do {
        sound = sound && skip_value(&self) && go_on(&self);
    } while (sound && self.depth > 0);
    skip_space(&self);
    return sound && *self.at == '\0';
}
