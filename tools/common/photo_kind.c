#include "photo_kind.h"

#include "catalogue_files.h"

#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

bool cli_has_photo_suffix(const char *path) {
    static const char *const suffixes[] = {".jpg",  ".jpeg", ".jpe",  ".jfif", ".png",
                                           ".webp", ".tif",  ".tiff", ".gif",  ".bmp",
                                           ".heic", ".heif", ".avif"};
    const char *name = strrchr(path, '/');
    const char *dot = strrchr(name ? name : path, '.');
    if (!dot)
        return false;
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        if (strcasecmp(dot, suffixes[i]) == 0)
            return true;
    }
    return false;
}

bool cli_has_photo_content(const char *path) {
    static const struct {
        size_t offset, length;
        const char *bytes;
    } marks[] = {{0, 3, "\xff\xd8\xff"}, {0, 8, "\x89PNG\r\n\x1a\n"},
                 {8, 4, "WEBP"},         {0, 4, "II*\0"},
                 {0, 4, "MM\0*"},        {0, 4, "GIF8"},
                 {4, 4, "ftyp"}};
    /* This process may have it open, and closing one more descriptor of it would take SQLite's
     * locks away (imgmatch/catalogue.h). */
    if (cli_is_database(path))
        return false;
    unsigned char head[16] = {0};
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return false;
    ssize_t got = read(file, head, sizeof head);
    close(file);
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        size_t end = marks[i].offset + marks[i].length;
        if (got >= (ssize_t)end &&
            memcmp(head + marks[i].offset, marks[i].bytes, marks[i].length) == 0)
            return true;
    }
    return false;
}
