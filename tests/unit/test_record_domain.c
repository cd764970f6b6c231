/* A domain's line: every field, what is unknown with its reason, and whatever bytes a list has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "json_expect.h"
#include "output/record/record_json.h"
#include "record_line.h"

#define REPLACEMENT "\xef\xbf\xbd"

static void every_field_of_a_domain(void **state)
{
    static const char *const caa[] = {"0 issue \"ca.example\""};
    static const struct mx_endpoint endpoints[] = {
        {"192.0.2.1", 25, OUTCOME_OK, GRADE_A_PLUS, 99},
        {"2001:db8::1", 25, OUTCOME_CONNECT_TIMEOUT, GRADE_U, 7},
    };
    static const struct mx_record mx[] = {
        {.preference = 10,
         .host = TEXT_OF("mx1.example"),
         .outcome = OUTCOME_OK,
         .grade = GRADE_A_PLUS,
         .dnssec = {TRI_YES, OUTCOME_OK},
         .dane = DANE_VALID,
         .mta_sts = MTA_STS_HOST_CERTIFICATE_INVALID,
         .caa = caa,
         .num_caa = 1,
         .endpoints = endpoints,
         .num_endpoints = 2,
         .is_alias = true,
         .is_named = true,
         .lookup = OUTCOME_DNS_SERVFAIL},
        {.preference = -1,
         .host = TEXT_OF("\xff\0mx"),
         .outcome = OUTCOME_MX_INVALID,
         .dnssec = {TRI_UNKNOWN, OUTCOME_DNS_TIMEOUT},
         .dane = DANE_TEMPERROR},
    };
    static const struct service_record services[] = {
        {.service = "imaps",
         .offered = TRI_YES,
         .lookup = OUTCOME_OK,
         .port = 993,
         .host = {.host = TEXT_OF("imap.example"),
                  .lookup = OUTCOME_OK,
                  .outcome = OUTCOME_OK,
                  .grade = GRADE_B,
                  .endpoints = endpoints,
                  .num_endpoints = 1}},
        {.service = "pop3", .offered = TRI_NO, .lookup = OUTCOME_DNS_NXDOMAIN},
    };
    static const struct input_field fields[] = {{TEXT_OF("supplier"), TEXT_OF("ACME \"Ltd\"")}};
    static const char *const sts_mx[] = {"*.example"};
    static const char *const sts_problems[] = {"max_age_low"};
    static const struct text rua[] = {TEXT_OF("mailto:tls@example")};
    static const char *const rpt_problems[] = {"two_records"};
    static const struct finding_place places[] = {{.host = "mx2.example"},
                                                  {"mx1.example", "192.0.2.1", 25}};
    static const struct finding findings[] = {
        {.code = "mta_sts_mx_mismatch",
         .severity = SEVERITY_CRITICAL,
         .detail = "mx2.example",
         .places = places,
         .num_places = 2},
        {.code = "mta_sts_mx_mismatch",
         .severity = SEVERITY_CRITICAL,
         .accepted = {"2027-03-31", TEXT_OF("\xff soon"), TEXT_OF("the CISO")}},
    };
    const struct domain_record domain = {
        .domain = "example",
        .input = TEXT_OF("example,ACME"),
        .form = DOMAIN_FORM_URL,
        .line = 7,
        .fields = fields,
        .num_fields = 1,
        .mail = MAIL_MX,
        .dns_outcome = OUTCOME_OK,
        .dnssec = {TRI_NO, OUTCOME_OK},
        .mx = mx,
        .num_mx = 2,
        .services = services,
        .num_services = 2,
        .opportunistic = OPPORTUNISTIC_PARTIAL,
        .opportunistic_reason = "1 of 2",
        .enforced = ENFORCED_MTA_STS,
        .enforced_reason = "mta_sts enforce",
        .dane = DANE_PARTIAL,
        .mta_sts = {.status = MTA_STS_ENFORCE,
                    .mode = "enforce",
                    .id = "20260101",
                    .max_age = 0,
                    .mx = sts_mx,
                    .num_mx = 1,
                    .problems = sts_problems,
                    .num_problems = 1,
                    .may_be_the_network = true},
        .tls_rpt = {.status = {TRI_YES, OUTCOME_OK},
                    .rua = rua,
                    .num_rua = 1,
                    .problems = rpt_problems,
                    .num_problems = 1},
        .spf = {.status = {TRI_YES, OUTCOME_OK},
                .all = SPF_ALL_SOFTFAIL,
                .redirect = TEXT_OF("_spf.example"),
                .lookups = 3,
                .problems = rpt_problems,
                .num_problems = 1},
        .dmarc = {.status = {TRI_YES, OUTCOME_OK},
                  .policy = DMARC_QUARANTINE,
                  .subdomain_policy = DMARC_REJECT,
                  .percent = 0,
                  .is_inherited = true,
                  .rua = rua,
                  .num_rua = 1},
        .grade = GRADE_D,
        .accepted_grade = {GRADE_B, "2027-03-31"},
        .open = QUESTION_BIT(QUESTION_TLS10) | QUESTION_BIT(QUESTION_DANE),
        .score = 0,
        .findings = findings,
        .num_findings = 2,
        .policy = "2026.1",
        .policy_digest = "abcd",
        .partial = true,
        .has_evidence = true,
        .problem = "it has none",
        .started = 1767225600.5,
        .run = "00ff",
        .is_carried = true,
    };
    (void)state;
    EXPECT_RECORD(
        record_json_domain, &domain,
        "{'type':'domain','domain':'example','input':'example,ACME','domain_form':'url','line':7,"
        "'input_fields':{'supplier':'ACME \\'Ltd\\''},'mail':'mx',"
        "'dns':{'outcome':'ok','dnssec':'no'},"
        "'mx':[{'preference':10,'host':'mx1.example','lookup':'dns_servfail','outcome':'ok','grade'"
        ":'A+','dnssec':'yes',"
        "'dane':'valid','mta_sts':'mx_certificate_invalid','caa':['0 issue "
        "\\'ca.example\\''],'endpoints':["
        "{'address':'192.0.2.1','port':25,'outcome':'ok','grade':'A+','score':99},"
        "{'address':'2001:db8::1','port':25,'outcome':'connect_timeout','grade':'U','score':null}"
        "],'evidence':{'alias':true,'named':true}},"
        "{'preference':null,'host':'" REPLACEMENT
        "\\u0000mx','lookup':null,'outcome':'mx_invalid','grade':'U','dnssec':'unknown',"
        "'dnssec_reason':'dns_timeout','dane':'temperror','mta_sts':null,'caa':[],'endpoints':[]}],"
        "'services':[{'service':'imaps','offered':'yes','lookup':'ok','host':'imap.example',"
        "'port':993,'host_lookup':'ok','outcome':'ok','grade':'B','endpoints':["
        "{'address':'192.0.2.1','port':25,'outcome':'ok','grade':'A+','score':99}]},"
        "{'service':'pop3','offered':'no','lookup':'dns_nxdomain','host':null,'port':null,"
        "'host_lookup':null,'outcome':'not_tested','grade':'U','endpoints':[]}],"
        "'opportunistic_tls':'partial','opportunistic_reason':'1 of 2',"
        "'enforced_tls':'mta-sts','enforced_reason':'mta_sts enforce','dane':{'status':'partial'},"
        "'mta_sts':{'status':'enforce','mode':'enforce','id':'20260101','max_age':0,"
        "'mx':['*.example'],'problems':['max_age_low']},"
        "'tls_rpt':{'status':'yes','rua':['mailto:tls@example'],'problems':['two_records']},"
        "'spf':{'status':'yes','all':'softfail','redirect':'_spf.example','lookups':3,"
        "'problems':['two_records']},'dmarc':{'status':'yes','policy':'quarantine',"
        "'subdomain_policy':'reject','percent':0,'inherited':true,'rua':['mailto:tls@example'],"
        "'problems':[]},"
        "'evidence':{'problem':'it has none','mta_sts_network':true},"
        "'grade':'D','accepted_grade':{'grade':'B','until':'2027-03-31'},'score':0,'open':['tls10',"
        "'dane'],'findings':["
        "{'code':'mta_sts_mx_mismatch','severity':'critical','detail':'mx2.example','places':[{'"
        "host':'mx2.example','address':null,'port':null},{'host':'mx1.example','address':'192.0.2."
        "1','port':25}]},"
        "{'code':'mta_sts_mx_mismatch','severity':'critical','detail':null,"
        "'accepted':{'until':'2027-03-31','reason':'\\ufffd soon','by':'the CISO'}}],"
        "'policy':'2026.1','policy_digest':'abcd','partial':true,"
        "'started':'2026-01-01T00:00:00.500Z','run':'00ff','carried_over':true}");
}

static void a_line_that_is_no_domain_has_a_record_all_the_same(void **state)
{
    const struct domain_record domain = {
        .input = TEXT_OF("\xff not a domain\0\r"),
        .line = 1,
        .has_evidence = true,
        .dns_outcome = OUTCOME_INVALID_INPUT,
        .dnssec = {TRI_UNKNOWN, OUTCOME_NOT_TESTED},
        .mta_sts = {.max_age = -1},
        .dmarc = {.percent = -1},
    };
    (void)state;
    EXPECT_RECORD(
        record_json_domain, &domain,
        "{'type':'domain','domain':null,'input':'" REPLACEMENT
        " not a domain\\u0000\\r','domain_form':null,'line':1,'input_fields':{},'mail':'unknown',"
        "'dns':{'outcome':'invalid_input','dnssec':'unknown',"
        "'dnssec_reason':'not_tested'},'mx':[],'services':[],"
        "'opportunistic_tls':'unknown','opportunistic_reason':null,"
        "'enforced_tls':'unknown','enforced_reason':null,'dane':{'status':'unknown'},"
        "'mta_sts':{'status':'unknown','mode':null,'id':null,'max_age':null,'mx':[],"
        "'problems':[]},'tls_rpt':{'status':'unknown','status_reason':'not_tested',"
        "'rua':[],'problems':[]},'spf':{'status':'unknown','status_reason':'not_tested','all':null,"
        "'redirect':null,'lookups':0,'problems':[]},'dmarc':{'status':'unknown',"
        "'status_reason':'not_tested','policy':null,'subdomain_policy':null,'percent':null,"
        "'inherited':false,'rua':[],'problems':[]},'evidence':{},'grade':'U','score':null,'open':[]"
        ",'findings':[],'"
        "policy':null,"
        "'policy_digest':null,'partial':false,'started':null,'run':null}");
}

/* ---- The supplier's columns ---- */

