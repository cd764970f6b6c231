/* `mxgrade diff OLD NEW`: what changed between two result files. */
#ifndef MXGRADE_SCANNER_COMMAND_DIFF_H
#define MXGRADE_SCANNER_COMMAND_DIFF_H

int command_diff(int argc, char **argv);

#endif
