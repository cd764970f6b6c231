/*
 * The supplier list reader. Every case is read whole from a file, and again through a non-blocking
 * pipe that is fed one byte, or a few, at a time; what comes out must be the same.
 *
 * Items are compared as text: `line|cell|name=value;...|problem`, an item a line.
 */
#include "io/list/supplier_list.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#define OPEN_QUOTE "a quote on this line is not closed"
#define NO_CELL    "the row has no domain cell"
#define HEADLESS   "several cells on the line, in a list whose first line has one"
#define NUL_BYTE   "a NUL byte in the line"

/* UTF-8 is told, since a guess sees more of a file than of a pipe; test_list_text has the guesses.
 */
static struct supplier_list *list_of(int fd, bool host_mode)
{
    const struct supplier_list_options options = {.host_mode = host_mode, .encoding = "UTF-8"};
    return supplier_list_new(fd, &options);
}

struct rendering {
    char *text;
    size_t len;
    FILE *stream;
};

static void rendering_begin(struct rendering *rendering)
{
    rendering->stream = open_memstream(&rendering->text, &rendering->len);
    assert_non_null(rendering->stream);
}

static void render(FILE *out, const struct supplier *supplier)
{
    fprintf(out, "%llu|", (unsigned long long)supplier->line);
    fwrite(supplier->cell, 1, supplier->cell_len, out);
    fputc('|', out);
    for (size_t i = 0; i < supplier->num_fields; i++) {
        const struct supplier_field *field = &supplier->fields[i];
        assert_int_equal(field->name[field->name_len], '\0');
        fwrite(field->name, 1, field->name_len, out);
        fputc('=', out);
        fwrite(field->value, 1, field->value_len, out);
        fputc(';', out);
    }
    fprintf(out, "|%s\n", supplier->problem == NULL ? "" : supplier->problem);
}

/* Renders what can be had now. */
static enum supplier_list_status drain(struct supplier_list *list, FILE *out)
{
    struct supplier supplier;
    enum supplier_list_status status;
    while ((status = supplier_list_next(list, &supplier)) == SUPPLIER_LIST_ITEM) {
        render(out, &supplier);
    }
    return status;
}

static int file_with(const char *bytes, size_t len)
{
    int fd = memfd_create("list", MFD_CLOEXEC);
    assert_true(fd >= 0);
    while (len > 0) {
        ssize_t written = write(fd, bytes, len);
        assert_true(written > 0);
        bytes += written;
        len -= (size_t)written;
    }
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static char *read_file(const char *bytes, size_t len, bool host_mode)
{
    struct rendering rendering;
    int fd = file_with(bytes, len);
    struct supplier_list *list = list_of(fd, host_mode);
    assert_non_null(list);
    rendering_begin(&rendering);
    assert_int_equal(drain(list, rendering.stream), SUPPLIER_LIST_END);
    assert_int_equal(drain(list, rendering.stream), SUPPLIER_LIST_END);
    supplier_list_free(list);
    close(fd);
    fclose(rendering.stream);
    return rendering.text;
}

static char *read_pipe(const char *bytes, size_t len, bool host_mode, size_t step)
{
    struct rendering rendering;
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    struct supplier_list *list = list_of(ends[0], host_mode);
    assert_non_null(list);
    rendering_begin(&rendering);
    enum supplier_list_status status = drain(list, rendering.stream);
    assert_int_equal(status, SUPPLIER_LIST_AGAIN);
    for (size_t at = 0; at < len && status == SUPPLIER_LIST_AGAIN; at += step) {
        size_t part = len - at < step ? len - at : step;
        assert_int_equal(write(ends[1], bytes + at, part), part);
        status = drain(list, rendering.stream);
    }
    close(ends[1]);
    assert_int_equal(drain(list, rendering.stream), SUPPLIER_LIST_END);
    supplier_list_free(list);
    close(ends[0]);
    fclose(rendering.stream);
    return rendering.text;
}

/* Beyond this a byte at a time takes seconds and shows nothing new. */
#define SMALL_STEPS_MAX ((size_t)SUPPLIER_LINE_MAX + 100)

/* Reads `bytes` in all ways and returns what came out. */
static char *read_all_ways(const char *name, const char *bytes, size_t len, bool host_mode)
{
    static const size_t steps[] = {1, 2, 7, 1021, 4096};
    char *whole = read_file(bytes, len, host_mode);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        if (len > SMALL_STEPS_MAX && steps[i] < 100) {
            continue;
        }
        char *parts = read_pipe(bytes, len, host_mode, steps[i]);
        if (strcmp(parts, whole) != 0) {
            fail_msg("%s: %zu bytes at a time gives\n%swhole gives\n%s", name, steps[i], parts,
                     whole);
        }
        free(parts);
    }
    return whole;
}

