"""Runs the unmodified openstack and glance command lines against an image service, in one process, and shows what each said.

commands.py URL TOKEN: the token is an administrator's; no Keystone is asked."""
import contextlib
import io
import os
import sys
import tempfile
import time
import traceback

import glanceclient.shell
import openstackclient.shell

URL, TOKEN = sys.argv[1:]
OPENSTACK = ["--os-auth-type", "admin_token", "--os-endpoint", URL, "--os-token", TOKEN, "--os-image-api-version", "2"]
os.chdir(tempfile.mkdtemp())
os.environ["HOME"] = os.getcwd()


def run(name, main, words):
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            code = main(words)
        except SystemExit as end:
            code = end.code
        except Exception:  # a traceback is what a user would see
            traceback.print_exc()
            code = "traceback"
    text = said.getvalue().strip()
    print(f"$ {name} {' '.join(words)}\n{text}\n= {code or 0}", flush=True)
    return text


def openstack(*words):
    sys.stdin = open(os.devnull)
    return run("openstack", lambda given: openstackclient.shell.main([*OPENSTACK, *given]), words)


def glance(*words):
    def main(given):
        sys.stdin = open(os.devnull)
        sys.stdin.close()  # else glance takes what comes there for the image
        sys.argv = ["glance", "--os-image-url", URL, "--os-auth-token", TOKEN, *given]
        return glanceclient.shell.main()

    return run("glance", main, words)


def compare(one, other):
    with open(one, "rb") as first, open(other, "rb") as second:
        print(f"{one} and {other}:", "equal" if first.read() == second.read() else "DIFFERENT", flush=True)


def until_active(image):
    for _ in range(300):
        if openstack_quietly(image) == "active":
            return
        time.sleep(0.1)


def openstack_quietly(image):
    said = io.StringIO()
    sys.stdin = open(os.devnull)
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(io.StringIO()):
        openstackclient.shell.main([*OPENSTACK, "image", "show", image, "-f", "value", "-c", "status"])
    return said.getvalue().strip()


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
openstack("image", "delete", "two")
openstack("image", "unset", "two", "--property", "hw_vif_model", "--tag", "t")
openstack("image", "unset", "two", "--property", "absent")
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
openstack("image", "show", "nothing")
openstack("image", "create", "bad", "--disk-format", "floppy")
openstack("image", "delete", "hidden", "nothing")

two = openstack("image", "show", "two", "-f", "value", "-c", "id")
glance("image-show", two)
glance("image-list", "--sort-key", "name", "--sort-dir", "asc", "--verbose")
glance("image-update", two, "--name", "three", "--property", "colour=red", "--remove-property", "os_distro", "--visibility", "shared")
glance("image-tag-update", two, "tagged")
glance("image-tag-delete", two, "u")
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
glance("stores-info", "--detail")
glance("image-create", "--name", "empty", *raw, "--property", "a=b")
glance("image-create-via-import", "--import-method", "glance-direct", "--name", "imported", *raw, "--file", "disk.raw")
until_active("imported")
imported = openstack("image", "show", "imported", "-f", "value", "-c", "id")
openstack("image", "show", "imported", "-f", "value", "-c", "status", "-c", "size", "-c", "checksum")
glance("image-tasks", imported)
glance("image-import", imported, "--import-method", "copy-image", "--all-stores", "True")
glance("image-download", imported, "--file", "imported.raw")
compare("disk.raw", "imported.raw")
glance("task-list")
glance("location-add", two, "--url", "http://127.0.0.1:1/x")
glance("image-show", "00000000-0000-0000-0000-000000000000")
glance("image-delete", "00000000-0000-0000-0000-000000000000")
glance("image-upload", two, "--file", "disk.raw")
glance("explain", "member")

glance("md-namespace-create", "N", "--visibility", "public", "--display-name", "D")
glance("md-namespace-list")
glance("md-property-create", "N", "--name", "p", "--title", "P", "--schema", '{"type": "integer", "minimum": 1}')
glance("md-property-list", "N")
glance("md-property-show", "N", "p")
glance("md-object-create", "N", "--name", "o", "--schema", '{"description": "d", "properties": {"a": {"title": "A", "type": "string"}}}')
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
glance("md-namespace-show", "N")
openstack("image", "delete", "three", "imported", "empty")
openstack("image", "list", "-f", "value")
