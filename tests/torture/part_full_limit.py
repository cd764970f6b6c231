#!/usr/bin/env python3
"""Results that reach the size that files may have, at every byte of them."""
import resource
import sys

import torture
import full_file


def test_a_file_that_reaches_its_size_limit_at_any_byte_keeps_whole_lines(world, options):
    def limited(path, limit):
        def set_limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        return world.scan(path, preexec_fn=set_limit)

    full_file.every_byte(world, options, torture.Trials("size limit", options.seed), limited)


if __name__ == "__main__":
    sys.exit(full_file.main(sys.modules[__name__], __doc__))
