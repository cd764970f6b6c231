#ifndef MXGRADE_SCANNER_COMMAND_REPORT_H
#define MXGRADE_SCANNER_COMMAND_REPORT_H

/* `mxgrade report`: a result file as one page. Returns the exit status. */
int command_report(int argc, char **argv);

#endif
