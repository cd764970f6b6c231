/* Two nights compared: what is worse, what is better, and what only could not be seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "io/base/shard.h"
#include "output/diff/diff.h"
#include "output/diff/diff_json.h"
#include "output/record/record_enum.h"
#include "scanner/grading/policy.h"
#include "scanner/grading/policy_sight.h"

#define ZEROES "000000000000000000000000000000000000000000000000" /* the rest of a digest */

#define RUN                                                                                        \
    "{'type':'run','schema_version':1,'policy':'p','policy_digest':'0000000000000000',"            \
    "'list':'l','options':{}}"
#define SUMMARY "{'type':'summary','complete':true}"
#define DOMAIN                                                                                     \
    "{'type':'domain','domain':'a.example','input':'a.example','line':1,'mail':'mx',"              \
    "'mx':[{'preference':10,'host':'mx.a.example','outcome':'ok','endpoints':"                     \
    "[{'address':'192.0.2.1','port':25,'outcome':'ok','grade':'A'}]}],"                            \
    "'opportunistic_tls':'yes','enforced_tls':'none','dane':{'status':'none'},"                    \
    "'mta_sts':{'status':'none','problems':[]},'tls_rpt':{'status':'no'},"                         \
    "'grade':'A','score':90,'findings':[],'partial':false}"
#define ENDPOINT                                                                                   \
    "{'type':'endpoint','host':'mx.a.example','address':'192.0.2.1','port':25,'provider':"         \
    "'a.example','grade':'A','findings':[],'tls':{'versions':{'TLSv1.0':'no','TLSv1.1':'no','"     \
    "TLSv1.3':'yes'},"                                                                             \
    "'weak':[],'weak_unknown':[],'ems':'yes'},'certificate':{'subject':'CN=1','days_left':60,"     \
    "'not_after':'2026-06-01T00:00:00Z','sha256':'1111111111111111" ZEROES "'}}"
/* The other host's, for domains with two. */
#define TWO_HOSTS                                                                                  \
    "{'mx':[{'preference':10,'host':'mx.a.example','outcome':'ok','endpoints':"                    \
    "[{'address':'192.0.2.1','port':25}]},{'preference':20,'host':'mx.b.example','outcome':"       \
    "'ok','endpoints':[{'address':'192.0.2.2','port':25}]}]"

#define LINE_MAX_TEST 4096

/* ---- Files ---- */

/* JSON with single quotes, for C. */
static json_t *parse(const char *text)
{
    char copy[LINE_MAX_TEST];
    snprintf(copy, sizeof(copy), "%s", text);
    for (char *at = copy; *at != '\0'; at++) {
        *at = *at == '\'' ? '"' : *at;
    }
    json_error_t error;
    json_t *value = json_loads(copy, 0, &error);
    if (value == NULL) {
        fail_msg("%s: %s", error.text, copy);
    }
    return value;
}

/* `base` with the fields of `patch` in place of its own, as a line of the file. */
static void add_line(FILE *file, const char *base, const char *patch)
{
    json_t *value = parse(base);
    if (patch != NULL) {
        json_t *fields = parse(patch);
        assert_int_equal(json_object_update_recursive(value, fields), 0);
        json_decref(fields);
    }
    json_dumpf(value, file, JSON_COMPACT);
    fputc('\n', file);
    json_decref(value);
}

struct night {
    const char *domain;    /* patches; NULL: as it is */
    const char *endpoint;  /* ... */
    const char *endpoint2; /* NULL: there is none */
};

static int make_file(char path[64])
{
    int fd = memfd_create("results", MFD_CLOEXEC);
    assert_true(fd >= 0);
    snprintf(path, 64, "/proc/self/fd/%d", fd);
    return fd;
}

static struct result_file *open_text(const char *text, size_t len, char error[256])
{
    char path[64];
    int fd = make_file(path);
    assert_int_equal(write(fd, text, len), (ssize_t)len);
    struct result_file *file = result_file_open(path, true, error, 256);
    close(fd);
    return file;
}

static struct result_file *open_whole_night(const struct night *night, const char *run_patch,
                                            const char *summary_patch)
{
    char *text, error[256];
    size_t len;
    FILE *stream = open_memstream(&text, &len);
    add_line(stream, RUN, run_patch);
    add_line(stream, ENDPOINT, night->endpoint);
    if (night->endpoint2 != NULL) {
        add_line(stream, ENDPOINT, night->endpoint2);
    }
    add_line(stream, DOMAIN, night->domain);
    add_line(stream, SUMMARY, summary_patch);
    fclose(stream);
    struct result_file *file = open_text(text, len, error);
    assert_non_null(file);
    free(text);
    return file;
}

static struct result_file *open_night(const struct night *night, const char *run_patch)
{
    return open_whole_night(night, run_patch, NULL);
}

/* ---- Comparing ---- */

struct lines {
    json_t *items; /* an array */
};

static bool collect(void *user, const struct diff_line *line)
{
    struct lines *lines = user;
    struct json_writer writer;
    json_writer_init(&writer);
    diff_json_line(&writer, line);
    struct text text = json_writer_text(&writer);
    json_t *value = json_loadb(text.bytes, text.len, JSON_ALLOW_NUL, NULL);
    json_writer_fini(&writer);
    return json_array_append_new(lines->items, value) == 0;
}

static const struct finding_rule *find_rule(const char *code)
{
    enum finding_code found = policy_find(code);
    return found != FINDING_COUNT ? policy_rule(found) : NULL;
}

static const struct diff_options options = {
    .expiring = {.days = {21}, .num = 1}, .find_rule = find_rule, .sight = &policy_sight};

/* All the lines; a new reference. */
static json_t *compare_by(const struct diff_options *by, struct result_file *before,
                          struct result_file *after, struct diff_totals *out_totals)
{
    struct lines lines = {json_array()};
    char error[256] = "";
    const struct diff_pair pair = diff_pair_of(before, after, by);
    if (!diff_run(&pair, collect, &lines, out_totals, error, sizeof(error))) {
        fail_msg("%s", error);
    }
    result_file_close(before);
    result_file_close(after);
    return lines.items;
}

static json_t *compare(struct result_file *before, struct result_file *after,
                       struct diff_totals *out_totals)
{
    return compare_by(&options, before, after, out_totals);
}

/* What stands at "findings.opened.0.code", as text; "-" where nothing does. */
static void text_at(const json_t *value, const char *path, char out[256])
{
    char key[64];
    while (*path != '\0' && value != NULL) {
        size_t len = strcspn(path, ".");
        snprintf(key, sizeof(key), "%.*s", (int)len, path);
        value = json_is_array(value) ? json_array_get(value, strtoul(key, NULL, 10))
                                     : json_object_get(value, key);
        path += len + (path[len] == '.');
    }
    if (json_is_string(value)) {
        snprintf(out, 256, "%s", json_string_value(value));
    } else if (json_is_integer(value)) {
        snprintf(out, 256, "%lld", (long long)json_integer_value(value));
    } else if (json_is_array(value)) {
        snprintf(out, 256, "%zu", json_array_size(value));
    } else if (json_is_boolean(value)) {
        snprintf(out, 256, "%s", json_is_true(value) ? "true" : "false");
    } else if (json_is_object(value)) {
        snprintf(out, 256, "{}");
    } else {
        snprintf(out, 256, "-");
    }
}

