/* mxgrade judge: a result file judged again, by another policy or another program. */
#ifndef MXGRADE_SCANNER_COMMAND_JUDGE_H
#define MXGRADE_SCANNER_COMMAND_JUDGE_H

int command_judge(int argc, char **argv);

#endif
