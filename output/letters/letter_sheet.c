#include "output/letters/letter_sheet.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "io/base/calendar.h"
#include "output/letters/letter_commands.h"
#include "output/letters/letter_template.h"

#define FINDINGS_MAX 64 /* a domain has fewer that do more than inform */

/* ---- Text of strangers ---- */

/* A letter is read in a browser or a mail program: no control characters, and no text that changes
 * the direction of what follows (U+202A to U+202E, U+2066 to U+2069). */
static void put_plain(FILE *out, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        bool is_direction =
            len - i >= 3 && byte == 0xE2 &&
            (((unsigned char)bytes[i + 1] == 0x80 && (unsigned char)bytes[i + 2] >= 0xAA &&
              (unsigned char)bytes[i + 2] <= 0xAE) ||
             ((unsigned char)bytes[i + 1] == 0x81 && (unsigned char)bytes[i + 2] >= 0xA6 &&
              (unsigned char)bytes[i + 2] <= 0xA9));
        /* The control characters U+0080 to U+009F, in UTF-8 0xC2 and a byte below 0xA0. */
        bool is_control = len - i >= 2 && byte == 0xC2 && (unsigned char)bytes[i + 1] < 0xA0;
        if (is_direction) {
            i += 2;
        } else if (is_control) {
            i += 1;
        } else {
            putc_unlocked(byte < ' ' || byte == 0x7F ? ' ' : byte, out);
        }
    }
}

static void put_html(FILE *out, const char *bytes, size_t len)
{
    char *plain = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&plain, &size);
    if (memory == NULL) {
        return;
    }
    put_plain(memory, bytes, len);
    if (fclose(memory) == 0) {
        for (size_t i = 0; i < size; i++) {
            const char *escaped = plain[i] == '&'    ? "&amp;"
                                  : plain[i] == '<'  ? "&lt;"
                                  : plain[i] == '>'  ? "&gt;"
                                  : plain[i] == '"'  ? "&quot;"
                                  : plain[i] == '\'' ? "&#39;"
                                                     : NULL;
            if (escaped != NULL) {
                fputs(escaped, out);
            } else {
                putc_unlocked(plain[i], out);
            }
        }
    }
    free(plain);
}

/* ---- A sheet that is being made ---- */

struct sheet {
    const struct letter_source *source;
    const struct domain_record *domain;
    bool is_html;
    FILE *out; /* the value that is being made */
};

static void put(const struct sheet *sheet, const char *text)
{
    if (sheet->is_html) {
        put_html(sheet->out, text, strlen(text));
    } else {
        put_plain(sheet->out, text, strlen(text));
    }
}

/* Markup of ours, or in a text what stands for it. */
static void mark(const struct sheet *sheet, const char *html, const char *text)
{
    fputs(sheet->is_html ? html : text, sheet->out);
}

static void put_row(const struct sheet *sheet, const char *label, const char *text)
{
    mark(sheet, "<dt>", "   ");
    put(sheet, label);
    mark(sheet, "</dt><dd>", ": ");
    put(sheet, text);
    mark(sheet, "</dd>\n", "\n");
}

/* ---- Where a finding was seen ---- */

static bool has_finding(const struct finding *findings, size_t num, const char *code)
{
    for (size_t i = 0; i < num; i++) {
        if (findings[i].code != NULL && strcmp(findings[i].code, code) == 0) {
            return true;
        }
    }
    return false;
}

/* The first endpoint that has the finding; its record is in the arena. False: none has. */
static bool find_endpoint(const struct sheet *sheet, const char *code, struct arena *arena,
                          struct endpoint_record *out_endpoint)
{
    const struct domain_record *domain = sheet->domain;
    for (size_t i = 0; i < domain->num_mx; i++) {
        const struct mx_record *mx = &domain->mx[i];
        for (size_t k = 0; k < mx->num_endpoints; k++) {
            if (result_file_endpoint(sheet->source->file, mx->host.bytes, mx->endpoints[k].address,
                                     mx->endpoints[k].port, arena, out_endpoint) &&
                has_finding(out_endpoint->findings, out_endpoint->num_findings, code)) {
                return true;
            }
        }
    }
    return false;
}

