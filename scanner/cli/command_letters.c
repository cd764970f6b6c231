#include "scanner/cli/command_letters.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/base/hostname.h"
#include "io/base/placed_file.h"
#include "output/csv/csv_writer.h"
#include "output/letters/letter_sheet.h"
#include "output/letters/letter_template.h"
#include "scanner/base/log.h"
#include "scanner/base/void_notice.h"
#include "scanner/cli/options.h"
#include "scanner/cli/sandbox_option.h"
#include "scanner/grading/policy.h"

#define ERROR_MAX    512
#define TEMPLATE_MAX (1u << 20)
#define NAME_BYTES   200 /* of a domain, in the name of a file */

enum { STATUS_OK = 0, STATUS_BAD_INPUT = 2, STATUS_FAILED = 3 };

struct letters_options {
    const char *results, *folder, *template_file;
    const struct letter_language *language; /* NULL: English */
    enum grade bar;                         /* GRADE_U: none was said */
    struct sandbox_options sandbox;
};

struct letters {
    const struct letters_options *options;
    struct letter_source source;
    struct csv_writer index;
    uint64_t num_letters, num_domains;
};

static const struct finding_rule *rule_of(const char *code)
{
    enum finding_code found = policy_find(code);
    return found != FINDING_COUNT ? policy_rule(found) : NULL;
}

/* ---- Files ---- */

/* What failed of DIR/name, by errno. */
static bool tell_failure(const struct letters *letters, const char *name)
{
    log_message("cannot write %s/%s: %s", letters->options->folder, name, strerror(errno));
    return false;
}

/* `path` is borrowed by the file. */
static bool open_file(const struct letters *letters, const char *name, struct placed_file *file,
                      char path[PATH_MAX])
{
    int len = snprintf(path, PATH_MAX, "%s/%s", letters->options->folder, name);
    if (len < 0 || len >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return tell_failure(letters, name);
    }
    return placed_file_open(file, path) || tell_failure(letters, name);
}

typedef bool write_sheet(const struct letter_source *source, const struct domain_record *domain,
                         FILE *stream);

static bool write_file(const struct letters *letters, const char *name,
                       const struct domain_record *domain, write_sheet *write)
{
    struct placed_file file;
    char path[PATH_MAX];
    if (!open_file(letters, name, &file, path)) {
        return false;
    }
    bool has_memory = write(&letters->source, domain, file.stream);
    bool is_there = placed_file_close(&file, has_memory);
    if (!has_memory) {
        log_message("out of memory for the letter to %s", domain->domain);
        return false;
    }
    return is_there || tell_failure(letters, name);
}

/* The name of a file holds what a hostname may hold, and no more. A long one is cut, and told from
 * others by its line. */
static bool name_file(const struct domain_record *domain, const char *ending,
                      char out[NAME_MAX + 1])
{
    const struct hostname *name = NULL;
    if (hostname_parse(domain->domain, strlen(domain->domain), &name) != HOSTNAME_OK) {
        return false;
    }
    if (hostname_len(name) <= NAME_BYTES) {
        snprintf(out, NAME_MAX + 1, "%s.%s", hostname_text(name), ending);
    } else {
        snprintf(out, NAME_MAX + 1, "%.*s-%llu.%s", NAME_BYTES, hostname_text(name),
                 (unsigned long long)domain->line, ending);
    }
    hostname_release(name);
    return true;
}

/* ---- Letters ---- */

static bool write_letter(struct letters *letters, const struct domain_record *domain)
{
    char html[NAME_MAX + 1];
    char text[NAME_MAX + 1];
    if (!name_file(domain, "html", html) || !name_file(domain, "txt", text)) {
        return true; /* no domain: nothing was graded under that name */
    }
    if (!write_file(letters, html, domain, letter_sheet_html) ||
        !write_file(letters, text, domain, letter_sheet_text)) {
        return false;
    }
    csv_text(&letters->index, domain->domain, strlen(domain->domain));
    csv_text(&letters->index, grade_name(domain->grade), strlen(grade_name(domain->grade)));
    csv_text(&letters->index, html, strlen(html));
    csv_end_row(&letters->index);
    letters->num_letters++;
    return true;
}

