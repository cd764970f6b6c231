/* `mxgrade scan`: the main job. Returns the exit status. */
#ifndef MXGRADE_SCANNER_COMMAND_SCAN_H
#define MXGRADE_SCANNER_COMMAND_SCAN_H

int command_scan(int argc, char **argv);

#endif