/* `expected`: "verdict=regression grade.direction=worse ..." */
static void expect(const char *name, const json_t *line, const char *expected)
{
    char words[1024], *state = NULL;
    snprintf(words, sizeof(words), "%s", expected);
    for (char *word = strtok_r(words, " ", &state); word != NULL;
         word = strtok_r(NULL, " ", &state)) {
        char *equals = strchr(word, '='), seen[256];
        *equals = '\0';
        text_at(line, word, seen);
        if (strcmp(seen, equals + 1) != 0) {
            char *all = json_dumps(line, JSON_COMPACT);
            fail_msg("%s: %s is %s, not %s\n%s", name, word, seen, equals + 1, all);
        }
    }
}

#define FOUND(code, severity) "{'code':'" code "','severity':'" severity "','detail':null}"
#define HAS(code, severity)   "{'findings':[" FOUND(code, severity) "]}"
#define UNSEEN                "{'grade':'U','tls':null,'certificate':null}"
#define TIMED_OUT                                                                                  \
    "{'grade':'U','score':null,'opportunistic_tls':'unknown','enforced_tls':'unknown',"            \
    "'dane':{'status':'unknown'},'partial':true,'findings':[" FOUND("mx_unobserved", "info") "]}"
#define INCONSISTENT                                                                               \
    "{'inconsistent':true,'starttls':{'advertised':'yes'},'findings':[" FOUND(                     \
        "starttls_inconsistent", "high") "]}"
#define NO_STARTTLS                                                                                \
    "{'grade':'F','tls':null,'certificate':null,'starttls':{'advertised':'no'},"                   \
    "'findings':[" FOUND("no_starttls", "critical") "]}"
#define NOTHING_BUT_CLEAR                                                                          \
    "{'grade':'F','score':0,'opportunistic_tls':'no','findings':[" FOUND("no_starttls",            \
                                                                         "critical") "]}"
#define CLEAR_AND(open, grade, score, more)                                                        \
    TWO_HOSTS ",'evidence':{},'open':[" open "],'grade':'" grade "','score':" score                \
              ",'opportunistic_tls':'no','findings':[" FOUND("no_starttls", "critical") more "]"
#define VARIES FOUND("self_signed", "high") "," FOUND("certificate_varies", "low")
#define VARYING                                                                                    \
    "{'grade':'C','evidence':{'certificate':{'valid':1,'invalid':1,'mixed':true}},'findings':"     \
    "[" VARIES "]}"
#define COVERED(questions) "{'evidence':{},'open':[" questions "]"
#define SECOND                                                                                     \
    "'host':'mx.b.example','address':'192.0.2.2','provider':'b.example',"                          \
    "'certificate':{'sha256':'2222222222222222" ZEROES "','days_left':50}"

#define ACCEPTED(code, severity)                                                                   \
    "{'code':'" code "','severity':'" severity "','detail':null,'accepted':{'until':'2027-03-31'," \
    "'reason':'why','by':'who'}}"
#define LEFT(grade)  "'accepted_grade':{'grade':'" grade "','until':'2027-03-31'}"
#define IS_B         "'grade':'B','score':80"
#define IS_C         "'grade':'C','score':60"
#define B_OF_TLS10   "{" IS_B ",'findings':[" FOUND("tls10", "medium") "]}"
#define B_AS_A       "{" IS_B "," LEFT("A") ",'findings':[" ACCEPTED("tls10", "medium") "]}"
#define C_OF_EXPIRED "{" IS_C ",'findings':[" FOUND("expired", "high") "]}"
#define C_AS_A       "{" IS_C "," LEFT("A") ",'findings':[" ACCEPTED("expired", "high") "]}"
#define HAS_EXPIRED                                                                                \
    "{'certificate':{'days_left':-3,'problems':['expired']},'findings':[" EXPIRED "]}"
#define EXPIRED   FOUND("expired", "high")
#define AND_TLS10 "{" IS_C ",'findings':[" FOUND("tls10", "medium") "," EXPIRED "]}"
#define C_AS_B                                                                                     \
    "{" IS_C                                                                                       \
    "," LEFT("B") ",'findings':[" FOUND("tls10", "medium") "," ACCEPTED("expired", "high") "]}"