/* ---- Findings ---- */

static void put_commands(const struct sheet *sheet, const char *code,
                         const struct endpoint_record *endpoint)
{
    char commands[LETTER_COMMANDS_MAX][LETTER_COMMAND_MAX];
    struct letter_scene scene = {.domain = sheet->domain->domain};
    if (endpoint != NULL) {
        scene.host = endpoint->host;
        scene.address = endpoint->address;
        scene.port = endpoint->port;
        scene.implicit_tls = endpoint->implicit_tls;
        scene.service = endpoint->service;
    }
    size_t num = letter_commands(code, &scene, commands);
    if (num == 0) {
        return;
    }
    mark(sheet, "<dt>", "   ");
    put(sheet, sheet->source->language->verify);
    mark(sheet, "</dt><dd>", ":\n");
    for (size_t i = 0; i < num; i++) {
        mark(sheet, i > 0 ? "<br><code>" : "<code>", "      ");
        put(sheet, commands[i]);
        mark(sheet, "</code>", "\n");
    }
    mark(sheet, "</dd>\n", "");
}

static void put_seen(const struct sheet *sheet, const struct finding *finding,
                     const struct endpoint_record *endpoint)
{
    char when[CALENDAR_TEXT_MAX + 1] = "";
    char seen[1200];
    const char *detail = finding->detail != NULL ? finding->detail : "";
    if (endpoint != NULL) {
        when[calendar_write(endpoint->started, false, when)] = '\0';
    }
    snprintf(seen, sizeof(seen), "%.1000s%s%s%s", detail,
             detail[0] != '\0' && when[0] != '\0' ? " (" : "", when,
             detail[0] != '\0' && when[0] != '\0' ? ")" : "");
    if (seen[0] != '\0') {
        put_row(sheet, sheet->source->language->seen, seen);
    }
}

static void put_finding(const struct sheet *sheet, const struct finding *finding,
                        const struct finding_rule *rule)
{
    const struct letter_language *language = sheet->source->language;
    const struct letter_words words = letter_language_words(language, rule);
    struct arena arena = {0};
    struct endpoint_record endpoint;
    bool has_endpoint = find_endpoint(sheet, rule->code, &arena, &endpoint);
    mark(sheet, "<section><h2>", " * ");
    put(sheet, words.title);
    mark(sheet, " (", " (");
    put(sheet, language->severities[finding->severity]);
    mark(sheet, ")</h2>\n<dl>\n", ")\n");
    put_seen(sheet, finding, has_endpoint ? &endpoint : NULL);
    put_row(sheet, language->means, words.why);
    put_row(sheet, language->remedy, words.remedy);
    put_row(sheet, language->source, rule->source);
    put_commands(sheet, rule->code, has_endpoint ? &endpoint : NULL);
    mark(sheet, "</dl></section>\n", "\n");
    arena_free(&arena);
}

/* A finding that only informs is nobody's to mend, and one that is accepted is not asked for. The
 * worst come first. */
static void put_findings(const struct sheet *sheet)
{
    const struct domain_record *domain = sheet->domain;
    for (int severity = SEVERITY_CRITICAL; severity > SEVERITY_INFO; severity--) {
        for (size_t i = 0; i < domain->num_findings; i++) {
            const struct finding *finding = &domain->findings[i];
            const struct finding_rule *rule =
                finding->code != NULL ? sheet->source->rule_of(finding->code) : NULL;
            if (rule != NULL && (int)finding->severity == severity &&
                finding->accepted.until == NULL) {
                put_finding(sheet, finding, rule);
            }
        }
    }
}