/* The object of the columns alone; the caller frees it. */
static json_t *columns_of(const struct input_field *fields, size_t num_fields)
{
    const struct domain_record domain = {.fields = fields, .num_fields = num_fields};
    struct json_writer writer;
    json_writer_init(&writer);
    record_json_domain(&writer, &domain);
    json_t *line = parse_line(&writer);
    json_t *columns = json_incref(json_object_get(line, "input_fields"));
    json_decref(line);
    return columns;
}

static void columns_of_one_name_are_all_kept(void **state)
{
    static const struct input_field fields[] = {
        {TEXT_OF("id"), TEXT_OF("1")}, {TEXT_OF("id"), TEXT_OF("2")}, {TEXT_OF(""), TEXT_OF("3")},
        {TEXT_OF("id"), TEXT_OF("4")}, {TEXT_OF(""), TEXT_OF("5")},   {{NULL, 0}, TEXT_OF("6")},
        {{NULL, 0}, {NULL, 0}},
    };
    (void)state;
    json_t *columns = columns_of(fields, 7);
    expect_json("columns", columns,
                "{'id':'1','id_2':'2','':'3','id_3':'4','_2':'5','_3':'6','_4':null}");
    json_decref(columns);
}

static void a_column_named_like_a_numbered_one_is_kept_too(void **state)
{
    static const struct input_field fields[] = {
        {TEXT_OF("id_2"), TEXT_OF("1")},
        {TEXT_OF("id"), TEXT_OF("2")},
        {TEXT_OF("id"), TEXT_OF("3")},
    };
    (void)state;
    json_t *columns = columns_of(fields, 3);
    assert_int_equal(json_object_size(columns), 3);
    json_decref(columns);
}

static void names_that_come_out_alike_are_kept_apart(void **state)
{
    char long_1[400], long_2[400];
    struct input_field fields[] = {
        {TEXT_OF("\xff"), TEXT_OF("1")},
        {TEXT_OF("\xfe"), TEXT_OF("2")},
        {{long_1, sizeof(long_1)}, TEXT_OF("3")},
        {{long_2, sizeof(long_2)}, TEXT_OF("4")},
    };
    (void)state;
    memset(long_1, 'x', sizeof(long_1));
    memset(long_2, 'x', sizeof(long_2));
    long_2[sizeof(long_2) - 1] = 'y';
    json_t *columns = columns_of(fields, 4);
    assert_int_equal(json_object_size(columns), 4);
    json_decref(columns);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_of_a_domain),
        cmocka_unit_test(a_line_that_is_no_domain_has_a_record_all_the_same),
        cmocka_unit_test(columns_of_one_name_are_all_kept),
        cmocka_unit_test(a_column_named_like_a_numbered_one_is_kept_too),
        cmocka_unit_test(names_that_come_out_alike_are_kept_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
