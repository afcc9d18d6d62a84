/*
 * RootSIFT in a small orthonormal basis.
 *
 * 1. RootSIFT: divide by the sum, take square roots; Euclidean distance is then the Hellinger
 *    distance of the histograms (Arandjelovic and Zisserman, "Three things everyone should know to
 *    improve object retrieval", 2012).
 * 2. Fourier series over the 8 directions: 1, cos a, sin a, cos 2a, ... , cos 4a; DCT-II over the
 *    4 columns and 4 rows. All orthonormal, so that distances are kept.
 * 3. Keep 32 of the 128, round to 8 bits with one step for all.
 *
 * Mirroring across the keypoint's own axis exchanges row y with row 3 - y and direction a with -a:
 * odd rows' cosines and all sines change their sign.
 */
#include "fingerprint/descriptor.h"

#include <math.h>

#define PLACES 4
#define DIRECTIONS 8
#define STEPS 220.0F /* Levels for a coefficient of 1; hardly one is over 0.57. */

typedef struct coefficient {
    uint8_t row;       /* Frequency over y, */
    uint8_t column;    /* over x, */
    uint8_t direction; /* and index in the Fourier series. */
} coefficient;

/* Those that vary most over the features of 400 photos of clothes, groceries and waste, without the
 * first, which is the descriptor's mean; together three quarters of all variance. */
static const coefficient kept[IMX_DESCRIPTOR_BYTES] = {
    {0, 0, 1}, {0, 1, 1}, {0, 0, 3}, {0, 0, 2}, {1, 0, 2}, {0, 3, 1}, {0, 2, 1}, {0, 1, 0},
    {0, 0, 4}, {0, 1, 3}, {2, 0, 2}, {0, 1, 2}, {1, 1, 2}, {1, 0, 3}, {1, 0, 4}, {0, 1, 4},
    {1, 0, 0}, {1, 1, 1}, {2, 1, 2}, {1, 0, 1}, {1, 2, 1}, {1, 2, 2}, {3, 0, 2}, {0, 2, 3},
    {0, 0, 5}, {1, 1, 4}, {0, 2, 0}, {2, 3, 1}, {1, 1, 3}, {0, 2, 2}, {2, 1, 1}, {3, 2, 2},
};

/* cosine_4[k][i]: DCT-II of length 4. */
static const float cosine_4[PLACES][PLACES] = {
    {0.5F, 0.5F, 0.5F, 0.5F},
    {0.65328148F, 0.27059805F, -0.27059805F, -0.65328148F},
    {0.5F, -0.5F, -0.5F, 0.5F},
    {0.27059805F, -0.65328148F, 0.65328148F, -0.27059805F},
};

#define H 0.35355339F /* sqrt(1 / 8) */
/* series_8[k][i]: 1, cos a, sin a, cos 2a, sin 2a, cos 3a, sin 3a, cos 4a of direction i. */
static const float series_8[DIRECTIONS][DIRECTIONS] = {
    {H, H, H, H, H, H, H, H},
    {0.5F, H, 0, -H, -0.5F, -H, 0, H},
    {0, H, 0.5F, H, 0, -H, -0.5F, -H},
    {0.5F, 0, -0.5F, 0, 0.5F, 0, -0.5F, 0},
    {0, 0.5F, 0, -0.5F, 0, 0.5F, 0, -0.5F},
    {0.5F, -H, 0, H, -0.5F, H, 0, -H},
    {0, H, -0.5F, H, 0, -H, 0.5F, -H},
    {H, -H, H, -H, H, -H, H, -H},
};
#undef H

static int is_sine(int direction) { return direction == 2 || direction == 4 || direction == 6; }

void imx_descriptor_spectrum(float out[128], const float sift[128]) {
    float sum = 0;
    for (int i = 0; i < 128; i++) {
        sum += sift[i];
    }
    float directions[PLACES][PLACES][DIRECTIONS]; /* [row][column][series] */
    for (int place = 0; place < PLACES * PLACES; place++) {
        float root[DIRECTIONS];
        for (int i = 0; i < DIRECTIONS; i++) {
            float share = sum > 0 ? sift[place * DIRECTIONS + i] / sum : 0;
            root[i] = share > 0 ? sqrtf(share) : 0;
        }
        for (int k = 0; k < DIRECTIONS; k++) {
            float total = 0;
            for (int i = 0; i < DIRECTIONS; i++) {
                total += series_8[k][i] * root[i];
            }
            directions[place / PLACES][place % PLACES][k] = total;
        }
    }
    float columns[PLACES][PLACES][DIRECTIONS]; /* [row][column frequency][series] */
    for (int row = 0; row < PLACES; row++) {
        for (int x = 0; x < PLACES; x++) {
            for (int k = 0; k < DIRECTIONS; k++) {
                float total = 0;
                for (int i = 0; i < PLACES; i++) {
                    total += cosine_4[x][i] * directions[row][i][k];
                }
                columns[row][x][k] = total;
            }
        }
    }
    for (int y = 0; y < PLACES; y++) {
        for (int rest = 0; rest < PLACES * DIRECTIONS; rest++) {
            float total = 0;
            for (int i = 0; i < PLACES; i++) {
                total += cosine_4[y][i] * columns[i][rest / DIRECTIONS][rest % DIRECTIONS];
            }
            out[y * PLACES * DIRECTIONS + rest] = total;
        }
    }
}

void imx_descriptor_reduce(int8_t out[IMX_DESCRIPTOR_BYTES], const float sift[128]) {
    float spectrum[128];
    imx_descriptor_spectrum(spectrum, sift);
    for (int i = 0; i < IMX_DESCRIPTOR_BYTES; i++) {
        int index = (kept[i].row * PLACES + kept[i].column) * DIRECTIONS + kept[i].direction;
        float level = roundf(spectrum[index] * STEPS);
        out[i] = (int8_t)(level < -127 ? -127 : level > 127 ? 127 : level);
    }
}

void imx_descriptor_mirror(int8_t out[IMX_DESCRIPTOR_BYTES],
                           const int8_t in[IMX_DESCRIPTOR_BYTES]) {
    for (int i = 0; i < IMX_DESCRIPTOR_BYTES; i++) {
        int changes = (kept[i].row & 1) ^ is_sine(kept[i].direction);
        out[i] = (int8_t)(changes ? -in[i] : in[i]);
    }
}