/* U and N are no verdict on the supplier. */
static bool is_below(enum grade grade, enum grade bar)
{
    return grade != GRADE_U && grade != GRADE_N && grade > bar;
}

static bool write_letters(struct letters *letters)
{
    const struct result_file *file = letters->source.file;
    bool ok = true;
    for (size_t i = 0; ok && i < result_file_num_domains(file); i++) {
        struct arena arena = {0};
        struct domain_record domain;
        ok = result_file_domain(file, i, &arena, &domain);
        if (!ok) {
            log_message("a record cannot be read again: was the file changed meanwhile?");
        } else if (domain.domain != NULL && result_file_is_first(file, i, &domain)) {
            letters->num_domains++;
            enum grade left = record_grade_left(domain.grade, &domain.accepted_grade);
            ok = !is_below(left, letters->options->bar) || write_letter(letters, &domain);
        }
        arena_free(&arena);
    }
    return ok;
}

static void put_index_header(struct csv_writer *index)
{
    static const char *const titles[] = {"domain", "grade", "file"};
    for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++) {
        csv_text(index, titles[i], strlen(titles[i]));
    }
    csv_end_row(index);
}

static bool write_index(struct letters *letters)
{
    struct placed_file file;
    char path[PATH_MAX];
    size_t len;
    char *rows = csv_writer_take(&letters->index, &len);
    if (rows == NULL) {
        log_message("out of memory for the index");
        return false;
    }
    bool ok = open_file(letters, "letters.csv", &file, path);
    if (ok) {
        fwrite(rows, 1, len, file.stream);
        ok = placed_file_close(&file, true) || tell_failure(letters, "letters.csv");
    }
    free(rows);
    return ok;
}

/* ---- The template ---- */

/* All of a file, NUL-terminated and malloc'ed; NULL after saying why. */
static char *read_template(const char *path)
{
    FILE *stream = fopen(path, "re");
    char *text = stream != NULL ? malloc(TEMPLATE_MAX + 1) : NULL;
    size_t len = text != NULL ? fread(text, 1, TEMPLATE_MAX + 1, stream) : 0;
    bool ok = text != NULL && !ferror(stream) && len <= TEMPLATE_MAX;
    if (!ok) {
        log_message("cannot read %s: %s", path,
                    len > TEMPLATE_MAX ? "it is larger than 1 MiB" : strerror(errno));
    } else if (memchr(text, '\0', len) != NULL) {
        log_message("%s is no text: it holds a NUL byte", path);
        ok = false;
    } else {
        text[len] = '\0';
    }
    if (stream != NULL) {
        fclose(stream);
    }
    if (!ok) {
        free(text);
    }
    return ok ? text : NULL;
}

static bool is_html(const char *path)
{
    size_t len = strlen(path);
    return len >= 5 && strcmp(path + len - 5, ".html") == 0;
}

/* A template takes the place of the sheet of its kind. */
static bool take_template(const struct letters_options *options, struct letter_source *source,
                          char **out_text)
{
    char problem[ERROR_MAX];
    size_t line;
    if (options->template_file == NULL) {
        return true;
    }
    *out_text = read_template(options->template_file);
    if (*out_text == NULL) {
        return false;
    }
    if (!letter_template_check(*out_text, &line, problem, sizeof(problem))) {
        log_message("%s, line %zu: %s", options->template_file, line, problem);
        return false;
    }
    *(is_html(options->template_file) ? &source->html : &source->text) = *out_text;
    return true;
}

/* ---- The command ---- */

static void tell_end(const struct letters *letters)
{
    const struct letters_options *options = letters->options;
    log_message("%llu letters for %llu domains, which fall below %s: %s/letters.csv lists them",
                (unsigned long long)letters->num_letters, (unsigned long long)letters->num_domains,
                grade_name(options->bar), options->folder);
    void_notice(options->results, result_file_void(letters->source.file));
    if (result_file_ending(letters->source.file) != RESULT_COMPLETE) {
        log_message("%s is of a run that was cut short: domains may be missing", options->results);
    }
}

