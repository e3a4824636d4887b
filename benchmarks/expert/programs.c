/* What an expert writes in C, one function a row; compiled while the benchmarks run, where a compiler is there. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

void logistic(double r, double s, long steps, double *restrict found) {
    for (long t = 0; t < steps; t++) {
        s = r * s * (1 - s);
        found[t] = s;
    }
}

/* The rows of found are x, y and z. */
void lorenz(double h, double sigma, double rho, double beta, double x, double y, double z, long steps,
            double *restrict found) {
    double rate = h * sigma;
    for (long t = 0; t < steps; t++) {
        double next_x = x + rate * (y - x), next_y = y + h * (x * (rho - z) - y), next_z = z + h * (x * y - beta * z);
        x = next_x, y = next_y, z = next_z;
        found[t] = x, found[steps + t] = y, found[2 * steps + t] = z;
    }
}

/* The matrices come transposed, so that the inner loop runs over the units and can be vectorised. */
void elman(long steps, long n, long m, const double *restrict x, const double *restrict W, const double *restrict U,
           const double *restrict b, double *restrict found) {
    double *z = malloc(m * sizeof(double)), *zero = calloc(m, sizeof(double));
    const double *h = zero;
    for (long t = 0; t < steps; t++) {
        memcpy(z, b, m * sizeof(double));
        for (long k = 0; k < n; k++) {
            double value = x[t * n + k];
            for (long i = 0; i < m; i++) z[i] += U[k * m + i] * value;
        }
        for (long k = 0; k < m; k++) {
            double value = h[k];
            for (long i = 0; i < m; i++) z[i] += W[k * m + i] * value;
        }
        double *now = found + t * m;
        for (long i = 0; i < m; i++) now[i] = tanh(z[i]);
        h = now;
    }
    free(z), free(zero);
}

/* What does not depend on the last value first, so that one multiplication and one sum wait for it. */
void biquad(long steps, const double *restrict x, double b0, double b1, double b2, double a1, double a2,
            double *restrict found) {
    double x1 = 0, x2 = 0, y1 = 0, y2 = 0;
    for (long n = 0; n < steps; n++) {
        double value = (b0 * x[n] + b1 * x1 + b2 * x2 - a2 * y2) - a1 * y1;
        x2 = x1, x1 = x[n], y2 = y1, y1 = value;
        found[n] = value;
    }
}

void scan(long steps, long width, const double *restrict a, const double *restrict b, double *restrict found) {
    if (width == 1) {
        double h = 0;
        for (long t = 0; t < steps; t++) {
            h = a[t] * h + b[t];
            found[t] = h;
        }
        return;
    }
    double *restrict h = calloc(width, sizeof(double));
    for (long t = 0; t < steps; t++) {
        const double *factor = a + t * width, *more = b + t * width;
        double *restrict now = found + t * width;
        for (long i = 0; i < width; i++) now[i] = h[i] = factor[i] * h[i] + more[i];
    }
    free(h);
}

/* By anti-diagonals, of which three are kept: the letters of one word are read backwards, so every read of a
   diagonal is of neighbours and the loop over it is vectorised. */
double edit(long rows, long columns, const double *restrict a, const double *restrict b) {
    double *store = malloc((3 * (rows + 1) + columns) * sizeof(double));
    double *before = store, *last = store + rows + 1, *now = store + 2 * (rows + 1), *backward = store + 3 * (rows + 1);
    for (long j = 0; j < columns; j++) backward[j] = b[columns - 1 - j];
    before[0] = 0;
    if (rows) last[0] = last[1] = 1;
    else last[0] = 1;
    double distance = rows ? rows : columns;
    for (long front = 2; front <= rows + columns; front++) {
        long low = front > columns ? front - columns : 1, high = front - 1 < rows ? front - 1 : rows;
        const double *other = backward + columns - front;
        for (long i = low; i <= high; i++) {
            double nearest = (last[i - 1] < last[i] ? last[i - 1] : last[i]) + 1;
            double through = before[i - 1] + (a[i - 1] != other[i] ? 1.0 : 0.0);
            now[i] = through < nearest ? through : nearest;
        }
        if (front <= columns) now[0] = front;
        if (front <= rows) now[front] = front;
        double *free_again = before;
        before = last, last = now, now = free_again;
    }
    if (rows && columns) distance = last[rows];
    free(store);
    return distance;
}

/* s(t) = A s(t-1) + B x(t), the matrices transposed. */
void state_space(long steps, long n, long m, const double *restrict x, const double *restrict A,
                 const double *restrict B, double *restrict found) {
    for (long t = 0; t < steps; t++) {
        double *now = found + t * m;
        memset(now, 0, m * sizeof(double));
        for (long k = 0; k < n; k++) {
            double value = x[t * n + k];
            for (long i = 0; i < m; i++) now[i] += B[k * m + i] * value;
        }
        if (t)
            for (long k = 0; k < m; k++) {
                double value = found[(t - 1) * m + k];
                for (long i = 0; i < m; i++) now[i] += A[k * m + i] * value;
            }
    }
}