static const struct {
    const char *name;
    struct night before, after;
    const char *expected; /* NULL: no line at all */
} cases[] = {
    {"what is accepted opens without an alarm",
     {0},
     {B_AS_A, HAS("tls10", "medium"), NULL},
     "verdict=accepted grade.old=A grade.new=B grade.direction=accepted score.direction=accepted "
     "accepted_grade.old=- accepted_grade.new=A accepted_grade.direction=accepted "
     "findings.opened=1 findings.opened.0.accepted.by=who"},
    {"and closes without one",
     {B_AS_A, HAS("tls10", "medium"), NULL},
     {0},
     "verdict=accepted grade.direction=accepted score.direction=accepted findings.closed=1 "
     "accepted_grade.direction=accepted"},
    {"that it is accepted is no gain",
     {B_OF_TLS10, HAS("tls10", "medium"), NULL},
     {B_AS_A, HAS("tls10", "medium"), NULL},
     "verdict=accepted grade=- score=- accepted_grade.new=A accepted_grade.direction=accepted "
     "findings.accepted=1 findings.opened=0 findings.acceptance_ended=0"},
    {"that it no longer is is a loss",
     {B_AS_A, HAS("tls10", "medium"), NULL},
     {B_OF_TLS10, HAS("tls10", "medium"), NULL},
     "verdict=regression grade=- accepted_grade.old=A accepted_grade.new=- "
     "accepted_grade.direction=worse findings.accepted=0 findings.acceptance_ended=1 "
     "findings.acceptance_ended.0.accepted.until=2027-03-31"},
    {"so it is of what costs no letter",
     {"{'findings':[" ACCEPTED("no_tls_rpt", "low") "]}", NULL, NULL},
     {"{'findings':[" FOUND("no_tls_rpt", "low") "]}", NULL, NULL},
     "verdict=regression grade=- accepted_grade=- findings.acceptance_ended=1"},
    {"what is accepted both nights has no line",
     {B_AS_A, HAS("tls10", "medium"), NULL},
     {B_AS_A, HAS("tls10", "medium"), NULL},
     NULL},
    {"beside what is accepted something else is worse",
     {C_AS_A, HAS_EXPIRED, NULL},
     {C_AS_B,
      "{'certificate':{'days_left':-3,'problems':['expired']},'findings':[" FOUND(
          "tls10", "medium") "," EXPIRED "]}",
      NULL},
     "verdict=regression grade=- accepted_grade.old=A accepted_grade.new=B "
     "accepted_grade.direction=worse findings.opened=1"},
    {"what is not accepted is worse with the letter",
     {B_AS_A, HAS("tls10", "medium"), NULL},
     {AND_TLS10,
      "{'certificate':{'days_left':-3,'problems':['expired']},'findings':[" FOUND(
          "tls10", "medium") "," EXPIRED "]}",
      NULL},
     "verdict=regression grade.direction=worse accepted_grade.direction=accepted "
     "findings.opened=1 findings.acceptance_ended=1 certificates.0.change=expired"},
    {"a certificate that has ended is not told where that is accepted",
     {0},
     {C_AS_A, HAS_EXPIRED, NULL},
     "verdict=accepted grade.direction=accepted certificates=-"},
    {"an answer that fell by what is accepted is accepted too",
     {0},
     {"{'grade':'F','score':0," LEFT("A") ",'opportunistic_tls':'no','findings':[" ACCEPTED(
          "no_starttls", "critical") "]}",
      NO_STARTTLS, NULL},
     "verdict=accepted opportunistic_tls.direction=accepted grade.direction=accepted"},
    {"and one that rose by it",
     {"{'grade':'F','score':0," LEFT("A") ",'opportunistic_tls':'no','findings':[" ACCEPTED(
          "no_starttls", "critical") "]}",
      NO_STARTTLS, NULL},
     {NULL, "{'starttls':{'advertised':'yes'}}", NULL},
     "opportunistic_tls.direction=accepted verdict=accepted"},
    {"enforcement that is gone by what is accepted is not lost",
     {"{'enforced_tls':'dane','dane':{'status':'valid'}}", "{'dane':{'status':'valid'}}", NULL},
     {"{'grade':'D','score':30," LEFT("A") ",'dane':{'status':'mismatch'},'findings':[" ACCEPTED(
          "dane_mismatch", "critical") "]}",
      "{'dane':{'status':'mismatch'},'findings':[" FOUND("dane_mismatch", "critical") "]}", NULL},
     "verdict=accepted dane.direction=accepted enforced_tls.direction=accepted"},
    {"what is the same has no line", {0}, {0}, NULL},
    {"a letter and a score that fall are a regression",
     {0},
     {"{'grade':'C','score':60,'findings':[" FOUND("tls10", "medium") "," FOUND("expired",
                                                                                "high") "]}",
      HAS("tls10", "medium"), NULL},
     "verdict=regression grade.old=A grade.new=C grade.direction=worse score.direction=worse "
     "findings.opened=2 findings.closed=0 findings.opened.0.code=tls10"},
    {"a letter and a score that rise are an improvement",
     {"{'grade':'B','score':80,'findings':[" FOUND("tls10", "medium") "]}", HAS("tls10", "medium"),
      NULL},
     {0},
     "verdict=improvement grade.direction=better score.direction=better findings.closed=1"},
    {"a score that falls within its letter is one too",
     {0},
     {"{'score':88,'findings':[" FOUND("no_tls_rpt", "low") "]}", NULL, NULL},
     "verdict=regression grade=- score.direction=worse findings.opened=1"},
    {"a finding for information makes nothing worse",
     {0},
     {HAS("rsa_below_3072", "info"), HAS("rsa_below_3072", "info"), NULL},
     "verdict=changed findings.opened=1"},
    {"one finding closed and another opened is mixed",
     {HAS("tls11", "medium"), HAS("tls11", "medium"), NULL},
     {HAS("no_tls13", "low"), HAS("no_tls13", "low"), NULL},
     "verdict=mixed"},
    {"a domain that timed out is not observed",
     {"{'grade':'B','score':80,'findings':[" FOUND("tls10", "medium") "]}", HAS("tls10", "medium"),
      NULL},
     {TIMED_OUT, UNSEEN, NULL},
     "verdict=not_observed grade.direction=not_observed score.direction=not_observed "
     "opportunistic_tls.direction=not_observed enforced_tls.direction=not_observed "
     "findings.not_observed=1 findings.closed=0 findings.opened=0"},
    {"and when it is back it is observed again",
     {TIMED_OUT, UNSEEN, NULL},
     {"{'grade':'F','score':0,'opportunistic_tls':'no','findings':[" FOUND("no_starttls",
                                                                           "critical") "]}",
      "{'grade':'F','tls':null,'certificate':null,'findings':[" FOUND("no_starttls",
                                                                      "critical") "]}",
      NULL},
     "verdict=observed_again grade.direction=observed_again "
     "opportunistic_tls.direction=observed_again findings.observed_again=1 findings.opened=0"},
    {"two nights without a sight are no change",
     {TIMED_OUT, UNSEEN, NULL},
     {TIMED_OUT, UNSEEN, NULL},
     NULL},
    {"a version that could not be decided does not close its finding",
     {"{'grade':'B','score':80,'findings':[" FOUND("tls10", "medium") "]}", HAS("tls10", "medium"),
      NULL},
     {NULL, "{'tls':{'versions':{'TLSv1.0':'unknown'}}}", NULL},
     "verdict=not_observed grade.direction=not_observed score.direction=not_observed "
     "findings.not_observed=1 findings.closed=0"},
    {"nor does one that is decided for the first time open it",
     {NULL, "{'tls':{'versions':{'TLSv1.0':'unknown'}}}", NULL},
     {"{'grade':'B','score':80,'findings':[" FOUND("tls10", "medium") "]}", HAS("tls10", "medium"),
      NULL},
     "verdict=observed_again grade.direction=observed_again score.direction=observed_again "
     "findings.observed_again=1 findings.opened=0"},
    {"the same holds for a class of suites",
     {"{'grade':'C','score':60,'findings':[" FOUND("rc4_suite", "high") "]}",
      HAS("rc4_suite", "high"), NULL},
     {NULL, "{'tls':{'weak_unknown':['RC4']}}", NULL},
     "verdict=not_observed grade.direction=not_observed"},
    {"a real loss beside a new sight is a regression",
     {NULL, "{'tls':{'versions':{'TLSv1.0':'unknown'}}}", NULL},
     {"{'grade':'C','score':55,'findings':[" FOUND("tls10", "medium") "," FOUND("expired",
                                                                                "high") "]}",
      "{'findings':[" FOUND("tls10", "medium") "," FOUND("expired", "high") "]}", NULL},
     "verdict=regression grade.direction=worse findings.opened=1 findings.observed_again=1"},
    {"a rise is real where what is unseen would not have kept it down",
     {"{'grade':'D','score':30,'findings':[" FOUND("dane_mismatch",
                                                   "critical") "," FOUND("tls10", "medium") "]}",
      "{'dane':{'status':'mismatch'},'findings':[" FOUND("dane_mismatch", "critical") "," FOUND(
          "tls10", "medium") "]}",
      NULL},
     {NULL, "{'dane':{'status':'valid'},'tls':{'versions':{'TLSv1.0':'unknown'}}}", NULL},
     "verdict=improvement grade.direction=better findings.closed=1 findings.not_observed=1"},
    {"an address without TLS that is not seen any more gives no better answer",
     {TWO_HOSTS ",'opportunistic_tls':'partial','grade':'D','score':40,'findings':[" FOUND(
          "starttls_on_some", "high") "," FOUND("no_starttls", "critical") "]}",
      NULL,
      "{" SECOND ",'grade':'F','tls':null,'findings':[" FOUND("no_starttls", "critical") "]}"},
     {TWO_HOSTS ",'partial':true}", NULL, "{" SECOND ",'grade':'U','tls':null}"},
     "verdict=not_observed opportunistic_tls.direction=not_observed "
     "grade.direction=not_observed findings.not_observed=2 partial.direction=not_observed"},
    {"a finding is closed where the address that had it shows so, whatever others do",
     {TWO_HOSTS ",'grade':'B','score':80,'findings':[" FOUND("tls10", "medium") "]}",
      HAS("tls10", "medium"), "{" SECOND "}"},
     {TWO_HOSTS ",'partial':true}", NULL, "{" SECOND ",'grade':'U','tls':null}"},
     "verdict=improvement grade.direction=better findings.closed=1"},
    {"a letter falls by what was opened, whatever was seen for the first time beside it",
     {NULL, "{'tls':{'weak_unknown':['RC4']}}", NULL},
     {"{'grade':'C','score':50,'findings':[" FOUND("rc4_suite", "high") "," FOUND("expired",
                                                                                  "high") "]}",
      "{'findings':[" FOUND("rc4_suite", "high") "," FOUND("expired", "high") "]}", NULL},
     "verdict=regression grade.direction=worse findings.opened=1 findings.observed_again=1"},
    {"a host whose addresses could not be looked up closes nothing",
     {TWO_HOSTS ",'grade':'B','score':80,'findings':[" FOUND("tls10", "medium") "]}", NULL,
      "{" SECOND ",'findings':[" FOUND("tls10", "medium") "]}"},
     {"{'mx':[{'preference':10,'host':'mx.a.example','outcome':'ok','endpoints':"
      "[{'address':'192.0.2.1','port':25}]},{'preference':20,'host':'mx.b.example',"
      "'outcome':'dns_timeout','endpoints':[]}]}",
      NULL, NULL},
     "verdict=not_observed grade.direction=not_observed findings.not_observed=1"},
    {"one that does not exist any more does",
     {TWO_HOSTS ",'grade':'B','score':80,'findings':[" FOUND("tls10", "medium") "]}", NULL,
      "{" SECOND ",'findings':[" FOUND("tls10", "medium") "]}"},
     {"{'mx':[{'preference':10,'host':'mx.a.example','outcome':'ok','endpoints':"
      "[{'address':'192.0.2.1','port':25}]},{'preference':20,'host':'mx.b.example',"
      "'outcome':'dns_nxdomain','endpoints':[]}]}",
      NULL, NULL},
     "verdict=improvement grade.direction=better findings.closed=1"},
    {"nor does an address in place of another that could not be observed",
     {"{'grade':'B','score':80,'findings':[" FOUND("tls10", "medium") "]}", HAS("tls10", "medium"),
      NULL},
     {"{'grade':'U','score':null,'mx':[{'preference':10,'host':'mx.a.example','outcome':'ok',"
      "'endpoints':[{'address':'192.0.2.9','port':25}]}]}",
      "{'address':'192.0.2.9','grade':'U','tls':null}", NULL},
     "verdict=not_observed findings.not_observed=1 findings.closed=0"},
    {"a failed look-up of the MX is not observed, and no host was removed",
     {0},
     {"{'mail':'unknown','mx':[],'grade':'U','score':null}", NULL, NULL},
     "verdict=not_observed mail.direction=not_observed mx=-"},
    {"enforcement that is gone is a loss",
     {"{'enforced_tls':'mta-sts','mta_sts':{'status':'enforce'}}", NULL, NULL},
     {0},
     "verdict=regression enforced_tls.direction=worse mta_sts.direction=worse"},
    {"enforcement that is there is a gain",
     {0},
     {"{'enforced_tls':'dane','dane':{'status':'valid'}}", NULL, NULL},
     "verdict=improvement enforced_tls.direction=better dane.direction=better"},
    {"a policy that the network kept back is not lost",
     {"{'enforced_tls':'mta-sts','mta_sts':{'status':'enforce'}}", NULL, NULL},
     {"{'mta_sts':{'status':'fetch_failed','problems':['fetch_timeout']},'findings':[" FOUND(
          "mta_sts_invalid", "medium") "," FOUND("no_enforcement", "low") "]}",
      NULL, NULL},
     "verdict=not_observed enforced_tls.direction=not_observed mta_sts.direction=not_observed "
     "findings=-"},
    {"one whose certificate fails is",
     {"{'enforced_tls':'mta-sts','mta_sts':{'status':'enforce'}}", NULL, NULL},
     {"{'mta_sts':{'status':'fetch_failed','problems':['fetch_certificate']}}", NULL, NULL},
     "verdict=regression enforced_tls.direction=worse"},
    {"nor is one whose fetch broke off in TLS, where the record says so",
     {"{'enforced_tls':'mta-sts','mta_sts':{'status':'enforce'}}", NULL, NULL},
     {"{'enforced_tls':'unknown','evidence':{'mta_sts_network':true},"
      "'mta_sts':{'status':'fetch_failed','problems':['fetch_tls']}}",
      NULL, NULL},
     "verdict=not_observed enforced_tls.direction=not_observed mta_sts.direction=not_observed"},
    {"but one whose host has no name any more is",
     {"{'enforced_tls':'mta-sts','mta_sts':{'status':'enforce'}}", NULL, NULL},
     {"{'evidence':{},'mta_sts':{'status':'fetch_failed','problems':['fetch_dns']}}", NULL, NULL},
     "verdict=regression enforced_tls.direction=worse mta_sts.direction=worse"},
    {"a letter that fell because a question had no answer this time has not fallen",
     {COVERED("") ",'grade':'A+','score':99}", NULL, NULL},
     {COVERED("'injection'") ",'grade':'A','score':95}", NULL, NULL},
     "verdict=not_observed grade.direction=not_observed score.direction=not_observed "
     "open.old=0 open.new=1 open.new.0=injection open.direction=not_observed"},
    {"nor has it risen when the answer is there",
     {COVERED("'injection','tls10'") ",'grade':'A','score':95}", NULL, NULL},
     {COVERED("'tls10'") ",'grade':'A+','score':99}", NULL, NULL},
     "verdict=observed_again grade.direction=observed_again open.direction=observed_again"},
    {"a finding that was opened counts beside it",
     {COVERED("") "}", NULL, NULL},
     {COVERED("'injection'") ",'grade':'B','score':80,'findings':[" FOUND("tls10", "medium") "]}",
      HAS("tls10", "medium"), NULL},
     "verdict=regression grade.direction=worse open.direction=changed findings.opened=1"},
    {"a finding that was opened counts beside a question that it made pointless",
     {COVERED("'tls10'") "}", NULL, NULL},
     {COVERED("") ",'grade':'C','score':60,'findings':[" FOUND("expired", "high") "]}",
      HAS("expired", "high"), NULL},
     "verdict=regression grade.direction=worse open.direction=changed"},
    {"an address that is observed to have no TLS either makes nothing worse",
     {CLEAR_AND("'addresses'", "D", "25", "," FOUND("mx_unobserved", "info")) ",'partial':true}",
      NO_STARTTLS, "{" SECOND ",'grade':'U','tls':null}"},
     {CLEAR_AND("", "F", "0", "") "}", NO_STARTTLS,
      "{" SECOND ",'grade':'F','tls':null,'certificate':null,'findings':[" FOUND("no_starttls",
                                                                                 "critical") "]}"},
     "verdict=observed_again grade.direction=observed_again score.direction=observed_again"},
    {"one that is not observed any more makes nothing better",
     {CLEAR_AND("", "F", "0", "") "}", NO_STARTTLS,
      "{" SECOND ",'grade':'F','tls':null,'certificate':null,'findings':[" FOUND("no_starttls",
                                                                                 "critical") "]}"},
     {CLEAR_AND("'addresses'", "D", "25", "," FOUND("mx_unobserved", "info")) ",'partial':true}",
      NO_STARTTLS, "{" SECOND ",'grade':'U','tls':null}"},
     "verdict=not_observed grade.direction=not_observed score.direction=not_observed"},
    {"the same questions are no news",
     {COVERED("'injection','tls10'") "}", NULL, NULL},
     {COVERED("'injection','tls10'") "}", NULL, NULL},
     NULL},
    {"dialogues that disagreed on STARTTLS and now agree that there is none lost nothing",
     {COVERED("'starttls'") "}", "{'open':['starttls']}", NULL},
     {COVERED("") ",'grade':'F','score':0,'opportunistic_tls':'no','findings':[" FOUND(
          "no_starttls", "critical") "]}",
      "{'grade':'F','tls':null,'certificate':null,'findings':[" FOUND("no_starttls",
                                                                      "critical") "]}",
      NULL},
     "verdict=observed_again grade.direction=observed_again "
     "opportunistic_tls.direction=observed_again findings.opened=0 findings.observed_again=1"},
    {"STARTTLS that was offered now and then may have been missing by chance before",
     {0},
     {"{'grade':'D','score':40,'findings':[" FOUND("starttls_inconsistent", "high") "]}",
      INCONSISTENT, NULL},
     "verdict=observed_again grade.direction=observed_again findings.opened=0"},
    {"and may be there each time by chance",
     {"{'grade':'D','score':40,'findings':[" FOUND("starttls_inconsistent", "high") "]}",
      INCONSISTENT, NULL},
     {0},
     "verdict=not_observed grade.direction=not_observed findings.closed=0"},
    {"or be missing each time",
     {"{'grade':'D','score':40,'findings':[" FOUND("starttls_inconsistent", "high") "]}",
      INCONSISTENT, NULL},
     {NOTHING_BUT_CLEAR, NO_STARTTLS, NULL},
     "grade.direction=observed_again opportunistic_tls.direction=observed_again findings.opened=0 "
     "findings.closed=0 verdict=not_observed"},
    {"a bad certificate that is shown now and then may have been missed before",
     {0},
     {"{'grade':'C','score':50,'findings':[" VARIES "]}", VARYING, NULL},
     "verdict=observed_again grade.direction=observed_again score.direction=observed_again "
     "findings.opened=0 findings.observed_again=2"},
    {"and may be missed the next time",
     {"{'grade':'C','score':50,'findings':[" VARIES "]}", VARYING, NULL},
     {0},
     "verdict=not_observed grade.direction=not_observed score.direction=not_observed "
     "findings.closed=0"},
    {"or be shown each time",
     {"{'grade':'C','score':50,'findings':[" VARIES "]}", VARYING, NULL},
     {"{'grade':'C','score':55,'findings':[" FOUND("self_signed", "high") "]}",
      HAS("self_signed", "high"), NULL},
     "verdict=not_observed score.direction=not_observed findings.closed=0 findings.not_observed=1"},
    {"or be shown to one dialogue alone, which does not count",
     {"{'grade':'D','score':30,'findings':[" FOUND("rsa_below_1024", "critical") "]}",
      HAS("rsa_below_1024", "critical"), NULL},
     {"{'grade':'C','score':50,'findings':[" FOUND("weak_key", "high") "]}",
      "{'grade':'C','evidence':{'certificate':{'valid':2,'key_alone':true}},'findings':"
      "[" FOUND("weak_key", "high") "]}",
      NULL},
     "verdict=not_observed findings.closed=0 findings.not_observed=1"},
    {"a bad certificate that each dialogue is shown is a loss",
     {0},
     {"{'grade':'C','score':55,'findings':[" FOUND("self_signed", "high") "]}",
      HAS("self_signed", "high"), NULL},
     "verdict=regression grade.direction=worse findings.opened=1"},
    {"STARTTLS that is gone from a server that had it each time is lost",
     {NULL, "{'starttls':{'advertised':'yes'}}", NULL},
     {NOTHING_BUT_CLEAR, NO_STARTTLS, NULL},
     "verdict=regression grade.direction=worse opportunistic_tls.direction=worse "
     "findings.opened=1"},
    {"a chain of which the trust was unknown was not seen to be trusted",
     {NULL, "{'certificate':{'trusted':'unknown'}}", NULL},
     {"{'grade':'C','score':60,'findings':[" FOUND("untrusted_root", "high") "]}",
      "{'certificate':{'trusted':'no'},'findings':[" FOUND("untrusted_root", "high") "]}", NULL},
     "verdict=observed_again findings.observed_again=1"},
    {"what an older file left open nobody knows",
     {"{'grade':'A+','score':99}", NULL, NULL},
     {COVERED("'injection'") "}", NULL, NULL},
     "verdict=regression grade.direction=worse open=-"},
    {"from one way of enforcing to the other is neither",
     {"{'enforced_tls':'mta-sts'}", NULL, NULL},
     {"{'enforced_tls':'dane'}", NULL, NULL},
     "verdict=changed enforced_tls.direction=changed"},
    {"DANE that is a temporary error is not observed",
     {"{'enforced_tls':'dane','dane':{'status':'valid'}}", NULL, NULL},
     {"{'enforced_tls':'unknown','dane':{'status':'temperror'}}", NULL, NULL},
     "verdict=not_observed dane.direction=not_observed"},
    {"a replaced certificate is told with both",
     {0},
     {NULL, "{'certificate':{'sha256':'3333333333333333" ZEROES "','subject':'CN=3'}}", NULL},
     "verdict=changed certificates=1 certificates.0.change=replaced "
     "certificates.0.host=mx.a.example certificates.0.new.0.subject=CN=3 "
     "certificates.0.old.0.subject=CN=1"},
    {"a certificate that is seen for the first time replaces none",
     {NULL, "{'certificate':null}", NULL},
     {0},
     NULL},
    {"a certificate with few days left is told",
     {NULL, "{'certificate':{'days_left':22}}", NULL},
     {NULL, "{'certificate':{'days_left':21}}", NULL},
     "verdict=expiring certificates.0.change=expiring certificates.0.days_left=21 "
     "certificates.0.since_before=false"},
    {"and again until it is replaced",
     {NULL, "{'certificate':{'days_left':12}}", NULL},
     {NULL, "{'certificate':{'days_left':11}}", NULL},
     "verdict=expiring certificates.0.since_before=true"},
    {"that it has expired is told once",
     {NULL, "{'certificate':{'days_left':0}}", NULL},
     {NULL, "{'certificate':{'days_left':-1}}", NULL},
     "certificates.0.change=expired"},
    {"and not every night",
     {NULL, "{'certificate':{'days_left':-1}}", NULL},
     {NULL, "{'certificate':{'days_left':-2}}", NULL},
     NULL},
    {"an address in place of another with the same certificate is no change",
     {0},
     {"{'mx':[{'preference':10,'host':'mx.a.example','outcome':'ok','endpoints':"
      "[{'address':'192.0.2.9','port':25}]}]}",
      "{'address':'192.0.2.9'}", NULL},
     NULL},
    {"a finding goes with an address that is gone if the one in its place shows that it has it not",
     {"{'grade':'B','score':80,'findings':[" FOUND("tls10", "medium") "]}", HAS("tls10", "medium"),
      NULL},
     {"{'mx':[{'preference':10,'host':'mx.a.example','outcome':'ok','endpoints':"
      "[{'address':'192.0.2.9','port':25}]}]}",
      "{'address':'192.0.2.9'}", NULL},
     "verdict=improvement findings.closed=1"},
    {"a host that was added and its provider are named",
     {0},
     {TWO_HOSTS "}", NULL, "{" SECOND "}"},
     "verdict=changed mx.added=1 mx.added.0=mx.b.example mx.removed=- providers.old=1 "
     "providers.new=2 providers.new.1=b.example"},
    {"without a provider in the records none is said to have changed",
     {0},
     {TWO_HOSTS "}", NULL, "{" SECOND ",'provider':null}"},
     "mx.added=1 providers=-"},
    {"another preference is told",
     {0},
     {"{'mx':[{'preference':30,'host':'mx.a.example','outcome':'ok','endpoints':"
      "[{'address':'192.0.2.1','port':25}]}]}",
      NULL, NULL},
     "verdict=changed mx.preference.0.old=10 mx.preference.0.new=30"},
    {"mail that is taken no more is a change and no loss",
     {0},
     {"{'mail':'null_mx','mx':[],'grade':'N','score':null,'opportunistic_tls':'unknown',"
      "'enforced_tls':'unknown'}",
      NULL, NULL},
     "mail.direction=changed grade.direction=changed mx.removed=1"},
    {"what an older file lacks is compared with nothing",
     {0},
     {"{'services':[{'service':'imaps','host':'mx.b.example','port':993,'endpoints':"
      "[{'address':'192.0.2.2','port':993}]}]}",
      NULL, "{" SECOND ",'port':993}"},
     NULL},
    {"the certificate of another service is compared as well",
     {"{'services':[{'service':'imaps','host':'mx.b.example','port':993,'endpoints':"
      "[{'address':'192.0.2.2','port':993}]}]}",
      NULL, "{" SECOND ",'port':993}"},
     {"{'services':[{'service':'pop3s','host':'mx.b.example','port':995,'endpoints':[]},"
      "{'service':'imaps','host':'mx.b.example','port':993,'endpoints':"
      "[{'address':'192.0.2.2','port':993}]}]}",
      NULL,
      "{'host':'mx.b.example','address':'192.0.2.2','port':993,'certificate':{'sha256':"
      "'4444444444444444" ZEROES "','days_left':50}}"},
     "verdict=changed certificates=1 certificates.0.change=replaced "
     "certificates.0.host=mx.b.example"},
};

