"""ajv, a JSON Schema validator that has nothing to do with this project, by npm.

    with Ajv() as ajv:
        problems = ajv.problems(schema, "#/$defs/run", [record, ...])
        several = ajv.problems_of_each(schema, [("#/$defs/run", [record, ...]), ...])

MXGRADE_AJV names a folder where it is installed already.
"""
import json
import os
import shutil
import subprocess
import tempfile

from runner import Skip

INSTALL_SECONDS = 120
VALIDATE_SECONDS = 120
PROBLEMS_SHOWN = 20

PROGRAM = """
const Ajv = require("ajv/dist/2020");
const {schema, questions, shown} = JSON.parse(require("fs").readFileSync(0, "utf8"));
const ajv = new Ajv({allErrors: true, strict: true});
if (!ajv.validateSchema(schema)) {
    const wrong = ["the schema itself: " + ajv.errorsText()];
    console.log(JSON.stringify(questions.map(() => wrong)));
    process.exit(0);
}
ajv.addSchema(schema);
const compiled = new Map();
const problems = questions.map(([pointer, records]) => {
    if (!compiled.has(pointer)) {
        compiled.set(pointer, ajv.compile({"$ref": schema.$id + pointer}));
    }
    const validate = compiled.get(pointer);
    const found = [];
    records.forEach((record, i) => {
        if (!validate(record) && found.length < shown) {
            const extra = validate.errors.map(e => e.params.additionalProperty || "").join(" ");
            found.push(`record ${i}: ${ajv.errorsText(validate.errors)} ${extra}`.slice(0, 600));
        }
    });
    return found;
});
console.log(JSON.stringify(problems));
"""


class Ajv:
    def __enter__(self):
        if not shutil.which("npm") or not shutil.which("node"):
            raise Skip("npm and node are not installed")
        self.scratch = tempfile.mkdtemp(prefix="mxgrade-ajv.")
        self.folder = os.environ.get("MXGRADE_AJV", self.scratch)
        if self.folder == self.scratch:
            command = ["npm", "install", "--no-audit", "--no-fund", "--prefix", self.scratch, "ajv"]
            try:
                done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, timeout=INSTALL_SECONDS,
                                      check=False)
                output, failed = done.stdout.decode("utf-8", "replace"), done.returncode != 0
            except subprocess.TimeoutExpired:
                output, failed = f"not over after {INSTALL_SECONDS} s", True
            if failed:
                self.__exit__()
                raise Skip("npm cannot be reached: " + output.strip()[-200:])
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.scratch, ignore_errors=True)

    def problems(self, schema, pointer, records):
        """What is wrong with the records, in words; none if they are all as the schema says."""
        return self.problems_of_each(schema, [(pointer, records)])[0]

    def problems_of_each(self, schema, questions):
        """The same of each (pointer, records), asked at once: to start node takes its time."""
        question = {"schema": schema, "questions": questions, "shown": PROBLEMS_SHOWN}
        done = subprocess.run(["node", "-e", PROGRAM], input=json.dumps(question),
                              stdout=subprocess.PIPE, cwd=self.folder, text=True,
                              timeout=VALIDATE_SECONDS, check=True)
        return json.loads(done.stdout)
