/*
 * imgmatch: find the genuine photo that a listing's photo was copied from.
 *
 * Four calls make a query: imgmatch_model_open, imgmatch_catalogue_open, imgmatch_query and
 * imgmatch_result_match. See the headers for shapes, units, errors and threads, and README.md for
 * an example that compiles.
 */
#ifndef IMGMATCH_H
#define IMGMATCH_H

#include "calibration.h"  // IWYU pragma: export
#include "catalogue.h"    // IWYU pragma: export
#include "decoder_pool.h" // IWYU pragma: export
#include "exchange.h"     // IWYU pragma: export
#include "fingerprint.h"  // IWYU pragma: export
#include "image.h"        // IWYU pragma: export
#include "limits.h"       // IWYU pragma: export
#include "overlay.h"      // IWYU pragma: export
#include "photo_list.h"   // IWYU pragma: export
#include "query.h"        // IWYU pragma: export
#include "status.h"       // IWYU pragma: export
#include "version.h"      // IWYU pragma: export

#endif