static void nights_are_compared(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct diff_totals totals;
        json_t *lines =
            compare(open_night(&cases[i].before, NULL), open_night(&cases[i].after, NULL), &totals);
        bool has_line = json_array_size(lines) == 3;
        if (has_line != (cases[i].expected != NULL)) {
            char *all = json_dumps(json_array_get(lines, 1), JSON_COMPACT);
            fail_msg("%s: %s", cases[i].name, all);
        }
        if (has_line) {
            expect(cases[i].name, json_array_get(lines, 1), cases[i].expected);
        }
        assert_int_equal(totals.num_unchanged, has_line ? 0 : 1);
        json_decref(lines);
    }
}

/* Once for each threshold that was passed since; a certificate that is new is told as what it is.
 */
static void of_several_thresholds_each_is_told_once(void **state)
{
    static const struct {
        int before, after; /* days left; before 999: another certificate */
        bool is_told;
    } nights[] = {
        {31, 30, true}, {30, 29, false}, {32, 29, true},  {15, 14, true},  {14, 14, false},
        {30, 13, true}, {13, 8, false},  {8, 7, true},    {7, 2, false},   {2, 1, true},
        {1, 0, false},  {31, 31, false}, {14, 30, false}, {999, 20, true}, {999, 31, false},
    };
    const struct diff_options by = {
        .expiring = {.days = {30, 14, 7, 1}, .num = 4},
        .find_rule = find_rule,
        .sight = &policy_sight,
    };
    (void)state;
    for (size_t i = 0; i < sizeof(nights) / sizeof(nights[0]); i++) {
        char before[160], after[80];
        struct diff_totals totals;
        snprintf(before, sizeof(before), "{'certificate':{'days_left':%d%s}}", nights[i].before,
                 nights[i].before == 999 ? ",'sha256':'5555555555555555" ZEROES "'" : "");
        snprintf(after, sizeof(after), "{'certificate':{'days_left':%d}}", nights[i].after);
        const struct night old = {NULL, before, NULL}, new = {NULL, after, NULL};
        json_decref(compare_by(&by, open_night(&old, NULL), open_night(&new, NULL), &totals));
        if ((totals.certificates_expiring == 1) != nights[i].is_told) {
            fail_msg("%d, then %d days left: told %d times", nights[i].before, nights[i].after,
                     (int)totals.certificates_expiring);
        }
    }
}