struct list_case {
    const char *name;
    const char *text;
    size_t len;
    bool host_mode;
    const char *expected;
};

#define LIST(text)  text, sizeof(text) - 1, false
#define HOSTS(text) text, sizeof(text) - 1, true

static const struct list_case line_cases[] = {
    {"an empty file holds nothing", LIST(""), ""},
    {"a file of line ends holds nothing", LIST("\n\r\n\r\n\n"), ""},
    {"every line is a domain", LIST("a.example\nb.example\n"), "1|a.example||\n2|b.example||\n"},
    {"a missing last line end is no matter", LIST("a.example\nb.example"),
     "1|a.example||\n2|b.example||\n"},
    {"CRLF ends a line", LIST("a.example\r\nb.example\r\n"), "1|a.example||\n2|b.example||\n"},
    {"a lone CR ends a line", LIST("a.example\rb.example\r"), "1|a.example||\n2|b.example||\n"},
    {"LF CR is two line ends", LIST("a.example\n\rb.example"), "1|a.example||\n3|b.example||\n"},
    {"white space around a line is dropped", LIST(" \t a.example \v\n"), "1|a.example||\n"},
    {"blank lines are passed over and counted", LIST("\n  \n\ta.example\n\n\nb.example"),
     "3|a.example||\n6|b.example||\n"},
    {"comment lines are passed over and counted", LIST("# one\na.example\n  # two\nb.example\n#"),
     "2|a.example||\n4|b.example||\n"},
    {"a comment may follow a domain", LIST("a.example # note, with \"comma\nb.example\t#x"),
     "1|a.example||\n2|b.example||\n"},
    {"a # without white space before it is part of the cell", LIST("a.example#x\n"),
     "1|a.example#x||\n"},
    {"a UTF-8 byte order mark is dropped",
     LIST("\xEF\xBB\xBF"
          "a.example\n"),
     "1|a.example||\n"},
    {"a byte order mark alone is an empty file", LIST("\xEF\xBB\xBF"), ""},
    {"a comment may follow the byte order mark", LIST("\xEF\xBB\xBF#c\na.example\n"),
     "2|a.example||\n"},
    {"half a byte order mark is left as it is", LIST("\xEF\xBB"), "1|\xEF\xBB||\n"},
    {"a line with a NUL byte is a bad item", LIST("a\0.b\nc.example\n"), NULL},
    {"URLs and addresses are left to whoever reads names",
     LIST("https://a.example/\nuser@b.example\n"), "1|https://a.example/||\n2|user@b.example||\n"},
    {"a line of several cells in a list of lines is a bad item", LIST("b.example\nc;d\n"),
     "1|b.example||\n2|c;d||" HEADLESS "\n"},
    {"host is no header outside host mode", LIST("host\na.example\n"), "1|host||\n2|a.example||\n"},
    {"a name of a list of lines may stand in quotes",
     LIST("\"a.example\"\n \" b.example \" # x\n\"\"\n\"\n"),
     "1|a.example||\n2|b.example||\n4|\"||\n"},
    {"a quote in a list of lines is a byte like any other", LIST("\"a.example\nb.example\n"),
     "1|\"a.example||\n2|b.example||\n"},
    {"addresses with ports are left whole", HOSTS("192.0.2.1:25\n[2001:db8::1]:25\n"),
     "1|192.0.2.1:25||\n2|[2001:db8::1]:25||\n"},
};

