#include "output/letters/letter_language.h"

#include <string.h>

#include "output/record/record_enum.h"

#define HTML_HEAD                                                                                  \
    "<!doctype html>\n<html lang=\"{{language}}\">\n<head>\n<meta charset=\"utf-8\">\n"            \
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "                  \
    "style-src 'unsafe-inline'\">\n"                                                               \
    "<meta name=\"viewport\" content=\"width=device-width\">\n<style>\n"                           \
    "@page { size: A4; margin: 14mm }\n"                                                           \
    "body { font: 10.5pt/1.35 sans-serif; color: #111; background: #fff; max-width: 182mm; "       \
    "margin: 1em auto; padding: 0 1em }\n"                                                         \
    "h1 { font-size: 15pt; margin: 0 0 .3em } h2 { font-size: 11.5pt; margin: 1em 0 .2em; "        \
    "break-after: avoid }\n"                                                                       \
    "dl { margin: 0 } dt { font-weight: bold } dd { margin: 0 0 .3em 1em }\n"                      \
    "code { font: 9pt monospace; overflow-wrap: anywhere; white-space: pre-wrap }\n"               \
    "section { break-inside: avoid } .grade { font-size: 13pt } @media print { body { margin: 0; " \
    "padding: 0 } }\n</style>\n"

static const char english_html[] =
    HTML_HEAD "<title>TLS of the mail servers of {{domain}}</title>\n</head>\n<body>\n"
              "<h1>TLS of the mail servers of {{domain}}</h1>\n"
              "<p>{{supplier}}</p>\n"
              "<p class=\"grade\">Grade <strong>{{grade}}</strong>: {{meaning}}</p>\n"
              "<p>This sheet tells what was observed on {{date}} (UTC) by asking the DNS and by "
              "connecting to the mail servers of the domain from outside. No mail was sent.</p>\n"
              "{{findings}}\n"
              "<h2>What was not observed</h2>\n{{open}}\n"
              "<p><small>Grading policy {{policy}}.</small></p>\n</body>\n</html>\n";

static const char english_text[] =
    "TLS of the mail servers of {{domain}}\n"
    "{{supplier}}\n\n"
    "Grade {{grade}}: {{meaning}}\n\n"
    "This sheet tells what was observed on {{date}} (UTC) by asking the DNS and by connecting to\n"
    "the mail servers of the domain from outside. No mail was sent.\n\n"
    "{{findings}}\n"
    "What was not observed\n{{open}}\n"
    "Grading policy {{policy}}.\n";

static const char german_html[] = HTML_HEAD
    "<title>TLS der Mailserver von {{domain}}</title>\n</head>\n<body>\n"
    "<h1>TLS der Mailserver von {{domain}}</h1>\n"
    "<p>{{supplier}}</p>\n"
    "<p class=\"grade\">Note <strong>{{grade}}</strong>: {{meaning}}</p>\n"
    "<p>Dieses Blatt sagt, was am {{date}} (UTC) durch Fragen an das DNS und durch "
    "Verbindungen von außen zu den Mailservern der Domain beobachtet wurde. Es wurde keine "
    "Mail gesendet.</p>\n"
    "{{findings}}\n"
    "<h2>Was nicht beobachtet wurde</h2>\n{{open}}\n"
    "<p><small>Bewertungsregeln {{policy}}.</small></p>\n</body>\n</html>\n";

static const char german_text[] =
    "TLS der Mailserver von {{domain}}\n"
    "{{supplier}}\n\n"
    "Note {{grade}}: {{meaning}}\n\n"
    "Dieses Blatt sagt, was am {{date}} (UTC) durch Fragen an das DNS und durch Verbindungen von\n"
    "außen zu den Mailservern der Domain beobachtet wurde. Es wurde keine Mail gesendet.\n\n"
    "{{findings}}\n"
    "Was nicht beobachtet wurde\n{{open}}\n"
    "Bewertungsregeln {{policy}}.\n";

