#include "output/record/field_rows.h"
#include "output/record/record_parts.h"

/* ---- Hosts and their addresses ---- */

#define RECORD struct mx_endpoint

static bool address_has_score(const void *record)
{
    const struct mx_endpoint *endpoint = record;
    return endpoint->grade != GRADE_U && endpoint->grade != GRADE_N;
}

static const struct record_field addresses[] = {
    STRING("address", address, "The address; null where the host has none to contact.", NULLABLE),
    COUNT("port", port, "The port."),
    ENUM("outcome", enum outcome, outcome, outcome, "How the dialogue that counts ended."),
    ENUM("grade", enum grade, grade, grade, "The letter."),
    COUNT("score", score, "0 to 100; null for U and N.", NULL_UNLESS_SAID(address_has_score)),
};

static const struct record_object of_address = {
    .name = "mx_endpoint",
    .title = "mx_endpoint",
    .sentence = "An endpoint in short; the whole story is in its own line.",
    FIELDS(addresses),
};

#undef RECORD
#define RECORD struct mx_record

static const struct record_field host_evidence[] = {
    BOOLEAN("alias", is_alias, "True where its name is a CNAME.", NULLABLE, ABSENT),
    BOOLEAN("named", is_named,
            "True where its certificates match its TLSA records under the domain's name alone.",
            NULLABLE, ABSENT),
    STRING("bogus", bogus,
           "The question about it whose answer failed to validate, as in its endpoints' `dane`.",
           NULLABLE, ABSENT),
    COUNT("addresses_left", addresses_left,
          "How many of its addresses were not asked because `--max-addresses` bounds those of a "
          "domain.",
          NULLABLE, ABSENT),
};

static bool has_host_evidence(const void *record)
{
    const struct mx_record *host = record;
    return host->is_alias || host->is_named || host->bogus != NULL || host->addresses_left > 0;
}

static const struct record_object of_host_evidence = {
    .name = "host_evidence",
    .title = "evidence of a host",
    .sentence = "What the verdict on the domain rests on besides; absent where there is nothing.",
    FIELDS(host_evidence),
};

static const struct record_field mx[] = {
    INTEGER("preference", preference, "Lower is tried first; null where the MX is implicit.",
            NULL_IF_NEGATIVE),
    TEXT("host", host, "The host as the MX names it.", CUT_AT(HOST_TEXT_MAX), NULLABLE),
    ENUM("lookup", enum outcome, lookup, outcome,
         "How the questions for its addresses (A, AAAA) ended: `ok` if it has some and neither "
         "failed, or if it was asked without validation for some that are bogus; null where the MX "
         "names no host.",
         NULLABLE, ADDED),
    ENUM("outcome", enum outcome, outcome, outcome,
         "`ok` if one of its addresses was observed, else how the last of them ended; where it has "
         "none, what `lookup` says."),
    ENUM("grade", enum grade, grade, grade, "The lowest of its graded addresses, U if none is."),
    VERDICT("dnssec", dnssec, "Whether its addresses are signed."),
    ENUM("dane", enum dane_status, dane, dane_status,
         "What DANE comes to; [enforcement.md](enforcement.md) says when which."),
    ENUM("mta_sts", enum mta_sts_host, mta_sts, mta_sts_host,
         "Whether it passes the domain's MTA-STS policy; null without a policy that asks.",
         NULLABLE, ADDED),
    STRINGS("caa", caa, num_caa,
            "CAA records of the host, or of the nearest parent that has some, for information."),
    OBJECTS("endpoints", struct mx_endpoint, endpoints, num_endpoints, of_address,
            "Its addresses."),
    PART("evidence", of_host_evidence, "What the verdict rests on besides.",
         NULL_UNLESS_SAID(has_host_evidence), ABSENT),
};

const struct record_object record_of_mx = {
    .name = "mx", .title = "mx", .sentence = "An MX host.", FIELDS(mx)};

#undef RECORD
#define RECORD struct service_record

static bool service_has_evidence(const void *record)
{
    const struct service_record *service = record;
    return has_host_evidence(&service->host);
}

