"""Uses an image service through openstacksdk, and shows what came back.

sdk.py URL TOKEN WEB: the token is an administrator's; there is 1 MiB at WEB/image; no Keystone is asked. Ends at the first step that did not do what it should."""
import hashlib
import os
import sys
import tempfile
import time

import openstack
from openstack import exceptions

URL, TOKEN, WEB = sys.argv[1:]
os.chdir(tempfile.mkdtemp())
cloud = openstack.connection.Connection(auth_type="admin_token", auth={"endpoint": URL, "token": TOKEN}, image_endpoint_override=URL, image_api_version="2")
images = cloud.image
DATA = bytes(range(256)) * 4097


def show(what, value):
    if hasattr(value, "to_dict"):
        value = {key: kept for key, kept in sorted(value.to_dict().items()) if kept is not None and key != "location"}
    print(f"{what}: {value}", flush=True)


def holds(what, outcome):
    show(what, outcome)
    if not outcome:
        sys.exit(f"{what}: it should")


def until(what, condition):
    deadline = time.monotonic() + 120
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(f"{what}: not in two minutes")
        time.sleep(0.1)


def refused(what, call, *args, **named):
    try:
        call(*args, **named)
    except exceptions.SDKException as refusal:
        show(what, f"{type(refusal).__name__} {getattr(refusal, 'status_code', '')}")
    else:
        sys.exit(f"{what}: was not refused")


with open("disk.raw", "wb") as disk:
    disk.write(DATA)

holds("nothing by that name", images.find_image("sdk") is None)
image = images.create_image("sdk", filename="disk.raw", disk_format="raw", container_format="bare", validate_checksum=True, wait=True, tags=["t"], hw_vif_model="virtio")
image = images.get_image(image.id)
show("created", image)
holds("checksum agrees", image.checksum == hashlib.md5(DATA).hexdigest() and image.hash_value == hashlib.sha512(DATA).hexdigest())
holds("found by name", images.find_image("sdk").id == image.id)
holds("the same again is not uploaded", images.create_image("sdk", filename="disk.raw", disk_format="raw", container_format="bare", validate_checksum=True, wait=True).id == image.id)
stream = images.download_image(image, stream=True)
holds("downloaded", hashlib.sha256(b"".join(stream.iter_content(65536))).hexdigest() == hashlib.sha256(DATA).hexdigest())
show("updated", images.update_image(image, name="renamed", min_ram=64))
cloud.update_image_properties(images.get_image(image.id), custom="x")
changed = images.get_image(image.id)
holds("a new property stands beside the old", changed.properties["custom"] == "x" and changed.hw_vif_model == "virtio" and changed.properties["stores"] == "fast")
images.add_tag(image, "u")
images.remove_tag(image, "t")
show("tags", sorted(images.get_image(image.id).tags))
images.deactivate_image(image)
show("status", images.get_image(image.id).status)
images.reactivate_image(image)
images.update_image(image, visibility="shared")
show("member", images.add_member(image, member_id="p2"))
show("member", images.update_member("p2", image, status="accepted"))
show("members", [member.member_id for member in images.members(image)])
images.remove_member("p2", image)
show("pages", sorted(one.name for one in images.images(limit=1)))
show("hidden", [one.name for one in images.images(os_hidden=True)])
refused("an unknown format", images.create_image, "bad", disk_format="floppy", container_format="bare")
refused("an image that is not there", images.get_image, "00000000-0000-0000-0000-000000000000")

staged = images.create_image("staged", disk_format="raw", container_format="bare")
images.stage_image(staged, filename="disk.raw")
show("staged", images.get_image(staged.id).status)
images.import_image(staged, method="glance-direct")
until("imported", lambda: images.get_image(staged.id).status == "active")
holds("imported", images.get_image(staged.id).checksum == image.checksum)
fetched = images.create_image("fetched", disk_format="raw", container_format="bare")
images.import_image(fetched, method="web-download", uri=WEB + "/image")
until("fetched", lambda: images.get_image(fetched.id).status == "active")
show("fetched", [images.get_image(fetched.id).size, images.get_image(fetched.id).properties["stores"]])
show("stores", [store.id for store in images.stores()])
until("tasks end", lambda: all(task.status in ("success", "failure") for task in images.tasks()))
show("tasks", [(task.type, task.status) for task in images.tasks()])
for name in ("get_images_schema", "get_image_schema", "get_members_schema", "get_member_schema", "get_tasks_schema", "get_task_schema"):
    show(name, sorted(getattr(images, name)().properties))
images.delete_image(staged)
images.delete_image(fetched)
images.delete_image(image)
holds("nothing is left", not list(images.images()))
