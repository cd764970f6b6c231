#include "output/record/field_rows.h"
#include "output/record/record_parts.h"

/* ---- Parts ---- */

#define RECORD struct reply

static const struct record_field reply[] = {
    COUNT("code", code, "Its code; null where the protocol has none.", NULLABLE),
    TEXT("text", text, "Its text.", CUT_AT(LINE_TEXT_MAX), NULLABLE),
};

static const struct record_object of_reply = {
    .name = "reply", .title = "reply", .sentence = "A refusal in words.", FIELDS(reply)};

#undef RECORD
#define RECORD struct timings

static const struct record_field timings[] = {
    INTEGER("connect", connect, "Until the connection was made.", NULL_IF_NEGATIVE),
    INTEGER("banner", banner, "From there to the greeting.", NULL_IF_NEGATIVE),
    INTEGER("ehlo", ehlo, "From there to the answer to EHLO.", NULL_IF_NEGATIVE),
    INTEGER("starttls", starttls, "From there to the answer to STARTTLS.", NULL_IF_NEGATIVE),
    INTEGER("handshake", handshake, "From there to the end of the handshake.", NULL_IF_NEGATIVE),
    INTEGER("total", total, "From the first attempt to the verdict, waits included.",
            NULL_IF_NEGATIVE),
};

static const struct record_object of_timings = {
    .name = "timings",
    .title = "timings_ms",
    .sentence = "Milliseconds of the dialogue's phases; null is a phase that was not reached.",
    FIELDS(timings),
};

#undef RECORD
#define RECORD struct endpoint_record

static const struct record_field starttls[] = {
    VERDICT("advertised", starttls_advertised,
            "Whether it is offered; null where TLS begins with the first byte.",
            NULL_IF(implicit_tls)),
    VERDICT("accepted", starttls_accepted,
            "Whether the command was accepted; null where TLS begins with the first byte.",
            NULL_IF(implicit_tls)),
    VERDICT("handshake", starttls_handshake, "Whether a TLS handshake was completed."),
    VERDICT("offered_in_tls", starttls_in_tls, "Whether it is offered once more inside TLS."),
};

static const struct record_object of_starttls = {
    .name = "starttls",
    .title = "starttls",
    .sentence = "STARTTLS, or the command that other protocols have for it.",
    FIELDS(starttls),
};

static const struct record_field injection[] = {
    VERDICT("commands", injection_commands,
            "Whether a command from before TLS was executed inside it."),
    VERDICT("responses", injection_responses,
            "Whether plain text came behind the reply to STARTTLS."),
};

static const struct record_object of_injection = {
    .name = "injection",
    .title = "injection",
    .sentence = "What crosses the border between clear text and TLS.",
    FIELDS(injection),
};

static const struct record_field dane[] = {
    ENUM("status", enum dane_status, dane, dane_status,
         "What the TLSA records come to; [enforcement.md](enforcement.md) says when which."),
    COUNT("records", dane_records, "How many records there are."),
    STRING("matched", dane_matched,
           "The usage, selector and matching type of the record that matched, such as `3 1 1`.",
           NULLABLE),
    STRING("base", dane_base, "The TLSA base domain; null without records.", NULLABLE),
    STRINGS("problems", dane_problems, num_dane_problems,
            "What kept a record from matching, or is bad practice."),
    STRING("bogus", dane_bogus,
           "The question about the host whose answer failed to validate, such as "
           "`TLSA _25._tcp.mx.example.org` or `A mx.example.org`; absent where none did.",
           NULLABLE, ABSENT),
};

static const struct record_object of_dane = {
    .name = "endpoint_dane",
    .title = "dane of an endpoint",
    .sentence = "The TLSA records of the host, held against this server (RFC 7672).",
    FIELDS(dane),
};

/* ---- What the verdict rests on besides ---- */

static bool has_weak_evidence(const void *record)
{
    const struct endpoint_record *endpoint = record;
    for (unsigned i = 0; endpoint->has_tls && i < WEAK_CLASS_COUNT; i++) {
        if (endpoint->tls.weak[i].value != TRI_UNKNOWN && endpoint->tls.weak_evidence[i] != NULL) {
            return true;
        }
    }
    return false;
}

/* Where they agree, and are enough, the certificates say it. */
static bool has_certificate_votes(const void *record)
{
    const struct certificate_votes *votes =
        &((const struct endpoint_record *)record)->votes.certificate;
    return votes->mixed || votes->dane_mixed || votes->dane_alone || votes->key_alone ||
           votes->left_out > 0;
}