static const struct record_field service[] = {
    STRING("service", service, "The service, such as `imaps`."),
    ENUM("offered", enum tri, offered, verdict,
         "`no` where an SRV record says so, `unknown` where there is none."),
    ENUM("lookup", enum outcome, lookup, outcome, "How the question for SRV records ended."),
    TEXT("host", host.host, "The host; null where none is known.", CUT_AT(NAME_TEXT_MAX), NULLABLE),
    COUNT("port", port, "The port; null where no host is known.", NULLABLE),
    ENUM("host_lookup", enum outcome, host.lookup, outcome,
         "How the questions for the host's addresses ended; null where no host is known.", NULLABLE,
         ADDED),
    ENUM("outcome", enum outcome, host.outcome, outcome,
         "As of an MX host; where no host is known, what `lookup` says."),
    ENUM("grade", enum grade, host.grade, grade, "The lowest of its graded addresses, U if none."),
    OBJECTS("endpoints", struct mx_endpoint, host.endpoints, host.num_endpoints, of_address,
            "Its addresses."),
    OBJECT("evidence", struct mx_record, host, of_host_evidence,
           "What the verdict rests on besides.", NULL_UNLESS_SAID(service_has_evidence), ABSENT),
};

static const struct record_object of_service = {
    .name = "service",
    .title = "service",
    .sentence = "A service other than smtp on one host, or why there is none.",
    FIELDS(service),
    .notes =
        "Services other than smtp are found by SRV records, in order of priority (RFC 6186, RFC "
        "8314, RFC 5804), at most 16 hosts each; a target of \".\" or port 0 means not offered. "
        "Nothing is guessed where there is none, but submission on the MX hosts with "
        "`--submission-on-mx`. Certificates are matched with the SRV target's name: mail programs "
        "that insist on the domain's own (RFC 6186 section 6) want more. With `--hosts` every "
        "service named is tried on each host; a port in the list is for one service.\n",
};

#undef RECORD

/* ---- What the domain publishes ---- */

#define RECORD struct mta_sts_record

static const struct record_field mta_sts[] = {
    ENUM("status", enum mta_sts_status, status, mta_sts_status,
         "What it comes to; [enforcement.md](enforcement.md) says when which."),
    STRING("mode", mode, "The policy's mode.", NULLABLE),
    STRING("id", id, "The id in the TXT record.", NULLABLE),
    INTEGER("max_age", max_age, "How long senders may keep the policy, in seconds.",
            NULL_IF_NEGATIVE),
    STRINGS("mx", mx, num_mx, "The policy's patterns for MX hosts."),
    STRINGS("problems", problems, num_problems, "What is wrong with it."),
};

static const struct record_object of_mta_sts = {.name = "mta_sts",
                                                .title = "mta_sts",
                                                .sentence =
                                                    "The domain's MTA-STS policy (RFC 8461).",
                                                FIELDS(mta_sts)};

#undef RECORD
#define RECORD struct tls_rpt_record

static const struct record_field tls_rpt[] = {
    VERDICT("status", status, "Whether there is one valid record."),
    TEXTS("rua", rua, num_rua, "Where reports are to be sent.", CUT_AT(LINE_TEXT_MAX)),
    STRINGS("problems", problems, num_problems, "What is wrong with it."),
};

static const struct record_object of_tls_rpt = {.name = "tls_rpt",
                                                .title = "tls_rpt",
                                                .sentence = "TLS reporting (RFC 8460).",
                                                FIELDS(tls_rpt)};

#undef RECORD
#define RECORD struct spf_record

static const struct record_field spf[] = {
    VERDICT("status", status, "Whether there is one record without an error (RFC 7208)."),
    ENUM("all", enum spf_all, all, spf_all,
         "What it says of senders that it does not name; null where it does not say.", NULLABLE),
    TEXT("redirect", redirect, "The domain whose record counts in place of `all`.",
         CUT_AT(HOST_TEXT_MAX), NULLABLE),
    COUNT("lookups", lookups,
          "How many of its terms take a question to DNS; more than 10 are an error. What the "
          "records that it includes take is not counted."),
    STRINGS("problems", problems, num_problems, "What is wrong with it."),
};

