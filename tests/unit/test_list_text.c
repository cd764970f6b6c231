/*
 * The text of lists in other encodings. Each is written by iconv(3) out of UTF-8, read from a file
 * and through a pipe in pieces, and comes out as the UTF-8 that it was.
 */
#include "io/list/list_text.h"

#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#define TEXT_MAX 400000u

struct bytes {
    const char *at;
    size_t len;
};

static struct bytes convert(const char *text, const char *encoding)
{
    char *start = malloc(TEXT_MAX);
    char *from = (char *)text;
    char *to = start;
    size_t left = strlen(text);
    size_t room = TEXT_MAX;
    iconv_t converter = iconv_open(encoding, "UTF-8");
    assert_non_null(start);
    assert_true(converter != (iconv_t)-1);
    assert_int_equal(iconv(converter, &from, &left, &to, &room), 0);
    iconv_close(converter);
    return (struct bytes){start, TEXT_MAX - room};
}

struct outcome {
    char *text; /* to be freed */
    char found[64];
    uint64_t num_broken;
};

/* Reads what there is now; true at the end. */
static bool drain(struct list_text *text, struct outcome *out, size_t *len)
{
    ssize_t got;
    while ((got = list_text_read(text, out->text + *len, 7)) > 0) {
        *len += (size_t)got;
        assert_true(*len < TEXT_MAX * 3);
    }
    assert_true(got == 0 || errno == EAGAIN);
    return got == 0;
}

static void finish(struct list_text *text, struct outcome *out, size_t len)
{
    const char *found = list_text_found(text);
    out->text[len] = '\0';
    snprintf(out->found, sizeof(out->found), "%s", found != NULL ? found : "");
    out->num_broken = list_text_num_broken(text);
    list_text_free(text);
}

static struct outcome read_file(struct bytes bytes, const char *encoding)
{
    struct outcome out = {.text = calloc(1, TEXT_MAX * 3)};
    size_t len = 0;
    int fd = memfd_create("list", MFD_CLOEXEC);
    assert_non_null(out.text);
    assert_int_equal(write(fd, "skip", 4), 4); /* a list may begin in the middle of its file */
    assert_int_equal(write(fd, bytes.at, bytes.len), (ssize_t)bytes.len);
    assert_int_equal(lseek(fd, 4, SEEK_SET), 4);
    struct list_text *text = list_text_new(fd, encoding);
    assert_non_null(text);
    assert_true(drain(text, &out, &len));
    finish(text, &out, len);
    close(fd);
    return out;
}

static struct outcome read_pipe(struct bytes bytes, const char *encoding, size_t step)
{
    struct outcome out = {.text = calloc(1, TEXT_MAX * 3)};
    size_t len = 0;
    int ends[2];
    assert_non_null(out.text);
    assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    struct list_text *text = list_text_new(ends[0], encoding);
    assert_non_null(text);
    for (size_t at = 0; at < bytes.len; at += step) {
        size_t part = bytes.len - at < step ? bytes.len - at : step;
        assert_int_equal(write(ends[1], bytes.at + at, part), (ssize_t)part);
        assert_false(drain(text, &out, &len));
    }
    close(ends[1]);
    assert_true(drain(text, &out, &len));
    finish(text, &out, len);
    close(ends[0]);
    return out;
}

struct text_case {
    const char *encoding; /* of the file */
    const char *told;     /* by the user; NULL: guess */
    const char *found;    /* what the guess is called */
    const char *text;
};

/* Enough of each language that the guess is not one of three letters. */
#define GERMAN                                                                                     \
    "Lieferant;Domain\nM\u00fcller & S\u00f6hne Gro\u00dfhandel;mueller.example\n"                 \
    "B\u00e4ckerei Gl\u00fcck;glueck.example\nK\u00f6nig f\u00fcr K\u00e4se;koenig.example\n"
#define RUSSIAN                                                                                    \
    "\u041f\u043e\u0441\u0442\u0430\u0432\u0449\u0438\u043a;domain\n"                              \
    "\u041e\u0431\u0449\u0435\u0441\u0442\u0432\u043e \u0441 "                                     \
    "\u043e\u0433\u0440\u0430\u043d\u0438\u0447\u0435\u043d\u043d\u043e\u0439 "                    \
    "\u043e\u0442\u0432\u0435\u0442\u0441\u0442\u0432\u0435\u043d\u043d\u043e\u0441\u0442\u044c"   \
    "\u044e;a.example\n"
#define JAPANESE                                                                                   \
    "\u4f1a\u793e\u540d,domain\n\u682a\u5f0f\u4f1a\u793e\u65e5\u672c\u96fb\u6c17,a.example\n"      \
    "\u6771\u4eac\u3055\u304f\u3089\u9280\u884c,b.example\n"                                       \
    "\u30b3\u30f3\u30d4\u30e5\u30fc\u30bf\u30fc\u306e\u304a\u5e97,c.example\n"

static const struct text_case cases[] = {
    {"UTF-8", NULL, "", GERMAN},
    {"UTF-8", NULL, "", JAPANESE},
    {"WINDOWS-1252", NULL, "WINDOWS-1252", GERMAN},
    {"WINDOWS-1251", NULL, "WINDOWS-1251", RUSSIAN},
    {"KOI8-R", NULL, "KOI8-R", RUSSIAN},
    {"SHIFT_JIS", NULL, "SHIFT_JIS", JAPANESE},
    {"EUC-JP", NULL, "EUC-JP", JAPANESE},
    {"UTF-16", NULL, "UTF-16LE", GERMAN}, /* with its mark */
    {"UTF-16LE", NULL, "UTF-16LE", GERMAN},
    {"UTF-16BE", NULL, "UTF-16BE", GERMAN},
    {"CP850", "CP850", "", GERMAN},
    {"ISO-8859-15", "iso-8859-15", "", GERMAN},
    {"SHIFT_JIS", "Shift_JIS", "", JAPANESE},
    {"UTF-32LE", "UTF-32LE", "", GERMAN},
    {"ISO-2022-JP", "ISO-2022-JP", "", JAPANESE},
};