static const char *const german_questions[QUESTION_COUNT] = {
    [QUESTION_STARTTLS] = "ob STARTTLS jedes Mal angeboten und angenommen wird",
    [QUESTION_HANDSHAKE] = "ob ein Handshake zu Ende geführt wird",
    [QUESTION_CERTIFICATE] = "ob dem Zertifikat zu trauen ist",
    [QUESTION_TLS13] = "ob TLS 1.3 gesprochen wird",
    [QUESTION_TLS12] = "ob TLS 1.2 gesprochen wird, wo es TLS 1.3 nicht gibt",
    [QUESTION_TLS11] = "ob TLS 1.1 gesprochen wird",
    [QUESTION_TLS10] = "ob TLS 1.0 gesprochen wird",
    [QUESTION_SSL3] = "ob SSLv3 gesprochen wird",
    [QUESTION_SSL2] = "ob SSLv2 gesprochen wird, wo es TLS 1.3 nicht gibt",
    [QUESTION_NULL_SUITES] = "ob Suiten ohne Verschlüsselung angenommen werden",
    [QUESTION_EXPORT_SUITES] = "ob Export-Suiten angenommen werden",
    [QUESTION_DES_SUITES] = "ob DES-Suiten angenommen werden",
    [QUESTION_RC4_SUITES] = "ob RC4-Suiten angenommen werden",
    [QUESTION_3DES_SUITES] = "ob 3DES-Suiten angenommen werden",
    [QUESTION_STATIC_RSA] = "ob Suiten mit statischem RSA angenommen werden",
    [QUESTION_STATIC_DH] = "ob Suiten mit statischem DH angenommen werden",
    [QUESTION_DH_SIZE] = "wie groß die Primzahl von DH ist",
    [QUESTION_COMPRESSION] = "ob TLS komprimiert",
    [QUESTION_EMS] = "ob TLS 1.2 das Extended Master Secret hat",
    [QUESTION_RENEGOTIATION] = "ob TLS 1.2 sicher neu aushandelt",
    [QUESTION_INJECTION] = "ob Befehle von vor TLS darin ausgeführt werden",
    [QUESTION_LOGIN] = "ob eine Anmeldung im Klartext angeboten wird",
    [QUESTION_DANE] = "ob TLSA-Einträge passen, neben einer MTA-STS-Richtlinie mit enforce",
    [QUESTION_MTA_STS] = "was die MTA-STS-Richtlinie sagt",
    [QUESTION_IPV4] = "die IPv4-Adressen, die dieser Lauf auslässt",
    [QUESTION_IPV6] = "die IPv6-Adressen, die dieser Lauf auslässt",
    [QUESTION_EXCLUDED] = "die Adressen auf der Ausschlussliste",
    [QUESTION_ADDRESSES] = "die Adressen, die nicht zu beobachten waren",
};

static const struct letter_language languages[] = {
    {
        .code = "en",
        .severities = {"info", "low", "medium", "high", "critical"},
        .seen = "What was seen",
        .means = "What it means",
        .remedy = "What to do",
        .source = "Source",
        .verify = "See for yourself",
        .nothing_open = "Nothing that could lower the grade.",
        .html = english_html,
        .text = english_text,
    },
    {
        .code = "de",
        .words = &letter_german_words,
        .questions = german_questions,
        .severities = {"Hinweis", "gering", "mittel", "hoch", "kritisch"},
        .grades =
            {[GRADE_U] = "nicht bewertet: es war nicht zu beobachten",
             [GRADE_N] = "die Domain nimmt keine Mail an",
             [GRADE_A_PLUS] = "starkes TLS, und Erzwingung, die wirkt",
             [GRADE_A] =
                 "starkes TLS mit einem Zertifikat, das für den MX-Namen gilt oder zu DANE passt",
             [GRADE_B] = "verschlüsselt und authentifiziert, mit alten Resten",
             [GRADE_C] = "verschlüsselt, aber nicht authentifizierbar, oder schwache Verfahren "
                         "werden angenommen",
             [GRADE_D] = "nur manchmal verschlüsselt, stark veraltet, oder die Erzwingung "
                         "verhindert Zustellung",
             [GRADE_F] = "Mail kann nur im Klartext gesendet werden, oder so gut wie"},
        .seen = "Was beobachtet wurde",
        .means = "Was es bedeutet",
        .remedy = "Was zu tun ist",
        .source = "Quelle",
        .verify = "So sehen Sie es selbst",
        .nothing_open = "Nichts, was die Note senken könnte.",
        .html = german_html,
        .text = german_text,
    },
};

const struct letter_language *letter_language_find(const char *code)
{
    for (size_t i = 0; i < sizeof(languages) / sizeof(languages[0]); i++) {
        if (strcmp(languages[i].code, code) == 0) {
            return &languages[i];
        }
    }
    return NULL;
}

struct letter_words letter_language_words(const struct letter_language *language,
                                          const struct finding_rule *rule)
{
    for (size_t i = 0; language->words != NULL && i < language->words->num_rows; i++) {
        if (strcmp(language->words->rows[i].code, rule->code) == 0) {
            return language->words->rows[i];
        }
    }
    return (struct letter_words){rule->code, rule->title, rule->why, rule->remedy};
}

const char *letter_language_question(const struct letter_language *language, enum question question)
{
    return language->questions != NULL ? language->questions[question]
                                       : record_question.meanings[question];
}