static const struct record_object of_spf = {
    .name = "spf",
    .title = "spf",
    .sentence = "SPF (RFC 7208): who may send in the name of the domain. For information, no grade "
                "rests on it. Only the record of the domain itself is read.",
    FIELDS(spf)};

#undef RECORD
#define RECORD struct dmarc_record

static const struct record_field dmarc[] = {
    VERDICT("status", status, "Whether there is one record that asks for something."),
    ENUM("policy", enum dmarc_policy, policy, dmarc_policy,
         "What is asked for mail of this domain that fails the check.", NULLABLE),
    ENUM("subdomain_policy", enum dmarc_policy, subdomain_policy, dmarc_policy,
         "What is asked for mail of its subdomains, where the record says so.", NULLABLE),
    INTEGER("percent", percent, "The share of mail that the policy is for; null without a policy.",
            NULL_IF_NEGATIVE),
    BOOLEAN("inherited", is_inherited,
            "Whether the record is that of the organisational domain: the domain itself has none."),
    TEXTS("rua", rua, num_rua, "Where reports are to be sent.", CUT_AT(LINE_TEXT_MAX)),
    STRINGS("problems", problems, num_problems, "What is wrong with it."),
};

static const struct record_object of_dmarc = {
    .name = "dmarc",
    .title = "dmarc",
    .sentence = "DMARC (RFC 7489): what is asked of receivers. For information, no grade rests on "
                "it.",
    FIELDS(dmarc)};

#undef RECORD

/* ---- The domain ---- */

#define RECORD struct domain_record

static const struct record_field dns[] = {
    ENUM("outcome", enum outcome, dns_outcome, outcome, "How the question for MX records ended."),
    VERDICT("dnssec", dnssec, "Whether the answer is signed: the AD bit of a trusted resolver."),
    STRING("bogus", mx_bogus,
           "The question, such as `MX example.org`, where its answer failed to validate; the hosts "
           "are then those of the answer without validation. Absent where it did not fail.",
           NULLABLE, ABSENT),
};

static const struct record_object of_dns = {
    .name = "dns", .title = "dns", .sentence = "The MX look-up.", FIELDS(dns)};

static const struct record_field dane[] = {
    ENUM("status", enum dane_status, dane, dane_status,
         "What DANE comes to over all MX hosts; [enforcement.md](enforcement.md) says when which."),
};

static const struct record_object of_dane = {.name = "domain_dane",
                                             .title = "dane of a domain",
                                             .sentence = "DANE of all MX hosts together.",
                                             FIELDS(dane)};

static const struct record_field evidence[] = {
    STRING("problem", problem, "Why the line is no domain.", NULLABLE, ABSENT),
    BOOLEAN("mta_sts_network", mta_sts.may_be_the_network,
            "True where the MTA-STS policy could not be fetched in a way that does not tell on "
            "which side the fault was.",
            NULLABLE, ABSENT),
};

static const struct record_object of_evidence = {
    .name = "domain_evidence",
    .title = "evidence of a domain",
    .sentence =
        "What the verdict rests on beside the other fields. `mxgrade judge` judges a domain "
        "again by what its record and those of its endpoints hold, and needs this member.",
    FIELDS(evidence),
};

static bool has_score(const void *record)
{
    const struct domain_record *domain = record;
    return domain->grade != GRADE_U && domain->grade != GRADE_N;
}

static bool has_started(const void *record)
{
    const struct domain_record *domain = record;
    return domain->started > 0;
}

static bool is_accepted_otherwise(const void *record)
{
    const struct domain_record *judged = record;
    return judged->accepted_grade.until != NULL;
}

