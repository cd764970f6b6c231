#include "scanner/policy.h"

#include <string.h>

/*
 * Severity says how much it matters, cap the best letter left (GRADE_U: none), deduction the points
 * within the letter. Every row that caps names the text it rests on.
 */
static const struct finding_rule rules[FINDING_COUNT] = {
#define RULE(id, code_, severity_, cap_, deduction_, title_, remedy_, source_)                     \
    [FINDING_##id] = {.code = code_,                                                               \
                      .severity = SEVERITY_##severity_,                                            \
                      .cap = GRADE_##cap_,                                                         \
                      .deduction = deduction_,                                                     \
                      .title = title_,                                                             \
                      .remedy = remedy_,                                                           \
                      .source = source_}
    RULE(NO_STARTTLS, "no_starttls", CRITICAL, F, 100,
         "The server does not offer STARTTLS: mail to it travels in clear",
         "Configure a certificate and offer STARTTLS on port 25", "RFC 3207; RFC 7435 section 1"),
    RULE(STARTTLS_REFUSED, "starttls_refused", CRITICAL, F, 100,
         "STARTTLS is offered and then refused, also on a second try",
         "Repair the server's TLS set-up (certificate, key, permissions)", "RFC 3207 section 4"),
    RULE(STARTTLS_STRIPPED, "starttls_stripped", HIGH, U, 0,
         "An EHLO keyword looks overwritten: a device on the way may be removing STARTTLS",
         "Switch off SMTP inspection ('fixup') in firewalls before the mail server",
         "RFC 3207 section 6"),
    RULE(STARTTLS_INCONSISTENT, "starttls_inconsistent", HIGH, D, 40,
         "STARTTLS is offered on some connections and not on others",
         "Give all servers behind the address the same TLS set-up", "RFC 3207 section 6"),
    RULE(HANDSHAKE_REFUSED, "handshake_refused", CRITICAL, F, 100,
         "STARTTLS is accepted but every handshake offered is refused",
         "Repair the server's TLS set-up; allow TLS 1.2 and 1.3", "RFC 3207 section 4.1"),
    RULE(CLIENT_CERTIFICATE_REQUIRED, "client_certificate_required", CRITICAL, F, 100,
         "The server ends the handshake unless the sender shows a certificate",
         "Request client certificates at most, never require them on a public MX",
         "RFC 3207 section 4"),
    RULE(TLS13_INTOLERANT, "tls13_intolerant", MEDIUM, A, 6,
         "The handshake fails when TLS 1.3 is offered and works when it is not",
         "Update the server or the device before it", "RFC 8446 section 4.2.1; appendix D.4"),
    RULE(SNI_INTOLERANT, "sni_intolerant", LOW, U, 4,
         "The handshake fails when the MX host name is sent as SNI and works without it",
         "Configure the server for its own name", "RFC 6066 section 3"),
    RULE(EARLY_RESPONSE_BYTES, "early_response_bytes", MEDIUM, U, 5,
         "Plain text came behind the reply to STARTTLS; a careless sender would take it for "
         "protected",
         "Update the server; nothing may follow the 220 before the handshake",
         "RFC 3207 section 6; CVE-2011-0411 (class)"),
    RULE(SSL2, "ssl2", CRITICAL, F, 100, "SSLv2 is accepted", "Switch off SSLv2",
         "RFC 6176 section 3"),
    RULE(SSL3, "ssl3", HIGH, C, 25, "SSLv3 is accepted", "Switch off SSLv3", "RFC 7568 section 3"),
    RULE(TLS10, "tls10", MEDIUM, B, 8, "TLS 1.0 is accepted", "Switch off TLS 1.0",
         "RFC 8996 section 4; RFC 9325 section 3.1.1"),
    RULE(TLS11, "tls11", MEDIUM, B, 6, "TLS 1.1 is accepted", "Switch off TLS 1.1",
         "RFC 8996 section 5; RFC 9325 section 3.1.1"),
    RULE(NO_TLS12, "no_tls12", HIGH, D, 45, "Nothing newer than TLS 1.1 is offered",
         "Update the TLS library and allow TLS 1.2 and 1.3", "RFC 9325 section 3.1.1"),
    RULE(NO_TLS13, "no_tls13", LOW, A, 4, "TLS 1.3 is not offered", "Allow TLS 1.3",
         "RFC 9325 section 3.1.1"),
    RULE(WEAK_NULL, "null_suite", CRITICAL, F, 100, "Suites without encryption are accepted",
         "Remove NULL suites", "RFC 9325 section 4.1"),
    RULE(WEAK_ANON, "anonymous_suite", CRITICAL, F, 80,
         "Anonymous suites are accepted: they authenticate nobody",
         "Remove anonymous suites (in Postfix: smtpd_tls_exclude_ciphers = aNULL)",
         "RFC 9325 section 4.1; RFC 5246 section 7.4.2"),
    RULE(WEAK_EXPORT, "export_suite", CRITICAL, F, 90,
         "Exportable suites of 40 or 56 bits are accepted", "Remove EXPORT suites",
         "RFC 9325 section 4.1; CVE-2015-0204"),
    RULE(WEAK_DES, "des_suite", HIGH, C, 30, "DES is accepted", "Remove DES suites",
         "RFC 9325 section 4.1; RFC 5469"),
    RULE(WEAK_RC4, "rc4_suite", HIGH, C, 25, "RC4 is accepted", "Remove RC4 suites",
         "RFC 7465 section 2; RFC 9325 section 4.1"),
    RULE(WEAK_3DES, "3des_suite", MEDIUM, B, 10, "3DES is accepted: its blocks are too small",
         "Remove 3DES suites", "RFC 9325 section 4.1; CVE-2016-2183"),
    RULE(WEAK_STATIC_RSA, "static_rsa_suite", MEDIUM, B, 8,
         "Suites with static RSA are accepted: no forward secrecy", "Remove static RSA suites",
         "RFC 9325 section 4.1"),
    RULE(WEAK_STATIC_DH, "static_dh_suite", MEDIUM, B, 8,
         "Suites with static DH or ECDH are accepted: no forward secrecy",
         "Remove static DH suites", "RFC 9325 section 4.1"),
    RULE(SMALL_DH, "small_dh", MEDIUM, B, 12,
         "Ephemeral DH is used with a prime of fewer than 2048 bits",
         "Use a prime of at least 2048 bits (RFC 7919), or ECDHE only", "RFC 9325 section 4.5"),
    RULE(COMPRESSION, "tls_compression", MEDIUM, B, 10, "TLS compression is accepted",
         "Switch off TLS compression", "RFC 9325 section 3.3"),
    RULE(LARGE_HELLO_INTOLERANT, "pq_intolerant", MEDIUM, U, 4,
         "A hello as large as post-quantum senders' gets no answer",
         "Update the server or the device before it", "RFC 8446 section 4.1.2"),
    RULE(NO_POST_QUANTUM, "no_post_quantum", INFO, U, 0, "No post-quantum key exchange is offered",
         "Allow X25519MLKEM768 when the TLS library has it", "NCSC-NL TLS guidelines 2025-05"),
    RULE(COMMAND_INJECTION, "command_injection", CRITICAL, F, 100,
         "A command sent before TLS was executed after it",
         "Update the mail server; discard all input before the handshake",
         "RFC 3207 section 6; CVE-2011-0411"),
    RULE(PLAINTEXT_MAIL_REFUSED, "plaintext_mail_refused", INFO, U, 0,
         "Mail without TLS is refused (530): the receiver enforces TLS",
         "Nothing needs to be done; senders without TLS cannot deliver", "RFC 3207 section 4"),
    RULE(STARTTLS_IN_TLS, "starttls_in_tls", LOW, U, 2, "STARTTLS is offered again inside TLS",
         "Update the mail server", "RFC 3207 section 4.2"),
    RULE(LOGIN_BEFORE_TLS_ON_MX, "login_before_tls_on_mx", LOW, U, 3,
         "The MX offers a login before TLS: passwords may travel in clear",
         "Offer AUTH inside TLS only (in Postfix: smtpd_tls_auth_only = yes), or not on port 25",
         "RFC 4954 section 4; RFC 8314 section 3.3"),
    RULE(NO_FORWARD_SECRECY, "no_forward_secrecy", MEDIUM, B, 12,
         "The suite chosen from a full offer has no forward secrecy",
         "Prefer ECDHE suites; remove static RSA", "RFC 9325 section 4.1"),
    RULE(NO_AEAD, "no_aead", MEDIUM, B, 8, "The suite chosen from a full offer is not an AEAD",
         "Prefer AES-GCM or ChaCha20-Poly1305", "RFC 9325 section 4.2"),
    RULE(NO_EMS, "no_extended_master_secret", LOW, A, 3,
         "TLS 1.2 is spoken without the extended master secret", "Update the TLS library",
         "RFC 9325 section 3.5; RFC 7627"),
    RULE(NO_SECURE_RENEGOTIATION, "no_secure_renegotiation", MEDIUM, B, 8,
         "TLS 1.2 is spoken without secure renegotiation", "Update the TLS library",
         "RFC 9325 section 3.5; RFC 5746"),
    RULE(NO_CERTIFICATE, "no_certificate", HIGH, C, 35,
         "No certificate was sent: the suite is anonymous", "Configure a certificate",
         "RFC 9325 section 4.1"),
    RULE(SELF_SIGNED, "self_signed", HIGH, C, 30,
         "The certificate is self-signed: nobody can verify the server",
         "Install a certificate of a public CA, or publish TLSA records under DNSSEC",
         "RFC 8461 section 4.2; RFC 5280 section 6.1"),
    RULE(UNTRUSTED_ROOT, "untrusted_root", HIGH, C, 30, "The chain does not end at a trusted root",
         "Install a certificate of a public CA, or publish TLSA records under DNSSEC",
         "RFC 8461 section 4.2; RFC 5280 section 6.1"),
    RULE(INCOMPLETE_CHAIN, "incomplete_chain", HIGH, C, 25,
         "An intermediate certificate is missing from the chain",
         "Send the intermediate certificates behind the server's own",
         "RFC 8446 section 4.4.2; RFC 5280 section 6.1"),
    RULE(EXPIRED, "expired", HIGH, C, 30, "The certificate, or one of its chain, has expired",
         "Renew the certificate", "RFC 5280 section 6.1.3; RFC 8461 section 4.2"),
    RULE(NOT_YET_VALID, "not_yet_valid", HIGH, C, 30, "The certificate is not valid yet",
         "Check the server's clock and the certificate", "RFC 5280 section 6.1.3"),
    RULE(NAME_MISMATCH, "name_mismatch", HIGH, C, 25, "The certificate does not name the MX host",
         "Use a certificate whose subjectAltName has the MX host name",
         "RFC 9525 section 6; RFC 8461 section 4.2"),
    RULE(CN_ONLY, "cn_only", INFO, U, 2,
         "Only the CN matches the MX host; the CN is not a name any more",
         "Use a certificate whose subjectAltName has the MX host name", "RFC 9525 section 2"),
    RULE(RSA_BELOW_1024, "rsa_below_1024", CRITICAL, D, 45,
         "An RSA key in the chain has fewer than 1024 bits", "Use RSA of 3072 bits or ECDSA P-256",
         "RFC 9325 section 4.5"),
    RULE(WEAK_KEY, "weak_key", HIGH, C, 30,
         "A key in the chain is too small (RSA below 2048 bits) or of a weak kind",
         "Use RSA of 3072 bits or ECDSA P-256", "RFC 9325 section 4.5"),
    RULE(RSA_BELOW_3072, "rsa_below_3072", INFO, U, 0,
         "An RSA key has 2048 to 3071 bits: fine today, to be phased out",
         "Use RSA of 3072 bits or ECDSA P-256 at the next renewal",
         "NCSC-NL TLS guidelines 2025-05"),
    RULE(MD5_SIGNATURE, "md5_signature", HIGH, C, 35,
         "A certificate of the chain is signed with MD5 or MD2", "Have it issued anew with SHA-256",
         "RFC 9155; RFC 6151"),
    RULE(SHA1_SIGNATURE, "sha1_signature", MEDIUM, B, 15,
         "A certificate of the chain is signed with SHA-1", "Have it issued anew with SHA-256",
         "RFC 9325 section 4.5"),
    RULE(BAD_PURPOSE, "bad_purpose", HIGH, C, 25,
         "A certificate of the chain is not meant for TLS servers",
         "Use a certificate with the serverAuth purpose", "RFC 5280 section 4.2.1.12"),
    RULE(CONSTRAINT_VIOLATION, "constraint_violation", HIGH, C, 25,
         "The chain breaks a constraint of its CA", "Use a chain that its CAs allow",
         "RFC 5280 section 6.1"),
    RULE(UNPARSABLE_CERTIFICATE, "unparsable_certificate", HIGH, C, 35,
         "The certificate cannot be parsed", "Have it issued anew", "RFC 5280 section 4.1"),
    RULE(OCSP_REVOKED, "ocsp_revoked", HIGH, C, 30,
         "The CA has revoked the certificate: the server's own OCSP staple says so",
         "Have a certificate issued anew, with a new key",
         "RFC 6960 section 2.2; RFC 5280 section 6.1.3"),
    RULE(OCSP_STALE, "ocsp_staple_stale", INFO, U, 0,
         "The OCSP response stapled is out of date, or tells no date when it will be",
         "Let the server fetch a new response in time, or switch off stapling",
         "RFC 6960 section 4.2.2.1; RFC 5019 section 4"),
    RULE(OCSP_USELESS, "ocsp_staple_useless", INFO, U, 0,
         "The OCSP response stapled does not vouch for the certificate",
         "Let the server fetch its response from the CA anew", "RFC 6960 section 3.2"),
    RULE(MUST_STAPLE_MISSING, "must_staple_missing", LOW, U, 4,
         "The certificate promises an OCSP staple and the server sends none",
         "Switch on OCSP stapling, or have a certificate issued without the TLS feature",
         "RFC 7633"),
    RULE(CHAIN_UNTIDY, "chain_untidy", INFO, U, 0,
         "The chain was sent with certificates that are out of order, repeated or of no use",
         "Send the server's certificate and then each issuer's, without others",
         "RFC 5246 section 7.4.2; RFC 8446 section 4.4.2"),
    RULE(ROOT_SENT, "root_sent", INFO, U, 0,
         "The root certificate was sent along; nobody needs it, unless TLSA records name it",
         "Leave the root out of the chain file", "RFC 8446 section 4.4.2; RFC 7671 section 5.2.2"),
    RULE(LONG_VALIDITY, "long_validity", INFO, U, 0,
         "The certificate is valid for longer than public CAs allow themselves",
         "Use a shorter certificate at the next renewal, and renew by program",
         "CA/Browser Forum Baseline Requirements section 6.3.2"),
    RULE(CLIENT_CERTIFICATE_REQUESTED, "client_certificate_requested", INFO, U, 0,
         "The server asks senders for a certificate but goes on without",
         "Nothing needs to be done; some senders log it as an oddity", "RFC 8446 section 4.3.2"),
    RULE(NO_ESMTP, "no_esmtp", INFO, U, 0, "The server takes HELO only, no EHLO", "Offer ESMTP",
         "RFC 5321 section 3.2"),
    RULE(DANE_AUTHENTICATES, "dane_authenticates", INFO, U, 0,
         "The certificate would not pass public checks, which DANE makes needless",
         "Nothing needs to be done for senders that use DANE; for MTA-STS, install a public one",
         "RFC 7672 section 3.1.1"),
    RULE(DANE_MISMATCH, "dane_mismatch", CRITICAL, D, 60,
         "The TLSA records do not match the server: senders that use DANE cannot deliver",
         "Publish records of the certificate or key in use; renew records before the key",
         "RFC 7672 sections 2.2 and 3; RFC 7671 section 8.1"),
    RULE(DANE_UNUSABLE, "dane_unusable", MEDIUM, U, 6,
         "None of the TLSA records can be used: TLS is forced on senders, but nobody is "
         "authenticated",
         "Publish 3 1 1 records (usages 0 and 1 mean nothing in mail)",
         "RFC 7672 sections 2.2 and 3.1.3"),
    RULE(DANE_BOGUS, "dane_bogus", HIGH, D, 40,
         "DNSSEC validation of the TLSA records fails: senders that use DANE cannot deliver",
         "Repair the zone's signatures", "RFC 7672 section 2.1.2; RFC 4035 section 4.3"),
    RULE(DANE_TEMPERROR, "dane_temperror", INFO, U, 0,
         "The TLSA records could not be looked up: senders that use DANE put the mail off",
         "Check that the name servers answer TLSA questions", "RFC 7672 section 2.1.2"),
    RULE(DANE_NO_SPARE, "dane_no_spare", INFO, U, 0, "There is no TLSA record for the next key yet",
         "Publish the next key's record (3 1 1), or the issuer's (2 1 1), beside the current one",
         "RFC 7671 section 8.1"),
    RULE(NO_DANE, "no_dane", LOW, A, 1,
         "DANE does not authenticate the host; only a domain's MTA-STS policy can enforce TLS",
         "Sign the zone and publish 3 1 1 TLSA records", "RFC 7672 section 2.2"),
    RULE(NULL_MX, "null_mx", INFO, U, 0, "The domain says that it takes no mail (null MX)",
         "Nothing needs to be done", "RFC 7505 section 3"),
    RULE(NULL_MX_BESIDE_OTHERS, "null_mx_beside_others", LOW, U, 3,
         "A null MX stands beside other MX records, where it means nothing",
         "Remove the null MX, or all the others", "RFC 7505 section 3"),
    RULE(IMPLICIT_MX, "implicit_mx", INFO, U, 0,
         "There is no MX record: mail goes to the domain's own address",
         "Publish an MX record, or a null MX if no mail is wanted", "RFC 5321 section 5.1"),
    RULE(NO_MAIL, "no_mail_service", INFO, U, 0,
         "The domain has neither MX nor address records: it takes no mail",
         "Publish a null MX to say so", "RFC 5321 section 5.1; RFC 7505"),
    RULE(MX_IS_CNAME, "mx_is_cname", LOW, U, 2, "An MX names an alias (CNAME)",
         "Let the MX name the host itself", "RFC 2181 section 10.3; RFC 5321 section 5.1"),
    RULE(MX_IS_ADDRESS, "mx_is_address", MEDIUM, U, 5,
         "An MX holds an IP address where a host name belongs",
         "Give the host a name and let the MX name it", "RFC 1035 section 3.3.9"),
    RULE(MX_INVALID, "mx_invalid", MEDIUM, U, 5, "An MX names something that cannot be a host",
         "Correct the MX record", "RFC 1035 section 3.3.9; RFC 1123 section 2.1"),
    RULE(MX_DANGLING, "mx_dangling", MEDIUM, U, 5,
         "An MX names a host that does not exist or has no address",
         "Remove the MX record; a name that anyone can register could be taken over",
         "RFC 5321 section 5.1"),
    RULE(MX_NOT_PUBLIC, "mx_not_public", MEDIUM, U, 5,
         "An MX host has an address that is not public; it was not contacted",
         "Publish public addresses only", "RFC 6890; RFC 5735"),
    RULE(MX_UNOBSERVED, "mx_unobserved", INFO, U, 0,
         "Some MX hosts could not be observed; they are not part of the grade",
         "See the endpoint's outcome", "RFC 5321 section 5.1"),
    RULE(STARTTLS_ON_SOME, "starttls_on_some", HIGH, D, 40,
         "TLS works on some MX hosts or addresses and not on others",
         "Give every MX host and address the same TLS set-up; an attacker may pick any",
         "RFC 5321 section 5.1; RFC 3207 section 6"),
    RULE(DANE_PARTIAL, "dane_partial", LOW, U, 2,
         "DANE protects a part of the mail only: every MX host and the MX records have to be in it",
         "Sign the domain's zone, and publish TLSA records for each MX host",
         "RFC 7672 section 2.2.1"),
    RULE(MTA_STS_BROKEN, "mta_sts_broken", CRITICAL, D, 60,
         "The MTA-STS policy says enforce, and an MX host does not pass it: mail is lost",
         "List every MX host in the policy, and give each TLS and a valid certificate",
         "RFC 8461 sections 4.1, 4.2 and 5"),
    RULE(MTA_STS_WOULD_BREAK, "mta_sts_would_break", MEDIUM, U, 6,
         "The MTA-STS policy is in testing, and an MX host does not pass it",
         "Repair the policy or the host before going to enforce", "RFC 8461 sections 4 and 5"),
    RULE(MTA_STS_INVALID, "mta_sts_invalid", MEDIUM, U, 6,
         "MTA-STS is announced, but senders can get no valid policy",
         "Correct the TXT record, the policy file, or the web server's certificate",
         "RFC 8461 sections 3.1, 3.2 and 3.3"),
    RULE(MTA_STS_TESTING, "mta_sts_testing", INFO, U, 0,
         "The MTA-STS policy is in testing: nothing is enforced",
         "Go to enforce when the reports are clean", "RFC 8461 section 5"),
    RULE(MTA_STS_OFF, "mta_sts_off", INFO, U, 0, "The MTA-STS policy has mode none",
         "Publish a policy with mode enforce", "RFC 8461 section 5"),
    RULE(NO_MTA_STS, "no_mta_sts", INFO, U, 0, "There is no MTA-STS policy",
         "Publish one, in testing at first", "RFC 8461 section 3"),
    RULE(TLS_RPT_INVALID, "tls_rpt_invalid", LOW, U, 1,
         "TLS reporting is announced in a way that senders ignore", "Correct the TXT record",
         "RFC 8460 section 3"),
    RULE(NO_TLS_RPT, "no_tls_rpt", INFO, U, 0, "No reports on TLS failures are asked for",
         "Publish a TLS reporting record at _smtp._tls", "RFC 8460 section 3"),
    RULE(NO_ENFORCEMENT, "no_enforcement", LOW, A, 4,
         "TLS is not enforced: an attacker in the way can have mail sent in clear",
         "Publish TLSA records under DNSSEC, or an MTA-STS policy in enforce",
         "RFC 7672 section 1.3; RFC 8461 section 1"),
    RULE(ENFORCEMENT_UNKNOWN, "enforcement_unknown", LOW, A, 2,
         "Whether TLS is enforced could not be observed",
         "See the DANE and MTA-STS status; a validating resolver that is trusted is needed",
         "RFC 7672 section 2.1"),
    RULE(DNS_FAILURE, "dns_failure", MEDIUM, U, 0, "The domain's MX could not be looked up",
         "Check the domain's name servers and DNSSEC", "RFC 5321 section 5.1"),
    RULE(INVALID_INPUT, "invalid_input", INFO, U, 0, "The input line is not a domain name",
         "Correct the line", "RFC 1035 section 2.3.1; RFC 5890"),
#undef RULE
};

