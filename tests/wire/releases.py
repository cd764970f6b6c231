"""What differs between the TLS libraries of Debian 12 and those of Debian 13, where a test expects
something else of each. What is installed decides, not the name of the release.
"""
import os

# This header came with version 3.
MBEDTLS_3 = os.path.exists("/usr/include/mbedtls/build_info.h")

# The lists of a deep scan that are cut. Mbed TLS has more suites than the scan has connections.
# Version 3 knows secp256k1 and never chooses it: where a client names no other curve of its own, it
# chooses a suite with a curve and closes the connection behind its certificate. No client can tell
# that from a curve that it was not shown, so the list of curves is not whole.
MBEDTLS_CUT = ["groups_tls12", "suites"] if MBEDTLS_3 else ["suites"]
