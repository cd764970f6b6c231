/*
 * What an option is: a row of a command's table, from which parsing, help, the keys of
 * configuration files, the manual pages and the completion of shells are made.
 */
#ifndef MXGRADE_SCANNER_OPTION_RULE_H
#define MXGRADE_SCANNER_OPTION_RULE_H

#include <stdbool.h>
#include <stddef.h>

/* What a value is, and so how it is read into the field at `offset` of the command's settings. */
enum option_kind {
    OPTION_FLAG,         /* bool */
    OPTION_OFF,          /* bool: "off" sets it, "on" clears it */
    OPTION_TEXT,         /* const char * */
    OPTION_FILE,         /* the same, the name of a file */
    OPTION_TEXTS,        /* struct config_texts, appended to */
    OPTION_FILES,        /* the same, names of files */
    OPTION_COUNT,        /* unsigned, 1 and up */
    OPTION_NUMBER,       /* unsigned, 0 and up */
    OPTION_PORT,         /* uint16_t */
    OPTION_SECONDS,      /* double, above 0 */
    OPTION_RATE,         /* double, 0 and up */
    OPTION_SPECIAL,      /* `read` knows; without an argument it is given "yes" or "no" */
    OPTION_CONFIGURATION /* a file of options; the settings are a struct config */
};

struct option_rule {
    const char *name;
    char letter;          /* 0: none */
    const char *argument; /* what the help calls the value; NULL: a flag, "yes" or "no" */
    enum option_kind kind;
    size_t offset;
    /* Of OPTION_SPECIAL: reads a value into the settings. Returns NULL, or what is wrong with it.
     */
    const char *(*read)(void *settings, const char *value);
    const char *help;
    const char *standard;  /* the value where nothing is given; NULL: none that could be given */
    const char *otherwise; /* what holds then, in words */
    const char *words;     /* the values that there are, with blanks between; NULL: too many */
    const char *contrary;  /* the flag that ends where this one is set */
    bool is_of_files;      /* a key of configuration files alone */
    bool is_of_nights;     /* of "mxgrade nightly", and a key of files that others pass over */
};

struct option_table {
    const struct option_rule *rules;
    size_t num_rules;
};

#define OPTION_TABLE(rules)                                                                        \
    {                                                                                              \
        (rules), sizeof(rules) / sizeof((rules)[0])                                                \
    }

/*
 * Reads a value into the settings, which borrow it; of a flag NULL is "yes". Values of a repeatable
 * option replace those of an earlier `source`. Returns NULL, or what is wrong with the value.
 */
const char *option_read(const struct option_rule *rule, void *settings, unsigned source,
                        const char *value);

/* The option of that name, or NULL. */
const struct option_rule *option_find(const struct option_table *table, const char *name);

/* Is it one that may be given several times, each adding a value? */
bool option_is_repeatable(const struct option_rule *rule);

/* "yes" or "true"; anything else that a flag takes is "no" or "false". */
bool option_is_yes(const char *value);

#endif
