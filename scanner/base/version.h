#ifndef MXGRADE_SCANNER_VERSION_H
#define MXGRADE_SCANNER_VERSION_H

#define MXGRADE_VERSION "0.1.0"
#define MXGRADE_DATE    "2026-11-30" /* of the version */

#endif
