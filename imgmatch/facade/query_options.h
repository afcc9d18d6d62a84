/* Options of a query, checked. */
#ifndef IMX_FACADE_QUERY_OPTIONS_H
#define IMX_FACADE_QUERY_OPTIONS_H

#include <imgmatch/query.h>

/* `options` NULL: the defaults. IMGMATCH_ERR_ARGUMENT when one is out of range. */
imgmatch_status imx_query_options_check(imgmatch_query_options *out,
                                        const imgmatch_query_options *options, imgmatch_diag *diag);

#endif