static void every_grade_against_every_grade(void **state)
{
    static const enum grade letters[] = {GRADE_A_PLUS, GRADE_A, GRADE_B, GRADE_C, GRADE_D, GRADE_F};
    (void)state;
    for (size_t i = 0; i < 6; i++) {
        for (size_t k = 0; k < 6; k++) {
            assert_int_equal(diff_value_direction(DIFF_GRADE, letters[i], letters[k]),
                             i == k ? DIFF_SAME : (k > i ? DIFF_WORSE : DIFF_BETTER));
        }
        assert_int_equal(diff_value_direction(DIFF_GRADE, letters[i], GRADE_U), DIFF_NOT_OBSERVED);
        assert_int_equal(diff_value_direction(DIFF_GRADE, GRADE_U, letters[i]),
                         DIFF_OBSERVED_AGAIN);
        assert_int_equal(diff_value_direction(DIFF_GRADE, letters[i], GRADE_N), DIFF_CHANGED);
        assert_int_equal(diff_value_direction(DIFF_GRADE, GRADE_N, letters[i]), DIFF_CHANGED);
    }
}

/* A value without a rank of its own would count as the middle one. */
static void every_value_is_ranked(void **state)
{
    static const struct {
        enum diff_value value;
        const struct record_enum *values;
        const char *names[10]; /* in the order of their numbers; what may share a rank has one */
        int ranks[10];
    } tables[] = {
        {DIFF_OPPORTUNISTIC, &record_opportunistic_tls, {"no", "partial", "yes"}, {0, 1, 2}},
        {DIFF_ENFORCED, &record_enforced_tls, {"none", "dane", "mta-sts", "both"}, {0, 1, 1, 2}},
        {DIFF_MTA_STS,
         &record_mta_sts_status,
         {"broken", "mx_mismatch", "none", "off", "invalid_record", "fetch_failed", "syntax_error",
          "testing", "enforce"},
         {-1, -1, 0, 0, 0, 0, 0, 1, 2}},
        {DIFF_DANE,
         &record_dane_status,
         {"mismatch", "bogus", "none", "insecure", "unusable", "partial", "valid"},
         {-1, -1, 0, 0, 0, 1, 2}},
        {DIFF_TLS_RPT, &record_verdict, {"no", "yes"}, {0, 1}},
        {DIFF_MAIL, &record_mail_kind, {"mx", "implicit", "null_mx", "none"}, {0, 0, 0, 0}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        unsigned numbers[10], num = 0;
        for (; num < 10 && tables[i].names[num] != NULL; num++) {
            const char *name = tables[i].names[num];
            assert_true(record_enum_find(tables[i].values, name, strlen(name), &numbers[num]));
        }
        /* Beside them there are unknown and its like, which nobody could observe. */
        unsigned num_unknown = tables[i].value == DIFF_DANE ? 2 : 1;
        assert_int_equal(num + num_unknown, tables[i].values->num_values);
        for (unsigned k = 0; k < num; k++) {
            for (unsigned j = 0; j < num; j++) {
                int step = tables[i].ranks[j] - tables[i].ranks[k];
                enum diff_direction expected = k == j     ? DIFF_SAME
                                               : step > 0 ? DIFF_BETTER
                                               : step < 0 ? DIFF_WORSE
                                                          : DIFF_CHANGED;
                assert_int_equal(diff_value_direction(tables[i].value, numbers[k], numbers[j]),
                                 expected);
            }
            assert_int_equal(diff_value_direction(tables[i].value, numbers[k], 0),
                             DIFF_NOT_OBSERVED);
            assert_int_equal(diff_value_direction(tables[i].value, 0, numbers[k]),
                             DIFF_OBSERVED_AGAIN);
        }
    }
    assert_int_equal(diff_value_direction(DIFF_DANE, DANE_UNKNOWN, DANE_TEMPERROR), DIFF_CHANGED);
}

/* ---- Lists that are not the same ---- */

static struct result_file *open_lines(const char *const *patches, const char *end)
{
    char *text, error[256];
    size_t len;
    FILE *stream = open_memstream(&text, &len);
    add_line(stream, RUN, NULL);
    for (size_t i = 0; patches[i] != NULL; i++) {
        add_line(stream, DOMAIN, patches[i]);
    }
    fputs(end, stream);
    fclose(stream);
    struct result_file *file = open_text(text, len, error);
    if (file == NULL) {
        fail_msg("%s", error);
    }
    free(text);
    return file;
}

#define END "{\"type\":\"summary\",\"complete\":true}\n"

static void domains_come_and_go_in_the_order_of_the_lists(void **state)
{
    static const char *const before[] = {"{'domain':'kept.example','line':3}",
                                         "{'domain':'gone.example','line':1}",
                                         "{'domain':null,'input':'not a domain','line':2}", NULL};
    static const char *const after[] = {"{'domain':'last.example','line':9}",
                                        "{'domain':'kept.example','line':5,'grade':'B'}",
                                        "{'domain':'first.example','line':1}",
                                        "{'domain':'kept.example','line':7,'grade':'F'}", NULL};
    (void)state;
    struct diff_totals totals;
    json_t *lines = compare(open_lines(before, END), open_lines(after, END), &totals);
    expect("the order", lines,
           "0.type=diff 1.domain=first.example 1.verdict=new 1.certain=true 1.new.grade=A "
           "2.domain=kept.example 2.verdict=regression 2.grade.new=B 3.domain=last.example "
           "4.domain=gone.example 4.verdict=vanished 4.old.grade=A 5.domain=- "
           "5.verdict=vanished 6.type=diff_summary 6.repeated=1 6.verdicts.new=2 "
           "6.verdicts.vanished=2 6.verdicts.regression=1 6.compared=1");
    assert_true(diff_totals_has_regression(&totals));
    json_decref(lines);
}

/* The ends of a file that may lack domains, and whether what it lacks is told as certain. */
static const struct {
    const char *name, *end, *ending;
    bool is_whole;
} cuts[] = {
    {"without a summary", "", "cut", false},
    {"in the middle of a line", "{\"type\":\"dom", "cut", false},
    {"by a run that was cut short", "{\"type\":\"summary\",\"complete\":false}\n", "incomplete",
     false},
    {"not at all", END, "complete", true},
};

static void what_a_cut_file_lacks_has_not_vanished(void **state)
{
    static const char *const both[] = {"{'domain':'a.example'}", "{'domain':'b.example','line':2}",
                                       NULL};
    static const char *const one[] = {"{'domain':'a.example'}", NULL};
    (void)state;
    for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
        struct diff_totals totals;
        char expected[160];
        json_t *lines = compare(open_lines(both, END), open_lines(one, cuts[i].end), &totals);
        snprintf(expected, sizeof(expected),
                 "0.new.ending=%s 1.verdict=%s 1.certain=%s 1.old.grade=A", cuts[i].ending,
                 cuts[i].is_whole ? "vanished" : "not_observed",
                 cuts[i].is_whole ? "true" : "false");
        expect(cuts[i].name, lines, expected);
        assert_false(diff_totals_has_regression(&totals));
        assert_int_equal(totals.verdicts[DIFF_VERDICT_VANISHED], cuts[i].is_whole ? 1 : 0);
        json_decref(lines);
    }
}

