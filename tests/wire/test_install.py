#!/usr/bin/env python3
"""`make install` and what it installs: the manual by man and mandoc, completion by the shells.

Everything goes into a folder of the test's own. The shells are asked what they complete as a user's
Tab would ask them. What is not on this machine is told and not tested.
"""
import filecmp
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

import runner
from fleet import FLEET, MXGRADE

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
MANUALS = ("man1/mxgrade.1", "man5/mxgrade.conf.5", "man5/mxgrade-results.5")
SECONDS = 120
BASH = """
. {script}
COMP_WORDS=({words}) COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)) COMPREPLY=()
_mxgrade
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
# What zsh lists is asked for in a terminal of its own (zpty), by ^D behind the line, which it repeats
# below the list. The line is typed when the prompt is there; the echo of what was typed before has no READY.
ZSH = """
zmodload zsh/zpty
zpty shell 'PS1=">" TERM=dumb zsh -f -i'
zpty -w shell 'fpath=({folder} $fpath); autoload -Uz compinit; compinit -u -D -d {folder}/dump'
zpty -w shell 'setopt no_beep list_rows_first; LISTMAX=1000; cd {folder}; print RE""ADY'
zpty -r -m shell line '*READY*>*'
zpty -w -n shell $'{line}\\C-d'
zpty -r -m shell line '*mxgrade*>*mxgrade*'
print -r -- $line
zpty -d shell
"""


def run(*command, **more):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=SECONDS, check=False, **more)


class World:
    def __init__(self, folder):
        self.folder = folder
        self.share = os.path.join(folder, "usr/local/share")
        self.made = self.make("install")

    def make(self, *arguments, **more):
        """In the build folder of the tests, where the program is ready."""
        return run("make", "-s", "-C", ROOT, *arguments, "DESTDIR=" + self.folder,
                   "B=" + os.path.relpath(os.path.dirname(FLEET), ROOT), **more)

    def files(self):
        return sorted(os.path.relpath(os.path.join(folder, name), self.folder)
                      for folder, _, names in os.walk(self.folder) for name in names)

    def shared(self, name):
        return os.path.join(self.share, name)


def there(program):
    if shutil.which(program) is None:
        print(f"         {program} is not installed: not tested")
        return False
    return True


def names_of(text):
    return set(re.findall(r"--([a-z0-9][a-z0-9-]*)", text))


def options_of(command):
    """Of the program itself."""
    text = run(MXGRADE, command, "--help").stdout
    return set(re.findall(r"^ +(?:-\w, )?--([a-z0-9-]+)", text, re.M))


def test_everything_is_in_its_place(world):
    assert world.made.returncode == 0 and world.made.stdout == "", world.made
    files = world.files()
    wanted = ["etc/mxgrade/mxgrade.conf", "usr/local/bin/mxgrade", "usr/local/libexec/mxgrade/fleet",
              "usr/local/share/bash-completion/completions/mxgrade",
              "usr/local/share/fish/vendor_completions.d/mxgrade.fish",
              "usr/local/share/mxgrade/schema.json",
              "usr/local/share/zsh/site-functions/_mxgrade",
              "usr/local/share/doc/mxgrade/CHANGELOG.md",
              *("usr/local/share/man/" + name for name in MANUALS)]
    assert set(wanted) <= set(files), set(wanted) - set(files)
    documents = {os.path.basename(path) for path in glob.glob(ROOT + "/docs/*.md")}
    assert documents <= set(map(os.path.basename, files)), documents
    program = os.path.join(world.folder, "usr/local/bin/mxgrade")
    assert run(program, "explain", "A").returncode == 0
    assert run(program, "schema").stdout == open(world.shared("mxgrade/schema.json"),
                                                  encoding="utf-8").read()


def test_the_installed_configuration_changes_nothing(world):
    sample = os.path.join(world.folder, "etc/mxgrade/mxgrade.conf")
    assert run(MXGRADE, "config", "--config", sample).stdout == run(MXGRADE, "config").stdout
    with open(sample, encoding="utf-8") as stream:
        text = stream.read()
    assert set(re.findall(r"^#([a-z0-9-]+) = ", text, re.M)) == \
        (options_of("scan") | options_of("nightly")) - {"help", "config"} | {"list"}
    # Each default that stands there may be taken as it is.
    given = re.sub(r"^#([a-z0-9-]+ = (?!.*\(default: ))", r"\1", text, flags=re.M)
    path = os.path.join(world.folder, "given.conf")
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(given)
    shown = run(MXGRADE, "config", "--config", path)
    os.unlink(path)
    assert shown.returncode == 0, shown
    values = [line.split("#")[0].rstrip() for line in shown.stdout.splitlines()]
    assert values == [line.split("#")[0].rstrip() for line in run(MXGRADE, "config").stdout.splitlines()]


def test_the_manual_is_without_a_warning(world):
    for name in MANUALS:
        path = world.shared("man/" + name)
        if there("man"):
            done = run("sh", "-c", 'man -l --warnings -E UTF-8 "$0" >/dev/null', path,
                       env={**os.environ, "LC_ALL": "C.UTF-8", "MANROFFSEQ": ""})
            assert (done.returncode, done.stdout) == (0, ""), (name, done)
        if there("mandoc"):
            done = run("mandoc", "-T", "lint", "-W", "style", path)
            assert (done.returncode, done.stdout) == (0, ""), (name, done)


def test_the_manual_has_every_option_and_field(world):
    if not there("mandoc"):
        return
    pages = {name: re.sub(".\b", "", run("mandoc", "-T", "utf8", world.shared("man/" + name)).stdout)
             for name in MANUALS}
    differ = runner.Differences()
    command_page = pages["man1/mxgrade.1"].replace("\u2010\n", "")
    for command in re.findall(r"^  ([a-z]+) ", run(MXGRADE, "--help").stdout, re.M):
        differ.equal(f"options of {command} that mxgrade(1) lacks",
                     options_of(command) - {"help"} - names_of(command_page), set())
        differ.equal(f"{command} in mxgrade(1)", f"mxgrade {command}" in command_page, True)
    for name in options_of("scan") - {"help", "config"} | {"list"}:
        differ.equal(f"{name} in mxgrade.conf(5)",
                     re.search(rf"^ +{name}\b", pages["man5/mxgrade.conf.5"], re.M) is None, False)
    with open(ROOT + "/docs/records.md", encoding="utf-8") as stream:
        fields = set(re.findall(r"^\| `(\w+)` \| ", stream.read(), re.M))
    assert len(fields) > 100, fields
    for name in fields:
        differ.equal(f"{name} in mxgrade-results(5)",
                     re.search(rf"^ +{name}\b", pages["man5/mxgrade-results.5"], re.M) is None, False)
    differ.check()


# ---- Completion ----

# (the words of a line, what some of the answers are)
ASKED = (
    (("",), {"scan", "config", "explain"}),
    (("sc",), {"scan", "schema"}),
    (("scan", "--depth", ""), {"quick", "standard", "deep"}),
    (("scan", "--dep"), {"--depth"}),
    (("explain", "self_"), {"self_signed"}),
    (("diff", "--fail-on", ""), {"regression"}),
    (("convert", "some-r"), {"some-results.jsonl"}),
    (("scan", "--output", "some-r"), {"some-results.jsonl"}),
)


def bash_answers(world, words, folder):
    script = BASH.format(script=world.shared("bash-completion/completions/mxgrade"),
                         words=" ".join(f"'{word}'" for word in ("mxgrade", *words)))
    done = run("bash", "-c", script, cwd=folder)
    assert done.returncode == 0, done
    return set(done.stdout.split())


def zsh_answers(world, words, folder):
    shutil.copy(world.shared("zsh/site-functions/_mxgrade"), os.path.join(folder, "_mxgrade"))
    done = run("zsh", "-f", "-c", ZSH.format(folder=folder, line=" ".join(("mxgrade", *words))))
    assert "not found" not in done.stdout and "parse error" not in done.stdout, done.stdout
    return set(re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|[\r\x07]", " ", done.stdout).split())


def fish_answers(world, words, folder):
    script = world.shared("fish/vendor_completions.d/mxgrade.fish")
    done = run("fish", "--no-config", "-c", f"source {script}; complete -C '{' '.join(('mxgrade', *words))}'",
               cwd=folder, env={**os.environ, "HOME": folder})
    assert done.returncode == 0, done
    return {line.split("\t")[0] for line in done.stdout.splitlines()}


def ask(world, answers, differ, shell):
    with tempfile.TemporaryDirectory(prefix="mxgrade-completion.") as folder:
        with open(os.path.join(folder, "some-results.jsonl"), "w", encoding="utf-8"):
            pass
        for words, some in ASKED:
            seen = answers(world, words, folder)
            differ.equal(f"{shell}: {' '.join(words)!r} gives {sorted(seen)[:12]}", some - seen, set())


def test_bash_completes(world):
    differ = runner.Differences()
    ask(world, bash_answers, differ, "bash")
    for command in ("scan", "check", "verify"):
        with tempfile.TemporaryDirectory() as folder:
            differ.equal(f"options of {command}",
                         names_of(" ".join(bash_answers(world, (command, "--"), folder))),
                         options_of(command))
    differ.check()


def test_zsh_completes(world):
    if not there("zsh"):
        return
    differ = runner.Differences()
    with tempfile.TemporaryDirectory(prefix="mxgrade-completion.") as folder:
        with open(os.path.join(folder, "some-results.jsonl"), "w", encoding="utf-8"):
            pass
        # A single answer is filled in rather than listed, so lines are asked that have several.
        for words, some in (((), {"scan", "config", "explain"}),
                            (("scan", "--depth", ""), {"quick", "standard", "deep"}),
                            (("scan", "--c"), {"--config", "--concurrency", "--ca-file"}),
                            (("explain", "dane_"), {"dane_bogus", "dane_mismatch"})):
            seen = zsh_answers(world, words or ("",), folder)
            differ.equal(f"zsh: {' '.join(words)!r} gives {sorted(seen)[:30]}", some - seen, set())
    differ.check()


def test_fish_completes(world):
    if not there("fish"):
        return
    differ = runner.Differences()
    ask(world, fish_answers, differ, "fish")
    with tempfile.TemporaryDirectory() as folder:
        for command in ("scan", "check", "verify"):
            seen = names_of(" ".join(fish_answers(world, (command, "--"), folder)))
            differ.equal(f"options of {command} that fish lacks",
                         options_of(command) - {"help"} - seen, set())
    differ.check()


# ---- The build ----


def test_the_version_tells_the_commit_and_the_libraries(world):
    text = run(MXGRADE, "--version").stdout
    commit = run("packaging/print-commit", cwd=ROOT).stdout.strip()
    assert re.fullmatch(r"[0-9a-f]{7,}(\+changes)?|unknown", commit), commit
    first, libraries = text.splitlines()
    assert re.fullmatch(r"mxgrade \d+\.\d+\.\d+ \(commit [0-9a-f]{7,40}(\+changes)?\)|"
                        r"mxgrade \S+ \(commit unknown\)", first), first
    for name in ("BoringSSL", "c-ares", "libev", "libmaxminddb", "zstd", "libidn2", "libpsl", "http-parser", "SQLite"):
        assert re.search(rf"{name},? (API )?\d", libraries), (name, libraries)


def test_the_changelogs_are_of_this_version(_):
    version = run(MXGRADE, "--version").stdout.split()[1]
    with open(ROOT + "/CHANGELOG.md", encoding="utf-8") as stream:
        assert re.search(rf"^## {re.escape(version)}, \d{{4}}-\d\d-\d\d$", stream.read(), re.M)
    with open(ROOT + "/packaging/debian/changelog", encoding="utf-8") as stream:
        assert stream.readline().startswith(f"mxgrade ({version}) "), version


def test_an_archive_knows_its_commit_without_git(world):
    commit = run("git", "-C", ROOT, "rev-parse", "HEAD")
    if commit.returncode != 0:
        print("         this is no checkout: not tested")
        return
    folder = os.path.join(world.folder, "archive")
    os.makedirs(folder)
    done = run("sh", "-c", 'git -C "$0" archive HEAD packaging .gitattributes | tar -xf - -C "$1"', ROOT, folder)
    assert done.returncode == 0, done
    said = run("packaging/print-commit", cwd=folder).stdout.strip()
    assert len(said) >= 7 and commit.stdout.startswith(said), (said, commit.stdout)
    # A copy of the files alone does not know it, and one in another's checkout does not take that one's.
    shutil.copy(ROOT + "/packaging/commit", folder + "/packaging/commit")
    assert run("packaging/print-commit", cwd=folder).stdout == "unknown\n"
    run("git", "init", "-q", world.folder)
    assert run("packaging/print-commit", cwd=folder).stdout == "unknown\n"
    shutil.rmtree(os.path.join(world.folder, ".git"))
    shutil.rmtree(folder)


def test_missing_libraries_are_named(world):
    build = os.path.join(world.folder, "build")
    done = run("make", "-s", "-C", ROOT, "B=" + build, "TLS_CFLAGS=-I/nonexistent", "program")
    assert done.returncode != 0 and "android-libboringssl-dev" in done.stdout, done
    assert "make deps" in done.stdout and "libev-dev" not in done.stdout, done
    shutil.rmtree(build)
    done = run("packaging/check-libraries", "gcc", "-nostdinc", cwd=ROOT)
    with open(os.path.join(ROOT, "packaging/check-libraries"), encoding="utf-8") as stream:
        packages = [line.split()[1] for line in stream if re.fullmatch(r"\S+\.h \S+-dev\n", line)]
    assert done.returncode == 1 and len(packages) > 10 and "android-libboringssl-dev" in packages, done
    assert done.stdout.splitlines()[0].split(":")[1].split() == packages, (done, packages)


def test_uninstall_leaves_a_changed_configuration_and_nothing_else(world):
    sample = os.path.join(world.folder, "etc/mxgrade/mxgrade.conf")
    with open(sample, "a", encoding="utf-8") as stream:
        stream.write("rate = 7\n")
    assert world.make("install").returncode == 0
    assert not filecmp.cmp(sample, world.shared("mxgrade/mxgrade.conf"), shallow=False)
    done = world.make("uninstall")
    assert (done.returncode, done.stdout) == (0, ""), done
    assert world.files() == ["etc/mxgrade/mxgrade.conf"], world.files()
    os.unlink(sample)
    assert world.make("install").returncode == 0
    assert world.make("uninstall").returncode == 0
    assert world.files() == [], world.files()
    assert not glob.glob(world.folder + "/**/mxgrade*", recursive=True)


def main():
    with tempfile.TemporaryDirectory(prefix="mxgrade-install.") as folder:
        return runner.run(sys.modules[__name__], World(folder))


if __name__ == "__main__":
    sys.exit(main())