const struct finding_rule *policy_rule(enum finding_code code)
{
    return &rules[code];
}

enum finding_code policy_find(const char *code)
{
    unsigned i = 0;
    while (i < FINDING_COUNT && strcmp(rules[i].code, code) != 0) {
        i++;
    }
    return (enum finding_code)i;
}

enum grade policy_cap(const struct finding_set *set)
{
    enum grade cap = GRADE_U;
    for (unsigned i = 0; i < FINDING_COUNT; i++) {
        if (finding_set_has(set, (enum finding_code)i)) {
            cap = policy_worse(cap, rules[i].cap);
        }
    }
    return cap;
}

unsigned policy_deductions(const struct finding_set *set)
{
    unsigned deductions = 0;
    for (unsigned i = 0; i < FINDING_COUNT; i++) {
        deductions += finding_set_has(set, (enum finding_code)i) ? rules[i].deduction : 0;
    }
    return deductions;
}

enum grade policy_worse(enum grade a, enum grade b)
{
    /* The letters are declared from best to worst; U and N stand before them. */
    return a > b ? a : b;
}

unsigned policy_score(enum grade grade, unsigned deductions)
{
    /* `full` is how many points of deduction use up the letter's band. */
    static const struct {
        unsigned low, high, full;
    } bands[GRADE_COUNT] = {
        [GRADE_A_PLUS] = {95, 100, 20}, [GRADE_A] = {85, 94, 20},  [GRADE_B] = {70, 84, 60},
        [GRADE_C] = {50, 69, 120},      [GRADE_D] = {25, 49, 150}, [GRADE_F] = {0, 24, 100},
    };
    unsigned full = bands[grade].full;
    if (full == 0) {
        return 0; /* U and N have no score */
    }
    unsigned used = deductions < full ? deductions : full;
    return bands[grade].high - used * (bands[grade].high - bands[grade].low) / full;
}