static bool has_tlsa(const void *record)
{
    const struct endpoint_record *endpoint = record;
    return endpoint->num_tlsa > 0;
}

#undef RECORD
#define RECORD struct offer_votes

static const struct record_field offer_votes[] = {
    COUNT("with", with, "Dialogues with the server, under whatever name, that had it.", NULLABLE,
          ABSENT),
    COUNT("without", without, "Dialogues that did not, and could tell.", NULLABLE, ABSENT),
    COUNT("unclear", unclear,
          "Dialogues that did not after we had provoked the server, which may have hidden it.",
          NULLABLE, ABSENT),
    COUNT("seconds", seconds, "Between the first and the last where there are both kinds.",
          NULLABLE, ABSENT),
};

static const struct record_object of_offer_votes = {
    .name = "offer_votes",
    .title = "votes on the offer",
    .sentence = "How often STARTTLS was offered; a count of zero is absent.",
    FIELDS(offer_votes),
};

#undef RECORD
#define RECORD struct command_votes

static const struct record_field command_votes[] = {
    COUNT("accepted", accepted, "Dialogues in which the command was accepted.", NULLABLE, ABSENT),
    COUNT("refused", refused, "Dialogues in which it was refused for good.", NULLABLE, ABSENT),
    COUNT("busy", busy, "Dialogues with 454, before the go-ahead or behind it.", NULLABLE, ABSENT),
    COUNT("seconds", seconds, "Between the first and the last of these.", NULLABLE, ABSENT),
};

static const struct record_object of_command_votes = {
    .name = "command_votes",
    .title = "votes on the command",
    .sentence = "How the server answered STARTTLS; a count of zero is absent.",
    FIELDS(command_votes),
};

#undef RECORD
#define RECORD struct handshake_votes

static const struct record_field handshake_votes[] = {
    COUNT("completed", completed, "Handshakes that were completed.", NULLABLE, ABSENT),
    COUNT("failed", failed, "Handshakes that the server ended.", NULLABLE, ABSENT),
    COUNT("unclear", unclear, "Dialogues in which it came to neither.", NULLABLE, ABSENT),
    COUNT("certificate_wanted", certificate_wanted,
          "Dialogues, counted above too, that ended as we showed no certificate.", NULLABLE,
          ABSENT),
};

static const struct record_object of_handshake_votes = {
    .name = "handshake_votes",
    .title = "votes on the handshake",
    .sentence = "How handshakes under the endpoint's own name ended; a count of zero is absent.",
    FIELDS(handshake_votes),
};

#undef RECORD
#define RECORD struct certificate_votes

static const struct record_field certificate_votes[] = {
    COUNT("valid", valid, "Dialogues that were shown a valid certificate.", NULLABLE, ABSENT),
    COUNT("invalid", invalid, "Dialogues that were shown one that is not.", NULLABLE, ABSENT),
    COUNT("unclear", unclear, "Dialogues that were shown one that could not be judged.", NULLABLE,
          ABSENT),
    BOOLEAN("mixed", mixed,
            "True where dialogues that were shown a key of one kind disagree: machines behind one "
            "address have different certificates.",
            NULLABLE, ABSENT),
    BOOLEAN("dane_mixed", dane_mixed,
            "True where they disagree on whether it matches the TLSA records.", NULLABLE, ABSENT),
    BOOLEAN("dane_alone", dane_alone,
            "True where one dialogue alone was shown a certificate that does not match them, which "
            "does not count as a mismatch.",
            NULLABLE, ABSENT),
    BOOLEAN("key_alone", key_alone,
            "True where one dialogue alone was shown a chain or trust anchor with an RSA key below "
            "1024 bits, which does not count as one below 1024 bits.",
            NULLABLE, ABSENT),
    COUNT("left_out", left_out,
          "Dialogues that were shown a chain beyond the four that are kept of a name; it has no "
          "vote.",
          NULLABLE, ABSENT),
};

static const struct record_object of_certificate_votes = {
    .name = "certificate_votes",
    .title = "votes on the certificate",
    .sentence = "Which certificates dialogues under the endpoint's own name were shown, handshakes "
                "and probes; a count of zero is absent.",
    FIELDS(certificate_votes),
};

#undef RECORD
#define RECORD struct endpoint_record