static const struct list_case row_cases[] = {
    {"a header alone holds nothing", LIST("domain\n"), ""},
    {"a header without a line end holds nothing", LIST("domain,name"), ""},
    {"one column is CSV too", LIST("Domain\na.example\n\"b.example\"\n"),
     "2|a.example||\n3|b.example||\n"},
    {"the other columns come as fields", LIST("id,domain,name\n7,a.example,Acme\n"),
     "2|a.example|id=7;name=Acme;|\n"},
    {"semicolons delimit", LIST("Supplier;Domain;Country\nAcme, Inc;a.example;DE\n"),
     "2|a.example|Supplier=Acme, Inc;Country=DE;|\n"},
    {"tabs delimit", LIST("name\tdomain\nAcme\ta.example\n\ta.b\n"),
     "2|a.example|name=Acme;|\n3|a.b|name=;|\n"},
    {"header names may have any case, blanks and quotes",
     LIST(" \"Name\" , \"DOMAIN\" \nAcme, a.example \n"), "2|a.example|Name=Acme;|\n"},
    {"a comma inside a quoted header cell does not delimit",
     LIST("\"Name, full\";Domain\nAcme;a.example\n"), "2|a.example|Name, full=Acme;|\n"},
    {"a header may span lines", LIST("\"Supplier\nname\",Domain\nAcme,a.example\n"),
     "3|a.example|Supplier\nname=Acme;|\n"},
    {"the first of two domain columns counts", LIST("domain,Domain\na.example,b.example\n"),
     "2|a.example|Domain=b.example;|\n"},
    {"doubled header names are kept", LIST("x,domain,x\n1,a.example,2\n"),
     "2|a.example|x=1;x=2;|\n"},
    {"comments and blank lines may stand before the header",
     LIST("# export\n\n;;\ndomain;x\na.example;1\n"), "5|a.example|x=1;|\n"},
    {"a spreadsheet's sep line is passed over", LIST("sep=;\r\nx;domain\r\n1;a.example\r\n"),
     "3|a.example|x=1;|\n"},
    {"comments and blank rows may stand among rows",
     LIST("domain,x\n# c, \"quote\n\n , \n\"\",\na.example,1\n"), "6|a.example|x=1;|\n"},
    {"a # inside a row is a byte like any other", LIST("x,domain\n1 # 2,a.example\n"),
     "2|a.example|x=1 # 2;|\n"},
    {"values keep their blanks, the domain does not", LIST("domain,x\n a.example , 1 \n"),
     "2|a.example|x= 1 ;|\n"},
    {"a byte order mark may stand before the header", LIST("\xEF\xBB\xBF\"domain\",x\na.b,1\n"),
     "2|a.b|x=1;|\n"},
    {"quotes may hold delimiters and doubled quotes",
     LIST("domain,x\na.example,\"A \"\"B\"\", C\"\nb.example,\"\"\"\"\n"),
     "2|a.example|x=A \"B\", C;|\n3|b.example|x=\";|\n"},
    {"quotes may hold line ends, and lines are counted through them",
     LIST("domain,x\na.example,\"1\n2\r\n3\r4\"\nb.example,5\n"),
     "2|a.example|x=1\n2\r\n3\r4;|\n6|b.example|x=5;|\n"},
    {"a quote inside an unquoted cell is a byte like any other",
     LIST("x,domain\n12\" pipe,a.example\n"), "2|a.example|x=12\" pipe;|\n"},
    {"text behind a closing quote is forgiven on one line",
     LIST("x,domain\n\"Acme \"Ltd,a.example\n"), "2|a.example|x=Acme Ltd;|\n"},
    {"a quote behind a closing quote and a blank is a byte like any other",
     LIST("x,domain\n\"A\" \"B\",a.example\n"), "2|a.example|x=A\"B\";|\n"},
    {"blanks around quotes are dropped", LIST("x,domain\n \"Acme\" ,a.example\n"),
     "2|a.example|x=Acme;|\n"},
    {"a short row has the fields it has", LIST("domain,x,y\na.example\nb.example,1\n"),
     "2|a.example||\n3|b.example|x=1;|\n"},
    {"a row without its domain cell is a bad item", LIST("x,domain\n1\n2,a.example\n"),
     "2||x=1;|" NO_CELL "\n3|a.example|x=2;|\n"},
    {"an empty domain cell is left to whoever reads names", LIST("x,domain\n1,\n"), "2||x=1;|\n"},
    {"a long row loses the cells that have no header", LIST("domain,x\na.example,1,2,3\n"),
     "2|a.example|x=1;|\n"},
    {"a missing last line end is no matter", LIST("x,domain\n1,a.example"), "2|a.example|x=1;|\n"},
    {"the last cell may be quoted and end the file", LIST("x,domain\n1,\"a.example\""),
     "2|a.example|x=1;|\n"},
    {"CRLF ends rows", LIST("x,domain\r\n1,a.example\r\n2,b.example\r\n"),
     "2|a.example|x=1;|\n3|b.example|x=2;|\n"},
    {"a lone CR ends rows", LIST("x,domain\r1,a.example\r2,b.example"),
     "2|a.example|x=1;|\n3|b.example|x=2;|\n"},
    {"host names a column in host mode", HOSTS("host,x\n192.0.2.1:25,1\n"),
     "2|192.0.2.1:25|x=1;|\n"},
    {"host wins over domain in host mode", HOSTS("domain,host\na.example,mx.a.example\n"),
     "2|mx.a.example|domain=a.example;|\n"},
    {"domain will do in host mode", HOSTS("x,domain\n1,a.example\n"), "2|a.example|x=1;|\n"},
    {"a row with a NUL byte is a bad item", LIST("domain\na\0b\nc.example\n"), NULL},
    {"a list of ranks and domains needs no header", LIST("1,google.com\r\n2,youtube.com\r\n"),
     "1|google.com|rank=1;|\n2|youtube.com|rank=2;|\n"},
    {"a column is found by what is in it",
     LIST("Supplier;Site;Country\nAcme;https://a.example/x;DE\nBeta;b.example;UK\n"),
     "2|https://a.example/x|Supplier=Acme;Country=DE;|\n3|b.example|Supplier=Beta;Country=UK;|\n"},
    {"a column of mail domains counts more than one of web sites",
     LIST("Website\tE-Mail domain\tx\nw.example\ta.example\t1\nv.example\tb.example\t2\n"),
     "2|a.example|Website=w.example;x=1;|\n3|b.example|Website=v.example;x=2;|\n"},
    {"a column that is mostly empty loses, whatever its name",
     LIST("E-Mail,Site\n,a.example\n,b.example\nx@c.example,c.example\n"),
     "2|a.example|E-Mail=;|\n3|b.example|E-Mail=;|\n4|c.example|E-Mail=x@c.example;|\n"},
    {"addresses, numbers and dates are no domains",
     LIST("IP,Since,Host\n192.0.2.1,01.02.2024,a.example\n192.0.2.2,1.5,b.example\n"),
     "2|a.example|IP=192.0.2.1;Since=01.02.2024;|\n3|b.example|IP=192.0.2.2;Since=1.5;|\n"},
    {"the title of a single column is no domain", LIST("E-Mail domain\na.example\nb.example\n"),
     "2|a.example||\n3|b.example||\n"},
    {"a line that holds the word of a title is a line", LIST("not a domain\na.example\n"),
     "1|not a domain||\n2|a.example||\n"},
    {"a line that could be a title is a bad line where nothing below is a domain",
     LIST("Web-Site\nx y\n"), "1|Web-Site||\n2|x y||\n"},
    {"a list without a header may have several columns",
     LIST("Acme,a.example,DE\nBeta,b.example,UK\n"),
     "1|a.example|column 1=Acme;column 3=DE;|\n2|b.example|column 1=Beta;column 3=UK;|\n"},
    {"a delimiter inside names does not split them",
     LIST("Supplier;Site\nAcme, Inc;a.example\nBeta, Ltd;b.example\n"),
     "2|a.example|Supplier=Acme, Inc;|\n3|b.example|Supplier=Beta, Ltd;|\n"},
    {"three cells make no list of ranks", LIST("1,a.example,x\n"),
     "1|a.example|column 1=1;column 3=x;|\n"},
};

