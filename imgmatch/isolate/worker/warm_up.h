/* Make libraries load and look up all they need, while the process may still open files. */
#ifndef IMX_ISOLATE_WORKER_WARM_UP_H
#define IMX_ISOLATE_WORKER_WARM_UP_H

void imx_warm_up(void);

#endif
