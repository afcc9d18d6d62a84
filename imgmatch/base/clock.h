/* Monotonic time, for timings only: no answer depends on it. */
#ifndef IMX_BASE_CLOCK_H
#define IMX_BASE_CLOCK_H

double imx_clock_ms(void);

#endif
