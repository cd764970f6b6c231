"""axe-core, which judges pages by rules of accessibility, by npm.

    with Axe() as axe:
        problems = axe.problems(page)

MXGRADE_AXE names a folder where npm has installed it already.
"""
import json
import os
import shutil
import subprocess
import tempfile

from runner import Skip

INSTALL_SECONDS = 120

# Every rule that there is, those of WCAG's level AAA, best practice and experiments included.
RUN = """axe.run(document, {resultTypes: ['violations'], rules: Object.fromEntries(
    axe.getRules().map(rule => [rule.ruleId, {enabled: true}]))}).then(result =>
        [result.passes.length, result.violations.map(one => one.id + ': ' + one.nodes.slice(0, 3)
            .map(node => node.html.slice(0, 120) + ' ' + (node.failureSummary || '')).join('; '))])"""


class Axe:
    def __enter__(self):
        if not shutil.which("npm"):
            raise Skip("npm is not installed")
        self.scratch = tempfile.mkdtemp(prefix="mxgrade-axe.")
        folder = os.environ.get("MXGRADE_AXE", self.scratch)
        if folder == self.scratch:
            self.install()
        with open(os.path.join(folder, "node_modules/axe-core/axe.min.js"),
                  encoding="utf-8") as stream:
            self.script = stream.read()
        return self

    def install(self):
        command = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix",
                   self.scratch, "axe-core"]
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, timeout=INSTALL_SECONDS, check=False)
            output, failed = done.stdout.decode("utf-8", "replace"), done.returncode != 0
        except subprocess.TimeoutExpired:
            output, failed = f"not over after {INSTALL_SECONDS} s", True
        if failed:
            self.__exit__()
            raise Skip("npm cannot be reached: " + output.strip()[-200:])

    def __exit__(self, *_):
        shutil.rmtree(self.scratch, ignore_errors=True)

    def problems(self, page):
        """What is wrong with the page as it stands, in words."""
        page.evaluate(f"window.axe || (() => {{ {self.script} }})(); 1")
        num_passed, problems = json.loads(page.evaluate(f"{RUN}.then(JSON.stringify)"))
        assert num_passed > 20, num_passed
        return problems