static const struct list_case quote_cases[] = {
    {"a quote that is open at the end of the file costs its own line",
     LIST("x,domain\n\"Acme,a.example\n1,b.example\n2,c.example"),
     "2|||" OPEN_QUOTE "\n3|b.example|x=1;|\n4|c.example|x=2;|\n"},
    {"an open quote on the last line costs that line", LIST("x,domain\n1,a.example\n\"x"),
     "2|a.example|x=1;|\n3|||" OPEN_QUOTE "\n"},
    {"an open quote that meets the next quoted row costs its own line",
     LIST("x,domain\n\"Acme,a.example\n\"Beta, Inc\",b.example\n3,c.example\n"),
     "2|||" OPEN_QUOTE "\n3|b.example|x=Beta, Inc;|\n4|c.example|x=3;|\n"},
    {"an open quote with CRLF costs its own line",
     LIST("x,domain\r\n\"Acme,a.example\r\n1,b.example\r\n"),
     "2|||" OPEN_QUOTE "\n3|b.example|x=1;|\n"},
    {"every line with an open quote is a bad item", LIST("x,domain\n1,\"a\n2,\"b\n3,c.example\n"),
     "2|||" OPEN_QUOTE "\n3|||" OPEN_QUOTE "\n4|c.example|x=3;|\n"},
    {"a header with an open quote is one cell", LIST("\"x,domain\na.example\n"), "2|a.example||\n"},
};

static void run_cases(const struct list_case *cases, size_t num_cases)
{
    for (size_t i = 0; i < num_cases; i++) {
        char *found = read_all_ways(cases[i].name, cases[i].text, cases[i].len, cases[i].host_mode);
        if (cases[i].expected != NULL && strcmp(found, cases[i].expected) != 0) {
            fail_msg("%s: expected\n%sbut got\n%s", cases[i].name, cases[i].expected, found);
        }
        free(found);
    }
}

