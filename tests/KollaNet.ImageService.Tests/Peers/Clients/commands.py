"""Runs the unmodified openstack and glance command lines against an image service, in one process, and shows what each said.

commands.py URL TOKEN WEB: the token is an administrator's; there is 1 MiB at WEB/image; no Keystone is asked. Ends at the first command whose exit code is not the expected one."""
import contextlib
import io
import os
import re
import sys
import tempfile
import time
import traceback
import types

import glanceclient.shell
import openstackclient.shell

URL, TOKEN, WEB = sys.argv[1:]
OPENSTACK = ["--os-auth-type", "admin_token", "--os-endpoint", URL + "/v2", "--os-token", TOKEN, "--os-image-api-version", "2"]
os.chdir(tempfile.mkdtemp())
os.environ["HOME"] = os.getcwd()
sys.stdin = types.SimpleNamespace(isatty=lambda: True)  # a terminal, else what comes there is taken for an image


def run(main, words):
    """What the command said, and its exit code."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            code = main(words)
        except SystemExit as end:
            code = end.code
        except Exception:  # a traceback is what a user would see
            traceback.print_exc()
            code = "traceback"
    return said.getvalue().strip(), code or 0


def run_openstack(words):
    return run(openstackclient.shell.main, [*OPENSTACK, *words])


def run_glance(words):
    def main(given):
        sys.argv = ["glance", "--os-image-url", URL, "--os-auth-token", TOKEN, *given]
        return glanceclient.shell.main()

    return run(main, words)


def show(line, said, code, expected):
    print(f"$ {line}\n{said}\n= {code}", flush=True)
    if code != expected:
        sys.exit(f"{line}: exit code {code}, expected {expected}")


def openstack(*words, code=0):
    said, ended = run_openstack(words)
    if code:  # the SDK joins the lines of a refusal in any order
        said = "\n".join(sorted(re.split(": |, |\n", said)))
    show("openstack " + " ".join(words), said, ended, code)
    return said


def glance(*words, code=0, quiet=False):
    """quiet: what it says depends on how far a task has come, or on the release of Glance."""
    said, ended = run_glance(words)
    show("glance " + " ".join(words), "" if quiet and ended == code else said, ended, code)


def compare(one, other):
    with open(one, "rb") as first, open(other, "rb") as second:
        if first.read() != second.read():
            sys.exit(f"{one} and {other} differ")


def settle(image):
    """Waits until no task of the image is under way."""
    deadline = time.monotonic() + 120
    while re.search("pending|processing|os_glance_import_task", run_glance(["image-tasks", image])[0] + run_glance(["image-show", image])[0]):
        if time.monotonic() > deadline:
            sys.exit(f"the tasks of {image} do not end")
        time.sleep(0.1)


def cached(image, wanted):
    """Waits until an image is in the cache, or is not."""
    deadline = time.monotonic() + 120
    while (image in run_glance(["cache-list"])[0]) != wanted:
        if time.monotonic() > deadline:
            sys.exit(f"{image} is {'not ' if wanted else ''}cached: {run_glance(['cache-list'])[0]}")
        time.sleep(0.1)


with open("disk.raw", "wb") as disk:
    disk.write(bytes(range(256)) * 4097)

raw = ["--disk-format", "raw", "--container-format", "bare"]
openstack("image", "create", "one", "--file", "disk.raw", *raw, "--property", "os_distro=debian", "--tag", "t", "--min-ram", "32", "-f", "json")
openstack("image", "create", "hidden", "--public", *raw, "-f", "json")
openstack("image", "list", "--sort", "name:asc", "-f", "json")
openstack("image", "list", "--long", "--sort", "name:asc", "-f", "json")
openstack("image", "list", "--name", "one", "--status", "active", "--property", "os_distro=debian", "-f", "value", "-c", "Name")
openstack("image", "list", "--tag", "t", "--limit", "1", "-f", "value", "-c", "Name")
openstack("image", "show", "one", "-f", "json")
openstack("image", "set", "one", "--name", "two", "--property", "hw_vif_model=virtio", "--tag", "u", "--min-disk", "1", "--protected")
openstack("image", "delete", "two", code=1)
openstack("image", "unset", "two", "--property", "hw_vif_model", "--tag", "t")
openstack("image", "unset", "two", "--property", "absent", code=1)
openstack("image", "set", "two", "--unprotected", "--community")
openstack("image", "show", "two", "-f", "json")
openstack("image", "save", "two", "--file", "back.raw")
compare("disk.raw", "back.raw")
openstack("image", "set", "two", "--deactivate")
openstack("image", "show", "two", "-f", "value", "-c", "status")
openstack("image", "set", "two", "--activate")
openstack("image", "set", "hidden", "--hidden")
openstack("image", "list", "-f", "value", "-c", "Name")
openstack("image", "list", "--hidden", "-f", "value", "-c", "Name")
openstack("image", "show", "nothing", code=1)
openstack("image", "delete", "hidden", "nothing", code=1)

two = openstack("image", "show", "two", "-f", "value", "-c", "id")
glance("image-show", two)
glance("--verbose", "image-list", "--sort-key", "name", "--sort-dir", "asc")
glance("image-update", two, "--name", "three", "--property", "colour=red", "--remove-property", "os_distro", "--visibility", "shared")
glance("image-tag-delete", two, "u")  # tags have no order: one at a time is shown
glance("image-tag-update", two, "tagged")
glance("member-create", two, "p2")
glance("member-update", two, "p2", "accepted")
glance("member-list", "--image-id", two)
glance("member-delete", two, "p2")
glance("image-deactivate", two)
glance("image-reactivate", two)
glance("image-download", two, "--file", "again.raw")
compare("disk.raw", "again.raw")
glance("import-info")
glance("stores-info")
glance("stores-info", "--detail", quiet=True)  # weights are newer
glance("image-create-via-import", "--import-method", "glance-direct", "--name", "imported", *raw, "--file", "disk.raw", quiet=True)
imported = openstack("image", "show", "imported", "-f", "value", "-c", "id")
settle(imported)
openstack("image", "show", "imported", "-f", "json")
glance("image-tasks", imported)
glance("task-list")
glance("image-create-via-import", "--import-method", "web-download", "--uri", WEB + "/image", "--name", "fetched", *raw, quiet=True)
fetched = openstack("image", "show", "fetched", "-f", "value", "-c", "id")
settle(fetched)
openstack("image", "show", "fetched", "-f", "json")
glance("image-create", "--name", "empty", *raw, "--property", "a=b")
glance("image-import", fetched, "--import-method", "web-download", "--uri", WEB + "/image", code=1)
glance("image-create-via-import", "--import-method", "web-download", "--uri", "http://127.0.0.1:22/x", "--name", "refused", *raw, code=1, quiet=True)
glance("cache-queue", two)
cached(two, True)
glance("cache-queue", fetched, "00000000-0000-0000-0000-000000000000")
cached(fetched, True)
glance("cache-clear", "--target", "queue")
cached(two, True)
glance("cache-delete", two)
cached(two, False)
glance("cache-delete", "00000000-0000-0000-0000-000000000000")
glance("cache-clear")
cached(fetched, False)
glance("cache-list")
glance("image-import", imported, "--import-method", "copy-image", "--all-stores", "True", quiet=True)
settle(imported)
openstack("image", "show", "imported", "-f", "value", "-c", "status", "-c", "properties")
glance("image-download", imported, "--file", "imported.raw")
compare("disk.raw", "imported.raw")
glance("stores-delete", "--store", "fast", imported)
glance("stores-delete", "--store", "cheap", imported, code=1)
glance("location-add", two, "--url", "http://127.0.0.1:1/x", code=1)
glance("image-show", "00000000-0000-0000-0000-000000000000", code=1)
glance("image-delete", "00000000-0000-0000-0000-000000000000", code=1)
glance("image-upload", two, "--file", "disk.raw", code=1)
glance("explain", "member")

glance("md-namespace-create", "N", "--visibility", "public", "--display-name", "D")
glance("md-namespace-list")
glance("md-property-create", "N", "--name", "p", "--title", "P", "--schema", '{"type": "integer", "minimum": 1}')
glance("md-property-list", "N")
glance("md-property-show", "N", "p")
glance("md-object-create", "N", "--name", "o", "--schema", '{"description": "d", "properties": {"a": {"title": "A", "type": "string"}}}', quiet=True)  # ours shows at once what is required, Glance when asked
glance("md-object-list", "N")
glance("md-object-show", "N", "o")
glance("md-tag-create", "N", "--name", "t")
glance("md-tag-create-multiple", "N", "--names", "a,b", "--delim", ",")
glance("md-tag-list", "N")
glance("md-tag-update", "N", "a", "--name", "c")
glance("md-resource-type-associate", "N", "--name", "OS::T", "--prefix", "hw_")
glance("md-resource-type-list")
glance("md-namespace-resource-type-list", "N")
glance("md-namespace-show", "N", "--resource-type", "OS::T")
glance("md-namespace-update", "N", "--description", "new")
glance("md-tag-delete", "N", "b")
glance("md-object-delete", "N", "o")
glance("md-property-delete", "N", "p")
glance("md-resource-type-deassociate", "N", "OS::T")
glance("md-namespace-delete", "N")
glance("md-namespace-show", "N", code=1)
openstack("image", "delete", "three", "imported", "empty", "fetched")
openstack("image", "list", "-f", "value")