static void put_open(const struct sheet *sheet)
{
    const struct letter_language *language = sheet->source->language;
    if (sheet->domain->open == 0) {
        mark(sheet, "<p>", "   ");
        put(sheet, language->nothing_open);
        mark(sheet, "</p>", "\n");
        return;
    }
    mark(sheet, "<ul>\n", "");
    for (unsigned i = 0; i < QUESTION_COUNT; i++) {
        if ((sheet->domain->open & QUESTION_BIT(i)) != 0) {
            mark(sheet, "<li>", " - ");
            put(sheet, letter_language_question(language, (enum question)i));
            mark(sheet, "</li>\n", "\n");
        }
    }
    mark(sheet, "</ul>", "");
}

/* ---- Values ---- */

/* The first of the list's columns that is called so, in one of some words; empty where there is
 * none.
 */
static struct text supplier_of(const struct domain_record *domain)
{
    static const char *const titles[] = {
        "supplier",  "supplier name",   "name",  "company",      "vendor",
        "lieferant", "lieferantenname", "firma", "organisation", "organization"};
    for (size_t t = 0; t < sizeof(titles) / sizeof(titles[0]); t++) {
        for (size_t i = 0; i < domain->num_fields; i++) {
            struct text name = domain->fields[i].name;
            if (name.len == strlen(titles[t]) &&
                strncasecmp(name.bytes, titles[t], name.len) == 0 &&
                domain->fields[i].value.len > 0) {
                return domain->fields[i].value;
            }
        }
    }
    return (struct text){"", 0};
}

static void put_value(const struct sheet *sheet, enum letter_place place)
{
    char date[CALENDAR_TEXT_MAX + 1];
    const struct domain_record *domain = sheet->domain;
    const struct letter_language *language = sheet->source->language;
    const char *meaning = language->grades[domain->grade];
    const struct text supplier = supplier_of(domain);
    switch (place) {
    case LETTER_DOMAIN:
        put(sheet, domain->domain);
        break;
    case LETTER_SUPPLIER:
        if (sheet->is_html) {
            put_html(sheet->out, supplier.bytes, supplier.len);
        } else {
            put_plain(sheet->out, supplier.bytes, supplier.len);
        }
        break;
    case LETTER_GRADE:
        put(sheet, grade_name(domain->grade));
        break;
    case LETTER_MEANING:
        put(sheet, meaning != NULL ? meaning : grade_meaning(domain->grade));
        break;
    case LETTER_DATE:
        date[calendar_write(result_file_run(sheet->source->file)->started, false, date)] = '\0';
        date[date[0] != '\0' ? 10 : 0] = '\0'; /* the day */
        put(sheet, date);
        break;
    case LETTER_FINDINGS:
        put_findings(sheet);
        break;
    case LETTER_OPEN:
        put_open(sheet);
        break;
    case LETTER_POLICY:
        put(sheet, domain->policy != NULL ? domain->policy : "");
        break;
    case LETTER_LANGUAGE:
        put(sheet, language->code);
        break;
    case LETTER_PLACE_COUNT:
        break;
    }
}

static bool write_sheet(const struct letter_source *source, const struct domain_record *domain,
                        bool is_html, FILE *stream)
{
    char *texts[LETTER_PLACE_COUNT] = {NULL};
    struct letter_values values = {{NULL}};
    bool ok = true;
    for (unsigned i = 0; ok && i < LETTER_PLACE_COUNT; i++) {
        size_t size;
        struct sheet sheet = {source, domain, is_html, open_memstream(&texts[i], &size)};
        if (sheet.out != NULL) {
            put_value(&sheet, (enum letter_place)i);
        }
        ok = sheet.out != NULL && fclose(sheet.out) == 0;
        values.texts[i] = texts[i];
    }
    if (ok) {
        letter_template_write(stream, is_html ? source->html : source->text, &values);
    }
    for (unsigned i = 0; i < LETTER_PLACE_COUNT; i++) {
        free(texts[i]);
    }
    return ok;
}

bool letter_sheet_html(const struct letter_source *source, const struct domain_record *domain,
                       FILE *stream)
{
    return write_sheet(source, domain, true, stream);
}

bool letter_sheet_text(const struct letter_source *source, const struct domain_record *domain,
                       FILE *stream)
{
    return write_sheet(source, domain, false, stream);
}
