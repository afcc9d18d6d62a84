#include "image/lines.h"

#include <string.h>

imx_lines imx_lines_from(imx_pixels picture, imx_rect rect, imx_side side) {
    ptrdiff_t stride = (ptrdiff_t)picture.stride_bytes;
    const uint8_t *corner = picture.rgb + rect.y * picture.stride_bytes + 3 * (size_t)rect.x;
    switch (side) {
    case IMX_TOP:
        return (imx_lines){corner, 3, stride, rect.width, rect.height};
    case IMX_BOTTOM:
        return (imx_lines){corner + (ptrdiff_t)(rect.height - 1) * stride, 3, -stride, rect.width,
                           rect.height};
    case IMX_LEFT:
        return (imx_lines){corner, stride, 3, rect.height, rect.width};
    default:
        return (imx_lines){corner + 3 * (ptrdiff_t)(rect.width - 1), stride, -3, rect.height,
                           rect.width};
    }
}

imx_colour imx_lines_median(const imx_lines *lines, uint32_t index) {
    uint32_t histogram[3][256];
    memset(histogram, 0, sizeof histogram);
    const uint8_t *line = lines->first + (ptrdiff_t)index * lines->across;
    for (uint32_t i = 0; i < lines->length; ++i) {
        const uint8_t *pixel = line + (ptrdiff_t)i * lines->along;
        ++histogram[0][pixel[0]];
        ++histogram[1][pixel[1]];
        ++histogram[2][pixel[2]];
    }
    imx_colour median;
    for (int channel = 0; channel < 3; ++channel) {
        uint32_t seen = 0;
        int level = 0;
        while (level < 255 && (seen += histogram[channel][level]) * 2 < lines->length) {
            ++level;
        }
        median.rgb[channel] = (uint8_t)level;
    }
    return median;
}

float imx_lines_share_near(const imx_lines *lines, uint32_t index, imx_colour colour,
                           int tolerance) {
    const uint8_t *line = lines->first + (ptrdiff_t)index * lines->across;
    uint32_t near = 0;
    for (uint32_t i = 0; i < lines->length; ++i) {
        near += imx_colour_distance(line + (ptrdiff_t)i * lines->along, colour.rgb) <= tolerance;
    }
    return (float)near / (float)lines->length;
}
