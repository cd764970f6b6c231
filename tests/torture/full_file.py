"""What the parts share in which a result file can grow no more, at every byte of it: each run says so,
exits 3 and leaves whole lines, which --resume goes on from where there is room again."""
import os

import torture
import runner
from fleet import Fleet, check_form, read_results

QUICK_STEP = 701  # bytes from one trial of make check to the next
CONTINUED = 16    # one in so many is continued, too
MIX = "single=1,ok_tls12_13=1"


class World:
    """A list of one domain, what is written for it, and where its lines end."""

    def __init__(self, fleet):
        self.fleet = fleet
        self.list = fleet.list()
        self.plain, self.packed = self.whole("whole.jsonl"), self.whole("whole.jsonl.zst")

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


def main(module, description):
    options = torture.arguments(description)
    with Fleet("--own-zones", "--hosts", "1", "--mix", MIX, serve=torture.FLEET) as fleet:
        return runner.run(module, World(fleet), options)