static void what_a_cut_file_lacked_is_not_new(void **state)
{
    static const char *const both[] = {"{'domain':'a.example'}", "{'domain':'b.example','line':2}",
                                       NULL};
    static const char *const one[] = {"{'domain':'a.example'}", NULL};
    (void)state;
    for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
        struct diff_totals totals;
        char expected[160];
        json_t *lines = compare(open_lines(one, cuts[i].end), open_lines(both, END), &totals);
        snprintf(expected, sizeof(expected), "1.verdict=%s 1.certain=%s 1.new.grade=A",
                 cuts[i].is_whole ? "new" : "observed_again", cuts[i].is_whole ? "true" : "false");
        expect(cuts[i].name, lines, expected);
        json_decref(lines);
    }
}

/* A file of a run with that --shard. */
static struct result_file *open_shard(const char *shard, const char *const *patches)
{
    char *text, error[256], patch[64];
    size_t len;
    FILE *stream = open_memstream(&text, &len);
    snprintf(patch, sizeof(patch), "{'options':{'shard':'%s'}}", shard);
    add_line(stream, RUN, patch);
    for (size_t i = 0; patches[i] != NULL; i++) {
        add_line(stream, DOMAIN, patches[i]);
    }
    fputs(END, stream);
    fclose(stream);
    struct result_file *file = open_text(text, len, error);
    assert_non_null(file);
    free(text);
    return file;
}

