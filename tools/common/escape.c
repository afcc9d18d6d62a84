#include "escape.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The UTF-8 character at `text` and its length in bytes; 0 for a byte that starts none (also
 * overlong forms, surrogates and what lies beyond U+10FFFF). */
static size_t decode(uint32_t *code, const unsigned char *text) {
    static const uint32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (text[0] < 0x80) {
        *code = text[0];
        return 1;
    }
    size_t length = text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;
    if (text[0] < 0xc2 || text[0] > 0xf4)
        return 0;
    uint32_t value = text[0] & (0xffu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (text[i] & 0x3fu);
    }
    if (value < lowest[length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return 0;
    *code = value;
    return length;
}

/* What a terminal may take for a command. */
static bool is_control(uint32_t code) { return code < 0x20 || (code >= 0x7f && code < 0xa0); }

static bool is_harmless(uint32_t code) {
    if (is_control(code) || code == '\\')
        return false;
    /* Marks, overrides and isolates of the direction of writing, line and paragraph separators,
     * the byte order mark, and language tags. */
    return !((code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
             (code >= 0x2060 && code <= 0x206f) || code == 0x061c || code == 0xfeff ||
             (code >= 0xe0000 && code <= 0xe007f));
}

/* Columns on a terminal: the wide and the combining blocks, without a locale. */
static size_t columns(uint32_t code) {
    if ((code >= 0x300 && code <= 0x36f) || (code >= 0xfe00 && code <= 0xfe0f))
        return 0;
    bool wide = (code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xa4cf) ||
                (code >= 0xac00 && code <= 0xd7a3) || (code >= 0xf900 && code <= 0xfaff) ||
                (code >= 0xfe30 && code <= 0xfe6f) || (code >= 0xff00 && code <= 0xff60) ||
                (code >= 0xffe0 && code <= 0xffe6) || (code >= 0x1f300 && code <= 0x1faff) ||
                (code >= 0x20000 && code <= 0x3fffd);
    return wide ? 2 : 1;
}

/* One visible unit: a character, or an escaped byte. */
typedef struct unit {
    char text[5];
    size_t bytes; /* Consumed of the source. */
    size_t width;
} unit;

static unit next_unit(const char *text) {
    const unsigned char *bytes = (const unsigned char *)text;
    unit out = {{0}, 1, 0};
    uint32_t code = 0;
    size_t length = decode(&code, bytes);
    if (length > 0 && is_harmless(code)) {
        memcpy(out.text, text, length);
        out.bytes = length;
        out.width = columns(code);
        return out;
    }
    static const char named[] = "\\\\\nn\tt\rr";
    for (const char *name = named; *name; name += 2) {
        if (*name == *text) {
            out.text[0] = '\\';
            out.text[1] = name[1];
            out.width = 2;
            return out;
        }
    }
    snprintf(out.text, sizeof out.text, "\\x%02x", bytes[0]);
    out.width = 4;
    return out;
}

void cli_print_visible_part(FILE *file, const char *text, size_t size) {
    const char *end = text + size;
    while (text < end) {
        unit one = next_unit(text);
        fputs(one.text, file);
        text += one.bytes;
    }
}

void cli_print_visible(FILE *file, const char *text) {
    cli_print_visible_part(file, text, strlen(text));
}

size_t cli_visible_width(const char *text) {
    size_t width = 0;
    while (*text) {
        unit one = next_unit(text);
        width += one.width;
        text += one.bytes;
    }
    return width;
}

static void pad(FILE *file, size_t count) {
    while (count-- > 0)
        fputc(' ', file);
}

/* Print units as long as they fit; returns the columns used. */
static size_t print_until(FILE *file, const char *text, size_t room) {
    size_t used = 0;
    while (*text) {
        unit one = next_unit(text);
        if (used + one.width > room)
            break;
        fputs(one.text, file);
        used += one.width;
        text += one.bytes;
    }
    return used;
}

void cli_print_cell(FILE *file, const char *text, size_t width, cli_keep keep) {
    size_t total = cli_visible_width(text);
    if (total <= width) {
        cli_print_visible(file, text);
        pad(file, width - total);
        return;
    }
    size_t room = width - 3, used = 0;
    if (keep == CLI_KEEP_START) {
        used = print_until(file, text, room);
        fputs("...", file);
    } else {
        while (total > room) {
            unit one = next_unit(text);
            total -= one.width;
            text += one.bytes;
        }
        fputs("...", file);
        cli_print_visible(file, text);
        used = total;
    }
    pad(file, room - used);
}

void cli_print_csv(FILE *file, const char *text) {
    bool guard = *text != '\0' && strchr("=+-@\t\r\n'", *text) != NULL;
    bool quote = strpbrk(text, ",;\t\"\r\n") != NULL;
    if (quote)
        fputc('"', file);
    if (guard)
        fputc('\'', file);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', file);
        fputc(*text, file);
    }
    if (quote)
        fputc('"', file);
}

/* One character of ASCII; those with names by them, as the library writes them. */
static void print_json_ascii(FILE *file, char byte) {
    static const char named[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    for (const char *name = named; *name; name += 2) {
        if (*name == byte) {
            fprintf(file, "\\%c", name[1]);
            return;
        }
    }
    if (is_control((unsigned char)byte))
        fprintf(file, "\\u%04x", (unsigned)(unsigned char)byte);
    else
        fputc(byte, file);
}

void cli_print_json(FILE *file, const char *text) {
    fputc('"', file);
    while (*text) {
        const unsigned char *bytes = (const unsigned char *)text;
        uint32_t code = 0;
        size_t length = decode(&code, bytes);
        if (length == 0) {
            fprintf(file, "\\udc%02x", bytes[0]);
            length = 1;
        } else if (length == 1) {
            print_json_ascii(file, *text);
        } else if (is_control(code)) {
            fprintf(file, "\\u%04x", (unsigned)code);
        } else {
            fwrite(text, 1, length, file);
        }
        text += length;
    }
    fputc('"', file);
}

void cli_print_json_value(FILE *file, const char *json) {
    while (*json) {
        uint32_t code = 0;
        size_t length = decode(&code, (const unsigned char *)json);
        if (length == 0 || !is_control(code))
            fwrite(json, 1, length > 0 ? length : 1, file);
        else if (code < 0x20) /* Between values, where a space is as good. */
            fputc(' ', file);
        else /* In texts. */
            fprintf(file, "\\u%04x", (unsigned)code);
        json += length > 0 ? length : 1;
    }
}
