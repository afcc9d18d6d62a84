/* Colours as the eye tells them apart. */
#ifndef IMX_MATCH_LAB_H
#define IMX_MATCH_LAB_H

/* CIE L*a*b* under white D65; L is 0..100. */
typedef struct imx_lab {
    float l, a, b;
} imx_lab;

/* Full-range YCbCr (JPEG's) to sRGB, which may leave 0..255. */
void imx_rgb_of_ycc(float rgb[3], const float ycc[3]);

imx_lab imx_lab_of_rgb(const float rgb[3]);
imx_lab imx_lab_of_ycc(const float ycc[3]);

/* CIE delta E of 1976: 2 is just seen, 12 another colour at a glance. */
float imx_delta_e(imx_lab p, imx_lab q);

#endif
