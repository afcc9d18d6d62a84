#include "match/normal_equations.h"

#include <math.h>

void imx_normal_equations_add(imx_normal_equations *self, const double *row, double value,
                              double weight) {
    for (size_t i = 0; i < self->unknowns; i++) {
        double weighted = weight * row[i];
        for (size_t j = 0; j <= i; j++) {
            self->matrix[i][j] += weighted * row[j];
        }
        self->right[i] += weighted * value;
    }
}

bool imx_normal_equations_solve(double *out, imx_normal_equations *self, double ridge) {
    size_t n = self->unknowns;
    for (size_t i = 0; i < n; i++) {
        out[i] = 0;
    }
    for (size_t i = 0; i < n; i++) {
        self->matrix[i][i] += ridge;
        for (size_t j = 0; j <= i; j++) {
            double sum = self->matrix[i][j];
            for (size_t k = 0; k < j; k++) {
                sum -= self->matrix[i][k] * self->matrix[j][k];
            }
            if (i == j && !(sum > 0)) {
                return false;
            }
            self->matrix[i][j] = i == j ? sqrt(sum) : sum / self->matrix[j][j];
        }
    }
    for (size_t i = 0; i < n; i++) {
        out[i] = self->right[i];
        for (size_t k = 0; k < i; k++) {
            out[i] -= self->matrix[i][k] * out[k];
        }
        out[i] /= self->matrix[i][i];
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = i + 1; k < n; k++) {
            out[i] -= self->matrix[k][i] * out[k];
        }
        out[i] /= self->matrix[i][i];
    }
    return true;
}
