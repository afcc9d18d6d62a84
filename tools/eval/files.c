#include "eval/files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

char *eval_join(const char *folder, const char *name) {
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = malloc(size);
    if (path)
        snprintf(path, size, "%s/%s", folder, name);
    return path;
}

bool eval_stays_inside(const char *name) {
    if (name[0] == '/')
        return false;
    for (const char *part = name; part; part = strchr(part, '/')) {
        part += *part == '/';
        size_t length = strcspn(part, "/");
        if (length == 2 && part[0] == '.' && part[1] == '.')
            return false;
    }
    return true;
}

/* Make the folders of `path` behind its first `known` bytes. */
static bool make_folders(char *path, size_t known) {
    for (char *slash = strchr(path + known + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        bool made = mkdir(path, 0777) == 0 || errno == EEXIST;
        *slash = '/';
        if (!made)
            return false;
    }
    return true;
}

static bool copy_bytes(FILE *to, FILE *from) {
    char block[65536];
    size_t size;
    while ((size = fread(block, 1, sizeof block, from)) > 0) {
        if (fwrite(block, 1, size, to) != size)
            return false;
    }
    return !ferror(from);
}

bool eval_copy_file(const char *from, const char *folder, const char *name) {
    char *path = eval_join(folder, name);
    FILE *in = NULL, *out = NULL;
    bool copied = path && make_folders(path, strlen(folder)) && (in = fopen(from, "re")) != NULL &&
                  (out = fopen(path, "we")) != NULL && copy_bytes(out, in);
    if (out && fclose(out) != 0)
        copied = false;
    if (in)
        (void)fclose(in);
    free(path);
    return copied;
}

static bool write_bytes(const char *path, const uint8_t *bytes, size_t size) {
    FILE *file = fopen(path, "we");
    if (!file)
        return false;
    bool written = fwrite(bytes, 1, size, file) == size;
    return fclose(file) == 0 && written;
}

imgmatch_status eval_write_picture(const char *path, const eval_picture *picture, int quality,
                                   imgmatch_diag *diag) {
    imgmatch_image *image = NULL;
    uint8_t *bytes = NULL;
    size_t size = 0;
    imgmatch_status status =
        imgmatch_image_from_rgb(&image, picture->rgb, (uint32_t)picture->width,
                                (uint32_t)picture->height, 3 * (size_t)picture->width, diag);
    if (status == IMGMATCH_OK)
        status = imgmatch_image_encode(&bytes, &size, image,
                                       quality ? IMGMATCH_FORMAT_JPEG : IMGMATCH_FORMAT_PNG,
                                       quality ? quality : 1, diag);
    if (status == IMGMATCH_OK && !write_bytes(path, bytes, size))
        status = IMGMATCH_ERR_IO;
    imgmatch_free(bytes);
    imgmatch_image_free(image);
    return status;
}
