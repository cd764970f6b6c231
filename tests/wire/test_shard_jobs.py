#!/usr/bin/env python3
"""The examples of deploy/ for Kubernetes and Slurm: the manifests are what the API's schema allows, and
the commands in them, run as those schedulers run them, come to what one scan of the whole list says.

The schema is that of the npm package kubernetes-models, from which ajv made its validators.
MXGRADE_NPM names a folder where it and the package yaml are installed already.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

import runner
from fleet import MXGRADE, Fleet, read_results
from whole_run import MIX, WholeRun

DEPLOY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "deploy")
MANIFESTS = ("kubernetes-scan.yaml", "kubernetes-merge.yaml")
DOMAINS = "30"
INSTALL_SECONDS = 120
PROGRAM = """
const yaml = require("yaml");
const text = require("fs").readFileSync(0, "utf8");
const documents = yaml.parseAllDocuments(text, {strict: true}).map(document => {
    if (document.errors.length) {
        throw document.errors[0];
    }
    return document.toJS();
});
console.log(JSON.stringify(documents.map(document => {
    const models = require("kubernetes-models/" + document.apiVersion);
    let problem = null;
    try {
        new models[document.kind](document).validate();
    } catch (error) {
        problem = error.message;
    }
    return {document, problem};
})));
"""


class World(WholeRun):
    """The environment of a pod or a task: the program in the path, the folders where it looks."""

    def __init__(self, fleet, packages):
        super().__init__(fleet)
        self.packages = packages
        self.programs = fleet.path("bin")
        os.mkdir(self.programs)
        # The fleet's options, which a real scan does not need, come with the name of the program.
        command = os.path.join(self.programs, "mxgrade")
        with open(command, "w", encoding="utf-8") as stream:
            stream.write("#!/bin/sh\n"
                         'verb=$1\nshift\n[ $verb = scan ] || exec "$MXGRADE" $verb "$@"\n'
                         'exec "$MXGRADE" scan $FLEET_OPTIONS "$@"\n')
        os.chmod(command, 0o755)

    def run(self, command, **environment):
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False, env={
                                  **os.environ, **environment, "MXGRADE": os.path.abspath(MXGRADE),
                                  "FLEET_OPTIONS": " ".join(self.fleet.options()),
                                  "PATH": self.programs + ":" + os.environ["PATH"]})

    def manifest(self, name):
        with open(os.path.join(DEPLOY, name), encoding="utf-8") as stream:
            text = stream.read()
        return self.checked(text)

    def checked(self, text):
        if self.packages is None:
            raise runner.Skip("npm cannot be reached")
        done = subprocess.run(["node", "-e", PROGRAM], input=text, stdout=subprocess.PIPE, text=True,
                              cwd=self.packages, check=True)
        return json.loads(done.stdout)

    def jobs(self, name):
        return [row["document"] for row in self.manifest(name) if row["document"]["kind"] == "Job"]


def container(job):
    only, = job["spec"]["template"]["spec"]["containers"]
    return only


def shell_of(job, folder, list_file):
    """The command of a job's container, with the folders of this test in place of its mounts."""
    command = container(job)["command"]
    assert command[:2] == ["sh", "-c"], command
    return ["sh", "-c", command[2].replace("/list/suppliers.csv", list_file)
            .replace("/results/", folder + "/")]


def test_the_manifests_are_what_the_schema_of_kubernetes_allows(world):
    differ = runner.Differences()
    for name in MANIFESTS:
        for row in world.manifest(name):
            differ.equal(f"{name}: {row['document']['kind']}", row["problem"], None)
    wrong = "apiVersion: batch/v1\nkind: Job\nspec:\n  completionMode: Sometimes\n  template: {}\n"
    differ.equal("a wrong one is refused", world.checked(wrong)[0]["problem"] is not None, True)
    differ.check()


def test_the_number_of_parts_is_the_same_in_each_place(world):
    job, = world.jobs("kubernetes-scan.yaml")
    spec = job["spec"]
    parts, = [row["value"] for row in container(job)["env"] if row["name"] == "PARTS"]
    differ = runner.Differences()
    differ.equal("completions", spec["completions"], int(parts))
    differ.equal("mode", spec["completionMode"], "Indexed")
    rule, = spec["podFailurePolicy"]["rules"]
    differ.equal("container of the rule", rule["onExitCodes"]["containerName"],
                 container(job)["name"])
    differ.check()


def test_volumes_and_claims_exist_under_the_names_that_are_used(world):
    differ = runner.Differences()
    claims = {row["document"]["metadata"]["name"] for name in MANIFESTS
              for row in world.manifest(name) if row["document"]["kind"] == "PersistentVolumeClaim"}
    for name in MANIFESTS:
        for job in world.jobs(name):
            volumes = job["spec"]["template"]["spec"]["volumes"]
            differ.equal(f"{name}: volumes", {volume["name"] for volume in volumes},
                         {mount["name"] for mount in container(job)["volumeMounts"]})
            used = {volume["persistentVolumeClaim"]["claimName"] for volume in volumes
                    if "persistentVolumeClaim" in volume}
            differ.equal(f"{name}: claims", used, claims)
    differ.check()


def test_the_jobs_of_kubernetes_come_to_what_one_scan_says(world):
    scan, = world.jobs("kubernetes-scan.yaml")
    merge, = world.jobs("kubernetes-merge.yaml")
    folder = world.fleet.path("pods")
    os.mkdir(folder)
    for index in range(3):
        done = world.run(shell_of(scan, folder, world.list), PARTS="3",
                         JOB_COMPLETION_INDEX=str(index))
        assert done.returncode == 0, done.stdout
    done = world.run(shell_of(merge, folder, world.list))
    assert done.returncode == 0, done.stdout
    differ = runner.Differences()
    world.compare(differ, "pods", read_results(os.path.join(folder, "merged.jsonl.zst")))
    differ.check()


def test_the_array_of_slurm_comes_to_what_one_scan_says(world):
    folder = world.fleet.path("tasks")
    os.mkdir(folder)
    script = os.path.join(DEPLOY, "slurm-scan.sh")
    for task in (1, 2, 2):  # the second one is requeued after it has ended
        done = world.run([script, world.list, folder], SLURM_ARRAY_TASK_ID=str(task),
                         SLURM_ARRAY_TASK_COUNT="2")
        assert done.returncode == 0, done.stdout
    with open(script, encoding="utf-8") as stream:
        wrap, = [line for line in stream if "'mxgrade merge" in line]
    command = wrap.strip("# \n").strip("'").replace("/shared/results/", folder + "/")
    done = world.run(["sh", "-c", command])
    assert done.returncode == 0, done.stdout
    differ = runner.Differences()
    world.compare(differ, "tasks", read_results(os.path.join(folder, "merged.jsonl.zst")))
    differ.check()


def installed(folder):
    """The folder where the packages are; None where they cannot be had."""
    ready = os.environ.get("MXGRADE_NPM")
    if ready or not shutil.which("npm"):
        return ready
    # Later versions want a later Node than Debian's.
    command = ["npm", "install", "--no-audit", "--no-fund", "--prefix", folder,
               "kubernetes-models@4", "yaml@2"]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, timeout=INSTALL_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return None
    return folder if done.returncode == 0 else None


def main():
    with tempfile.TemporaryDirectory(prefix="mxgrade-npm.") as folder, \
            Fleet("--hosts", DOMAINS, "--mix", MIX) as fleet:
        return runner.run(sys.modules[__name__], World(fleet, installed(folder)))


if __name__ == "__main__":
    sys.exit(main())
