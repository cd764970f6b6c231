/* `mxgrade schema`: the JSON Schema of every record. */
#ifndef MXGRADE_SCANNER_COMMAND_SCHEMA_H
#define MXGRADE_SCANNER_COMMAND_SCHEMA_H

int command_schema(int argc, char **argv);

#endif
