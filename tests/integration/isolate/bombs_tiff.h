/* TIFF files that are small and much work. */
#ifndef BOMBS_TIFF_H
#define BOMBS_TIFF_H

#include "base/buffer.h"

void make_tiff_of_huge_strip(imx_buffer *out);
void make_tiff_of_hollow_strip(imx_buffer *out);
void make_tiff_of_endless_pages(imx_buffer *out);
void make_tiff_of_many_tags(imx_buffer *out);
void make_tiff_of_many_pages(imx_buffer *out);
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
void make_tiff_of_many_samples(imx_buffer *out);

#endif