static void what_is_of_another_shard_has_not_vanished(void **state)
{
    static const char *const whole[] = {"{'domain':'a.example'}", "{'domain':'b.example','line':2}",
                                        "{'domain':'e.example','line':3}", NULL};
    static const char *const part[] = {"{'domain':'a.example'}", NULL};
    (void)state;
    struct diff_totals totals;
    json_t *lines = compare(open_shard("1/1", whole), open_shard("2/2", part), &totals);
    expect("a part of the list", lines,
           "1.domain=b.example 1.verdict=vanished 1.certain=true "
           "2.domain=e.example 2.verdict=not_observed 2.certain=false");
    json_decref(lines);
    lines = compare(open_shard("2/2", part), open_shard("1/1", whole), &totals);
    expect("and then the whole list", lines,
           "1.domain=b.example 1.verdict=new 2.domain=e.example 2.verdict=observed_again");
    json_decref(lines);
}

static void another_policy_moves_letters_without_making_them_worse(void **state)
{
    const struct night before = {0};
    const struct night after = {"{'grade':'B','score':80}", NULL, NULL};
    struct diff_totals totals;
    (void)state;
    json_t *lines = compare(open_night(&before, NULL),
                            open_night(&after, "{'policy_digest':'1111111111111111'}"), &totals);
    expect("another policy", lines,
           "0.same_policy=false 1.grade.direction=changed 1.score.direction=changed "
           "1.verdict=changed");
    json_decref(lines);
}

