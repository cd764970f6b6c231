#!/usr/bin/env python3
"""Results that fill the disk, at every byte of them: a disk that is said to be full, half of the times
for one write alone, and once a real small file system."""
import contextlib
import os
import subprocess
import sys

import torture
import full_file
import runner
from fleet import check_form, preload, read_results
from processes import run


def test_a_disk_that_is_full_at_any_byte_keeps_whole_lines(world, options):
    environment = preload(os.path.join(torture.HERE, "full_disk.c"), world.fleet.folder)

    def limited(path, limit):
        return world.scan(path, env=dict(environment, DISK_BYTES=str(limit),
                                         DISK_IS_FREED=str(limit % 2)))

    full_file.every_byte(world, options, torture.Trials("full disk", options.seed), limited)


@contextlib.contextmanager
def small_file_system(folder, size):
    os.makedirs(folder)
    done = run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder])
    if done.returncode != 0:
        raise runner.Skip("no file system can be mounted here: " + done.stdout.strip())
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def test_a_real_small_file_system_that_is_full_keeps_whole_lines(world, _):
    folder = world.fleet.path("small")
    page = os.sysconf("SC_PAGESIZE")
    with small_file_system(folder, page):
        path = os.path.join(folder, "out.jsonl")
        status, errors = world.scan(path)
        assert len(world.plain) > page, "the results would fit"
        assert (status, "No space left" in errors) == (3, True), (status, errors)
        left = read_results(path)  # none, if the first lines were written together
        assert not left.summaries, left.records
        done = run(["mount", "-o", f"remount,size={64 * page}", folder])
        assert done.returncode == 0, done.stdout
        status, _, errors = world.fleet.run(world.list, "-o", path, "--resume")
        assert status == 0, errors
        check_form(read_results(path))


if __name__ == "__main__":
    sys.exit(full_file.main(sys.modules[__name__], __doc__))
