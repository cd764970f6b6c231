/*
 * Writes DNS messages for tests, without compression unless a test adds the pointer itself.
 */
#ifndef MXGRADE_TESTS_DNS_BUILD_H
#define MXGRADE_TESTS_DNS_BUILD_H

#include <assert.h>
#include <stdint.h>
#include <string.h>

#define DNS_BUILD_MAX 65535

#define DNS_BUILD_REPLY 0x8180 /* QR, RD, RA */
#define DNS_BUILD_AD    0x0020
#define DNS_BUILD_TC    0x0200

enum dns_build_section { BUILD_ANSWER = 6, BUILD_AUTHORITY = 8, BUILD_ADDITIONAL = 10 };

struct dns_build {
    uint8_t bytes[DNS_BUILD_MAX];
    size_t len;
};

static inline void build_bytes(struct dns_build *build, const void *bytes, size_t len)
{
    assert(build->len + len <= sizeof(build->bytes));
    memcpy(build->bytes + build->len, bytes, len);
    build->len += len;
}

static inline void build_u8(struct dns_build *build, unsigned value)
{
    uint8_t byte = (uint8_t)value;
    build_bytes(build, &byte, 1);
}

static inline void build_u16(struct dns_build *build, unsigned value)
{
    build_u8(build, value >> 8);
    build_u8(build, value & 0xff);
}

static inline void build_u32(struct dns_build *build, uint32_t value)
{
    build_u16(build, value >> 16);
    build_u16(build, value & 0xffff);
}

static inline void build_put_u16(struct dns_build *build, size_t at, unsigned value)
{
    build->bytes[at] = (uint8_t)(value >> 8);
    build->bytes[at + 1] = (uint8_t)value;
}

/* "a.example", "" for the root; the labels as they are. */
static inline void build_name(struct dns_build *build, const char *name)
{
    while (*name != '\0') {
        size_t len = strcspn(name, ".");
        build_u8(build, (unsigned)len);
        build_bytes(build, name, len);
        name += len + (name[len] == '.' ? 1 : 0);
    }
    build_u8(build, 0);
}

/* A header and a question. */
static inline void build_start(struct dns_build *build, unsigned id, unsigned flags,
                               const char *name, unsigned type)
{
    build->len = 0;
    build_u16(build, id);
    build_u16(build, flags);
    build_u16(build, 1);
    build_u16(build, 0);
    build_u16(build, 0);
    build_u16(build, 0);
    build_name(build, name);
    build_u16(build, type);
    build_u16(build, 1);
}

/* Everything of a record up to RDATA; returns where its length stands, for build_close(). */
static inline size_t build_open(struct dns_build *build, enum dns_build_section section,
                                const char *owner, unsigned type, uint32_t ttl)
{
    size_t counter = (size_t)section;
    build_put_u16(build, counter,
                  ((unsigned)build->bytes[counter] << 8 | build->bytes[counter + 1]) + 1);
    build_name(build, owner);
    build_u16(build, type);
    build_u16(build, 1);
    build_u32(build, ttl);
    build_u16(build, 0);
    return build->len - 2;
}

static inline void build_close(struct dns_build *build, size_t opened)
{
    build_put_u16(build, opened, (unsigned)(build->len - opened - 2));
}

static inline void build_record(struct dns_build *build, const char *owner, unsigned type,
                                uint32_t ttl, const void *data, size_t len)
{
    size_t opened = build_open(build, BUILD_ANSWER, owner, type, ttl);
    build_bytes(build, data, len);
    build_close(build, opened);
}

static inline void build_a(struct dns_build *build, const char *owner, uint32_t ttl,
                           uint32_t address)
{
    size_t opened = build_open(build, BUILD_ANSWER, owner, 1, ttl);
    build_u32(build, address);
    build_close(build, opened);
}

/* CNAME, PTR */
static inline void build_host(struct dns_build *build, const char *owner, unsigned type,
                              uint32_t ttl, const char *host)
{
    size_t opened = build_open(build, BUILD_ANSWER, owner, type, ttl);
    build_name(build, host);
    build_close(build, opened);
}

static inline void build_mx(struct dns_build *build, const char *owner, uint32_t ttl,
                            unsigned preference, const char *host)
{
    size_t opened = build_open(build, BUILD_ANSWER, owner, 15, ttl);
    build_u16(build, preference);
    build_name(build, host);
    build_close(build, opened);
}

/* An OPT record; `options` as they are on the wire. */
static inline void build_opt(struct dns_build *build, unsigned extended_rcode, const void *options,
                             size_t len)
{
    size_t opened = build_open(build, BUILD_ADDITIONAL, "", 41, (uint32_t)extended_rcode << 24);
    build_put_u16(build, opened - 6, 1232);
    build_bytes(build, options, len);
    build_close(build, opened);
}

#endif
