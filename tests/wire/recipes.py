"""The recipes of docs/pipelines.md: each block of code, by the heading above it, and how it is run.

    for recipe in recipes(path):
        rows = recipe.rows(shell, packages)

A block is of `sh`, of `sql` (DuckDB, by npm) or of `sqlite` (the shell of SQLite).
"""
import collections
import re
import shutil

from runner import Skip

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DUCKDB = """
const {DuckDBInstance} = require("@duckdb/node-api");
const {folder, text} = JSON.parse(require("fs").readFileSync(0, "utf8"));
process.chdir(folder);
(async () => {
    const connection = await (await DuckDBInstance.create(":memory:")).connect();
    let rows = [];
    for (const statement of text.split(/;\\s*\\n/).filter(one => one.trim())) {
        rows = (await connection.runAndReadAll(statement)).getRowsJson();
    }
    console.log(JSON.stringify(rows));
})();
"""


class Recipe(collections.namedtuple("Recipe", "title language text")):
    def rows(self, run, folder, packages):
        """What it prints, as lists of cells; `run` runs a line for the shell."""
        if self.language == "sql":
            found = packages.node(DUCKDB, {"folder": folder, "text": self.text})
            return [[str(cell) for cell in row] for row in found]
        command = self.text
        if self.language == "sqlite":
            if not shutil.which("sqlite3"):
                raise Skip("the shell of SQLite is not installed")
            command = f"sqlite3 -bail :memory: <<'END'\n{self.text}END\n"
        status, output, errors = run("set -e\n" + command, folder)
        assert status == 0, f"{self.title}: {status} {errors}"
        return [re.split(r"[\t| ]+", line.strip()) for line in output.splitlines()]


def recipes(path):
    with open(path, encoding="utf-8") as stream:
        text = stream.read()
    found = []
    for match in BLOCK.finditer(text):
        title = re.findall(r"^#+ (.*)$", text[:match.start()], re.MULTILINE)[-1]
        found.append(Recipe(title, match[1], match[2]))
    return found