static void lists_of_lines(void **state)
{
    (void)state;
    run_cases(line_cases, sizeof(line_cases) / sizeof(line_cases[0]));
}

static void lists_of_rows(void **state)
{
    (void)state;
    run_cases(row_cases, sizeof(row_cases) / sizeof(row_cases[0]));
}

static void quotes_left_open(void **state)
{
    (void)state;
    run_cases(quote_cases, sizeof(quote_cases) / sizeof(quote_cases[0]));
}

static struct supplier_list *open_list(const char *bytes, size_t len, int *out_fd)
{
    *out_fd = file_with(bytes, len);
    struct supplier_list *list = list_of(*out_fd, false);
    assert_non_null(list);
    return list;
}

static void close_list(struct supplier_list *list, int fd)
{
    supplier_list_free(list);
    close(fd);
}

static void nul_bytes_are_named_and_kept(void **state)
{
    (void)state;
    static const char text[] = "a\0.b\nc.example\n";
    struct supplier supplier;
    int fd;
    struct supplier_list *list = open_list(text, sizeof(text) - 1, &fd);
    assert_int_equal(supplier_list_next(list, &supplier), SUPPLIER_LIST_ITEM);
    assert_int_equal(supplier.raw_len, 4);
    assert_memory_equal(supplier.raw, "a\0.b", 4);
    assert_int_equal(supplier.cell_len, 4);
    assert_string_equal(supplier.problem, NUL_BYTE);
    assert_int_equal(supplier_list_next(list, &supplier), SUPPLIER_LIST_ITEM);
    assert_null(supplier.problem);
    close_list(list, fd);
}

/* A line of `len` bytes, then one that is fine; `begins` is how the long one does. */
static enum supplier_list_status read_beyond(size_t len, const char *begins, unsigned *out_passed)
{
    struct supplier supplier = {.line = 0};
    char *text = malloc(len + sizeof("\nc.example\n"));
    assert_non_null(text);
    memset(text, 'x', len);
    memcpy(text, begins, strlen(begins));
    strcpy(text + len, "\nc.example\n");
    int fd;
    struct supplier_list *list = open_list(text, strlen(text), &fd);
    enum supplier_list_status status = supplier_list_next(list, &supplier);
    if (status == SUPPLIER_LIST_ITEM) {
        assert_non_null(supplier.problem); /* the long line; the next is looked for behind it */
        status = supplier_list_next(list, &supplier);
    }
    *out_passed = 0;
    while (status == SUPPLIER_LIST_PASSED) {
        ++*out_passed;
        status = supplier_list_next(list, &supplier);
    }
    if (status == SUPPLIER_LIST_ITEM) {
        assert_memory_equal(supplier.cell, "c.example", supplier.cell_len);
    }
    close_list(list, fd);
    free(text);
    return status;
}

/* The caller can stop between the parts of a line that is passed over. */
static void a_line_that_is_passed_over_comes_back_in_between(void **state)
{
    (void)state;
    static const char *const beginnings[] = {"", "#", "domain,"};
    unsigned num_passed;
    for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++) {
        assert_int_equal(read_beyond(SUPPLIER_LINE_ENDLESS - 1, beginnings[i], &num_passed),
                         SUPPLIER_LIST_ITEM);
        assert_in_range(num_passed, SUPPLIER_LINE_ENDLESS / SUPPLIER_PASSED_MAX / 2,
                        SUPPLIER_LINE_ENDLESS / SUPPLIER_PASSED_MAX);
    }
}

static void a_line_without_end_ends_the_list(void **state)
{
    (void)state;
    static const char *const beginnings[] = {"", "#", "domain,"};
    unsigned num_passed;
    for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++) {
        assert_int_equal(read_beyond(2 * SUPPLIER_LINE_ENDLESS, beginnings[i], &num_passed),
                         SUPPLIER_LIST_ENDLESS);
    }
}

static void blank_lines_without_end_come_back_in_between(void **state)
{
    (void)state;
    const size_t len = 3 * (size_t)SUPPLIER_PASSED_MAX;
    char *text = malloc(len);
    assert_non_null(text);
    memset(text, '\n', len);
    struct supplier supplier;
    int fd;
    struct supplier_list *list = open_list(text, len, &fd);
    assert_int_equal(supplier_list_next(list, &supplier), SUPPLIER_LIST_PASSED);
    assert_int_equal(supplier_list_next(list, &supplier), SUPPLIER_LIST_PASSED);
    close_list(list, fd);
    free(text);
}