static const struct record_field domain[] = {
    CONSTANT("type", "domain", "The kind of line."),
    STRING("domain", domain, "The domain in A-label form; null where the line is no domain.",
           NULLABLE, KEY),
    TEXT("input", input, "The line as it was given.", CUT_AT(INPUT_TEXT_MAX), NULLABLE, KEY),
    ENUM("domain_form", enum domain_form, form, domain_form,
         "How the line names the domain: by itself, behind the @ of a mail address, or in a URL; "
         "null where it names none.",
         NULLABLE, ADDED),
    COUNT("line", line, "Its number in the list, counted from 1.", KEY),
    COLUMNS("input_fields", fields, num_fields, "The list's other columns, by their names."),
    ENUM("mail", enum mail_kind, mail, mail_kind, "How the domain says where its mail goes."),
    PART("dns", of_dns, "What the DNS said of its MX records."),
    OBJECTS("mx", struct mx_record, mx, num_mx, record_of_mx,
            "Its MX hosts in order of preference."),
    OBJECTS("services", struct service_record, services, num_services, of_service,
            "With `--services` other than smtp: a row for each service and host.", ADDED),
    ENUM("opportunistic_tls", enum opportunistic_tls, opportunistic, opportunistic_tls,
         "Whether mail is encrypted when a sender tries; [enforcement.md](enforcement.md) says "
         "when which."),
    STRING("opportunistic_reason", opportunistic_reason, "The evidence: a count of the addresses.",
           NULLABLE),
    ENUM("enforced_tls", enum enforced_tls, enforced, enforced_tls,
         "What lets a sender insist on TLS; [enforcement.md](enforcement.md) says when which."),
    STRING("enforced_reason", enforced_reason, "The evidence: the two statuses.", NULLABLE),
    PART("dane", of_dane, "What DANE comes to."),
    OBJECT("mta_sts", struct mta_sts_record, mta_sts, of_mta_sts, "What MTA-STS comes to."),
    OBJECT("tls_rpt", struct tls_rpt_record, tls_rpt, of_tls_rpt, "Whether reports are asked for."),
    OBJECT("spf", struct spf_record, spf, of_spf, "Who may send in its name.", ADDED),
    OBJECT("dmarc", struct dmarc_record, dmarc, of_dmarc, "What is asked of receivers.", ADDED),
    PART("evidence", of_evidence, "What the verdict rests on besides; older files lack it.",
         NULL_UNLESS(has_evidence), ADDED),
    ENUM("grade", enum grade, grade, grade, "The letter."),
    OBJECT("accepted_grade", struct accepted_grade, accepted_grade, record_of_accepted_grade,
           "What the letter is where accepted findings do not count; absent where it is the same.",
           NULL_UNLESS_SAID(is_accepted_otherwise), ABSENT),
    COUNT("score", score, "0 to 100; null for U and N.", NULL_UNLESS_SAID(has_score)),
    BITS("open", open, question,
         "The questions that were not answered and of which an answer could lower the letter.",
         ADDED),
    OBJECTS("findings", struct finding, findings, num_findings, record_of_finding,
            "All rules that fired; those of its endpoints name the place."),
    POLICY_ROWS,
    BOOLEAN("partial", partial, "Some of its addresses could not be observed."),
    INSTANT("started", started,
            "When the line was begun; null where a record of an older program was judged again.",
            NULL_UNLESS_SAID(has_started), ADDED),
    RUN_ROW(run, "The id of the run that saw it, which is not that of this file where the record "
                 "was taken over from another one; null if an older program made it."),
    BOOLEAN("carried_over", is_carried,
            "True where the record was taken over from an earlier file (`scan --since`): it says "
            "what was seen when it was begun, and not in this run. Absent otherwise.",
            NULLABLE, ABSENT),
};

const struct record_object record_of_domain = {
    .name = "domain",
    .title = "domain (one per line of the list)",
    .sentence = "A line of the list.",
    FIELDS(domain),
    .notes =
        "A domain is graded by its MX hosts. Other services have their grades in `services` and "
        "their endpoint lines; only where `smtp` is not among the services asked for, the domain's "
        "grade is the lowest of theirs, and `partial` says that one of them, or an SRV question, "
        "was left without an answer. They are A at best: A+ stands for enforcement between "
        "servers, and DANE is not asked for them either. Which observations give which of the two "
        "answers is laid down in [enforcement.md](enforcement.md).\n",
};
