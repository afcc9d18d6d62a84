#include "match/lab.h"

#include <math.h>

static float linear(float level) {
    float value = fminf(fmaxf(level / 255, 0), 1);
    return value <= 0.04045F ? value / 12.92F : powf((value + 0.055F) / 1.055F, 2.4F);
}

static float curve(float t) { return t > 0.008856F ? cbrtf(t) : 7.787F * t + 16.0F / 116; }

void imx_rgb_of_ycc(float rgb[3], const float ycc[3]) {
    rgb[0] = ycc[0] + 1.402F * (ycc[2] - 128);
    rgb[1] = ycc[0] - 0.344136F * (ycc[1] - 128) - 0.714136F * (ycc[2] - 128);
    rgb[2] = ycc[0] + 1.772F * (ycc[1] - 128);
}

imx_lab imx_lab_of_rgb(const float rgb[3]) {
    float r = linear(rgb[0]);
    float g = linear(rgb[1]);
    float b = linear(rgb[2]);
    float x = curve((0.4124F * r + 0.3576F * g + 0.1805F * b) / 0.9505F);
    float y = curve(0.2126F * r + 0.7152F * g + 0.0722F * b);
    float z = curve((0.0193F * r + 0.1192F * g + 0.9505F * b) / 1.089F);
    return (imx_lab){116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

imx_lab imx_lab_of_ycc(const float ycc[3]) {
    float rgb[3];
    imx_rgb_of_ycc(rgb, ycc);
    return imx_lab_of_rgb(rgb);
}

float imx_delta_e(imx_lab p, imx_lab q) {
    return sqrtf((p.l - q.l) * (p.l - q.l) + (p.a - q.a) * (p.a - q.a) + (p.b - q.b) * (p.b - q.b));
}