static void raw_is_the_record_as_given(void **state)
{
    (void)state;
    static const char text[] = "domain,x\r\n a.example,\"1\r\n\"\"2\"\"\" , 3\r\n";
    struct supplier supplier;
    int fd;
    struct supplier_list *list = open_list(text, sizeof(text) - 1, &fd);
    assert_int_equal(supplier_list_next(list, &supplier), SUPPLIER_LIST_ITEM);
    assert_int_equal(supplier.raw_len, sizeof(text) - 1 - 10 - 2);
    assert_memory_equal(supplier.raw, text + 10, supplier.raw_len);
    assert_int_equal(supplier.num_fields, 1);
    assert_string_equal(supplier.fields[0].value, "1\r\n\"2\"");
    close_list(list, fd);
}

/* `prefix`, then `num` times `fill`, then `suffix`. To be freed. */
static char *filled(const char *prefix, size_t num, char fill, const char *suffix)
{
    size_t prefix_len = strlen(prefix);
    char *text = malloc(prefix_len + num + strlen(suffix) + 1);
    assert_non_null(text);
    memcpy(text, prefix, prefix_len);
    memset(text + prefix_len, fill, num);
    memcpy(text + prefix_len + num, suffix, strlen(suffix) + 1);
    return text;
}

static void assert_found(const char *name, const char *text, const char *expected)
{
    char *found = read_all_ways(name, text, strlen(text), false);
    if (strcmp(found, expected) != 0) {
        fail_msg("%s: expected\n%.2000s\nbut got\n%.2000s", name, expected, found);
    }
    free(found);
}

static void the_longest_line_is_taken(void **state)
{
    (void)state;
    char *text = filled("", SUPPLIER_LINE_MAX, 'a', "\nb.example\n");
    char *expected = filled("1|", SUPPLIER_LINE_MAX, 'a', "||\n2|b.example||\n");
    assert_found("longest line", text, expected);
    free(text);
    free(expected);
}

static void longer_lines_are_one_bad_item_each(void **state)
{
    (void)state;
    static const size_t lens[] = {SUPPLIER_LINE_MAX + 1, 2 * SUPPLIER_LINE_MAX,
                                  2 * SUPPLIER_LINE_MAX + 1, 5 * SUPPLIER_LINE_MAX + 17};
    for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
        char *lines = filled("a.example\n", lens[i], 'x', "\r\nb.example\n");
        assert_found("lines", lines, "1|a.example||\n2|||line too long\n3|b.example||\n");
        free(lines);
        char *rows = filled("n,domain\n", lens[i], 'x', ",y\n1,b.example\n");
        assert_found("rows", rows, "2|||line too long\n3|b.example|n=1;|\n");
        free(rows);
        char *last = filled("a.example\n", lens[i], 'x', "");
        assert_found("last line", last, "1|a.example||\n2|||line too long\n");
        free(last);
        char *first = filled("", lens[i], 'x', "\nb.example\n");
        assert_found("first line", first, "1|||line too long\n2|b.example||\n");
        free(first);
        char *comment = filled("#", lens[i], '"', "\nn,domain\n1,b.example\n");
        assert_found("comment", comment, "3|b.example|n=1;|\n");
        free(comment);
    }
}

static void an_open_quote_swallows_nothing_however_long_the_file(void **state)
{
    (void)state;
    struct rendering text;
    struct rendering expected;
    rendering_begin(&text);
    rendering_begin(&expected);
    fputs("n,domain\n\"open,lost.example\n", text.stream);
    fputs("2|||" OPEN_QUOTE "\n", expected.stream);
    for (unsigned i = 3; i < 12000; i++) {
        fprintf(text.stream, "%u,d%u.example\n", i, i);
        fprintf(expected.stream, "%u|d%u.example|n=%u;|\n", i, i, i);
    }
    fclose(text.stream);
    fclose(expected.stream);
    assert_true(text.len > 3 * SUPPLIER_LINE_MAX);
    assert_found("open quote", text.text, expected.text);
    free(text.text);
    free(expected.text);
}

static void a_quoted_cell_may_be_nearly_as_long_as_a_line(void **state)
{
    (void)state;
    char *cell = filled("", SUPPLIER_LINE_MAX - 20, '\n', "");
    struct rendering text;
    struct rendering expected;
    rendering_begin(&text);
    rendering_begin(&expected);
    fprintf(text.stream, "n,domain\n\"%s\",a.example\n1,b.example\n", cell);
    fprintf(expected.stream, "2|a.example|n=%s;|\n%d|b.example|n=1;|\n", cell,
            SUPPLIER_LINE_MAX - 20 + 3);
    fclose(text.stream);
    fclose(expected.stream);
    assert_found("quoted cell", text.text, expected.text);
    free(text.text);
    free(expected.text);
    free(cell);
}

