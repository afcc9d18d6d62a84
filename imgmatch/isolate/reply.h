/* Checking what a worker says: it may have been taken over by the photo. */
#ifndef IMX_ISOLATE_REPLY_H
#define IMX_ISOLATE_REPLY_H

#include "isolate/message.h"

#include <stdbool.h>

/* Can this be an answer to a photo under `limits`, with `room` bytes for pixels? Sets *out when the
 * status is IMGMATCH_OK; makes the message one printable line. */
bool imx_reply_check(imgmatch_image_info *out, imx_worker_reply *reply,
                     const imgmatch_limits *limits, uint64_t room);

#endif
