# Inside the source package: libcrypto.a and libssl.a into $(OUT). The lists of sources are Debian's; what
# differs from debian/libcrypto.mk and debian/libssl.mk is said in ./build.
include debian/sources.mk

arch_amd64   := $(linux_x86_64_sources)
arch_i386    := $(linux_x86_sources)
arch_arm64   := $(linux_aarch64_sources)
arch_armhf   := $(linux_arm_sources)
arch_ppc64el := $(linux_ppc64le_sources)

CRYPTO := $(crypto_sources) $(arch_$(DEB_HOST_ARCH))
CRYPTO_OBJECTS := $(patsubst %.S,%.o,$(CRYPTO:.c=.o))
SSL_OBJECTS    := $(ssl_sources:.cc=.o)

COMMON := -O3 -DNDEBUG -fPIC -fvisibility=hidden -fno-strict-aliasing -fstack-protector-strong \
          -D_FORTIFY_SOURCE=2 -w -Isrc/crypto -Isrc/include

all: $(OUT)/libcrypto.a $(OUT)/libssl.a

$(OUT)/libcrypto.a: $(CRYPTO_OBJECTS)
	rm -f $@ && $(AR) rcs $@ $^

$(OUT)/libssl.a: $(SSL_OBJECTS)
	rm -f $@ && $(AR) rcs $@ $^

%.o: %.c
	$(CC) -std=gnu11 $(COMMON) -c -o $@ $<

%.o: %.S
	$(CC) $(COMMON) -Wa,--noexecstack -c -o $@ $<

%.o: %.cc
	$(CXX) -std=gnu++17 -fno-exceptions -fno-rtti $(COMMON) -c -o $@ $<
