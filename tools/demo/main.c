/* imgmatch-alter: altered copies of a photo, one for every alteration. */
#include "alter.h"

#include <imgmatch/image.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool write_file(const char *path, const uint8_t *bytes, size_t size) {
    FILE *file = fopen(path, "we");
    if (!file)
        return false;
    bool written = fwrite(bytes, 1, size, file) == size;
    return fclose(file) == 0 && written;
}

static imgmatch_status save(const alter_picture *picture, const char *path, int quality,
                            imgmatch_diag *diag) {
    imgmatch_image *image = NULL;
    uint8_t *bytes = NULL;
    size_t size = 0;
    imgmatch_status status = imgmatch_image_from_rgb(
        &image, picture->rgb, picture->width, picture->height, 3 * (size_t)picture->width, diag);
    if (status == IMGMATCH_OK)
        status = imgmatch_image_encode(&bytes, &size, image, IMGMATCH_FORMAT_JPEG, quality, diag);
    if (status == IMGMATCH_OK && !write_file(path, bytes, size))
        status = IMGMATCH_ERR_IO;
    imgmatch_free(bytes);
    imgmatch_image_free(image);
    return status;
}

static imgmatch_status alter_all(const char *photo, const char *folder, imgmatch_diag *diag) {
    imgmatch_image *image = NULL;
    imgmatch_status status = imgmatch_image_open(&image, photo, NULL, diag);
    if (status != IMGMATCH_OK)
        return status;
    const imgmatch_image_info *info = imgmatch_image_get_info(image);
    size_t size = 3 * (size_t)info->width * info->height;
    alter_picture original = {malloc(size), info->width, info->height};
    if (original.rgb)
        memcpy(original.rgb, imgmatch_image_pixels(image), size);
    else
        status = IMGMATCH_ERR_MEMORY;
    for (const alteration *one = alter_list(); one->name && status == IMGMATCH_OK; one++) {
        char path[4096];
        alter_picture altered = {NULL, 0, 0};
        int length = snprintf(path, sizeof path, "%s/%s.jpg", folder, one->name);
        if (length < 0 || (size_t)length >= sizeof path) {
            status = IMGMATCH_ERR_ARGUMENT;
            break;
        }
        one->apply(&altered, &original);
        status = altered.rgb ? save(&altered, path, one->quality, diag) : IMGMATCH_ERR_MEMORY;
        free(altered.rgb);
    }
    free(original.rgb);
    imgmatch_image_free(image);
    return status;
}

int main(int argc, char **argv) {
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        for (const alteration *one = alter_list(); one->name; one++)
            printf("%-12s %s\n", one->name, one->what);
        return 0;
    }
    const bool help = argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
    if (help || argc != 3) {
        fputs("usage: imgmatch-alter PHOTO FOLDER   write FOLDER/NAME.jpg for every alteration\n"
              "       imgmatch-alter --list         print their names and what they are\n",
              help ? stdout : stderr);
        return help ? 0 : 2;
    }
    imgmatch_status status = alter_all(argv[1], argv[2], &diag);
    if (status == IMGMATCH_OK)
        return 0;
    fprintf(stderr, "imgmatch-alter: %s: %s\n", argv[1],
            diag.message[0] ? diag.message : imgmatch_status_text(status));
    return 1;
}