static const struct record_field evidence[] = {
    OBJECT("offer", struct offer_votes, votes.offer, of_offer_votes,
           "How the dialogues voted on whether STARTTLS is offered.", ADDED),
    OBJECT("command", struct command_votes, votes.command, of_command_votes,
           "How they voted on whether it is accepted.", ADDED),
    OBJECT("handshake", struct handshake_votes, votes.handshake, of_handshake_votes,
           "How they voted on the handshake.", ADDED),
    OBJECT("certificate", struct certificate_votes, votes.certificate, of_certificate_votes,
           "How they voted on the certificate.", NULL_UNLESS_SAID(has_certificate_votes), ABSENT),
    EVIDENCE("weak_suites", tls.weak_evidence, tls.weak, weak_class,
             "The suite that was accepted of each class in `tls.weak`.",
             NULL_UNLESS_SAID(has_weak_evidence), ABSENT),
    BOOLEAN("tls13_intolerant", tls13_intolerant,
            "True where the handshake only worked without TLS 1.3 in the hello.", NULLABLE, ABSENT),
    BOOLEAN("sni_intolerant", sni_intolerant, "True where the handshake only worked without SNI.",
            NULLABLE, ABSENT),
    BOOLEAN("mail_only_in_tls", mail_only_in_tls,
            "True where MAIL FROM was refused in clear and accepted inside TLS.", NULLABLE, ABSENT),
    BOOLEAN("login_by_challenge", login_by_challenge,
            "True where each mechanism that SMTP offers before TLS keeps the password itself off "
            "the wire, as CRAM-MD5 and DIGEST-MD5 do.",
            NULLABLE, ABSENT),
    STRING("lack", lack, "With `no_common_suite`: what it takes, and what to do.", NULLABLE,
           ABSENT),
    BOOLEAN("refusal_open", refusal_open,
            "True where the server refused the handshake, and nobody asked under this name "
            "whether another TLS library could finish one: the probes used another name.",
            NULLABLE, ABSENT),
    STRINGS("tlsa", tlsa, num_tlsa,
            "The TLSA records as they were received, the first 16, of the data 64 bytes.",
            NULL_UNLESS_SAID(has_tlsa), ABSENT),
};

static const struct record_object of_evidence = {
    .name = "endpoint_evidence",
    .title = "evidence of an endpoint",
    .sentence =
        "What the verdict rests on beside the other fields. `mxgrade judge` judges a record "
        "again by what it holds, and needs this member.",
    FIELDS(evidence),
};

/* ---- The endpoint ---- */

static bool was_refused(const void *record)
{
    const struct endpoint_record *endpoint = record;
    return endpoint->reply.code != 0 || endpoint->reply.text.bytes != NULL;
}

static bool has_score(const void *record)
{
    const struct endpoint_record *endpoint = record;
    return endpoint->grade != GRADE_U && endpoint->grade != GRADE_N;
}

static bool is_accepted_otherwise(const void *record)
{
    const struct endpoint_record *judged = record;
    return judged->accepted_grade.until != NULL;
}

