/*
 * Rows of the tables of record_field.h. Before a table, RECORD is defined as the struct that its
 * members are of. What a row ends in says when its value is null: NULLABLE, NULL_IF_NEGATIVE,
 * NULL_IF(flag), NULL_UNLESS(flag), NULL_UNLESS_SAID(function); then ADDED, ABSENT or KEY. A member
 * of another type than the row's kind does not compile.
 */
#ifndef MXGRADE_OUTPUT_FIELD_ROWS_H
#define MXGRADE_OUTPUT_FIELD_ROWS_H

#include "output/record/record.h"
#include "output/record/record_field.h"

/* Bounds on foreign text in a record, in bytes of input. */
#define LINE_TEXT_MAX  512
#define NAME_TEXT_MAX  256
#define HOST_TEXT_MAX  1024 /* of a name in the DNS all of whose bytes are escaped */
#define INPUT_TEXT_MAX 4096

#define NULLABLE               .null = FIELD_NULL_IF_EMPTY
#define NULL_IF_NEGATIVE       .null = FIELD_NULL_IF_NEGATIVE
#define NULL_IF(member)        .null = FIELD_NULL_IF, .flag = FLAG(member)
#define NULL_UNLESS(member)    .null = FIELD_NULL_UNLESS, .flag = FLAG(member)
#define NULL_UNLESS_SAID(says) .null = FIELD_NULL_UNLESS_SAID, .is_there = (says)
#define ADDED                  .is_added = true
#define ABSENT                 .is_absent = true
#define KEY                    .is_key = true
#define SHAPE(name)            .shape = (name)
#define CUT_AT(bytes)          .max = (bytes)

/* ---- Pieces ---- */

#define MEMBER(member)        (((RECORD *)NULL)->member)
#define HAS_TYPE(member, ...) __builtin_types_compatible_p(__typeof__(MEMBER(member)), __VA_ARGS__)
/* Zero, or no constant at all. */
#define MUST(condition)     (0 * sizeof(char[(condition) ? 1 : -1]))
#define OFFSET(member, ...) (offsetof(RECORD, member) + MUST(HAS_TYPE(member, __VA_ARGS__)))
#define FLAG(member)        OFFSET(member, bool)
#define NUM_OF(member)      .count = OFFSET(member, size_t)
#define IS_SIGNED(member)   ((__typeof__(MEMBER(member)))-1 < (__typeof__(MEMBER(member)))1)

#define ROW(name, kind_, sentence_)                                                                \
    .key = "\"" name "\":", .key_len = sizeof("\"" name "\":") - 1, .kind = (kind_),               \
    .sentence = (sentence_)
#define PLACE(member, ...) .offset = OFFSET(member, __VA_ARGS__), .size = sizeof(MEMBER(member))
#define AT(member, ...)    .offset = OFFSET(member, __VA_ARGS__)

/* ---- Rows ---- */

#define CONSTANT(name, text_, sentence)                                                            \
    {                                                                                              \
        ROW(name, FIELD_CONSTANT, sentence), .text = (text_)                                       \
    }
#define RETIRED(name, sentence)                                                                    \
    {                                                                                              \
        ROW(name, FIELD_RETIRED, sentence), .null = FIELD_NULL_IF_EMPTY, .is_added = true          \
    }
#define STRING(name, member, sentence, ...)                                                        \
    {                                                                                              \
        ROW(name, FIELD_STRING, sentence), PLACE(member, const char *), ##__VA_ARGS__              \
    }
#define TEXT(name, member, sentence, ...)                                                          \
    {                                                                                              \
        ROW(name, FIELD_TEXT, sentence), PLACE(member, struct text), ##__VA_ARGS__                 \
    }
#define BOOLEAN(name, member, sentence, ...)                                                       \
    {                                                                                              \
        ROW(name, FIELD_BOOLEAN, sentence), PLACE(member, bool), ##__VA_ARGS__                     \
    }
#define COUNT(name, member, sentence, ...)                                                         \
    {                                                                                              \
        ROW(name, FIELD_COUNT, sentence),                                                          \
            .offset = offsetof(RECORD, member) + MUST(!IS_SIGNED(member)),                         \
            .size = sizeof(MEMBER(member)), ##__VA_ARGS__                                          \
    }
#define INTEGER(name, member, sentence, ...)                                                       \
    {                                                                                              \
        ROW(name, FIELD_INTEGER, sentence),                                                        \
            .offset = offsetof(RECORD, member) + MUST(IS_SIGNED(member)),                          \
            .size = sizeof(MEMBER(member)), ##__VA_ARGS__                                          \
    }
#define SECONDS(name, member, sentence, ...)                                                       \
    {                                                                                              \
        ROW(name, FIELD_SECONDS, sentence), PLACE(member, double), ##__VA_ARGS__                   \
    }
#define TIME(name, member, sentence, ...)                                                          \
    {                                                                                              \
        ROW(name, FIELD_TIME, sentence), PLACE(member, int64_t), ##__VA_ARGS__                     \
    }
#define INSTANT(name, member, sentence, ...)                                                       \
    {                                                                                              \
        ROW(name, FIELD_INSTANT, sentence), PLACE(member, double), ##__VA_ARGS__                   \
    }
#define SHA256(name, member, sentence, ...)                                                        \
    {                                                                                              \
        ROW(name, FIELD_SHA256, sentence), PLACE(member, uint8_t[32]), ##__VA_ARGS__               \
    }