static void what_is_no_result_file_is_refused(void **state)
{
    static const struct {
        const char *name, *text, *error;
    } files[] = {
        {"nothing", "", "no run record"},
        {"text", "hello\n", "no run record"},
        {"other JSON", "{\"a\":1}\n{\"b\":2}\n", "no run record"},
        {"a record of another kind first", "{\"type\":\"domain\"}\n", "no run record"},
        {"a newer schema", "{\"type\":\"run\",\"schema_version\":99}\n", "newer mxgrade"},
        {"damage in the middle",
         "{\"type\":\"run\",\"schema_version\":1}\nrubbish\n{\"type\":\"domain\",\"line\":1}\n",
         "line 2"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        char error[256] = "";
        struct result_file *file = open_text(files[i].text, strlen(files[i].text), error);
        if (file != NULL || strstr(error, files[i].error) == NULL) {
            fail_msg("%s: \"%s\"", files[i].name, error);
        }
    }
}

/* What the summary says of servers, and what the letter that fell, or rose, comes to. */
static const struct {
    const char *revised; /* patch of the summary of the night without STARTTLS */
    const char *fallen;  /* where that is the later night ... */
    const char *risen;   /* ... and the earlier one */
} taken_back[] = {
    {"{'revised_servers':['192.0.2.1:25']}",
     "verdict=observed_again grade.direction=observed_again score.direction=observed_again "
     "opportunistic_tls.direction=observed_again findings.opened=0",
     "verdict=not_observed grade.direction=not_observed score.direction=not_observed "
     "opportunistic_tls.direction=not_observed findings.closed=0"},
    {"{'revised_servers':['192.0.2.9:25','192.0.2.1:26','[2001:db8::1]:25']}",
     "verdict=regression grade.direction=worse findings.opened=1",
     "verdict=improvement grade.direction=better findings.closed=1"},
    {NULL, "verdict=regression grade.direction=worse findings.opened=1",
     "verdict=improvement grade.direction=better findings.closed=1"},
};

/* The server said otherwise later in the same night, and the summary lists it. */
static void what_a_run_takes_back_is_neither_a_loss_nor_a_gain(void **state)
{
    static const struct night usual = {NULL, "{'starttls':{'advertised':'yes'}}", NULL};
    static const struct night accused = {NOTHING_BUT_CLEAR, NO_STARTTLS, NULL};
    (void)state;
    for (size_t i = 0; i < sizeof(taken_back) / sizeof(taken_back[0]); i++) {
        struct diff_totals totals;
        json_t *lines = compare(open_night(&usual, NULL),
                                open_whole_night(&accused, NULL, taken_back[i].revised), &totals);
        expect("fallen", json_array_get(lines, 1), taken_back[i].fallen);
        json_decref(lines);
        lines = compare(open_whole_night(&accused, NULL, taken_back[i].revised),
                        open_night(&usual, NULL), &totals);
        expect("risen", json_array_get(lines, 1), taken_back[i].risen);
        json_decref(lines);
    }
}

/* MTA-STS is called broken because of the same address. */
static void nor_is_what_follows_from_it(void **state)
{
    static const struct night usual = {"{'mta_sts':{'status':'enforce'},'enforced_tls':'mta-sts'}",
                                       "{'starttls':{'advertised':'yes'}}", NULL};
    static const struct night accused = {
        "{'grade':'F','score':0,'opportunistic_tls':'no','mta_sts':{'status':'broken'},"
        "'findings':[" FOUND("no_starttls", "critical") "," FOUND("mta_sts_broken", "high") "]}",
        NO_STARTTLS, NULL};
    struct diff_totals totals;
    (void)state;
    json_t *lines =
        compare(open_night(&usual, NULL),
                open_whole_night(&accused, NULL, "{'revised_servers':['192.0.2.1:25']}"), &totals);
    expect("broken", json_array_get(lines, 1),
           "verdict=observed_again mta_sts.direction=observed_again "
           "enforced_tls.direction=observed_again findings.opened=0 findings.observed_again=2");
    json_decref(lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_run_takes_back_is_neither_a_loss_nor_a_gain),
        cmocka_unit_test(nor_is_what_follows_from_it),
        cmocka_unit_test(nights_are_compared),
        cmocka_unit_test(of_several_thresholds_each_is_told_once),
        cmocka_unit_test(every_grade_against_every_grade),
        cmocka_unit_test(every_value_is_ranked),
        cmocka_unit_test(domains_come_and_go_in_the_order_of_the_lists),
        cmocka_unit_test(what_a_cut_file_lacks_has_not_vanished),
        cmocka_unit_test(what_a_cut_file_lacked_is_not_new),
        cmocka_unit_test(what_is_of_another_shard_has_not_vanished),
        cmocka_unit_test(another_policy_moves_letters_without_making_them_worse),
        cmocka_unit_test(what_is_no_result_file_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
