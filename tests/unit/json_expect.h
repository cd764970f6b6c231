/*
 * JSON against what is expected of it, which is written with ' in place of " so that it can be
 * read. A difference is told with the way to it: "tls.versions.SSLv3: expected "no", got
 * "unknown"".
 */
#ifndef MXGRADE_TESTS_JSON_EXPECT_H
#define MXGRADE_TESTS_JSON_EXPECT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JSON_WAY_MAX 256

static inline json_t *json_quoted(const char *text)
{
    json_error_t error;
    char *copy = strdup(text);
    assert_non_null(copy);
    for (char *quote = copy; (quote = strchr(quote, '\'')) != NULL;) {
        *quote = '"';
    }
    json_t *value = json_loads(copy, JSON_ALLOW_NUL | JSON_DECODE_ANY, &error);
    free(copy);
    if (value == NULL) {
        fail_msg("the test's own JSON, line %d: %s", error.line, error.text);
    }
    return value;
}

static inline void json_differs(const char *way, const json_t *expected, const json_t *actual)
{
    char *want = expected != NULL ? json_dumps(expected, JSON_ENCODE_ANY) : NULL;
    char *have = actual != NULL ? json_dumps(actual, JSON_ENCODE_ANY) : NULL;
    print_error("%s: expected %s, got %s\n", way, want != NULL ? want : "nothing",
                have != NULL ? have : "nothing");
    free(want);
    free(have);
    fail();
}

static inline void json_compare(const char *way, json_t *expected, json_t *actual)
{
    char below[JSON_WAY_MAX];
    const char *key;
    json_t *value;
    if (json_is_object(expected) && json_is_object(actual)) {
        json_object_foreach(expected, key, value)
        {
            snprintf(below, sizeof(below), "%s.%s", way, key);
            json_compare(below, value, json_object_get(actual, key));
        }
        json_object_foreach(actual, key, value)
        {
            snprintf(below, sizeof(below), "%s.%s", way, key);
            if (json_object_get(expected, key) == NULL) {
                json_differs(below, NULL, value);
            }
        }
    } else if (json_is_array(expected) && json_array_size(expected) == json_array_size(actual)) {
        for (size_t i = 0; i < json_array_size(expected); i++) {
            snprintf(below, sizeof(below), "%s[%zu]", way, i);
            json_compare(below, json_array_get(expected, i), json_array_get(actual, i));
        }
    } else if (!json_equal(expected, actual)) {
        json_differs(way, expected, actual);
    }
}

/* `actual` is the test's to free. */
static inline void expect_json(const char *what, json_t *actual, const char *expected_text)
{
    json_t *expected = json_quoted(expected_text);
    json_compare(what, expected, actual);
    json_decref(expected);
}

#endif