static const struct record_field endpoint[] = {
    CONSTANT("type", "endpoint", "The kind of line."),
    STRING("host", host, "The host's name; null with a bare address.", NULLABLE, KEY),
    STRING("address", address, "The address; null where the host has none to contact.", NULLABLE,
           KEY),
    COUNT("family", family, "4 or 6, by the address.", NULLABLE),
    STRING("source", source,
           "The address of this machine that it was called from; only with `--source`.", NULLABLE,
           ABSENT),
    COUNT("port", port, "The port.", KEY),
    STRING("service", service, "The service that was spoken to, such as `smtp`."),
    ENUM("outcome", enum outcome, outcome, outcome, "How the dialogue that counts ended."),
    STRING("outcome_detail", outcome_detail, "The alert, or what was wrong with the TLS.",
           NULLABLE),
    OBJECT("reply", struct reply, reply, of_reply, "The last refusal; null if there was none.",
           NULL_UNLESS_SAID(was_refused)),
    COUNT("attempts", attempts, "How many dialogues were held for the outcome."),
    COUNT(
        "connections", connections,
        "How many connections were made in all, with the probes of the address that this endpoint "
        "caused."),
    TEXT("banner", banner, "The greeting.", CUT_AT(LINE_TEXT_MAX), NULLABLE),
    VERDICT("esmtp", esmtp, "Whether EHLO was taken."),
    PART("starttls", of_starttls, "Whether and how TLS is begun."),
    VERDICT("login_before_tls", login_before_tls,
            "Whether a login is offered in clear: AUTH (SMTP), no LOGINDISABLED or an AUTH= or "
            "PREAUTH (IMAP), USER or SASL (POP3), a SASL mechanism (ManageSieve)."),
    BOOLEAN("inconsistent", inconsistent,
            "STARTTLS was offered on one connection and not on another."),
    BOOLEAN(
        "no_common_suite", no_common_suite,
        "It takes only what this program's TLS library lacks, as its ServerHello or certificate "
        "shows: TLS works, but not with an up-to-date library. The finding names the cause.",
        ADDED),
    OBJECT("tls", struct tls_facts, tls, record_of_tls, "Null where it did not come to TLS.",
           NULL_UNLESS(has_tls)),
    POINTED("certificate", struct certificate_record, certificate, record_of_certificate,
            "Null where none was seen.", KEY),
    BOTH("certificates", struct certificate_record, certificate, certificate2,
         record_of_certificate,
         "Both certificates of a server that has two, and only there: by kind of key, or by "
         "chance."),
    PART("injection", of_injection, "What is carried over from clear text into TLS."),
    ENUM(
        "plaintext_mail", enum plaintext_mail, plaintext_mail, plaintext_mail,
        "Whether mail is taken without TLS; `refused` is said where MAIL FROM is answered 530 with "
        "5.7.0, or is refused in clear and accepted inside TLS."),
    VERDICT("requiretls", requiretls,
            "Whether REQUIRETLS (RFC 8689) is offered in the EHLO inside TLS."),
    PART("dane", of_dane, "What DANE says of it."),
    PART("evidence", of_evidence, "What the verdict rests on besides; older files lack it.",
         NULL_UNLESS(has_evidence), ADDED),
    STRING("country", country, "The country of the address (ISO 3166), by `--geo`.", NULLABLE),
    COUNT("asn", asn, "The autonomous system of the address, by `--geo`.", NULLABLE),
    TEXT("as_org", as_org, "The name of that system.", CUT_AT(NAME_TEXT_MAX), NULLABLE),
    STRING("provider", provider,
           "The organisational domain of the host, or the prefix of a bare address.", NULLABLE),
    ENUM("grade", enum grade, grade, grade, "The letter."),
    OBJECT("accepted_grade", struct accepted_grade, accepted_grade, record_of_accepted_grade,
           "What the letter is where accepted findings do not count; absent where it is the same.",
           NULL_UNLESS_SAID(is_accepted_otherwise), ABSENT),
    COUNT("score", score, "0 to 100; null for U and N.", NULL_UNLESS_SAID(has_score)),
    BITS("open", open, question,
         "The questions that were not answered and of which an answer could lower the letter.",
         ADDED),
    OBJECTS("findings", struct finding, findings, num_findings, record_of_finding,
            "All rules that fired."),
    PART("profiles", record_of_profiles, "What the guidelines of others say."),
    POLICY_ROWS,
    OBJECT("timings_ms", struct timings, timings, of_timings, "How long it took."),
    INSTANT("started", started, "When the first connection was made."),
    RUN_ROW(run, "The id of the run that saw it, which is not that of this file where the record "
                 "was taken over from another one; null if an older program made it."),
    BOOLEAN("carried_over", is_carried,
            "True where the record was taken over from an earlier file (`scan --since`). Absent "
            "otherwise.",
            NULLABLE, ABSENT),
};

const struct record_object record_of_endpoint = {
    .name = "endpoint",
    .title = "endpoint (one per host name × address × port)",
    .sentence = "A host name, address and port.",
    FIELDS(endpoint),
    .notes =
        "What differs by service: the `ehlo_*` outcomes stand for CAPABILITY (IMAP) and CAPA "
        "(POP3) as well, `*_421` for BYE, `*_4xx` for response codes of what will pass "
        "(`[UNAVAILABLE]`, `[SYS/TEMP]`, `TRYLATER`); `esmtp` is unknown where there is no EHLO; "
        "MAIL FROM is tried on smtp alone. A POP3 server without CAPA is asked for STLS all the "
        "same: `advertised` is then `unknown`. Where TLS begins with the first byte (submissions, "
        "imaps, pop3s) nothing can be offered or injected before it; a server that sends its "
        "greeting in clear there has `tls_plaintext` and F, one that does not answer U.\n",
};