static void columns_beyond_the_limit_are_not_looked_at(void **state)
{
    (void)state;
    struct rendering text;
    rendering_begin(&text);
    fputs("domain", text.stream);
    for (unsigned i = 0; i < SUPPLIER_FIELDS_MAX + 50; i++) {
        fprintf(text.stream, ",c%u", i);
    }
    fputs("\na.example", text.stream);
    for (unsigned i = 0; i < SUPPLIER_FIELDS_MAX + 50; i++) {
        fprintf(text.stream, ",%u", i);
    }
    fclose(text.stream);
    struct supplier supplier;
    int fd;
    struct supplier_list *list = open_list(text.text, text.len, &fd);
    assert_int_equal(supplier_list_next(list, &supplier), SUPPLIER_LIST_ITEM);
    assert_int_equal(supplier.num_fields, SUPPLIER_FIELDS_MAX - 1);
    assert_string_equal(supplier.fields[SUPPLIER_FIELDS_MAX - 2].name, "c254");
    assert_string_equal(supplier.fields[SUPPLIER_FIELDS_MAX - 2].value, "254");
    assert_int_equal(supplier_list_next(list, &supplier), SUPPLIER_LIST_END);
    close_list(list, fd);
    free(text.text);
}

static void a_read_error_is_told_with_its_errno(void **state)
{
    (void)state;
    struct supplier supplier;
    int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);
    struct supplier_list *list = list_of(fd, false);
    assert_non_null(list);
    errno = 0;
    assert_int_equal(supplier_list_next(list, &supplier), SUPPLIER_LIST_ERROR);
    assert_int_equal(errno, EISDIR);
    close_list(list, fd);
}

