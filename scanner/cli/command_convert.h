/* `mxgrade convert RESULTS`: a result file as CSV, one row a domain. */
#ifndef MXGRADE_SCANNER_COMMAND_CONVERT_H
#define MXGRADE_SCANNER_COMMAND_CONVERT_H

int command_convert(int argc, char **argv);

#endif
