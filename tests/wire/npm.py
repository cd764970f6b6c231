"""Packages of npm, for tests that hold our output against what others made.

    with Packages("ajv", "@elastic/ecs") as packages:
        answer = packages.node(program, question)

MXGRADE_NPM names a folder where they are installed already.
"""
import json
import os
import shutil
import subprocess
import tempfile

from runner import Skip

INSTALL_SECONDS = 120
NODE_SECONDS = 120


class Packages:
    def __init__(self, *names):
        self.names = names

    def __enter__(self):
        if not shutil.which("npm") or not shutil.which("node"):
            raise Skip("npm and node are not installed")
        self.scratch = tempfile.mkdtemp(prefix="mxgrade-npm.")
        self.folder = os.environ.get("MXGRADE_NPM", self.scratch)
        if self.folder == self.scratch:
            self._install()
        return self

    def _install(self):
        command = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix",
                   self.scratch, *self.names]
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

    def node(self, program, question):
        """What the program prints as JSON, with the question as JSON on its standard input."""
        done = subprocess.run(["node", "-e", program], input=json.dumps(question),
                              stdout=subprocess.PIPE, cwd=self.folder, text=True,
                              timeout=NODE_SECONDS, check=True)
        return json.loads(done.stdout)