static const char *without_mark(const char *text)
{
    return strncmp(text, "\xEF\xBB\xBF", 3) == 0 ? text + 3 : text;
}

static void check(const struct text_case *expected, const struct outcome *out, const char *how)
{
    if (strcmp(without_mark(out->text), expected->text) != 0 ||
        strcmp(out->found, expected->found) != 0 || out->num_broken != 0) {
        fail_msg("%s by %s: found \"%s\", %llu broken:\n%s", expected->encoding, how, out->found,
                 (unsigned long long)out->num_broken, out->text);
    }
    free(out->text);
}

static void texts_come_out_as_they_went_in(void **state)
{
    static const size_t steps[] = {1, 3, 50, 65536};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bytes bytes = convert(cases[i].text, cases[i].encoding);
        struct outcome out = read_file(bytes, cases[i].told);
        check(&cases[i], &out, "file");
        for (size_t j = 0; j < sizeof(steps) / sizeof(steps[0]); j++) {
            out = read_pipe(bytes, cases[i].told, steps[j]);
            check(&cases[i], &out, "pipe");
        }
        free((char *)bytes.at);
    }
}

/* The first letter that is not ASCII stands far behind what fits a buffer. */
static void the_first_letter_may_come_late(void **state)
{
    (void)state;
    char *text = malloc(TEXT_MAX);
    assert_non_null(text);
    size_t len = 0;
    for (unsigned i = 0; i < 10000; i++) {
        len += (size_t)sprintf(text + len, "Supplier %u;a%u.example\n", i, i);
    }
    strcpy(text + len, GERMAN);
    struct bytes bytes = convert(text, "WINDOWS-1252");
    const struct text_case expected = {"WINDOWS-1252", NULL, "WINDOWS-1252", text};
    struct outcome out = read_file(bytes, NULL);
    check(&expected, &out, "file");
    out = read_pipe(bytes, NULL, 4096);
    check(&expected, &out, "pipe");
    free((char *)bytes.at);
    free(text);
}

static void a_text_of_utf8_stays_so_for_a_few_broken_bytes(void **state)
{
    (void)state;
    struct bytes bytes = {JAPANESE "\xFF.example\n" JAPANESE, 0};
    bytes.len = strlen(bytes.at);
    struct outcome out = read_file(bytes, NULL);
    assert_string_equal(out.text, bytes.at);
    assert_string_equal(out.found, "");
    assert_int_equal(out.num_broken, 1);
    free(out.text);
}

static void bytes_that_are_not_of_the_encoding_are_counted(void **state)
{
    (void)state;
    struct bytes bytes = {"a\xFFz\xFF", 4};
    struct outcome out = read_file(bytes, "EUC-JP");
    assert_string_equal(out.text, "a\xEF\xBF\xBDz\xEF\xBF\xBD");
    assert_int_equal(out.num_broken, 2);
    free(out.text);
    bytes = (struct bytes){"a.example\n\xFF\xFE.example\n", 21}; /* no mark there */
    out = read_file(bytes, NULL);
    assert_string_equal(out.text, "a.example\n\u00FF\u00FE.example\n");
    free(out.text);
    bytes = (struct bytes){"\x00\xD8"
                           "b\0",
                           4}; /* half a surrogate pair */
    out = read_file(bytes, "UTF-16LE");
    assert_string_equal(out.text, "\xEF\xBF\xBD"
                                  "b");
    assert_int_equal(out.num_broken, 1);
    free(out.text);
}

struct seen {
    char bytes[64];
    size_t len;
};

static void note(void *user, const void *bytes, size_t len)
{
    struct seen *seen = user;
    assert_true(seen->len + len <= sizeof(seen->bytes));
    memcpy(seen->bytes + seen->len, bytes, len);
    seen->len += len;
}

static void what_looks_on_sees_the_file(void **state)
{
    (void)state;
    struct seen seen = {.len = 0};
    char out[64];
    int fd = memfd_create("list", MFD_CLOEXEC);
    assert_int_equal(write(fd, "M\xFCller", 6), 6);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    struct list_text *text = list_text_new(fd, "ISO-8859-1");
    assert_non_null(text);
    list_text_watch(text, note, &seen);
    assert_int_equal(list_text_read(text, out, sizeof(out)), 7);
    assert_memory_equal(out, "M\xC3\xBCller", 7);
    assert_int_equal(seen.len, 6);
    assert_memory_equal(seen.bytes, "M\xFCller", 6);
    list_text_free(text);
    close(fd);
}

static void names_of_encodings_are_known_or_not(void **state)
{
    (void)state;
    assert_true(list_text_knows("windows-1252"));
    assert_true(list_text_knows("UTF-8"));
    assert_false(list_text_knows("no-such-encoding"));
    assert_null(list_text_new(0, "no-such-encoding"));
    list_text_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_come_out_as_they_went_in),
        cmocka_unit_test(the_first_letter_may_come_late),
        cmocka_unit_test(a_text_of_utf8_stays_so_for_a_few_broken_bytes),
        cmocka_unit_test(bytes_that_are_not_of_the_encoding_are_counted),
        cmocka_unit_test(what_looks_on_sees_the_file),
        cmocka_unit_test(names_of_encodings_are_known_or_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
