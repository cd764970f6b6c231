#!/usr/bin/env python3
"""Fills the disk at every byte of a result file: by a limit of its size, by a disk that is said to be
full, and once by a real small file system. Each run says so, exits 3 and leaves whole lines, which
--resume goes on from where there is room again."""
import contextlib
import os
import resource
import subprocess
import sys

import torture
import runner
from fleet import Fleet, check_form, preload, read_results
from processes import run

QUICK_STEP = 701  # bytes from one trial of make check to the next
CONTINUED = 16    # one in so many is continued, too
MIX = "single=1,ok_tls12_13=1"


class World:
    """A list of one domain, what is written for it, and where its lines end."""

    def __init__(self, fleet):
        self.fleet = fleet
        self.list = fleet.list()
        self.plain, self.packed = self.whole("whole.jsonl"), self.whole("whole.jsonl.zst")
        self.environment = preload(os.path.join(torture.HERE, "full_disk.c"), fleet.folder)

    def whole(self, name):
        path = self.fleet.path(name)
        status, _, errors = self.fleet.run(self.list, "-o", path)
        assert status == 0, errors
        with open(path, "rb") as stream:
            return stream.read()

    def scan(self, path, **more):
        """(status, messages) of a scan into a file that cannot take it all."""
        process = self.fleet.start(self.list, "-o", path, "--threads", "1", **more)
        _, errors = process.communicate(timeout=60)
        return process.returncode, errors.decode()


def check_cut_short(world, path, limit, status, errors, is_continued):
    """The rest of a trial: nothing but whole lines is left, and they are gone on from."""
    if status == 0:  # other random bytes, another length: it did fit
        check_form(read_results(path))
        return "fitted"
    assert status == 3, (limit, status, errors)
    assert "No space left" in errors or "File too large" in errors, (limit, errors)
    size = os.path.getsize(path)
    assert size <= limit, f"{size} bytes in a file of {limit}"
    if size > 0:
        read_results(path)  # raises for anything but whole records
    if is_continued:
        status, _, errors = world.fleet.run(world.list, "-o", path, "--resume")
        assert status == 0, (limit, errors)
        check_form(read_results(path))
        return "cut short and continued"
    return "cut short"


def every_byte(world, options, trials, limited):
    """One trial for each byte of the plain file and of the compressed one."""
    step = QUICK_STEP if options.quick else 1
    for content, end in ((world.plain, ".jsonl"), (world.packed, ".jsonl.zst")):
        def trial(_, limit, end=end):
            path = world.fleet.path(f"{trials.name}-{limit}{end}")
            status, errors = limited(path, limit)
            how = check_cut_short(world, path, limit, status, errors,
                                  options.quick or limit % CONTINUED == 0)
            os.unlink(path)
            return how

        trials.run(trial, range(0, len(content), step))
    trials.end()


def test_a_file_that_reaches_its_size_limit_at_any_byte_keeps_whole_lines(world, options):
    def limited(path, limit):
        def set_limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        return world.scan(path, preexec_fn=set_limit)

    every_byte(world, options, torture.Trials("size limit", options.seed), limited)


def test_a_disk_that_is_full_at_any_byte_keeps_whole_lines(world, options):
    def limited(path, limit):
        return world.scan(path, env=dict(world.environment, DISK_BYTES=str(limit)))

    every_byte(world, options, torture.Trials("full disk", options.seed), limited)


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


def main():
    options = torture.arguments(__doc__)
    with Fleet("--own-zones", "--hosts", "1", "--mix", MIX, serve=torture.FLEET) as fleet:
        return runner.run(sys.modules[__name__], World(fleet), options)


if __name__ == "__main__":
    sys.exit(main())
