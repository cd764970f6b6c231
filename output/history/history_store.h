/* The file of a history: its tables, and the version that they have. */
#ifndef MXGRADE_OUTPUT_HISTORY_STORE_H
#define MXGRADE_OUTPUT_HISTORY_STORE_H

#include "output/history/history.h"
#include "output/history/history_sql.h"

#define HISTORY_VERSION 1 /* PRAGMA user_version */

struct history {
    struct history_sql sql;
    char path[];
};

#endif
