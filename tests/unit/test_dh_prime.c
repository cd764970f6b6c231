/*
 * The known primes are computed anew from their definitions, so that a wrong digest in the table
 * cannot hide: RFC 2409 and RFC 3526 define theirs by the digits of pi, RFC 7919 by those of e.
 */
#include "io/tls/dh_prime.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/bn.h>

#define DIGITS    8192 /* bits after the point that the largest prime needs */
#define GUARD     64   /* bits of slack for rounding */
#define PRIME_MAX 1024 /* bytes of the largest */

static BIGNUM *one_with_digits(void)
{
    BIGNUM *one = BN_new();
    assert_non_null(one);
    assert_true(BN_set_bit(one, DIGITS + GUARD));
    return one;
}

/* arccot(x) with the digits, by Gregory's series. */
static BIGNUM *arccot(BN_ULONG x)
{
    BIGNUM *sum = BN_new(), *term = BN_new(), *power = one_with_digits();
    BN_div_word(power, x);
    for (BN_ULONG n = 1; !BN_is_zero(power); n += 2) {
        assert_non_null(BN_copy(term, power));
        BN_div_word(term, n);
        assert_true(n % 4 == 1 ? BN_add(sum, sum, term) : BN_sub(sum, sum, term));
        BN_div_word(power, x * x);
    }
    BN_free(term);
    BN_free(power);
    return sum;
}

/* Machin's formula: pi = 16 arccot 5 - 4 arccot 239. */
static BIGNUM *make_pi(void)
{
    BIGNUM *a = arccot(5), *b = arccot(239);
    assert_true(BN_lshift(a, a, 4) && BN_lshift(b, b, 2) && BN_sub(a, a, b));
    BN_free(b);
    return a;
}

/* The sum of 1/n!. */
static BIGNUM *make_e(void)
{
    BIGNUM *sum = BN_new(), *term = one_with_digits();
    for (BN_ULONG n = 1; !BN_is_zero(term); n++) {
        assert_true(BN_add(sum, sum, term));
        BN_div_word(term, n);
    }
    BN_free(term);
    return sum;
}

/* 2^bits - 2^(bits-64) + 2^64 * (floor(2^(bits-130) * number) + addend) - 1 */
static size_t make_prime(const BIGNUM *number, unsigned bits, BN_ULONG addend,
                         uint8_t out[PRIME_MAX])
{
    BIGNUM *prime = BN_new(), *low = BN_new(), *middle = BN_new();
    assert_true(BN_set_bit(prime, (int)bits) && BN_set_bit(low, (int)bits - 64) &&
                BN_rshift(middle, number, DIGITS + GUARD - ((int)bits - 130)) &&
                BN_add_word(middle, addend) && BN_lshift(middle, middle, 64) &&
                BN_sub(prime, prime, low) && BN_add(prime, prime, middle) && BN_sub_word(prime, 1));
    assert_true(BN_bn2bin_padded(out, bits / 8, prime));
    BN_free(prime);
    BN_free(low);
    BN_free(middle);
    return bits / 8;
}

static void primes_made_from_pi_and_e_are_known(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        char number;
        unsigned bits;
        BN_ULONG addend;
        uint16_t group;
    } cases[] = {
        {"RFC 2409 group 1", 'p', 768, 149686, 0},
        {"RFC 2409 group 2", 'p', 1024, 129093, 0},
        {"RFC 3526 group 5", 'p', 1536, 741804, 0},
        {"RFC 3526 group 14", 'p', 2048, 124476, 0},
        {"RFC 3526 group 15", 'p', 3072, 1690314, 0},
        {"RFC 3526 group 16", 'p', 4096, 240904, 0},
        {"RFC 3526 group 17", 'p', 6144, 929484, 0},
        {"RFC 3526 group 18", 'p', 8192, 4743158, 0},
        {"ffdhe2048", 'e', 2048, 560316, TLS_GROUP_FFDHE2048},
        {"ffdhe3072", 'e', 3072, 2625351, TLS_GROUP_FFDHE3072},
        {"ffdhe4096", 'e', 4096, 5736041, TLS_GROUP_FFDHE4096},
        {"ffdhe6144", 'e', 6144, 15705020, TLS_GROUP_FFDHE6144},
        {"ffdhe8192", 'e', 8192, 10965728, TLS_GROUP_FFDHE8192},
    };
    BIGNUM *pi = make_pi(), *e = make_e();

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t bytes[PRIME_MAX];
        size_t len =
            make_prime(cases[i].number == 'p' ? pi : e, cases[i].bits, cases[i].addend, bytes);
        const struct dh_prime *prime = dh_prime_find(bytes, len);
        assert_non_null(prime);
        assert_string_equal(prime->name, cases[i].name);
        assert_int_equal(prime->bits, cases[i].bits);
        assert_int_equal(prime->group, cases[i].group);
        assert_int_equal(dh_prime_bits(bytes, len), cases[i].bits);
        bytes[len / 2] ^= 1;
        assert_null(dh_prime_find(bytes, len));
    }
    BN_free(pi);
    BN_free(e);
}

static void the_prime_of_rfc_5114_section_2_1_is_known(void **state)
{
    (void)state;
    static const char text[] = "b10b8f96a080e01dde92de5eae5d54ec52c99fbcfb06a3c69a6a9dca52d23b61"
                               "6073e28675a23d189838ef1e2ee652c013ecb4aea906112324975c3cd49b83bf"
                               "accbdd7d90c4bd7098488e9c219a73724effd6fae5644738faa31a4ff55bccc0"
                               "a151af5f0dc8b4bd45bf37df365c1a65e68cfda76d4da708df1fb2bc2e4a4371";
    BIGNUM *number = NULL;
    uint8_t bytes[128];

    assert_int_not_equal(BN_hex2bn(&number, text), 0);
    assert_true(BN_bn2bin_padded(bytes, sizeof bytes, number));
    BN_free(number);
    assert_non_null(dh_prime_find(bytes, sizeof bytes));
    assert_string_equal(dh_prime_find(bytes, sizeof bytes)->name, "RFC 5114 group 22");
}

static void leading_zeros_do_not_matter(void **state)
{
    (void)state;
    uint8_t bytes[PRIME_MAX + 3] = {0};
    BIGNUM *e = make_e();
    size_t len = make_prime(e, 2048, 560316, bytes + 3);
    BN_free(e);

    assert_string_equal(dh_prime_find(bytes, len + 3)->name, "ffdhe2048");
    assert_int_equal(dh_prime_bits(bytes, len + 3), 2048);
}

static void bits_are_counted_from_the_highest_one(void **state)
{
    (void)state;
    static const uint8_t one[] = {0x01}, zero[] = {0, 0}, nine[] = {0x01, 0x00}, full[] = {0xff};
    assert_int_equal(dh_prime_bits(one, 1), 1);
    assert_int_equal(dh_prime_bits(zero, 2), 0);
    assert_int_equal(dh_prime_bits(zero, 0), 0);
    assert_int_equal(dh_prime_bits(nine, 2), 9);
    assert_int_equal(dh_prime_bits(full, 1), 8);
    assert_null(dh_prime_find(zero, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(primes_made_from_pi_and_e_are_known),
        cmocka_unit_test(the_prime_of_rfc_5114_section_2_1_is_known),
        cmocka_unit_test(leading_zeros_do_not_matter),
        cmocka_unit_test(bits_are_counted_from_the_highest_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
