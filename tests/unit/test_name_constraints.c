/*
 * Name constraints of an intermediate on the names of its leaf: which chains they make invalid.
 */
#include "scanner/x509/certificate.h"

#include "tests/unit/certificate_world.h"

struct constraint_case {
    const char *name;
    const char *constraints; /* of the intermediate, as in openssl.cnf */
    const char *names;       /* of the leaf */
    bool is_obeyed;
};

static const struct constraint_case cases[] = {
    {"a name that is permitted", "permitted;DNS:example.org", "DNS:mx.example.org", true},
    {"the permitted name itself", "permitted;DNS:example.org", "DNS:example.org", true},
    {"in capitals", "permitted;DNS:EXAMPLE.org", "DNS:mx.example.ORG", true},
    {"a name that ends alike", "permitted;DNS:example.org", "DNS:mx.anexample.org", false},
    {"one of two names is not permitted", "permitted;DNS:example.org",
     "DNS:mx.example.org,DNS:mx.example.net", false},
    {"one of two is permitted", "permitted;DNS:example.net,permitted;DNS:example.org",
     "DNS:mx.example.org", true},
    {"a name that is excluded", "excluded;DNS:mx.example.org", "DNS:mx.example.org", false},
    {"a name below one that is excluded", "excluded;DNS:example.org", "DNS:a.mx.example.org",
     false},
    {"a name beside one that is excluded", "excluded;DNS:bad.example.org", "DNS:mx.example.org",
     true},
    {"excluded among what is permitted", "permitted;DNS:example.org,excluded;DNS:bad.example.org",
     "DNS:mx.bad.example.org", false},
    {"a wildcard within what is permitted", "permitted;DNS:example.org", "DNS:*.example.org", true},
    {"a wildcard that reaches out", "permitted;DNS:mx.example.org", "DNS:*.example.org", false},
    {"a wildcard that stands for an excluded name", "excluded;DNS:bad.example.org",
     "DNS:*.example.org", false},
    {"a wildcard a label above an excluded name", "excluded;DNS:very.bad.example.org",
     "DNS:*.example.org", true},
    {"a wildcard beside an excluded name", "excluded;DNS:bad.example.net", "DNS:*.example.org",
     true},
    {"an empty label", "permitted;DNS:example.org", "DNS:.example.org", false},
    {"an address in a permitted network", "permitted;IP:192.0.2.0/255.255.255.0", "IP:192.0.2.25",
     true},
    {"an address beside it", "permitted;IP:192.0.2.0/255.255.255.0", "IP:192.0.3.25", false},
    {"the last address of a network", "permitted;IP:192.0.2.0/255.255.255.128", "IP:192.0.2.127",
     true},
    {"the first behind it", "permitted;IP:192.0.2.0/255.255.255.128", "IP:192.0.2.128", false},
    {"an IPv6 address in a permitted network", "permitted;IP:2001:db8::/ffff:ffff:0:0:0:0:0:0",
     "IP:2001:db8::25", true},
    {"an IPv6 address beside it", "permitted;IP:2001:db8::/ffff:ffff:0:0:0:0:0:0",
     "IP:2001:db9::25", false},
    {"an IPv6 address where only IPv4 is permitted", "permitted;IP:192.0.2.0/255.255.255.0",
     "IP:2001:db8::25", false},
    {"an excluded address", "excluded;IP:192.0.2.0/255.255.255.0", "IP:192.0.2.25", false},
    {"an address beside an excluded network", "excluded;IP:192.0.2.0/255.255.255.0",
     "IP:192.0.3.25", true},
    {"no address at all is permitted",
     "permitted;DNS:example.org,excluded;IP:0.0.0.0/0.0.0.0,excluded;IP:0:0:0:0:0:0:0:0/"
     "0:0:0:0:0:0:0:0",
     "DNS:mx.example.org,IP:192.0.2.25", false},
    {"as public CAs limit others, and a name alone",
     "permitted;DNS:example.org,excluded;IP:0.0.0.0/0.0.0.0,excluded;IP:0:0:0:0:0:0:0:0/"
     "0:0:0:0:0:0:0:0",
     "DNS:mx.example.org", true},
    {"an address does not hide the name behind it",
     "permitted;IP:192.0.2.0/255.255.255.0,permitted;DNS:example.org",
     "IP:192.0.2.25,DNS:mx.example.net", false},
    {"a name of a kind that is not constrained", "permitted;DNS:example.org", "IP:192.0.2.25",
     true},
    {"a mail address among the names", "permitted;email:example.org",
     "DNS:mx.example.org,email:a@example.org", true},
    {"a mail address that is not permitted", "permitted;email:example.org",
     "DNS:mx.example.org,email:a@example.net", false},
    {"an unknown kind that is constrained, behind an address",
     "permitted;IP:192.0.2.0/255.255.255.0,permitted;RID:1.2.3.4", "IP:192.0.2.25,RID:1.2.3.4",
     false},
};

static void check_case(const struct world *world, const struct constraint_case *one)
{
    struct made inter = make(&(struct recipe){
        .cn = "Limited",
        .issuer = &world->root,
        .extensions = {CA, SIGN, SKI, AKI, {"nameConstraints", one->constraints}}});
    struct made leaf = make(&(struct recipe){
        .cn = "Leaf", .issuer = &inter, .extensions = {{"subjectAltName", one->names}, EKU, AKI}});
    print_message("%s\n", one->name);
    struct result result = JUDGE(world, NULL, &leaf, &inter);
    assert_problems(result.problems, one->is_obeyed ? 0 : BIT(CONSTRAINT_VIOLATION));
    assert_trusted(&result, one->is_obeyed);
    made_free(&leaf);
    made_free(&inter);
}

static void the_names_of_the_leaf_obey_the_issuer(void **state)
{
    for (size_t i = 0; i < NUM(cases); i++) {
        check_case(*state, &cases[i]);
    }
}

static void those_of_an_intermediate_bind_all_below_it(void **state)
{
    struct world *world = *state;
    struct made upper = make(&(struct recipe){
        .cn = "Upper",
        .issuer = &world->root,
        .extensions = {
            CA, SIGN, SKI, AKI, {"nameConstraints", "permitted;IP:192.0.2.0/255.255.255.0"}}});
    struct made lower =
        make(&(struct recipe){.cn = "Lower", .issuer = &upper, .extensions = {CA, SIGN, SKI, AKI}});
    struct made inside =
        make(&(struct recipe){.cn = "Leaf",
                              .issuer = &lower,
                              .extensions = {{"subjectAltName", "IP:192.0.2.1"}, EKU, AKI}});
    struct made outside =
        make(&(struct recipe){.cn = "Leaf",
                              .issuer = &lower,
                              .extensions = {{"subjectAltName", "IP:198.51.100.1"}, EKU, AKI}});
    struct result good = JUDGE(world, "192.0.2.1", &inside, &lower, &upper);
    struct result bad = JUDGE(world, "198.51.100.1", &outside, &lower, &upper);
    assert_problems(good.problems, 0);
    assert_problems(bad.problems, BIT(CONSTRAINT_VIOLATION));
    made_free(&inside);
    made_free(&outside);
    made_free(&lower);
    made_free(&upper);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_names_of_the_leaf_obey_the_issuer),
        cmocka_unit_test(those_of_an_intermediate_bind_all_below_it),
    };
    return cmocka_run_group_tests_name("name constraints", tests, setup, teardown);
}
