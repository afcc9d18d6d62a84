/* What makes the files of bombs.c, byte by byte. */
#ifndef BOMBS_MADE_H
#define BOMBS_MADE_H

#include "base/buffer.h"

void make_huge_png(imx_buffer *out);
void make_png_of_many_chunks(imx_buffer *out);
void make_png_of_huge_profile(imx_buffer *out);
void make_png_of_nested_tables(imx_buffer *out);
void make_png_of_long_rows(imx_buffer *out);
void make_hollow_png(imx_buffer *out);

void make_jpeg_of_many_segments(imx_buffer *out);
void make_jpeg_of_many_scans(imx_buffer *out);
void make_hollow_jpeg(imx_buffer *out);

void make_jpeg_of_many_elements(imx_buffer *out);

void make_gif_of_many_frames(imx_buffer *out);
void make_huge_gif(imx_buffer *out);
void make_webp_animation(imx_buffer *out);
void make_webp_canvas(imx_buffer *out);
void make_webp_of_many_chunks(imx_buffer *out);
void make_huge_bmp(imx_buffer *out);

void make_tiff_of_huge_strip(imx_buffer *out);
void make_tiff_of_hollow_strip(imx_buffer *out);
void make_tiff_of_many_samples(imx_buffer *out);
void make_tiff_of_huge_tile(imx_buffer *out);
void make_tiff_of_tall_tiles(imx_buffer *out);
void make_tiff_of_tiny_tiles(imx_buffer *out);
void make_tiff_of_shared_tiles(imx_buffer *out);
void make_big_tiff_of_shared_jpegs(imx_buffer *out);
void make_tiff_of_missing_strips(imx_buffer *out);
void make_tiff_with_jpeg_of_ten_colours(imx_buffer *out);
void make_tiff_with_huge_jpeg(imx_buffer *out);
void make_tiff_with_jpeg_of_many_scans(imx_buffer *out);
void make_tiff_with_huge_jbig(imx_buffer *out);
void make_tiff_of_endless_pages(imx_buffer *out);
void make_tiff_of_many_tags(imx_buffer *out);
void make_tiff_of_many_pages(imx_buffer *out);

void make_avif_of_another_size(imx_buffer *out);
void make_avif_of_many_pictures(imx_buffer *out);
void make_avif_of_huge_tiles(imx_buffer *out);
void make_heif_of_many_tiles(imx_buffer *out);
void make_endless_heif(imx_buffer *out);
void make_hollow_avif(imx_buffer *out);

/* Returns how many zeros are to come behind it, which belong to it. */
size_t put_profile_of_nested_tables(imx_buffer *out);

#endif