static int make_letters(const struct letters_options *options, const struct result_file *file)
{
    char *template_text = NULL;
    struct letters letters = {
        .options = options,
        .source = {file, options->language, rule_of, options->language->html,
                   options->language->text},
    };
    if (!take_template(options, &letters.source, &template_text)) {
        free(template_text);
        return STATUS_BAD_INPUT;
    }
    if (mkdir(options->folder, 0777) != 0 && errno != EEXIST) {
        log_message("cannot make %s: %s", options->folder, strerror(errno));
        free(template_text);
        return STATUS_FAILED;
    }
    csv_writer_init(&letters.index, ',');
    put_index_header(&letters.index);
    bool ok = write_letters(&letters);
    ok = write_index(&letters) && ok;
    if (ok) {
        tell_end(&letters);
    }
    free(template_text);
    return ok ? STATUS_OK : STATUS_FAILED;
}

static int run(int argc, char **argv)
{
    struct letters_options options = {.bar = GRADE_B, .language = letter_language_find("en")};
    struct operands operands;
    struct sandbox sandbox;
    char error[ERROR_MAX];
    int status;
    if (!options_parse(&command_letters, &options, argc, argv, NULL, &operands, &status)) {
        return status;
    }
    if (options.folder == NULL) {
        log_message("letters takes one result file, and -o DIR for the letters");
        return STATUS_BAD_INPUT;
    }
    options.results = operands.names[0];
    sandbox_begin(&sandbox, &options.sandbox);
    sandbox_allow(&sandbox, options.results, SANDBOX_READ);
    sandbox_allow(&sandbox, options.template_file, SANDBOX_READ);
    /* The folder is made in another one, unless it is there. */
    bool is_there = access(options.folder, F_OK) == 0;
    sandbox_allow(&sandbox, options.folder, is_there ? SANDBOX_FOLDER : SANDBOX_WRITE);
    sandbox_allow_temporary(&sandbox);
    sandbox_enter(&sandbox);
    struct result_file *file = result_file_open(options.results, true, error, sizeof(error));
    if (file == NULL) {
        log_message("%s", error);
        return STATUS_BAD_INPUT;
    }
    status = make_letters(&options, file);
    result_file_close(file);
    return status;
}

static const char *read_bar(void *settings, const char *value)
{
    struct letters_options *options = settings;
    bool ok = grade_from_name(value, &options->bar) && options->bar != GRADE_U &&
              options->bar != GRADE_N && options->bar != GRADE_F;
    return ok ? NULL : "not one of A+, A, B, C, D";
}

static const char *read_language(void *settings, const char *value)
{
    struct letters_options *options = settings;
    options->language = letter_language_find(value);
    return options->language != NULL ? NULL : "not one of en, de";
}

#define AT(field) offsetof(struct letters_options, field)

static const struct option_rule rules[] = {
    {"output", 'o', "DIR", OPTION_FILE, AT(folder), NULL,
     "the folder for the letters, which is made; files of that name are replaced",
     .otherwise = "none"},
    {"bar", 0, "GRADE", OPTION_SPECIAL, 0, read_bar, "whoever has a lower grade gets a letter",
     .standard = "B", .words = "A+ A B C D"},
    {"language", 0, "LANG", OPTION_SPECIAL, 0, read_language, "en or de", .standard = "en",
     .words = "en de"},
    {"template", 0, "FILE", OPTION_FILE, AT(template_file), NULL,
     "a sheet of your own: in place of the page if its name ends in .html, else of the text",
     .otherwise = "the sheets of the program"},
    SANDBOX_OPTION_OF_READERS(AT(sandbox)),
};

static const struct option_table options = OPTION_TABLE(rules);

const struct command command_letters = {
    .name = "letters",
    .run = run,
    .summary = "a sheet for each supplier that falls below a bar",
    .about = "Writes two sheets, a page and a text, for each domain of a result file (.zst too) "
             "whose grade is below a bar: what was seen and when, what it means, what to do, whose "
             "rule it is, and commands by which the supplier sees it without this program. "
             "letters.csv in DIR lists them.",
    .options = &options,
    .operands = "RESULTS",
    .operand = OPERAND_FILE,
    .min_operands = 1,
    .max_operands = 1,
    .wants = "one result file is needed",
    .notes = "Domains that were not graded (U) and those without mail (N) get no letter.\n"
             "\n"
             "Exit status: 0 done, 2 usage or bad input, 3 the letters could not be written.\n",
};
