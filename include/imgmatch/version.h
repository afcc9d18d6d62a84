/* Version of the headers, and of the library that is running. */
#ifndef IMGMATCH_VERSION_H
#define IMGMATCH_VERSION_H

#include "status.h"

#define IMGMATCH_VERSION_MAJOR 0
#define IMGMATCH_VERSION_MINOR 1
#define IMGMATCH_VERSION_PATCH 0
#define IMGMATCH_VERSION_STRING "0.1.0"

#ifdef __cplusplus
extern "C" {
#endif

/** The version of the running library, "MAJOR.MINOR.PATCH". Never NULL. Thread-safe. */
IMGMATCH_API const char *imgmatch_version(void);

#ifdef __cplusplus
}
#endif
#endif
