/* mxgrade judge: judges a result file again, by another policy or another version of mxgrade. */
#ifndef MXGRADE_SCANNER_COMMAND_JUDGE_H
#define MXGRADE_SCANNER_COMMAND_JUDGE_H

int command_judge(int argc, char **argv);

#endif
