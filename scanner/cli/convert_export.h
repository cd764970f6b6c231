/* What convert makes of a result file in one pass: events of the Elastic Common Schema, or SARIF.
 */
#ifndef MXGRADE_SCANNER_CONVERT_EXPORT_H
#define MXGRADE_SCANNER_CONVERT_EXPORT_H

#include <stdbool.h>

enum convert_export { CONVERT_ECS, CONVERT_SARIF };

/* `output` NULL is standard output; nothing there is overwritten. Says what went wrong, and what
 * the file lacks. The exit status. */
int convert_export(const char *results, const char *output, enum convert_export what);

#endif
