"""What an AppArmor profile lets a program do with files: as much of its language, apparmor.d(5), as
Debian's profile of unbound and what it includes are written in.
"""
import itertools
import os
import re

RULE = re.compile(r"^(?:audit\s+)?(deny\s+)?(?:owner\s+)?(?:file\s+)?([/@\"]\S*)\s+([a-zA-Z]+)$")
INCLUDE = re.compile(r"^#?include\s+(if\s+exists\s+)?<([^>]+)>$")
VARIABLE = re.compile(r"^(@\{\w+\})\s*(\+?)=\s*(.*)$")


class Profile:
    """`root` is the folder that /etc/apparmor.d is on the machine of the profile."""

    def __init__(self, root, name):
        self.root = root
        self.variables, self.rules = {}, []
        self._read(os.path.join(root, name))

    def allows(self, path, wanted):
        """Are all the permissions, of "rwm", there?"""
        given, denied = set(), set()
        for is_denied, pattern, permissions in self.rules:
            if pattern.fullmatch(path):
                (denied if is_denied else given).update(permissions)
        return set(wanted) <= given - denied

    # -- how

    def _read(self, path):
        with open(path, encoding="utf-8") as stream:
            for line in stream:
                self._take(line.strip())

    def _take(self, line):
        include = INCLUDE.match(line)
        if include:
            self._include(include[2], bool(include[1]))
            return
        line = re.sub(r"(^|\s)#.*", "", line).strip().rstrip(",")
        variable, rule = VARIABLE.match(line), RULE.match(line)
        if variable:
            words = variable[3].replace('"', "").split()
            self.variables[variable[1]] = (self.variables.get(variable[1], [])
                                           if variable[2] else []) + words
        elif rule and not line.endswith("{"):
            for pattern in self._spelled_out(rule[2].strip('"')):
                self.rules.append((bool(rule[1]), re.compile(regex_of(pattern)), rule[3]))

    def _include(self, name, may_lack):
        path = os.path.join(self.root, name)
        if os.path.isdir(path):
            for file in sorted(os.listdir(path)):
                self._read(os.path.join(path, file))
        elif os.path.exists(path):
            self._read(path)
        else:
            # dh_apparmor makes it when the package is installed.
            assert may_lack or name.startswith("local/"), f"{path} is missing"

    def _spelled_out(self, pattern):
        """The pattern with each value of its variables, which may have variables, too."""
        names = sorted(set(re.findall(r"@\{\w+\}", pattern)))
        if not names:
            return [pattern]
        found = []
        for values in itertools.product(*(self.variables[name] for name in names)):
            text = pattern
            for name, value in zip(names, values):
                text = text.replace(name, value)
            found += self._spelled_out(re.sub("//+", "/", text))
        return found


def regex_of(pattern):
    out, depth = "", 0
    for part in re.findall(r"\*\*|\\.|\[[^]]*\]|.", pattern):
        if part == "**":
            out += ".*"
        elif part == "*":
            out += "[^/]*"
        elif part == "?":
            out += "[^/]"
        elif part == "{":
            depth += 1
            out += "(?:"
        elif part == "}":
            depth -= 1
            out += ")"
        elif part == "," and depth:
            out += "|"
        elif part[0] in "[\\":
            out += part
        else:
            out += re.escape(part)
    return out