static void the_columns_are_known_once_there_is_a_row(void **state)
{
    static const struct {
        const char *text;
        size_t num_columns;
        const char *first;
    } lists[] = {
        {"Owner;Domain;Since\nme;a.example\n", 2, "Owner"}, /* a short row has all the same */
        {"domain\na.example\n", 0, NULL},
        {"a.example\n", 0, NULL},
        {"1,a.example\n", 1, "rank"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        struct supplier supplier;
        struct supplier_field columns[SUPPLIER_FIELDS_MAX];
        int ends[2];
        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        size_t len = strlen(lists[i].text);
        assert_int_equal(write(ends[1], lists[i].text, len), (ssize_t)len);
        close(ends[1]);
        struct supplier_list *list = list_of(ends[0], false);
        assert_non_null(list);
        assert_int_equal(supplier_list_next(list, &supplier), SUPPLIER_LIST_ITEM);
        assert_int_equal(supplier_list_columns(list, columns), lists[i].num_columns);
        if (lists[i].first != NULL) {
            assert_string_equal(columns[0].name, lists[i].first);
        }
        close_list(list, ends[0]);
    }
}

static void a_whole_line_is_given_before_more_input_comes(void **state)
{
    (void)state;
    struct supplier supplier;
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    struct supplier_list *list = list_of(ends[0], false);
    assert_non_null(list);
    assert_int_equal(write(ends[1], "a.example\r", 10), 10);
    assert_int_equal(supplier_list_next(list, &supplier), SUPPLIER_LIST_ITEM);
    assert_memory_equal(supplier.raw, "a.example", 9);
    assert_int_equal(supplier_list_next(list, &supplier), SUPPLIER_LIST_AGAIN);
    assert_int_equal(write(ends[1], "\nb.example\n", 11), 11);
    assert_int_equal(supplier_list_next(list, &supplier), SUPPLIER_LIST_ITEM);
    assert_int_equal(supplier.line, 2);
    close(ends[1]);
    close_list(list, ends[0]);
}

static void check_unclear(const char *text, const char *column, const char *const *titles,
                          size_t num_titles)
{
    struct supplier supplier;
    const char *found[8];
    int fd = file_with(text, strlen(text));
    const struct supplier_list_options options = {.column = column};
    struct supplier_list *list = supplier_list_new(fd, &options);
    assert_non_null(list);
    assert_int_equal(supplier_list_next(list, &supplier), SUPPLIER_LIST_UNCLEAR);
    assert_int_equal(supplier_list_next(list, &supplier), SUPPLIER_LIST_UNCLEAR);
    assert_int_equal(supplier_list_titles(list, found, 8), num_titles);
    for (size_t i = 0; i < num_titles; i++) {
        assert_string_equal(found[i], titles[i]);
    }
    close_list(list, fd);
}

static void a_list_without_a_column_of_domains_names_its_columns(void **state)
{
    (void)state;
    static const char *const titles[] = {"Supplier", "Country"};
    static const char *const first[] = {"Acme", "acme.example"};
    check_unclear("Supplier;Country\nAcme;DE\n", NULL, titles, 2);
    check_unclear("Acme,acme.example\nb.example\nc;d\n", NULL, first, 2);
    static const char *const named[] = {"Supplier", "domain"};
    check_unclear("Supplier,domain\nAcme,a.example\n", "Site", named, 2);
    check_unclear("Supplier,domain\nAcme,a.example\n", "3", named, 2);
    check_unclear("Supplier,domain\nAcme,a.example\n", "0", named, 2);
}

static void the_user_names_the_column(void **state)
{
    (void)state;
    static const char text[] = "domain;Other;Site\na.example;b.example;c.example\n";
    static const struct {
        const char *column;
        const char *cell;
    } cases[] = {{"Site", "c.example"}, {"other", "b.example"}, {"3", "c.example"}};
    for (size_t i = 0; i < 3; i++) {
        struct supplier supplier;
        struct supplier_choice choice;
        int fd = file_with(text, sizeof(text) - 1);
        const struct supplier_list_options options = {.column = cases[i].column};
        struct supplier_list *list = supplier_list_new(fd, &options);
        assert_non_null(list);
        assert_int_equal(supplier_list_next(list, &supplier), SUPPLIER_LIST_ITEM);
        assert_int_equal(supplier.cell_len, 9);
        assert_memory_equal(supplier.cell, cases[i].cell, 9);
        assert_false(supplier_list_choice(list, &choice));
        close_list(list, fd);
    }
}

/* Rows beyond the sample are not counted, and the choice says so. */
static void a_choice_says_what_it_rests_on(void **state)
{
    (void)state;
    struct rendering text;
    struct supplier supplier;
    struct supplier_choice choice;
    rendering_begin(&text);
    fputs("Supplier;Company website\n", text.stream);
    for (unsigned i = 0; i < 100000; i++) {
        fprintf(text.stream, "%u;%s%u.example\n", i, i % 10 == 0 ? "none " : "www.d", i);
    }
    fclose(text.stream);
    int fd;
    struct supplier_list *list = open_list(text.text, text.len, &fd);
    assert_int_equal(supplier_list_next(list, &supplier), SUPPLIER_LIST_PASSED);
    assert_int_equal(supplier_list_next(list, &supplier), SUPPLIER_LIST_ITEM);
    assert_true(supplier.is_web);
    assert_true(supplier_list_choice(list, &choice));
    assert_int_equal(choice.column, 2);
    assert_string_equal(choice.name, "Company website");
    assert_true(choice.is_part);
    assert_in_range(choice.num_rows, 30000, 60000);
    assert_in_range(choice.num_named, choice.num_rows * 9 / 10 - 1, choice.num_rows * 9 / 10 + 1);
    size_t num = 1;
    enum supplier_list_status status = SUPPLIER_LIST_ITEM;
    while (status != SUPPLIER_LIST_END) {
        status = supplier_list_next(list, &supplier);
        num += status == SUPPLIER_LIST_ITEM;
    }
    assert_int_equal(num, 100000);
    close_list(list, fd);
    free(text.text);
}

static void freeing_nothing_is_fine(void **state)
{
    (void)state;
    supplier_list_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_of_lines),
        cmocka_unit_test(lists_of_rows),
        cmocka_unit_test(quotes_left_open),
        cmocka_unit_test(nul_bytes_are_named_and_kept),
        cmocka_unit_test(a_line_that_is_passed_over_comes_back_in_between),
        cmocka_unit_test(a_line_without_end_ends_the_list),
        cmocka_unit_test(blank_lines_without_end_come_back_in_between),
        cmocka_unit_test(raw_is_the_record_as_given),
        cmocka_unit_test(the_longest_line_is_taken),
        cmocka_unit_test(longer_lines_are_one_bad_item_each),
        cmocka_unit_test(an_open_quote_swallows_nothing_however_long_the_file),
        cmocka_unit_test(a_quoted_cell_may_be_nearly_as_long_as_a_line),
        cmocka_unit_test(columns_beyond_the_limit_are_not_looked_at),
        cmocka_unit_test(a_read_error_is_told_with_its_errno),
        cmocka_unit_test(the_columns_are_known_once_there_is_a_row),
        cmocka_unit_test(a_whole_line_is_given_before_more_input_comes),
        cmocka_unit_test(a_list_without_a_column_of_domains_names_its_columns),
        cmocka_unit_test(the_user_names_the_column),
        cmocka_unit_test(a_choice_says_what_it_rests_on),
        cmocka_unit_test(freeing_nothing_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
