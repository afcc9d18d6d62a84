#include "match/normal_equations.h"

#include <math.h>

void imx_normal_equations_add(imx_normal_equations *self, const double *row, double value,
                              double weight) {
    size_t n = self->unknowns;
    for (size_t i = 0; i < n; i++) {
        double weighted = weight * row[i];
        for (size_t j = 0; j <= i; j++) {
            self->matrix[i * n + j] += weighted * row[j];
        }
        self->right[i] += weighted * value;
    }
}

bool imx_normal_equations_solve(double *out, imx_normal_equations *self, double ridge) {
    size_t n = self->unknowns;
    for (size_t i = 0; i < n; i++) {
        self->matrix[i * n + i] += ridge;
    }
    bool solved = imx_solve(self->matrix, self->right, n);
    for (size_t i = 0; i < n; i++) {
        out[i] = solved ? self->right[i] : 0;
    }
    return solved;
}

bool imx_solve(double *a, double *b, size_t size) {
    for (size_t i = 0; i < size; i++) {
        for (size_t j = 0; j <= i; j++) {
            double total = a[i * size + j];
            for (size_t k = 0; k < j; k++) {
                total -= a[i * size + k] * a[j * size + k];
            }
            if (i != j) {
                a[i * size + j] = total / a[j * size + j];
            } else if (!(total > 1e-12)) {
                return false;
            } else {
                a[i * size + i] = sqrt(total);
            }
        }
    }
    for (size_t i = 0; i < size; i++) {
        for (size_t k = 0; k < i; k++) {
            b[i] -= a[i * size + k] * b[k];
        }
        b[i] /= a[i * size + i];
    }
    for (size_t i = size; i-- > 0;) {
        for (size_t k = i + 1; k < size; k++) {
            b[i] -= a[k * size + i] * b[k];
        }
        b[i] /= a[i * size + i];
    }
    return true;
}