#define VERDICT(name, member, sentence, ...)                                                       \
    {                                                                                              \
        ROW(name, FIELD_VERDICT, sentence),                                                        \
            .reason_key = "\"" name "_reason\":", PLACE(member, struct verdict), ##__VA_ARGS__     \
    }
#define ENUM(name, type, member, set, sentence, ...)                                               \
    {                                                                                              \
        ROW(name, FIELD_ENUM, sentence), PLACE(member, type), .values = &record_##set,             \
                                                              ##__VA_ARGS__                        \
    }
#define BITS(name, member, set, sentence, ...)                                                     \
    {                                                                                              \
        ROW(name, FIELD_BITS, sentence), PLACE(member, uint32_t), .values = &record_##set,         \
                                                                  ##__VA_ARGS__                    \
    }
#define STRINGS(name, member, num, sentence, ...)                                                  \
    {                                                                                              \
        ROW(name, FIELD_STRINGS, sentence), AT(member, const char *const *), NUM_OF(num),          \
            ##__VA_ARGS__                                                                          \
    }
#define TEXTS(name, member, num, sentence, ...)                                                    \
    {                                                                                              \
        ROW(name, FIELD_TEXTS, sentence), AT(member, const struct text *), NUM_OF(num),            \
            ##__VA_ARGS__                                                                          \
    }

/* Objects by the table `table`: of members of this struct, or of the struct in a member. */
#define PART(name, table, sentence, ...)                                                           \
    {                                                                                              \
        ROW(name, FIELD_OBJECT, sentence), .object = &(table), ##__VA_ARGS__                       \
    }
#define OBJECT(name, type, member, table, sentence, ...)                                           \
    {                                                                                              \
        ROW(name, FIELD_OBJECT, sentence), AT(member, type), .object = &(table), ##__VA_ARGS__     \
    }
#define POINTED(name, type, member, table, sentence, ...)                                          \
    {                                                                                              \
        ROW(name, FIELD_POINTED, sentence), AT(member, const type *), .object = &(table),          \
                                                                      NULLABLE, ##__VA_ARGS__      \
    }
#define BOTH(name, type, first, second, table, sentence)                                           \
    {                                                                                              \
        ROW(name, FIELD_BOTH, sentence),                                                           \
            .offset = OFFSET(first, const type *), .count = OFFSET(second, const type *),          \
            .object = &(table), .null = FIELD_NULL_UNLESS_BOTH, ABSENT                             \
    }
#define OBJECTS(name, type, member, num, table, sentence, ...)                                     \
    {                                                                                              \
        ROW(name, FIELD_OBJECTS, sentence), AT(member, const type *), NUM_OF(num),                 \
            .object = &(table), ##__VA_ARGS__                                                      \
    }
#define OPTIONS(name, member, num, sentence)                                                       \
    {                                                                                              \
        ROW(name, FIELD_OPTIONS, sentence), AT(member, const struct run_option *), NUM_OF(num)     \
    }
#define COLUMNS(name, member, num, sentence)                                                       \
    {                                                                                              \
        ROW(name, FIELD_COLUMNS, sentence), AT(member, const struct input_field *), NUM_OF(num)    \
    }

/* Arrays with an element for each value of `set`. */
#define COUNTS(name, member, set, sentence, ...)                                                   \
    {                                                                                              \
        ROW(name, FIELD_COUNTS, sentence),                                                         \
            .offset = offsetof(RECORD, member) + MUST(HAS_TYPE(member[0], uint64_t)),              \
            .values = &record_##set, ##__VA_ARGS__                                                 \
    }
#define CLASSES(name, member, set, value, sentence)                                                \
    {                                                                                              \
        ROW(name, FIELD_CLASSES, sentence), .offset = VERDICTS_AT(member), .which = (value),       \
                                            .values = &record_##set                                \
    }
#define VERDICTS(name, member, set, sentence)                                                      \
    {                                                                                              \
        ROW(name, FIELD_VERDICTS, sentence), .offset = VERDICTS_AT(member),                        \
                                             .values = &record_##set                               \
    }
#define REASONS(name, member, set, sentence)                                                       \
    {                                                                                              \
        ROW(name, FIELD_REASONS, sentence), .offset = VERDICTS_AT(member), .values = &record_##set \
    }
#define EVIDENCE(name, member, verdicts, set, sentence, ...)                                       \
    {                                                                                              \
        ROW(name, FIELD_EVIDENCE, sentence),                                                       \
            .offset = offsetof(RECORD, member) + MUST(HAS_TYPE(member[0], const char *)),          \
            .count = VERDICTS_AT(verdicts), .values = &record_##set, ##__VA_ARGS__                 \
    }
#define VERDICTS_AT(member) (offsetof(RECORD, member) + MUST(HAS_TYPE(member[0], struct verdict)))

/* What every judged record says of its judge. */
#define POLICY_ROWS                                                                                \
    STRING("policy", policy, "The grading policy that it was judged by."),                         \
        STRING("policy_digest", policy_digest,                                                     \
               "A digest of that policy's weights, which differs where a file changed them.",      \
               SHAPE("digest"))

/* Which run made a record. */
#define RUN_ROW(member, sentence) STRING("run", member, sentence, SHAPE("run_id"), NULLABLE, ADDED)

/* A table as an object: of the struct RECORD. */
#define FIELDS(array)   .size = sizeof(RECORD), .fields = (array), .num_fields = NUM_ROWS(array)
#define NUM_ROWS(array) (sizeof(array) / sizeof((array)[0]))

#endif
